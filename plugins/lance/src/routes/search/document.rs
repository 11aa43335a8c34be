//! A search as a document: long vectors do not fit into an address.

use axum::extract::Request;
use portico_hcp::document::{Bounds, Field, Kind, Model, Preset, check};
use portico_sdk::invalid::{self, Invalid, Issue, Refusal};
use serde_json::{Map, Value, json};

use super::super::wanted::count;
use super::question::{self, By, DEPTH, FOUND, Question};
use crate::place::{Dataset, Place, is_table_name, no_bucket, no_table};

/// The largest document, in bytes: a vector of some ten thousand numbers.
const LARGEST: usize = 512 * 1024;

const fn field(name: &'static str, required: bool, kind: Kind, preset: Preset) -> Field {
    Field {
        name,
        required,
        kind,
        preset,
    }
}

/// What a client sends.
pub(in super::super) const SEARCH: Model = Model {
    name: "LanceSearchRequest",
    fields: &[
        field("bucket", true, Kind::Text, Preset::Null),
        field("path", false, Kind::Text, Preset::Text("")),
        field("table", true, Kind::Text, Preset::Null),
        Field::optional("query", Kind::Text),
        Field::optional("vector", Kind::List(&Kind::Number)),
        Field::optional("vector_column", Kind::Text),
        field("query_type", false, Kind::Text, Preset::Text("fts")),
        field("limit", false, Kind::Int, Preset::Int(20)),
        field("offset", false, Kind::Int, Preset::Int(0)),
        Field::optional("filter", Kind::Text),
        Field::optional("weight", Kind::Number),
        Field::optional("select", Kind::List(&Kind::Text)),
        Field::optional("version", Kind::Int),
        Field::optional("nprobes", Kind::Int),
        Field::optional("refine_factor", Kind::Int),
    ],
};

/// Reads the body of a request.
pub(super) async fn read(request: Request) -> Result<Question, Refusal> {
    let document = invalid::read(request, LARGEST).await?;
    let missing = || Invalid(vec![Issue::missing(["body"])]);
    let checked = check::document(&SEARCH, document.ok_or_else(missing)?).map_err(Invalid)?;
    let Value::Object(fields) = checked else {
        return Err(missing().into());
    };
    Fields(fields, Vec::new()).question()
}

/// The fields, and what is wrong with them so far.
struct Fields(Map<String, Value>, Vec<Issue>);

impl Fields {
    fn question(mut self) -> Result<Question, Refusal> {
        let place = self.place();
        let limit = self.number("limit", FOUND).unwrap_or(question::USUAL);
        let offset = self.number("offset", DEPTH).unwrap_or_default();
        let small = Bounds::new(1, 1000);
        let versions = Bounds::POSITIVE;
        let question = Question {
            place,
            by: By::Words(String::new()),
            column: self.text("vector_column"),
            limit: count(limit),
            offset: count(offset),
            filter: self.text("filter"),
            weight: self.weight(),
            select: self.texts("select"),
            version: self.number("version", versions).map(count),
            nprobes: self.number("nprobes", small).map(count),
            refine_factor: self.number("refine_factor", small).map(count),
        };
        let (words, kind) = (self.text("query"), self.text("query_type"));
        let vector = self.0.shift_remove("vector").filter(Value::is_array);
        if !self.1.is_empty() {
            return Err(Invalid(self.1).into());
        }
        let vector = vector.map(serde_json::from_value).transpose();
        let vector = vector.map_err(|error| question::no_vector().because(error))?;
        let by = question::by(kind.as_deref().unwrap_or("fts"), words, vector)?;
        Ok(Question { by, ..question })
    }

    fn place(&mut self) -> Place {
        let bucket = self.text("bucket").unwrap_or_else(|| {
            self.1.push(no_bucket("body"));
            String::new()
        });
        let path = self.text("path").unwrap_or_default();
        let path = path.trim_matches('/').to_owned();
        let table = self.text("table").unwrap_or_default();
        if !is_table_name(&table) {
            self.1.push(no_table(["body", "table"], &table));
        }
        Place {
            dataset: Dataset { bucket, path },
            table,
        }
    }

    /// A text; an empty one counts as none.
    fn text(&mut self, name: &str) -> Option<String> {
        match self.0.shift_remove(name) {
            Some(Value::String(text)) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    fn texts(&mut self, name: &str) -> Option<Vec<String>> {
        let Some(Value::Array(items)) = self.0.shift_remove(name) else {
            return None;
        };
        let texts = items.iter().filter_map(Value::as_str).map(str::to_owned);
        let texts: Vec<_> = texts.collect();
        Some(texts).filter(|texts| !texts.is_empty())
    }

    fn number(&mut self, name: &'static str, bounds: Bounds) -> Option<i64> {
        let value = self.0.shift_remove(name).filter(|value| !value.is_null())?;
        match bounds.check(&value, ["body", name], &value) {
            Ok(number) => Some(number),
            Err(issue) => {
                self.1.push(*issue);
                None
            }
        }
    }

    fn weight(&mut self) -> Option<f64> {
        let weight = self.0.shift_remove("weight")?.as_f64()?;
        if let Some((kind, words, context)) = question::outside(weight) {
            let issue = Issue::new(kind, ["body", "weight"], words);
            self.1.push(issue.input(json!(weight)).context(context));
        }
        Some(weight)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn asked(document: Value) -> Result<Question, Refusal> {
        let request = Request::post("/").header("content-type", "application/json");
        let request = request.body(document.to_string().into()).unwrap();
        read(request).await
    }

    #[tokio::test]
    async fn a_document_asks_as_an_address_does() {
        let question = asked(json!({
            "bucket": "b", "path": "/p/", "table": "t", "query_type": "hybrid", "query": "a",
            "vector": [1, 2.5], "weight": 0.25, "select": ["id"], "offset": 3, "version": 2,
        }));
        let question = question.await.unwrap();
        assert_eq!(question.place.prefix(), "p/t.lance/");
        let both = By::Both("a".to_owned(), vec![1.0, 2.5]);
        assert_eq!(question.by, both);
        assert_eq!((question.limit, question.offset), (20, 3));
        assert_eq!(question.weight, Some(0.25));
        assert_eq!(question.select.unwrap(), ["id"]);
        assert_eq!(question.version, Some(2));
    }

    #[tokio::test]
    async fn what_is_wrong_is_told() {
        for document in [
            json!({"table": "t", "query": "a"}),
            json!({"bucket": "", "table": "t", "query": "a"}),
            json!({"bucket": "b", "table": "a/b", "query": "a"}),
            json!({"bucket": "b", "table": "t", "query": "a", "limit": 101}),
            json!({"bucket": "b", "table": "t", "query": "a", "weight": 2}),
            json!({"bucket": "b", "table": "t", "query": "a", "vector": "x"}),
        ] {
            let refused = asked(document.clone()).await.unwrap_err();
            assert!(matches!(refused, Refusal::Invalid(_)), "{document}");
        }
        for document in [
            json!({"bucket": "b", "table": "t"}),
            json!({"bucket": "b", "table": "t", "query_type": "vector", "vector": [1e39]}),
        ] {
            let refused = asked(document.clone()).await.unwrap_err();
            assert!(matches!(refused, Refusal::Error(_)), "{document}");
        }
    }
}
