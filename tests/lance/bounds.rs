//! What is too much: rows, time, queries at once, bodies.

use hcp_simulator::{Fault, Trouble};
use serde_json::json;

use crate::desk::Desk;
use crate::house::{BUCKET, Plan};

#[test]
fn rows_that_take_too_much_memory_are_refused() {
    let house = Plan::hcp().with("lance.max_memory", "1MiB").open();
    let desk = Desk::of(&house, "research");
    let row = |id| json!({"id": id, "text": "x".repeat(100_000)});
    let rows: Vec<_> = (0..30).map(row).collect();
    assert_eq!(desk.write("t", &rows).status, 201);
    assert_eq!(desk.get("rows?table=t").status, 413);
    let page = desk.read("rows?table=t&columns=id");
    assert_eq!(page["rows"].as_array().unwrap().len(), 30);
    assert_eq!(desk.get("rows?table=t&limit=2").status, 200);
}

#[test]
fn rows_that_are_large_as_json_alone_are_refused() {
    let house = Plan::hcp().with("lance.max_memory", "1MiB").open();
    let desk = Desk::of(&house, "research");
    let rows = [json!({"id": 7, "bits": vec![true; 30_000]})];
    assert_eq!(desk.write("t", &rows).status, 201);
    assert_eq!(desk.get("rows?table=t").status, 413);
    assert_eq!(desk.get("cell?table=t&column=bits&row=0").status, 413);
    let stream = desk.request("GET", "rows?table=t");
    let stream = stream.header("accept", "application/vnd.apache.arrow.stream");
    assert_eq!(house.rest(stream).status, 200);
    let filtered = desk.read("rows?table=t&columns=id&filter=id%20%3D%207");
    assert_eq!(filtered["total"], 1);
}

#[test]
fn a_body_that_is_too_long_is_refused() {
    let house = Plan::hcp().with("lance.max_upload", "1KiB").open();
    let desk = Desk::of(&house, "research");
    let answer = desk.write("t", &[json!({"text": "x".repeat(2000)})]);
    assert_eq!(answer.status, 413, "{}", answer.text());
    assert_eq!(desk.read("tables"), json!({"tables": []}));
}

#[test]
fn a_query_that_takes_too_long_is_given_up() {
    let house = Plan::hcp().with("lance.max_time", "3s").open();
    let desk = Desk::of(&house, "research");
    desk.line("t", 2);
    let slow = Fault::new(Trouble::Latency { millis: 60_000 });
    house.store().add_fault(slow.path("/data"));
    assert_eq!(desk.get("rows?table=t").status, 504);
    house.store().clear_faults();
    assert_eq!(desk.read("rows?table=t")["total"], 2);
}

#[test]
fn who_comes_beyond_the_last_place_comes_again() {
    let house = Plan::hcp().with("lance.max_queries", 1).open();
    let desk = Desk::of(&house, "research");
    desk.line("t", 2);
    let slow = Fault::new(Trouble::Latency { millis: 60_000 });
    house
        .store()
        .add_fault(slow.path(format!("/{BUCKET}/t.lance/data")));
    house.store().clear_requests();
    let waiting = house.begin_rest("localhost", desk.request("GET", "rows?table=t"));
    // It is on its way once the store has been asked.
    while house.store().arrived().is_empty() {
        std::thread::yield_now();
    }
    let answer = desk.get("rows?table=t");
    assert_eq!(answer.status, 429, "{}", answer.text());
    assert!(answer.header("retry-after").is_some());
    house.store().clear_faults();
    // Who leaves frees the place.
    drop(waiting);
    while desk.get("rows?table=t").status != 200 {
        std::thread::yield_now();
    }
}
