//! Memory does not grow with the bucket.

use serde_json::json;

use crate::desk::Desk;
use crate::task::{Task, fill};

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
