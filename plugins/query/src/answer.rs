//! What HCP says, in the form of the contract: out of its envelope, nothing that is null, facets as a
//! list, and whatever else HCP says as it stands.

use portico_hcp::document::{check::without_nulls, shape};
use portico_sdk::{Error, Reason};
use serde_json::{Map, Value, json};

use crate::models::{QUERY_RESULT_OBJECT, QUERY_STATUS};
use crate::question::Kind;

/// HCP's envelope.
const ENVELOPE: &str = "queryResult";

/// The answer to a question of this kind.
///
/// # Errors
/// HCP's answer is no result of a query.
pub(crate) fn of(kind: Kind, value: Value) -> Result<Value, Error> {
    let Some(mut given) = opened(value) else {
        return Err(
            Error::new(Reason::UpstreamFailed).because("the answer is no result of a query")
        );
    };
    let mut answer = Map::new();
    if let Some(query) = given.remove("query") {
        answer.insert("query".to_owned(), query);
    }
    let status = given.remove("status").unwrap_or_else(|| json!({}));
    answer.insert("status".to_owned(), shape::document(&QUERY_STATUS, status));
    answer.insert("resultSet".to_owned(), results(given.remove("resultSet")));
    if let (Kind::Object, Some(told)) = (kind, given.remove("facets")) {
        answer.insert("facets".to_owned(), facets(told));
    }
    answer.append(&mut given);
    Ok(without_nulls(Value::Object(answer)))
}

/// The result, without the envelope; `None`: it is none.
fn opened(value: Value) -> Option<Map<String, Value>> {
    let Value::Object(mut outer) = value else {
        return None;
    };
    let inner = match outer.remove(ENVELOPE) {
        Some(Value::Object(inner)) => inner,
        Some(_) => return None,
        None => outer,
    };
    let is_result = inner.contains_key("status") || inner.contains_key("resultSet");
    is_result.then_some(inner)
}

fn results(found: Option<Value>) -> Value {
    let items = match found {
        Some(Value::Array(items)) => items,
        // A list of one, as some writers of JSON put it.
        Some(item @ Value::Object(_)) => vec![item],
        _ => Vec::new(),
    };
    items.into_iter().map(result).collect()
}

fn result(mut item: Value) -> Value {
    for name in ["changeTimeMilliseconds", "ingestTimeMilliseconds"] {
        // Texts in the contract; front ends compare them as such.
        if let Some(value) = item.get_mut(name).filter(|value| value.is_number()) {
            *value = Value::from(value.to_string());
        }
    }
    shape::document(&QUERY_RESULT_OBJECT, item)
}

/// `{"facet": [{"property", "frequency"}]}`, or the list alone, as `[{"name", "frequency"}]`.
fn facets(told: Value) -> Value {
    let list = match told {
        Value::Object(mut wrapped) => wrapped.remove("facet").unwrap_or_default(),
        list => list,
    };
    let facets = match list {
        Value::Array(facets) => facets,
        Value::Null => Vec::new(),
        one => vec![one],
    };
    facets.into_iter().map(facet).collect()
}

fn facet(facet: Value) -> Value {
    let Value::Object(mut given) = facet else {
        return facet;
    };
    let mut named = Map::new();
    let (name, property) = (given.remove("name"), given.remove("property"));
    named.insert("name".to_owned(), name.or(property).unwrap_or_default());
    let frequency = given.remove("frequency").unwrap_or_else(|| json!([]));
    let frequency = match frequency {
        one @ Value::Object(_) => json!([one]),
        list => list,
    };
    named.insert("frequency".to_owned(), frequency);
    named.append(&mut given);
    Value::Object(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_envelope_is_opened_and_defaults_are_filled_in() {
        let hcp = json!({"queryResult": {
            "resultSet": [
                {"changeTimeMilliseconds": "1331409333948.00", "urlName": "u", "version": 9, "size": "7",
                 "operation": "CREATED", "namespace": null, "newest": {"a": null}},
                {"urlName": "w", "changeTimeMilliseconds": 5, "hold": "false"},
            ],
            "status": {"code": "INCOMPLETE", "results": 2, "message": ""},
            "query": {"expression": "*:*"},
            "contentProperties": [],
        }});
        let answer = of(Kind::Object, hcp).unwrap();
        assert_eq!(
            answer,
            json!({
                "query": {"expression": "*:*"},
                "status": {"totalResults": 0, "results": 2, "code": "INCOMPLETE", "message": ""},
                "resultSet": [
                    {"urlName": "u", "operation": "CREATED", "changeTimeMilliseconds": "1331409333948.00",
                     "version": 9, "size": 7, "newest": {}},
                    {"urlName": "w", "operation": "", "changeTimeMilliseconds": "5", "hold": false},
                ],
                "contentProperties": [],
            })
        );
        assert!(
            answer
                .to_string()
                .starts_with(r#"{"query":{"expression":"*:*"},"status":{"totalResults""#)
        );
    }

    #[test]
    fn facets_come_in_both_shapes() {
        let frequency = json!([{"value": "true", "count": 1}]);
        let wanted = json!([{"name": "hold", "frequency": frequency}]);
        for told in [
            json!({"facet": [{"property": "hold", "frequency": frequency}]}),
            json!([{"name": "hold", "frequency": frequency}]),
            json!({"facet": {"property": "hold", "frequency": {"value": "true", "count": 1}}}),
        ] {
            let answer = of(Kind::Object, json!({"status": {}, "facets": told})).unwrap();
            assert_eq!(answer["facets"], wanted, "{told}");
        }
    }

    #[test]
    fn what_is_no_result_is_not_taken_for_an_empty_one() {
        for value in [
            json!({}),
            json!([]),
            json!("x"),
            json!({"queryResult": null}),
        ] {
            let error = of(Kind::Operation, value.clone()).unwrap_err();
            assert_eq!(error.reason(), Reason::UpstreamFailed, "{value}");
        }
        let empty = of(Kind::Operation, json!({"queryResult": {"status": {}}})).unwrap();
        assert_eq!(empty["resultSet"], json!([]));
        assert_eq!(empty["status"]["code"], "COMPLETE");
    }
}
