//! Memory does not grow with the bucket.

use hcp_simulator::Sowing;
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::house::{BUCKET, Connection};
use crate::task::{Task, below, fill};
use crate::zips;

/// What the process may hold more for ten times as many keys, in bytes.
const MORE: usize = 16 << 20;

#[test]
fn a_large_bucket_takes_no_more_memory_than_a_small_one() {
    let desk = Desk::hcp();
    let peak = |keys: usize| {
        let key = |number: usize| format!("k/{keys}/{:03}/{number:06}", number / 500);
        fill(&desk.house, (0..keys).map(key));
        let below = format!("k/{keys}/");
        let count = Task::count(&desk, &format!("?prefix=k%2F{keys}%2F"));
        assert_eq!(count.done(&desk)["files"], keys);
        let told = Task::delete(&desk, &json!({"prefixes": [below]})).done(&desk);
        assert_eq!(told["objects"], keys, "{told}");
        desk.house.portico.peak()
    };
    let small = peak(2_000);
    let large = peak(20_000);
    assert!(large < small + MORE, "{small} bytes, then {large}");
}

/// The same for an archive of five thousand objects and one of 256 MiB, beside one that is only just large
/// enough to fill every buffer.
const MORE_FOR_ARCHIVES: usize = 48 << 20;
const MANY: u32 = 5000;
const LARGE: u64 = 32 << 20;
const HUGE: u64 = 256 << 20;

#[test]
fn a_large_archive_takes_no_more_memory_than_a_small_one() {
    let desk = Desk::hcp();
    sow(&desk, "few/", 250_000, Some(60));
    sow(&desk, "few/large", LARGE, None);
    sow(&desk, "many/", 2_000, Some(MANY));
    sow(&desk, "many/huge", HUGE, None);
    let both = |prefix: &str| {
        let task = zips::zip(&desk, &json!({"prefix": prefix}));
        let made = ended(&desk, &task);
        assert_eq!(made["status"], "ready", "{made}");
        let fetched = received(&desk, "GET", &task.path, &Value::Null);
        let order = json!({"prefix": prefix, "stream": true});
        let streamed = received(&desk, "POST", &below("download"), &order);
        (fetched.min(streamed), desk.house.portico.peak())
    };
    let (_, small) = both("few/");
    let (bytes, large) = both("many/");
    assert!(bytes > HUGE + 2_000 * u64::from(MANY), "{bytes}");
    assert!(
        large < small + MORE_FOR_ARCHIVES,
        "{small} bytes, then {large}"
    );
    zips::emptied(&desk.house);
}

fn sow(desk: &Desk, key: &str, size: u64, count: Option<u32>) {
    let sowing = Sowing {
        tenant: "research".to_owned(),
        bucket: BUCKET.to_owned(),
        key: key.to_owned(),
        size,
        count,
    };
    desk.house.store().sow(&sowing).unwrap();
}

/// How an archive has ended; asking in the usual way would fetch it.
fn ended(desk: &Desk, task: &Task) -> Value {
    let events = desk.ask("GET", &format!("{}/events", task.path)).text();
    let last = events
        .lines()
        .rfind(|line| line.starts_with("data:"))
        .unwrap();
    serde_json::from_str(&last["data:".len()..]).unwrap()
}

/// Reads an answer piece by piece, and tells how long it was.
fn received(desk: &Desk, method: &str, path: &str, order: &Value) -> u64 {
    let request = desk.request(method, path).header("host", desk.house.api);
    let request = request.header("content-type", "application/json");
    let mut client = Connection::open(desk.house.api);
    client.send(request.body(order.to_string()).bytes());
    let head = client.head().unwrap();
    assert!(head.line.contains(" 200 "), "{head:?}");
    let length: u64 = head.header("content-length").unwrap().parse().unwrap();
    let mut left = usize::try_from(length).unwrap();
    while left > 0 {
        left -= client.exactly(left.min(1 << 20)).unwrap().len();
    }
    length
}
