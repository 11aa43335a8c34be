//! Every route of management as REST, as the API's own document names it, in front of the simulated
//! HCP: each answer of HCP is told as the contract has it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

mod house;

use hcp_simulator::{Fault, Port, Trouble, User};
use house::{House, Request};
use serde_json::{Map, Value};

/// What HCP answers, and what that becomes.
const TOLD: [(u16, u16); 12] = [
    (302, 404),
    (400, 400),
    (401, 401),
    (403, 403),
    (404, 404),
    (405, 405),
    (409, 409),
    (414, 414),
    (415, 415),
    (418, 502),
    (500, 502),
    (503, 503),
];
const BOUNDARY: &str = "a-line-of-its-own";

/// One operation of the document, ready to be asked.
struct Route {
    method: String,
    target: String,
    body: Option<(String, String)>,
    success: u16,
}

impl Route {
    fn new(method: &str, path: &str, operation: &Value, schemas: &Value) -> Self {
        let segments = path.split('/').map(|segment| match segment {
            "{tenant_name}" => "research",
            name if name.starts_with('{') => "x",
            fixed => fixed,
        });
        let path = segments.collect::<Vec<_>>().join("/");
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let needed = parameters.filter(|it| it["in"] == "query" && it["required"] == true);
        let query = needed.map(|it| format!("{}=x", it["name"].as_str().unwrap()));
        let query = query.collect::<Vec<_>>().join("&");
        let answers = operation["responses"].as_object().unwrap().keys();
        let success = answers.filter_map(|status| status.parse().ok());
        Self {
            method: method.to_uppercase(),
            target: format!("{path}?{query}"),
            body: body(&operation["requestBody"]["content"], schemas),
            success: success.min().unwrap(),
        }
    }

    fn ask(&self, house: &House, token: &str) -> u16 {
        let request = Request::new(&self.method, &self.target);
        let request = request.header("authorization", format!("Bearer {token}"));
        let answer = house.rest(match &self.body {
            Some((kind, body)) => request.header("content-type", kind).body(body.clone()),
            None => request,
        });
        if answer.status >= 400 && self.method != "HEAD" {
            assert!(answer.json()["detail"].is_string(), "{}", self.target);
        }
        answer.status
    }
}

fn body(content: &Value, schemas: &Value) -> Option<(String, String)> {
    if content.get("multipart/form-data").is_some() {
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        let part = "Content-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\nx";
        return Some((
            kind,
            format!("--{BOUNDARY}\r\n{part}\r\n--{BOUNDARY}--\r\n"),
        ));
    }
    let schema = content.get("application/json")?.get("schema")?;
    Some((
        "application/json".to_owned(),
        sample(schema, schemas).to_string(),
    ))
}

/// The least that a schema takes.
fn sample(schema: &Value, schemas: &Value) -> Value {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.rsplit('/').next().unwrap();
        return sample(&schemas[name], schemas);
    }
    if let Some(choices) = schema["enum"].as_array() {
        return choices[0].clone();
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().find(|kind| *kind != "null").unwrap().clone(),
        kind => kind.clone(),
    };
    match kind.as_str() {
        Some("string") => "x".into(),
        Some("integer" | "number") => 1.into(),
        Some("boolean") => true.into(),
        Some("array") => Value::Array(Vec::new()),
        _ => {
            let names = schema["required"].as_array().into_iter().flatten();
            let names = names.filter_map(Value::as_str);
            let field = |name: &str| sample(&schema["properties"][name], schemas);
            let fields = names.map(|name| (name.to_owned(), field(name)));
            Value::Object(fields.collect::<Map<_, _>>())
        }
    }
}

/// All of them but the templates, which ask HCP many things at once.
fn routes(house: &House) -> Vec<Route> {
    let document = house.rest(Request::new("GET", "/openapi.json")).json();
    let schemas = &document["components"]["schemas"];
    let mut found = Vec::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        if !path.starts_with("/api/v1/mapi/") || path.ends_with("/export") {
            continue;
        }
        for (method, operation) in operations.as_object().unwrap() {
            found.push(Route::new(method, path, operation, schemas));
        }
    }
    found
}

#[test]
fn every_route_tells_every_answer_of_hcp() {
    let house = House::hcp();
    house.store().set_system_user(User::new("root", "deep-0ne"));
    let token = house.token("username=root&password=deep-0ne");
    let routes = routes(&house);
    assert_eq!(routes.len(), 155);
    for route in routes {
        for (status, told) in TOLD.into_iter().chain([(200, route.success)]) {
            let message = Some("why not".to_owned());
            let answer = Fault::new(Trouble::Status { status, message });
            house.store().add_fault(answer.port(Port::Mapi));
            let got = route.ask(&house, &token);
            assert_eq!(got, told, "{} {} {status}", route.method, route.target);
        }
    }
}
