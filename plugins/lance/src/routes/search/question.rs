//! What is searched for, however it was asked.

use portico_hcp::document::{Bounds, Given};
use portico_sdk::invalid::{Issue, Refusal};
use portico_sdk::{Error, Reason};
use serde_json::json;

use super::super::wanted::{columns, count, version};
use crate::place::Place;

/// The most rows that one search gives.
pub(super) const FOUND: Bounds = Bounds::new(1, 100);
/// How many rows that is, where nobody says.
pub(super) const USUAL: i64 = 20;
/// How far into its results a search can be paged.
pub(super) const DEPTH: Bounds = Bounds::new(0, 10_000);

/// What is searched by.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum By {
    Words(String),
    Vector(Vec<f32>),
    Both(String, Vec<f32>),
}

/// A search.
#[derive(Debug, Clone)]
pub(super) struct Question {
    pub(super) place: Place,
    pub(super) by: By,
    pub(super) column: Option<String>,
    pub(super) limit: usize,
    pub(super) offset: usize,
    pub(super) filter: Option<String>,
    pub(super) weight: Option<f64>,
    pub(super) select: Option<Vec<String>>,
    pub(super) version: Option<u64>,
    pub(super) nprobes: Option<usize>,
    pub(super) refine_factor: Option<u32>,
}

/// Reads the parameters of an address.
pub(super) fn read(mut given: Given) -> Result<Question, Refusal> {
    let place = Place::read(&mut given);
    let (words, vector) = (given.text("query"), given.text("vector"));
    let kind = given.text("query_type");
    let limit = given.whole("limit", Some(USUAL), FOUND);
    let offset = given.whole("offset", Some(0), DEPTH);
    let weight = weight(&mut given);
    let question = Question {
        place,
        by: By::Words(String::new()),
        column: given.text("vector_column"),
        limit: count(limit),
        offset: count(offset),
        filter: given.text("filter"),
        weight,
        select: columns(&given, "select"),
        version: version(&mut given),
        nprobes: few(&mut given, "nprobes"),
        refine_factor: few(&mut given, "refine_factor"),
    };
    given.done()?;
    let vector = vector.map(|text| serde_json::from_str(&text));
    let vector = vector
        .transpose()
        .map_err(|error| no_vector().because(error))?;
    let by = by(kind.as_deref().unwrap_or("fts"), words, vector)?;
    Ok(Question { by, ..question })
}

/// A small number, if there is one: it multiplies the work.
fn few<T: TryFrom<i64> + Default>(given: &mut Given, name: &'static str) -> Option<T> {
    given.text(name)?;
    Some(count(given.whole(name, None, Bounds::new(1, 1000))))
}

fn weight(given: &mut Given) -> Option<f64> {
    let weight = given.number("weight")?;
    if let Some((kind, words, context)) = outside(weight) {
        let issue = Issue::new(kind, ["query", "weight"], words);
        let input = given.text("weight");
        given.fault(issue.input(input).context(context));
    }
    Some(weight)
}

/// What is wrong with a weight, in Pydantic's words.
pub(super) fn outside(weight: f64) -> Option<(&'static str, &'static str, serde_json::Value)> {
    if weight < 0.0 {
        let words = "Input should be greater than or equal to 0";
        return Some(("greater_than_equal", words, json!({"ge": 0.0})));
    }
    if weight > 1.0 {
        let words = "Input should be less than or equal to 1";
        return Some(("less_than_equal", words, json!({"le": 1.0})));
    }
    None
}

/// What a kind of search is by.
///
/// # Errors
/// A kind that nobody knows, or one that lacks what it is by.
pub(super) fn by(kind: &str, words: Option<String>, vector: Option<Vec<f32>>) -> Result<By, Error> {
    let refusal = |words: String| Err(Error::with_message(Reason::InvalidArgument, words));
    // JSON has no infinity, but numbers that a vector cannot hold.
    if vector.iter().flatten().any(|number| !number.is_finite()) {
        return Err(no_vector());
    }
    match (kind, words, vector) {
        ("fts", Some(words), _) => Ok(By::Words(words)),
        ("vector", _, Some(vector)) => Ok(By::Vector(vector)),
        ("hybrid", Some(words), Some(vector)) => Ok(By::Both(words, vector)),
        ("fts", ..) => refusal("A search of kind 'fts' needs a query".to_owned()),
        ("vector", ..) => refusal("A search of kind 'vector' needs a vector".to_owned()),
        ("hybrid", ..) => {
            refusal("A search of kind 'hybrid' needs both a query and a vector".to_owned())
        }
        (kind, ..) => refusal(format!(
            "Unknown query_type '{kind}': it is 'fts', 'vector' or 'hybrid'"
        )),
    }
}

/// The refusal of a text that is no list of numbers.
pub(super) fn no_vector() -> Error {
    Error::with_message(Reason::InvalidArgument, "Invalid vector JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: &str) -> Result<Question, Refusal> {
        let address = format!("/?bucket=b&table=t&{query}");
        read(Given::read(&address.parse().unwrap()))
    }

    #[test]
    fn a_search_is_by_what_its_kind_says() {
        let by = |query: &str| asked(query).unwrap().by;
        assert_eq!(by("query=a"), By::Words("a".to_owned()));
        let vector = by("query_type=vector&vector=%5B1,2.5%5D");
        assert_eq!(vector, By::Vector(vec![1.0, 2.5]));
        let both = by("query_type=hybrid&query=a&vector=[1]&weight=0.5");
        assert_eq!(both, By::Both("a".to_owned(), vec![1.0]));
    }

    #[test]
    fn what_cannot_be_searched_is_refused() {
        for query in [
            "",
            "query_type=vector",
            "query_type=hybrid&query=a",
            "query_type=hybrid&vector=[1]",
            "query_type=other&query=a",
            "query_type=vector&vector=[1,",
            "query_type=vector&vector={}",
            "query_type=vector&vector=[null]",
            "query_type=vector&vector=[1e39]",
            "query_type=hybrid&query=a&vector=[1,-1e39]",
        ] {
            let refused = asked(query).unwrap_err();
            let Refusal::Error(error) = refused else {
                panic!("{query}: {refused:?}");
            };
            assert_eq!(error.reason(), Reason::InvalidArgument, "{query}");
        }
        for query in [
            "query=a&limit=101",
            "query=a&limit=0",
            "query=a&weight=1.1",
            "query=a&weight=x",
        ] {
            let refused = asked(query).unwrap_err();
            assert!(matches!(refused, Refusal::Invalid(_)), "{query}");
        }
    }
}
