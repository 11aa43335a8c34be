//! Counts.

use serde_json::json;

use crate::desk::{Desk, refusal};
use crate::house::{BUCKET, Plan};
use crate::task::{Task, below, fill, stepping};

/// Without folders of the store's own, so that each number is plain.
fn flat() -> Desk {
    let builder = hcp_simulator::Builder::default().folders(false);
    let plan = crate::task::small_steps(Plan::before_hcp_of(builder));
    Desk::of(plan.open())
}

#[test]
fn files_folders_and_bytes_are_counted() {
    let desk = flat();
    let keys = (0..25).map(|number| format!("a/{number:02}"));
    fill(&desk.house, keys.chain(["a/b/".to_owned(), "c".to_owned()]));
    let begun = desk.ask("POST", &below("s3_stats?prefix=a%2F"));
    assert_eq!(begun.status, 202, "{begun:?}");
    let told = begun.json();
    assert_eq!(told["status"], "counting");
    assert_eq!((&told["files"], &told["folders"]), (&json!(0), &json!(0)));
    let told = Task::count(&desk, "?prefix=a%2F").done(&desk);
    assert_eq!(told["status"], "ready");
    assert_eq!(told["files"], 25);
    assert_eq!(told["folders"], 1);
    assert_eq!(told["bytes"], 25 * 4);
    let all = Task::count(&desk, "").done(&desk);
    assert_eq!(all["files"], 26);
    let above = Task::count(&desk, "?delimiter=%2F").done(&desk);
    assert_eq!((&above["files"], &above["folders"]), (&json!(1), &json!(1)));
}

#[test]
fn a_bucket_that_is_not_there_fails_the_count() {
    let desk = Desk::of(stepping().open());
    let answer = desk.ask("POST", "/nowhere/objects/s3_stats");
    assert_eq!(answer.status, 202, "{answer:?}");
    let id = answer.json()["task_id"].as_str().unwrap().to_owned();
    let path = format!("/nowhere/objects/s3_stats/{id}");
    let task = Task { path, id };
    let told = task.over(&desk).json();
    assert_eq!(told["status"], "failed", "{told}");
}

#[test]
fn what_is_no_job_is_not_found_and_what_is_no_jobs_path_is_a_key() {
    let desk = Desk::hcp();
    let unknown = "7e0e3f0e-4f37-4a3c-9c3f-0d3b1a0c1a11";
    for id in [unknown, "7"] {
        let answer = desk.ask("GET", &below(&format!("s3_stats/{id}")));
        assert_eq!(refusal(&answer), (404, "Task not found".to_owned()));
    }
    let cancel = below(&format!("s3_stats/{unknown}/cancel"));
    assert_eq!(refusal(&desk.ask("POST", &cancel)).0, 404);
    for key in ["s3_stats", "download/7/8", "delete-task/7/events"] {
        desk.house.store().put(key, "an object");
        let answer = desk.ask("GET", &below(key));
        assert_eq!(
            (answer.status, answer.text().as_str()),
            (200, "an object"),
            "{key}"
        );
    }
    let head = desk.ask("HEAD", &format!("/{BUCKET}/objects/delete-task%2F7"));
    assert_eq!(head.status, 404);
}
