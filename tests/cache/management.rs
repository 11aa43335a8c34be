//! Management: what is kept of its answers, at the door and as REST.

use hcp_simulator::{Port, Role, User};

use super::house::{Answer, House, Request};
use super::{Reader, keeping};

const NAMESPACES: &str = "/tenants/research/namespaces";

fn open() -> (House, String, String) {
    let house = keeping().open();
    let root = User::new("root", "deep-0ne").with_roles([Role::Administrator, Role::Monitor]);
    house.store().set_system_user(root);
    let system = house.token("username=root&password=deep-0ne");
    let ada = house.login("research");
    (house, system, ada)
}

fn send(house: &House, token: &str, method: &str, target: &str, body: &str) -> Answer {
    let request = Request::new(method, target)
        .header("authorization", format!("Bearer {token}"))
        .header("accept", "application/json");
    house.rest(if body.is_empty() {
        request
    } else {
        request
            .header("content-type", "application/json")
            .body(body)
    })
}

/// Asks, and tells whether HCP was not asked in turn.
fn is_kept(house: &House, token: &str, target: &str) -> bool {
    house.store().clear_requests();
    let answer = send(house, token, "GET", target, "");
    assert_eq!(answer.status, 200, "{target}: {answer:?}");
    let all = house.store().requests().into_iter();
    let asked = all.filter(|request| request.port == Port::Mapi).count();
    let said = answer.header("cache-status").unwrap_or_default().to_owned();
    assert_eq!(
        said.starts_with("portico; hit"),
        asked == 0,
        "{target}: {said}"
    );
    asked == 0
}

fn warm(house: &House, token: &str, target: &str) {
    is_kept(house, token, target);
    assert!(is_kept(house, token, target), "{target}");
}

#[test]
fn the_door_and_rest_have_one_memory() {
    let (house, _, ada) = open();
    let (door, rest) = (
        format!("/mapi{NAMESPACES}"),
        format!("/api/v1/mapi{NAMESPACES}"),
    );
    assert!(!is_kept(&house, &ada, &door));
    assert!(is_kept(&house, &ada, &rest));
    assert!(is_kept(&house, &ada, &door));
    let head = send(&house, &ada, "HEAD", &door, "");
    assert_eq!(head.status, 200);
    assert!(
        head.header("cache-status")
            .unwrap()
            .starts_with("portico; hit")
    );
    assert!(head.body.is_empty());
}

/// REST's form of an answer is made once and kept with it.
#[test]
fn rest_says_the_same_however_often_until_something_changes() {
    let (house, _, ada) = open();
    let target = format!("/api/v1/mapi{NAMESPACES}/data?verbose=true");
    let says = || send(&house, &ada, "GET", &target, "").json().to_string();
    let first = says();
    for _ in 0..3 {
        assert!(is_kept(&house, &ada, &target));
        assert_eq!(says(), first);
    }
    let listed = format!("/api/v1/mapi{NAMESPACES}");
    warm(&house, &ada, &listed);
    assert_ne!(
        send(&house, &ada, "GET", &listed, "").json().to_string(),
        first
    );
    let change = r#"{"description":"another"}"#;
    let written = send(&house, &ada, "POST", &target[..target.len() - 13], change);
    assert_eq!(written.status, 200, "{written:?}");
    for kept in [false, true, true] {
        assert_eq!(is_kept(&house, &ada, &target), kept);
        assert!(says().contains("another"));
    }
}

#[test]
fn a_write_by_anyone_is_seen_by_everyone_of_the_tenant() {
    let (house, system, ada) = open();
    let (tenant, door) = ("/mapi/tenants/research", format!("/mapi{NAMESPACES}"));
    for (writer, target, body) in [
        (&system, tenant, r#"{"systemVisibleDescription":"x"}"#),
        (&ada, &format!("{door}/data"), r#"{"description":"x"}"#),
    ] {
        warm(&house, &system, tenant);
        warm(&house, &system, "/mapi/tenants");
        warm(&house, &ada, &door);
        let written = send(&house, writer, "POST", target, body);
        assert_eq!(written.status, 200, "{written:?}");
        assert!(!is_kept(&house, &system, tenant));
        assert!(!is_kept(&house, &system, "/mapi/tenants"));
        assert!(!is_kept(&house, &ada, &door));
    }
    // By REST as well.
    warm(&house, &ada, &door);
    let namespace = format!("/api/v1/mapi{NAMESPACES}/data");
    let written = send(&house, &ada, "POST", &namespace, r#"{"description":"y"}"#);
    assert_eq!(written.status, 200, "{written:?}");
    let shown = send(&house, &ada, "GET", &namespace, "");
    assert_eq!(shown.json()["description"], "y");
}

#[test]
fn what_changes_nothing_drops_nothing() {
    let (house, _, ada) = open();
    let archive = house.login("archive");
    let (door, other) = (
        format!("/mapi{NAMESPACES}"),
        "/mapi/tenants/archive/namespaces",
    );
    warm(&house, &ada, &door);
    warm(&house, &archive, other);
    let none = format!("/mapi{NAMESPACES}/none");
    assert!(send(&house, &ada, "HEAD", &none, "").status >= 300);
    assert!(send(&house, &ada, "POST", &none, "{}").status >= 400);
    assert!(is_kept(&house, &ada, &door));
    let namespace = format!("/mapi{NAMESPACES}/data");
    assert_eq!(
        send(&house, &ada, "POST", &namespace, r#"{"description":"x"}"#).status,
        200
    );
    assert!(is_kept(&house, &archive, other));
    assert!(!is_kept(&house, &ada, &door));
}

#[test]
fn namespaces_and_buckets_are_one() {
    let (house, _, ada) = open();
    let reader = Reader::new(&house, "research");
    let door = format!("/mapi{NAMESPACES}");
    reader.ask("GET");
    assert!(reader.is_kept("GET"));
    warm(&house, &ada, &door);
    assert_eq!(reader.send(house.request("PUT", "/fresh")).status, 200);
    let listed = send(&house, &ada, "GET", &door, "");
    assert!(listed.text().contains("fresh"), "{}", listed.text());
    reader.ask("GET");
    assert!(reader.is_kept("GET"));
    let deleted = send(&house, &ada, "DELETE", &format!("{door}/fresh"), "");
    assert_eq!(deleted.status, 200, "{deleted:?}");
    assert!(!reader.ask("GET").text().contains("fresh"));
}

#[test]
fn what_is_made_anew_each_time_is_not_kept() {
    let (house, system, _) = open();
    for target in [
        "/mapi/logs",
        "/mapi/healthCheckReport",
        "/mapi/supportaccesscredentials",
    ] {
        for _ in 0..2 {
            house.store().clear_requests();
            send(&house, &system, "GET", target, "");
            assert_eq!(house.store().requests().len(), 1, "{target}");
        }
    }
}

#[test]
fn a_refusal_of_what_is_not_kept_drops_what_is() {
    let (house, _, ada) = open();
    let door = format!("/mapi{NAMESPACES}");
    // A user of a tenant may ask for no logs of the system, in either way.
    for logs in ["/mapi/logs", "/api/v1/mapi/logs"] {
        warm(&house, &ada, &door);
        assert_eq!(send(&house, &ada, "GET", logs, "").status, 403, "{logs}");
        assert!(!is_kept(&house, &ada, &door), "{logs}");
    }
}

#[test]
fn statistics_have_a_shorter_life_than_settings() {
    let ttl = |house: &House, token: &str, target: &str| -> u64 {
        warm(house, token, target);
        let said = send(house, token, "GET", target, "");
        let said = said.header("cache-status").unwrap().to_owned();
        let ttl = said.split("ttl=").nth(1).expect("a time").split(';').next();
        ttl.unwrap().trim().parse().unwrap()
    };
    let (house, _, ada) = open();
    let times = ["/statistics", "/consoleSecurity", "/namespaces"]
        .map(|resource| ttl(&house, &ada, &format!("/mapi/tenants/research{resource}")));
    for (ttl, life) in times.into_iter().zip([60, 600, 300]) {
        assert!((life - 30..=life).contains(&ttl), "{ttl} of {life}");
    }
}

#[test]
fn a_query_is_kept_whatever_the_order_of_its_fields() {
    let (house, _, ada) = open();
    house.store().put("k", b"words");
    let ask = |body: &str| {
        house.store().clear_requests();
        let request = Request::new("POST", "/query")
            .header("authorization", format!("Bearer {ada}"))
            .header("accept", "application/json")
            .header("content-type", "application/json");
        let answer = house.rest(request.body(body));
        assert_eq!(answer.status, 200, "{answer:?}");
        house.store().arrived().len()
    };
    assert_eq!(ask(r#"{"object":{"query":"*:*","count":5}}"#), 1);
    assert_eq!(ask(r#"{"object": {"count": 5, "query": "*:*"}}"#), 0);
    assert_eq!(ask(r#"{"object":{"query":"*:*","count":6}}"#), 1);
    let rest = Request::new("POST", "/api/v1/query/tenants/research/objects")
        .header("authorization", format!("Bearer {ada}"))
        .header("content-type", "application/json")
        .body(r#"{"query":"*:*","count":7}"#);
    let said = [house.rest(rest.clone()), house.rest(rest)].map(|answer| {
        assert_eq!(answer.status, 200, "{answer:?}");
        answer
            .header("cache-status")
            .unwrap_or_default()
            .starts_with("portico; hit")
    });
    assert_eq!(said, [false, true]);
}
