//! How jobs go on, as server-sent events and in figures.

use portico_redis::testkit::until;
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::faults::slow;
use crate::house::Request;
use crate::task::{Task, fill, stepping};

fn told(text: &str) -> Vec<Value> {
    let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
    data.map(|document| serde_json::from_str(document).unwrap())
        .collect()
}

#[test]
fn events_tell_until_the_end() {
    let desk = Desk::of(stepping().open());
    fill(&desk.house, (0..60).map(|number| format!("k/{number:02}")));
    desk.house.store().add_fault(slow(150, "?delete", 100));
    let task = Task::delete(&desk, &json!({"prefixes": ["k/"]}));
    let answer = desk.ask("GET", &format!("{}/events", task.path));
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    let events = told(&answer.text());
    assert!(events.len() >= 2, "{events:?}");
    assert_eq!(events[0]["status"], "processing");
    let last = events.last().unwrap();
    assert_eq!(
        (&last["status"], &last["failed"]),
        (&json!("done"), &json!(0))
    );
    assert_eq!(last["deleted"], last["total"]);
    let deleted: Vec<_> = events
        .iter()
        .map(|event| event["deleted"].as_u64())
        .collect();
    assert!(deleted.is_sorted(), "{deleted:?}");
    let count = Task::count(&desk, "");
    let answer = desk.ask("GET", &format!("{}/events", count.path));
    let events = told(&answer.text());
    assert_eq!(events.last().unwrap()["status"], "ready");
}

#[test]
fn figures_tell_of_jobs() {
    let desk = Desk::of(stepping().open());
    fill(&desk.house, (0..5).map(|number| format!("k/{number}")));
    Task::count(&desk, "").done(&desk);
    Task::delete(&desk, &json!({"prefixes": ["k/"]})).done(&desk);
    for line in [
        "portico_jobs_total{kind=\"count\",outcome=\"done\"} 1",
        "portico_jobs_total{kind=\"delete\",outcome=\"done\"} 1",
        "portico_jobs_bytes_total{kind=\"count\"} 15",
        "portico_jobs_duration_seconds_count{kind=\"delete\"} 1",
        "portico_jobs_queue_length 0",
        "portico_jobs{kind=\"count\",state=\"waiting\"} 0",
        "portico_jobs_disk_bytes 0",
    ] {
        until(line, || {
            let told = desk.house.admin(Request::new("GET", "/metrics"));
            told.text().contains(line)
        });
    }
}
