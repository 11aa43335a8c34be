//! A store that breaks off, and objects that change while they are read.

use hcp_simulator::{Fault, Trouble};
use serde_json::json;

use super::{contents, fetched, store, zip};
use crate::desk::Desk;
use crate::house::Connection;
use crate::task::{below, stepping};

#[test]
fn what_breaks_off_is_read_on_from_there() {
    let desk = Desk::of(stepping().open());
    let made = store(&desk.house, &[("a", 300_000), ("b", 100_000)]);
    let cut = Fault::new(Trouble::CutResponse { after: 120_000 })
        .path("/a")
        .times(2);
    desk.house.store().add_fault(cut);
    let away = Fault::new(Trouble::Unavailable).path("/b").times(2);
    desk.house.store().add_fault(away);
    let task = zip(&desk, &json!({"keys": ["a", "b"]}));
    assert_eq!(contents(&fetched(&desk, &task).body), made);
    let asked = desk.house.store().arrived();
    let ranges = asked
        .iter()
        .filter(|request| request.header("range").is_some());
    assert!(ranges.count() >= 1);
}

#[test]
fn an_instant_archive_of_something_that_is_gone_is_visibly_broken() {
    let desk = Desk::hcp();
    store(&desk.house, &[("a", 300_000), ("b", 10)]);
    let gone = Fault::new(Trouble::Status {
        status: 404,
        message: None,
    });
    let gone = gone
        .method(&http::Method::GET)
        .path("/data/b")
        .times(u32::MAX);
    desk.house.store().add_fault(gone);
    let order = json!({"keys": ["a", "b"], "stream": true}).to_string();
    let request = desk.request("POST", &below("download"));
    let request = request
        .header("content-type", "application/json")
        .header("host", "x");
    let mut client = Connection::open(desk.house.api);
    client.send(request.body(order).bytes());
    let head = client.head().unwrap();
    assert!(head.line.contains(" 200 "), "{head:?}");
    let length: usize = head.header("content-length").unwrap().parse().unwrap();
    let body = client.until_gone();
    assert!(body.len() < length, "{} of {length}", body.len());
    assert!(!body.windows(4).any(|bytes| bytes == b"PK\x05\x06"));
}

#[test]
fn an_object_that_changes_between_list_and_fetch_is_not_mixed_in() {
    let desk = Desk::of(stepping().open());
    store(&desk.house, &[("p/a", 10), ("p/b", 10)]);
    let slow = crate::faults::slow(400, "/p/", 2);
    let order = json!({"prefix": "p/"});
    desk.house
        .store()
        .add_fault(slow.method(&http::Method::GET));
    let task = zip(&desk, &order);
    desk.house.store().put("p/b", "another one");
    let told = contents(&fetched(&desk, &task).body);
    // Either it was read before, or it is listed as failed; never the new bytes.
    assert!(told.get("p/b").is_none_or(|bytes| bytes != b"another one"));
}
