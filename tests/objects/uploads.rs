//! Uploads of every size, and those that break off.

use hcp_simulator::{Fault, Trouble};
use serde_json::json;

use crate::desk::{Desk, form, object, refusal};
use crate::house::{BUCKET, PATIENCE};

const MIB: usize = 1 << 20;

/// Bytes that do not repeat soon.
fn data(length: usize) -> Vec<u8> {
    let byte = |at: usize| u8::try_from((at * 31 + at / 251) % 256).unwrap();
    (0..length).map(byte).collect()
}

#[test]
fn a_file_of_any_size_arrives_whole() {
    for desk in [Desk::hcp(), Desk::hcp10()] {
        for length in [0, 1, 8 * MIB - 1, 8 * MIB, 8 * MIB + 1, 24 * MIB + 7] {
            let sent = data(length);
            let key = format!("of {length}");
            desk.house.store().clear_requests();
            desk.store(&key, &sent);
            assert!(desk.house.store().object(&key).unwrap() == sent, "{length}");
            let parts = desk.house.store().arrived().len();
            let expected = if length > 8 * MIB {
                length.div_ceil(8 * MIB) + 2
            } else {
                1
            };
            assert_eq!(parts, expected, "{length}");
        }
        assert!(unfinished(&desk).is_empty());
    }
}

/// The uploads that are not complete.
fn unfinished(desk: &Desk) -> Vec<serde_json::Value> {
    let told = desk.good("GET", &format!("/{BUCKET}/uploads"));
    told["uploads"].as_array().unwrap().clone()
}

#[test]
fn a_body_may_be_the_file() {
    let desk = Desk::hcp();
    let request = || desk.request("POST", &object("raw"));
    assert_eq!(desk.house.rest(request().body(data(100))).status, 201);
    assert_eq!(desk.house.store().object("raw").unwrap(), data(100));
    let named = request().header("content-type", "application/json");
    assert_eq!(desk.house.rest(named.body("{}")).status, 201);
    assert_eq!(desk.house.store().object("raw").unwrap(), b"{}");
}

#[test]
fn a_request_without_a_file_is_told_so() {
    let desk = Desk::hcp();
    let missing = json!({"detail": [{"type": "missing", "loc": ["body", "file"],
        "msg": "Field required", "input": null}]});
    let answer = desk.ask("POST", &object("k"));
    assert_eq!((answer.status, answer.json()), (422, missing.clone()));
    let (kind, body) = form("other", b"x");
    let request = desk
        .request("POST", &object("k"))
        .header("content-type", kind);
    let answer = desk.house.rest(request.body(body));
    assert_eq!((answer.status, answer.json()), (422, missing));
    let (kind, mut body) = form("file", b"x");
    body.truncate(body.len() - 10);
    let request = desk
        .request("POST", &object("k"))
        .header("content-type", kind);
    let (status, words) = refusal(&desk.house.rest(request.body(body)));
    assert_eq!(status, 400, "{words}");
    assert_eq!(desk.house.store().object("k"), None);
}

/// Waits until no upload is unfinished.
fn settles(desk: &Desk) {
    let end = std::time::Instant::now() + PATIENCE;
    while !unfinished(desk).is_empty() {
        assert!(std::time::Instant::now() < end, "an upload stays");
        std::thread::yield_now();
    }
}

/// Whether an upload in parts has begun.
fn has_begun(desk: &Desk) {
    let end = std::time::Instant::now() + PATIENCE;
    while unfinished(desk).is_empty() {
        assert!(std::time::Instant::now() < end, "no upload has begun");
        std::thread::yield_now();
    }
}

#[test]
fn a_client_that_leaves_leaves_nothing_behind() {
    let desk = Desk::hcp();
    let (kind, body) = form("file", &data(30 * MIB));
    let request = desk
        .request("POST", &object("gone"))
        .header("content-type", kind);
    let request = request.header("host", desk.house.api).body(body);
    let mut client = crate::house::Connection::open(desk.house.api);
    client.send(&request.bytes()[..20 * MIB]);
    has_begun(&desk);
    drop(client);
    settles(&desk);
    assert_eq!(desk.house.store().object("gone"), None);
}

#[test]
fn a_store_that_fails_in_the_middle_keeps_nothing() {
    let desk = Desk::hcp();
    let status = |status| Trouble::Status {
        status,
        message: None,
    };
    let (broken, unavailable) = (status(500), status(503));
    for (trouble, query, expected) in [
        (broken, "partNumber=2", 500),
        (Trouble::CutHead, "partNumber=2", 502),
        (unavailable, "partNumber=3", 503),
    ] {
        let shown = format!("{trouble:?}");
        desk.house
            .store()
            .add_fault(Fault::new(trouble).path(query));
        let answer = desk.upload(&object("k"), &data(24 * MIB));
        // A store that closes in the middle of a part may do so before its answer is read.
        assert!(
            [expected, 502].contains(&answer.status),
            "{shown} {answer:?}"
        );
        assert!(
            refusal(&answer).1.starts_with("object 'k' part "),
            "{answer:?}"
        );
        settles(&desk);
        assert_eq!(desk.house.store().object("k"), None);
    }
}

#[test]
fn a_named_upload_tells_how_far_it_is_to_its_sender_alone() {
    let desk = Desk::hcp();
    let (kind, body) = form("file", &data(20 * MIB));
    let request = desk
        .request("POST", &object("told"))
        .header("content-type", kind)
        .header("x-upload-id", "mine-1")
        .header("host", desk.house.api)
        .body(body);
    let events = |token: &str| {
        let request = crate::house::Request::new("GET", "/api/v1/uploads/mine-1/events");
        desk.house
            .rest(request.header("authorization", format!("Bearer {token}")))
    };
    assert_eq!(events(&desk.token).status, 404);
    let mut client = crate::house::Connection::open(desk.house.api);
    let bytes = request.bytes();
    client.send(&bytes[..10 * MIB]);
    has_begun(&desk);
    let other = desk.house.login("archive");
    assert_eq!(events(&other).status, 404, "of another tenant");
    let wrong = desk
        .house
        .token("username=ada&password=wrong&tenant=research");
    assert_eq!(events(&wrong).status, 404, "of another password");
    std::thread::scope(|scope| {
        let told = scope.spawn(|| events(&desk.token));
        client.send(&bytes[10 * MIB..]);
        assert_eq!(client.answer().status, 201);
        let told = told.join().unwrap();
        assert_eq!(told.header("content-type"), Some("text/event-stream"));
        let text = told.text();
        let last = text
            .lines()
            .rfind(|line| line.starts_with("data: "))
            .unwrap();
        let last: serde_json::Value = serde_json::from_str(&last["data: ".len()..]).unwrap();
        assert_eq!(
            (&last["status"], &last["stored"]),
            (&json!("uploaded"), &json!(20 * MIB))
        );
        assert_eq!(last["received"], 20 * MIB);
    });
    assert_eq!(events(&desk.token).status, 200, "the end can be asked for");
}

#[test]
fn memory_stays_flat_however_large_the_object() {
    let desk = Desk::hcp();
    desk.store("small", &data(30 * MIB));
    assert_eq!(desk.ask("GET", &object("small")).body.len(), 30 * MIB);
    let before = desk.house.portico.peak();
    let large = data(200 * MIB);
    desk.store("large", &large);
    assert!(desk.ask("GET", &object("large")).body == large);
    let grown = desk.house.portico.peak() - before;
    assert!(grown < 64 * MIB, "{grown} bytes more for a larger object");
}
