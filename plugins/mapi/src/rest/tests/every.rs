//! Every row of the table: what HCP is asked, and what a success is answered with.

use http::StatusCode;
use portico_hcp::testkit::{Deed, Seen};
use serde_json::{Map, Value, json};

use super::House;
use crate::rest::row::{Content, Done, Named, ParamKind, Row, Sent, Verb};
use crate::rest::table;
use crate::rest::words::{Field, Kind, Model};

/// A route's path with names in it, and as HCP has to see it.
pub(super) fn concrete(template: &str) -> (String, String) {
    let fill = |text: &str| {
        let segments = template.split('/').map(|segment| match segment {
            "{tenant_name}" => "t1",
            name if name.starts_with('{') => text,
            fixed => fixed,
        });
        segments.collect::<Vec<_>>().join("/")
    };
    (fill("a%20b%3f"), fill("a%20b%3F"))
}

/// The smallest document that passes, with something that nobody declared.
pub(super) fn document(content: Content) -> Option<Value> {
    match content {
        Content::Nothing | Content::Empty | Content::File => None,
        Content::Document(model) | Content::Maybe(model) => {
            let mut document = smallest(model);
            document["newest"] = json!({"deep": [1], "none": null});
            Some(document)
        }
        Content::Object => Some(json!({"permission": ["READ"], "none": null})),
    }
}

fn smallest(model: &Model) -> Value {
    let required = model.fields.iter().filter(|field| field.required);
    let fields = required.map(|field| (field.name.to_owned(), value(&field.kind)));
    Value::Object(fields.collect::<Map<_, _>>())
}

fn value(kind: &Kind) -> Value {
    match kind {
        Kind::Text | Kind::Secret | Kind::Any => json!("x"),
        Kind::Int | Kind::Number => json!(1),
        Kind::Flag => json!(true),
        Kind::Object => json!({}),
        Kind::Choice(choice) => json!(choice.words[0]),
        Kind::Model(model) => smallest(model),
        Kind::List(item) | Kind::Wrapped(_, item) => json!([value(item)]),
    }
}

/// Every parameter of the row, and what HCP has to see of them.
pub(super) fn query(row: &Row) -> (String, String) {
    let (mut given, mut sent) = (Vec::new(), Vec::new());
    for param in row.query {
        let value = match param.kind {
            ParamKind::Text | ParamKind::Secret => "a+b",
            ParamKind::Int => "7",
            ParamKind::Flag => "true",
            ParamKind::Choice(choice) => choice.words[0],
        };
        given.push(format!("{}={value}", param.name));
        match param.sent {
            Sent::Never => {}
            Sent::Given | Sent::Filled | Sent::Or(_) => {
                sent.push(format!("{}={value}", param.name));
            }
            Sent::Name => sent.push(format!("{}=", param.name)),
            Sent::IfTrue(word) => sent.push(format!("{}={word}", param.name)),
        }
    }
    sent.extend(row.action.map(|action| format!("{action}=")));
    (given.join("&"), sent.join("&"))
}

/// All rows that are one question to HCP with a document or nothing.
pub(super) fn simple() -> impl Iterator<Item = &'static Row> {
    let template = |row: &&Row| matches!(row.done, Done::Template);
    table::rows().filter(move |row| !template(row) && !matches!(row.body, Content::File))
}

fn expected_body(row: &Row, sent: Option<&Value>) -> Value {
    match row.done {
        Done::Document(model) | Done::Released(model) | Done::Listing(model, _) => shaped(model),
        Done::AnyOf(models) => shaped(models[0]),
        Done::Word(word, None) => json!({ "status": word }),
        Done::Word(word, Some((key, named))) => {
            let name = match named {
                Named::Path("tenant_name") => json!("t1"),
                Named::Path(_) => json!("a b?"),
                Named::Body(field) => sent.unwrap().get(field).cloned().unwrap_or_default(),
            };
            json!({ "status": word, key: name })
        }
        Done::Bare | Done::BareAsHcp | Done::Download(_) | Done::PlainText | Done::Template => {
            Value::Null
        }
    }
}

/// Every declared field, then what HCP said beside.
fn shaped(model: &Model) -> Value {
    let null = |field: &Field| (field.name.to_owned(), field.preset.value());
    let mut fields: Map<_, _> = model.fields.iter().map(null).collect();
    fields.insert("newest".to_owned(), json!({"deep": null}));
    Value::Object(fields)
}

fn check_seen(row: &Row, seen: &Seen, path: &str, query: &str, document: Option<&Value>) {
    assert_eq!(seen.method, row.verb.method(), "{row:?}");
    let query = if query.is_empty() {
        String::new()
    } else {
        format!("?{query}")
    };
    assert_eq!(seen.target, format!("/mapi{path}{query}"), "{row:?}");
    assert_eq!(
        seen.headers["authorization"],
        "HCP YWRt:8fe4c11451281c094a6578e6ddbf5eed"
    );
    match (row.body, document) {
        (Content::Empty, _) => assert_eq!(seen.body, "{}", "{row:?}"),
        (_, None) => assert!(seen.body.is_empty(), "{row:?}"),
        (_, Some(document)) => {
            let body: Value = serde_json::from_slice(&seen.body).unwrap();
            for (name, value) in document.as_object().unwrap() {
                match name.as_str() {
                    "none" => assert!(body.get(name).is_none(), "{row:?}"),
                    "newest" => assert_eq!(body[name], json!({"deep": [1]}), "{row:?}"),
                    _ if value.is_array() => {}
                    _ if value.is_object() => {}
                    _ => assert_eq!(&body[name], value, "{row:?}"),
                }
            }
        }
    }
    let typed = seen.headers.get("content-type").is_some();
    assert_eq!(typed, !seen.body.is_empty(), "{row:?}");
}

#[tokio::test]
async fn every_route_asks_hcp_and_answers_as_the_contract_says() {
    let house = House::answering(r#"{"newest":{"deep":null}}"#).await;
    for row in simple() {
        let (path, _) = concrete(row.path);
        let (_, seen_path) = concrete(row.mapi);
        let (given, sent_query) = query(row);
        let document = document(row.body);
        let target = format!("{path}?{given}");
        let got = house
            .ask(row.verb.method().as_str(), &target, document.as_ref())
            .await;
        let status = if row.verb == Verb::Put { 201 } else { 200 };
        assert_eq!(got.status, status, "{row:?} {}", got.text());
        let expected = expected_body(row, document.as_ref());
        if !expected.is_null() {
            assert_eq!(got.text(), expected.to_string(), "{row:?}");
            assert_eq!(got.headers["content-type"], "application/json");
        }
        check_seen(
            row,
            &house.only(),
            &seen_path,
            &sent_query,
            document.as_ref(),
        );
    }
}

/// The same at the place where some front ends look for it.
#[tokio::test]
async fn every_route_has_an_alias_below_system() {
    let house = House::answering("{}").await;
    for row in simple() {
        let (path, _) = concrete(row.path);
        let document = document(row.body);
        let target = format!("/system{path}?{}", query(row).0);
        let got = house
            .ask(row.verb.method().as_str(), &target, document.as_ref())
            .await;
        assert!(got.status.is_success(), "{row:?} {}", got.text());
        let seen = house.only();
        let (_, mapi) = concrete(row.mapi);
        assert!(
            seen.target.starts_with(&format!("/mapi{mapi}")),
            "{row:?} {}",
            seen.target
        );
    }
}

/// Whatever HCP's 2xx holds, the client gets the document of the contract.
#[tokio::test]
async fn an_answer_that_is_no_json_is_an_empty_document() {
    for text in ["", "<html/>"] {
        let house = House::before(move |_| Deed::json(204, text)).await;
        for row in simple().filter(|row| matches!(row.done, Done::Document(_))) {
            let target = format!("{}?{}", concrete(row.path).0, query(row).0);
            let got = house.get(&target).await;
            assert_eq!(got.status, StatusCode::OK, "{row:?}");
            let Done::Document(model) = row.done else {
                continue;
            };
            assert_eq!(got.json().as_object().unwrap().len(), model.fields.len());
        }
    }
}

/// What names say never becomes a part of the address.
#[tokio::test]
async fn hostile_names_reach_nobody() {
    let house = House::answering("{}").await;
    for row in simple().filter(|row| row.path.contains('{')) {
        for (hostile, status) in [("%2e%2e", 404), ("x%2Fy", 404), ("%00", 404), ("%ff", 404)] {
            let path: Vec<_> = row.path.split('/').collect();
            let path = path.iter().map(|segment| match *segment {
                "{tenant_name}" => "t1",
                name if name.starts_with('{') => hostile,
                fixed => fixed,
            });
            let path = path.collect::<Vec<_>>().join("/");
            if !path.contains(hostile) {
                continue;
            }
            let target = format!("{path}?{}", query(row).0);
            let document = document(row.body);
            let got = house
                .ask(row.verb.method().as_str(), &target, document.as_ref())
                .await;
            assert_eq!(got.status, status, "{row:?} {}", got.text());
        }
        if row.path.contains("{tenant_name}") {
            let path = concrete(row.path).0.replace("t1", "evil%3F%40host");
            let got = house.ask(row.verb.method().as_str(), &path, None).await;
            assert_eq!(got.status, 422, "{row:?}");
        }
    }
    assert!(house.seen().is_empty());
}
