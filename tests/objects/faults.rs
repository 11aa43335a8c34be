//! What the store refuses, and what becomes of a store that cannot be reached.

use hcp_simulator::{Fault, Trouble};
use serde_json::json;

use crate::desk::{Desk, object, refusal};
use crate::house::{BUCKET, Plan, Request, refusing};

#[test]
fn refusals_of_the_store_have_their_statuses() {
    let desk = Desk::hcp();
    for (store, status) in [
        (403, 403),
        (404, 404),
        (405, 405),
        (409, 409),
        (411, 411),
        (413, 413),
        (500, 500),
        (501, 501),
        (503, 503),
        (507, 502),
    ] {
        let trouble = Trouble::Status {
            status: store,
            message: None,
        };
        desk.house.store().add_fault(Fault::new(trouble));
        let (told, words) = refusal(&desk.ask("GET", &format!("/{BUCKET}/objects")));
        assert_eq!(told, status, "{store} {words}");
        assert!(
            words.starts_with(&format!("bucket '{BUCKET}': ")),
            "{words}"
        );
    }
}

#[test]
fn faults_of_the_way_have_their_words() {
    let desk = Desk::of(Plan::hcp().with("upstream.response_timeout", "1s").open());
    for (trouble, status, words) in [
        (Trouble::CutHead, 502, "S3 connection error"),
        (
            Trouble::Latency { millis: 20_000 },
            504,
            "S3 read timed out",
        ),
    ] {
        desk.house.store().add_fault(Fault::new(trouble));
        let told = refusal(&desk.ask("GET", ""));
        assert_eq!(told, (status, format!("buckets: {words}")));
    }
    assert_eq!(desk.ask("GET", "").status, 200);
}

#[test]
fn a_store_that_is_not_there_is_told_so() {
    let (_held, address) = refusing();
    let house = Plan::before_nobody(address).open();
    let token = house.token("username=ada&password=hush");
    let desk = Desk { house, token };
    let told = refusal(&desk.ask("GET", ""));
    assert_eq!(told, (502, "buckets: S3 endpoint unreachable".to_owned()));
    let put = refusal(&desk.upload(&object("k"), b"x"));
    assert_eq!(put, (502, "object 'k': S3 endpoint unreachable".to_owned()));
}

#[test]
fn a_wrong_password_shows_at_the_first_question() {
    let desk = Desk::hcp();
    let token = desk
        .house
        .token("username=ada&password=wrong&tenant=research");
    let wrong = Desk { token, ..desk };
    let (status, words) = refusal(&wrong.ask("GET", ""));
    assert_eq!(
        (status, words.starts_with("buckets: ")),
        (403, true),
        "{words}"
    );
    let nobody = Request::new("GET", "/api/v1/buckets");
    assert_eq!(wrong.house.rest(nobody).status, 401);
}

#[test]
fn tenants_are_kept_apart() {
    let desk = Desk::hcp();
    desk.store("k", b"of research");
    let token = desk.house.login("archive");
    let other = Desk { token, ..desk };
    assert_eq!(other.ask("GET", &object("k")).status, 404);
    other.store("k", b"of archive");
    assert_eq!(other.house.store().object("k").unwrap(), b"of research");
    let again = Desk::of(other.house);
    assert_eq!(again.ask("GET", &object("k")).text(), "of research");
}

#[test]
fn a_download_that_breaks_is_no_whole_one() {
    let desk = Desk::hcp();
    desk.store("k", &vec![7; 300_000]);
    desk.house
        .store()
        .add_fault(Fault::new(Trouble::CutResponse { after: 100_000 }));
    let request = desk
        .request("GET", &object("k"))
        .header("host", desk.house.api);
    let mut client = crate::house::Connection::open(desk.house.api);
    client.send(request.bytes());
    let head = client.head().unwrap();
    assert_eq!(head.header("content-length"), Some("300000"));
    assert!(client.exactly(300_000).is_err());
}

#[test]
fn documents_are_checked_before_the_store_is_asked() {
    let desk = Desk::hcp();
    desk.house.store().clear_requests();
    let plain = desk
        .request("POST", "")
        .body(json!({"bucket": "b2"}).to_string());
    let answer = desk.house.rest(plain);
    assert_eq!(answer.json()["detail"][0]["type"], "model_attributes_type");
    let broken = desk
        .request("POST", "")
        .header("content-type", "application/json");
    let answer = desk.house.rest(broken.body("{"));
    assert_eq!(answer.json()["detail"][0]["type"], "json_invalid");
    assert!(desk.house.store().arrived().is_empty());
}
