//! HCP's metadata query as REST: what S3 stored is found, what was deleted is remembered, and what
//! is refused is refused in known words.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

mod house;

use std::time::Duration;

use hcp_simulator::{Fault, Trouble};
use house::{Answer, BUCKET, House, Plan, Request};
use serde_json::{Value, json};

/// A house whose store tells of operations at once.
fn open() -> House {
    let house = House::hcp();
    house.store().set_query_horizon(Duration::ZERO);
    house
}

fn ask(house: &House, token: &str, target: &str, question: &Value) -> Answer {
    let request = Request::new("POST", &format!("/api/v1/query/tenants/{target}"))
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json");
    house.rest(request.body(question.to_string()))
}

#[track_caller]
fn found(house: &House, target: &str, question: &Value) -> Value {
    let token = house.login("research");
    let answer = ask(house, &token, &format!("research/{target}"), question);
    assert_eq!(answer.status, 200, "{answer:?} {}", answer.text());
    answer.json()
}

fn store(house: &House, key: &str, body: &str) {
    let keys = house.keys("research");
    let target = format!("/{BUCKET}/{key}");
    assert_eq!(house.ask(&house.put(&keys, &target, body)).status, 200);
}

fn delete(house: &House, key: &str) {
    let request = house.request("DELETE", &format!("/{BUCKET}/{key}"));
    let deleted = house.ask(&house.keys("research").sign(request));
    assert_eq!(deleted.status, 204);
}

/// The keys of the records, and what was done to each.
fn lines(answer: &Value) -> Vec<String> {
    let line = |record: &Value| {
        let (_, key) = record["urlName"]
            .as_str()
            .unwrap()
            .split_once("/rest/")
            .unwrap();
        format!("{} {key}", record["operation"].as_str().unwrap())
    };
    answer["resultSet"]
        .as_array()
        .unwrap()
        .iter()
        .map(line)
        .collect()
}

#[test]
fn what_portico_stored_is_found() {
    let house = open();
    store(&house, "scans/one.tif", "12345");
    store(&house, "scans/two.tif", "1234567890");
    let question = json!({"query": "utf8Name:two.tif"});
    let answer = found(&house, "objects", &question);
    assert_eq!(lines(&answer), ["CREATED scans/two.tif"]);
    assert_eq!(answer["query"], json!({"expression": "utf8Name:two.tif"}));
    let status = json!({"totalResults": 1, "results": 1, "code": "COMPLETE", "message": ""});
    assert_eq!(answer["status"], status);
    let record = answer["resultSet"][0].as_object().unwrap();
    assert!(record["changeTimeMilliseconds"].is_string(), "{record:?}");
    assert!(!record.contains_key("size") && !answer.as_object().unwrap().contains_key("facets"));

    let question = json!({
        "query": "*:*", "sort": "size+desc", "objectProperties": ["size", "hold"],
        "facets": ["namespace", "hold"],
    });
    let answer = found(&house, "objects", &question);
    assert_eq!(
        lines(&answer),
        ["CREATED scans/two.tif", "CREATED scans/one.tif"]
    );
    assert_eq!(
        (
            &answer["resultSet"][0]["size"],
            &answer["resultSet"][0]["hold"]
        ),
        (&json!(10), &json!(false))
    );
    let facets = json!([
        {"name": "namespace", "frequency": [{"value": format!("{BUCKET}.research"), "count": 2}]},
        {"name": "hold", "frequency": [{"value": "false", "count": 2}]},
    ]);
    let told = answer["facets"].as_array().unwrap();
    assert_eq!(told.len(), 2, "{told:?}");
    for facet in facets.as_array().unwrap() {
        assert!(told.contains(facet), "{told:?}");
    }
}

#[test]
fn pages_of_objects_fit_together() {
    let house = open();
    for number in 0..7 {
        store(&house, &format!("k{number}"), "x");
    }
    let mut keys = Vec::new();
    for offset in [0, 3, 6] {
        let question =
            json!({"query": "*:*", "count": 3, "offset": offset, "sort": "utf8Name+asc"});
        let page = found(&house, "objects", &question);
        assert_eq!(page["status"]["totalResults"], 7);
        let code = if offset < 6 { "INCOMPLETE" } else { "COMPLETE" };
        assert_eq!(page["status"]["code"], code);
        keys.extend(lines(&page));
    }
    let wanted: Vec<_> = (0..7).map(|number| format!("CREATED k{number}")).collect();
    assert_eq!(keys, wanted);
}

#[test]
fn a_deletion_is_remembered_and_the_last_record_leads_on() {
    let house = open();
    for key in ["one", "two", "three"] {
        store(&house, key, "x");
    }
    delete(&house, "two");
    let (mut all, mut last) = (Vec::new(), Value::Null);
    for results in [2, 1] {
        let question = json!({"count": 2, "lastResult": last, "verbose": false});
        let page = found(&house, "operations", &question);
        assert_eq!(page["status"]["results"], results, "{page}");
        all.extend(lines(&page));
        // As it came: its version is a number, which the contract has as a text.
        last = page["resultSet"]
            .as_array()
            .unwrap()
            .last()
            .unwrap()
            .clone();
        last.as_object_mut().unwrap().remove("operation");
    }
    all.sort();
    assert_eq!(all, ["CREATED one", "CREATED three", "DELETED two"]);
    let deleted = json!({"system_metadata": {
        "transactions": {"transaction": ["delete"]},
        "namespaces": {"namespace": [format!("{BUCKET}.research")]},
    }});
    let answer = found(&house, "operations", &deleted);
    assert_eq!(lines(&answer), ["DELETED two"]);
    assert!(answer["query"]["start"].is_number() && answer["query"]["end"].is_number());
}

#[test]
fn hcp_decides_who_may_search_where() {
    let house = open();
    store(&house, "secret", "x");
    let everything = json!({"query": "*:*"});
    let other = house.login("archive");
    let answer = ask(&house, &other, "research/objects", &everything);
    assert_eq!(answer.status, 403, "{}", answer.text());
    assert!(!answer.text().contains("secret"));
    let own = ask(&house, &other, "archive/objects", &everything);
    assert_eq!((own.status, lines(&own.json()).len()), (200, 0));
    let wrong = house.token("username=ada&password=wrong&tenant=research");
    assert_eq!(
        ask(&house, &wrong, "research/objects", &everything).status,
        403
    );
    let nobody = Request::new("POST", "/api/v1/query/tenants/research/objects");
    assert_eq!(house.rest(nobody.body("{}")).status, 401);
}

/// What a search comes to while the store has this trouble.
fn troubled(house: &House, trouble: Trouble) -> (u16, String) {
    let token = house.login("research");
    house.store().add_fault(Fault::new(trouble).path("/query"));
    let answer = ask(house, &token, "research/objects", &json!({"query": "*:*"}));
    house.store().clear_faults();
    assert!(answer.header("www-authenticate").is_none(), "{answer:?}");
    let detail = answer.json()["detail"].as_str().map(str::to_owned);
    (answer.status, detail.unwrap_or_default())
}

#[test]
fn refusals_of_hcp_have_their_words() {
    let house = open();
    for (hcp, status, words) in [
        (302, 404, "query not found or no permission"),
        (400, 400, "why"),
        (401, 401, "HCP authentication failed"),
        (403, 403, "why"),
        (404, 404, "query not found"),
        (409, 409, "query: why"),
        (415, 415, "Unsupported media type"),
        (500, 502, "HCP internal error: why"),
        (503, 503, "HCP unavailable: why"),
        (507, 502, "Unexpected HCP status 507: why"),
    ] {
        let message = Some("why".to_owned());
        let trouble = Trouble::Status {
            status: hcp,
            message,
        };
        let told = troubled(&house, trouble);
        assert_eq!(told, (status, words.to_owned()), "{hcp}");
    }
    let token = house.login("research");
    let odd = ask(
        &house,
        &token,
        "research/objects",
        &json!({"query": "colour:red"}),
    );
    assert_eq!(odd.status, 400, "{}", odd.text());
    assert_ne!(odd.json()["detail"], "");
}

#[test]
fn faults_of_the_way_to_hcp_have_their_words() {
    let house = Plan::hcp().with("upstream.response_timeout", "1s").open();
    let broken = "HCP query connection error";
    for (trouble, status, words) in [
        (Trouble::CutHead, 502, broken),
        (Trouble::CutResponse { after: 5 }, 502, broken),
        (
            Trouble::Latency { millis: 20_000 },
            504,
            "HCP query timed out",
        ),
    ] {
        let shown = format!("{trouble:?}");
        assert_eq!(
            troubled(&house, trouble),
            (status, words.to_owned()),
            "{shown}"
        );
    }
    assert_eq!(
        found(&house, "objects", &json!({"query": "*:*"}))["resultSet"],
        json!([])
    );
}

#[test]
fn what_cannot_be_a_question_never_reaches_hcp() {
    let house = open();
    let token = house.login("research");
    house.store().clear_requests();
    let everything = json!({"query": "*:*"});
    for tenant in [
        "evil.example",
        "research%2F..%2Fx",
        "research%3Fa",
        "research%40evil",
        "%2E%2E",
        "-",
    ] {
        let answer = ask(&house, &token, &format!("{tenant}/objects"), &everything);
        assert_eq!(answer.status, 422, "{tenant}");
        assert_eq!(answer.json()["detail"], "Invalid tenant name", "{tenant}");
    }
    let long = json!({"query": "x".repeat(8 * 1024)});
    let answer = ask(&house, &token, "research/objects", &long);
    assert_eq!(answer.status, 413, "{}", answer.text());
    assert!(answer.text().contains("8 KiB"), "{}", answer.text());
    let answer = ask(
        &house,
        &token,
        "research/objects",
        &json!({"count": "many"}),
    );
    let issues = answer.json();
    assert_eq!(
        (answer.status, issues["detail"].as_array().unwrap().len()),
        (422, 2),
        "{issues}"
    );
    assert!(house.store().arrived().is_empty());
}

#[test]
fn where_management_is_off_there_is_no_query() {
    let house = Plan::hcp().with("mapi.enabled", false).open();
    let answer = ask(
        &house,
        &house.login("research"),
        "research/objects",
        &json!({"query": "*:*"}),
    );
    assert_eq!(
        (answer.status, answer.json()),
        (404, json!({"detail": "Not Found"}))
    );
}
