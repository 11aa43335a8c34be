//! What may be asked, checked as front ends know it, and in the form that HCP wants.

use portico_hcp::document::{Model, check};
use portico_sdk::invalid::{Invalid, Issue, Refusal};
use portico_sdk::{Error, Reason};
use serde_json::{Map, Value, json};

use crate::models::{OBJECT_QUERY, OPERATION_QUERY};

/// The longest question that HCP reads, in bytes (HCP, "Metadata Query API", request bodies).
const LONGEST: usize = 8 * 1024;

/// Lists in the contract that HCP wants as one text, with commas between.
const JOINED: [&str; 2] = ["objectProperties", "facets"];

/// Texts in the contract that clients have as numbers too, since HCP answers some so.
const TEXTS: [&str; 5] = [
    "changeTimeMilliseconds",
    "end",
    "start",
    "urlName",
    "version",
];

/// What is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Objects as they are now, by what is known of them.
    Object,
    /// What was done, in order of time.
    Operation,
}

impl Kind {
    fn model(self) -> &'static Model {
        match self {
            Self::Object => &OBJECT_QUERY,
            Self::Operation => &OPERATION_QUERY,
        }
    }

    /// The key of HCP's envelope.
    fn envelope(self) -> &'static str {
        match self {
            Self::Object => "object",
            Self::Operation => "operation",
        }
    }
}

/// A question in the form of the contract, checked.
#[derive(Debug)]
pub(crate) struct Question {
    kind: Kind,
    fields: Value,
}

impl Question {
    /// Checks a document; `None`: there is none.
    pub(crate) fn read(kind: Kind, document: Option<Value>) -> Result<Self, Refusal> {
        let missing = || Invalid(vec![Issue::missing(["body"])]);
        let mut document = document.ok_or_else(missing)?;
        respell(kind.model(), &mut document);
        let fields = check::document(kind.model(), document).map_err(Invalid)?;
        Ok(Self { kind, fields })
    }

    /// HCP's form.
    ///
    /// # Errors
    /// It is longer than HCP reads.
    pub(crate) fn into_value(self) -> Result<Value, Error> {
        let mut fields = self.fields;
        for name in JOINED {
            if let Some(value) = fields.get_mut(name) {
                join(value);
            }
        }
        let question = json!({ self.kind.envelope(): fields });
        if question.to_string().len() > LONGEST {
            return Err(Self::too_long());
        }
        Ok(question)
    }

    /// The refusal of whatever HCP would not read.
    pub(crate) fn too_long() -> Error {
        let words = "The query is larger than the 8 KiB that HCP reads";
        Error::with_message(Reason::EntityTooLarge, words)
    }
}

fn join(value: &mut Value) {
    if let Value::Array(items) = value {
        let items: Vec<_> = items.iter().filter_map(Value::as_str).collect();
        *value = Value::from(items.join(","));
    }
}

/// Gives declared fields that are spelt `in_snake_case` their own names, and texts that came as
/// numbers their form.
fn respell(model: &Model, document: &mut Value) {
    let Value::Object(fields) = document else {
        return;
    };
    for field in model.fields {
        take(fields, &snake(field.name), field.name);
        let Some(value) = fields.get_mut(field.name) else {
            continue;
        };
        if value.is_number() && TEXTS.contains(&field.name) {
            *value = Value::from(value.to_string());
        }
        if let Some(inner) = field.kind.model() {
            respell(inner, value);
        }
    }
}

/// Moves a value; one that is there under the new name already stays.
fn take(fields: &mut Map<String, Value>, from: &str, to: &str) {
    if from == to || fields.contains_key(to) {
        return;
    }
    if let Some(value) = fields.remove(from) {
        fields.insert(to.to_owned(), value);
    }
}

fn snake(camel: &str) -> String {
    let mut snake = String::new();
    for letter in camel.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(kind: Kind, document: Value) -> Value {
        let question = Question::read(kind, Some(document)).unwrap();
        question.into_value().unwrap()
    }

    fn issues(kind: Kind, document: Value) -> Value {
        match Question::read(kind, Some(document)).unwrap_err() {
            Refusal::Invalid(Invalid(issues)) => serde_json::to_value(issues).unwrap(),
            Refusal::Error(error) => panic!("{error}"),
        }
    }

    #[test]
    fn lists_become_texts_and_defaults_are_told() {
        let asked = asked(
            Kind::Object,
            json!({"query": "*:*", "sort": null, "objectProperties": ["size", "hash"], "facets": []}),
        );
        assert_eq!(
            asked,
            json!({"object": {
                "query": "*:*", "count": 100, "offset": 0, "verbose": false,
                "objectProperties": "size,hash", "facets": "",
            }})
        );
        assert_eq!(
            self::asked(Kind::Operation, json!({})),
            json!({"operation": {"count": 100, "verbose": false}})
        );
    }

    #[test]
    fn both_spellings_are_taken_and_what_nobody_knows_goes_on() {
        let asked = asked(
            Kind::Operation,
            json!({
                "count": "7", "last_result": {"url_name": "u", "change_time_milliseconds": 12.5, "version": 3},
                "system_metadata": {
                    "change_time": {"start": 1, "end": "2"}, "replication_collision": "yes",
                    "namespaces": {"namespace": ["n.t"]}, "transactions": {"transaction": ["create"]},
                },
                "newest_thing": [1],
            }),
        );
        assert_eq!(
            asked,
            json!({"operation": {
                "count": 7, "verbose": false, "newest_thing": [1],
                "lastResult": {"urlName": "u", "changeTimeMilliseconds": "12.5", "version": "3"},
                "systemMetadata": {
                    "changeTime": {"start": "1", "end": "2"}, "replicationCollision": true,
                    "namespaces": {"namespace": ["n.t"]}, "transactions": {"transaction": ["create"]},
                },
            }})
        );
    }

    #[test]
    fn what_is_wrong_is_told_field_by_field() {
        let issues = issues(
            Kind::Object,
            json!({"count": "x", "verbose": 7, "object_properties": "size", "facets": [1]}),
        );
        let found: Vec<_> = issues.as_array().unwrap().iter().collect();
        let told = |issue: &&Value| (issue["type"].clone(), issue["loc"].clone());
        let told: Vec<_> = found.iter().map(told).collect();
        for (kind, place) in [
            ("missing", json!(["body", "query"])),
            ("int_parsing", json!(["body", "count"])),
            ("bool_parsing", json!(["body", "verbose"])),
            ("list_type", json!(["body", "objectProperties"])),
            ("string_type", json!(["body", "facets", 0])),
        ] {
            assert!(told.contains(&(kind.into(), place)), "{kind}: {issues}");
        }
        assert_eq!(told.len(), 5);
        let inner = self::issues(Kind::Operation, json!({"lastResult": {"urlName": "u"}}));
        assert_eq!(
            inner[0]["loc"],
            json!(["body", "lastResult", "changeTimeMilliseconds"])
        );
        assert!(Question::read(Kind::Operation, None).is_err());
    }

    #[test]
    fn what_hcp_would_not_read_is_refused_first() {
        let around = |length: usize| {
            let question = Question::read(Kind::Object, Some(json!({"query": "x".repeat(length)})));
            question.unwrap().into_value()
        };
        let envelope = around(0).unwrap().to_string().len();
        assert!(around(LONGEST - envelope).is_ok());
        let error = around(LONGEST - envelope + 1).unwrap_err();
        assert_eq!(error.reason(), Reason::EntityTooLarge);
        assert!(error.message().contains("8 KiB"), "{error}");
    }
}
