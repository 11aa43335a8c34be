//! The operator changes what the log holds.

use serde_json::{Value, json};

use super::TOKEN;
use super::house::{Answer, Connection, House, Plan, Request};

const PATH: &str = "/api/v1/log";

fn ask(house: &House, method: &str, body: &str, token: &str) -> Answer {
    let request = Request::new(method, PATH).header("authorization", format!("Bearer {token}"));
    house.admin(request.body(body))
}

fn told(house: &House, method: &str, body: &str) -> Value {
    let answer = ask(house, method, body, TOKEN);
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

#[test]
fn the_operator_sees_more_for_a_while_and_nobody_else_steers() {
    let house = Plan::hcp().with("admin.token", TOKEN).open();
    let configured = json!({"filter": "info", "configured": "info", "until": null});
    assert_eq!(told(&house, "GET", ""), configured);
    let silent = told(&house, "PUT", r#"{"filter": "info,access=off"}"#);
    assert_eq!(silent["filter"], "info,access=off");
    // On one connection: the second is not begun before the first has been told of.
    let mut client = Connection::open(house.api);
    for path in ["/unheard-of", "/afterwards"] {
        client.ask(&Request::new("GET", path).header("host", house.api));
    }
    assert_eq!(told(&house, "DELETE", ""), configured);
    house.rest(Request::new("GET", "/heard-of"));
    house
        .portico
        .lines_with(1, |line| line["path"] == "/heard-of");
    let lines = house.portico.lines().join("\n");
    assert!(!lines.contains("/unheard-of"), "{lines}");

    let soon = told(
        &house,
        "PUT",
        r#"{"filter": "warn,portico=debug", "for": "1s"}"#,
    );
    assert!(
        soon["until"]
            .as_str()
            .is_some_and(|until| until.ends_with('Z'))
    );
    house.portico.lines_with(2, |line| {
        line["msg"] == "the log holds again what the settings say"
    });
    assert_eq!(told(&house, "GET", ""), configured);
    let changes = |line: &Value| line["msg"] == "the operator has changed what the log holds";
    let lines = house.portico.lines_with(2, changes);
    assert_eq!(lines[1]["filter"], "warn,portico=debug");
}

#[test]
fn what_is_no_filter_is_refused_and_so_are_strangers() {
    let house = Plan::hcp().with("admin.token", TOKEN).open();
    for body in [
        r#"{"filter": "inof"}"#,
        r#"{"filter": "info,portico=loud"}"#,
        r#"{"filter": "debug", "for": "0s"}"#,
        r#"{"filter": "debug", "for": "a while"}"#,
        r#"{"filter": "debug", "until": "tomorrow"}"#,
        "debug",
    ] {
        let answer = ask(&house, "PUT", body, TOKEN);
        assert_eq!(answer.status, 400, "{body}: {answer:?}");
        assert!(answer.json()["detail"].is_string(), "{answer:?}");
    }
    assert_eq!(told(&house, "GET", "")["filter"], "info");
    for method in ["GET", "PUT", "DELETE"] {
        let body = r#"{"filter": "off"}"#;
        assert_eq!(ask(&house, method, body, "a guess").status, 401);
        let bearer = format!("Bearer {TOKEN}");
        let elsewhere = Request::new(method, PATH).header("authorization", bearer);
        assert_ne!(house.rest(elsewhere.body(body)).status, 200);
    }
    assert_eq!(told(&house, "GET", "")["filter"], "info");
}
