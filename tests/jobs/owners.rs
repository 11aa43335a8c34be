//! Jobs belong to whoever asked for them, there are not too many, and what is kept of them tells nothing.

use std::path::Path;

use serde_json::json;

use crate::desk::{Desk, refusal};
use crate::faults::slow;
use crate::house::{Plan, RESEARCH_PASSWORD};
use crate::task::{Task, below, fill, stepping};

/// The same house with somebody else.
fn other(desk: &Desk, form: &str) -> String {
    desk.house.token(form)
}

fn ask_as(desk: &Desk, token: &str, method: &str, path: &str) -> (u16, serde_json::Value) {
    let request = desk.request(method, path);
    let request = request.instead("authorization", format!("Bearer {token}"));
    let answer = desk.house.rest(request);
    (answer.status, answer.json())
}

#[test]
fn nobody_else_sees_a_job() {
    let builder = hcp_simulator::Builder::default().user("research", "bob", "builder");
    let desk = Desk::of(Plan::before_hcp_of(builder).open());
    let count = Task::count(&desk, "");
    let delete = Task::delete(&desk, &json!({"keys": ["absent"]}));
    count.done(&desk);
    delete.done(&desk);
    let archive = desk.house.login("archive");
    let wrong = other(&desk, "username=ada&password=wrong&tenant=research");
    let bob = other(&desk, "username=bob&password=builder&tenant=research");
    for token in [archive, wrong, bob] {
        for task in [&count, &delete] {
            let (status, told) = ask_as(&desk, &token, "GET", &task.path);
            assert_eq!((status, &told["detail"]), (404, &json!("Task not found")));
            let events = format!("{}/events", task.path);
            assert_eq!(ask_as(&desk, &token, "GET", &events).0, 404);
        }
        let cancel = format!("{}/cancel", delete.path);
        let (status, told) = ask_as(&desk, &token, "POST", &cancel);
        assert_eq!((status, &told["total"]), (200, &json!(0)));
    }
    assert_eq!(delete.done(&desk)["total"], 1, "it was not canceled");
}

#[test]
fn a_guessed_password_begins_no_job() {
    let desk = Desk::hcp();
    let wrong = other(&desk, "username=ada&password=wrong&tenant=research");
    let (status, _) = ask_as(&desk, &wrong, "POST", &below("s3_stats"));
    assert_eq!(status, 403);
    desk.house.store().put("k", "an object");
    for order in [
        json!({"keys": ["k"]}),
        json!({"prefix": ""}),
        json!({"keys": ["k"], "stream": true}),
        json!({"prefix": "", "stream": true}),
        json!({"keys": ["k"], "link": true}),
        json!({"prefix": "", "link": true}),
    ] {
        let request = desk.request("POST", &below("download"));
        let request = request.instead("authorization", format!("Bearer {wrong}"));
        let request = request.header("content-type", "application/json");
        let answer = desk.house.rest(request.body(order.to_string()));
        assert_eq!(answer.status, 403, "{order}: {answer:?}");
    }
}

#[test]
fn too_many_are_refused_for_a_while() {
    let plan = stepping().with("jobs.limit_per_user", 1);
    let desk = Desk::of(plan.open());
    fill(&desk.house, (0..50).map(|number| format!("k/{number}")));
    desk.house.store().add_fault(slow(200, "list-type=2", 3));
    let first = Task::count(&desk, "");
    let answer = desk.ask("POST", &below("s3_stats"));
    assert_eq!(answer.status, 429, "{answer:?}");
    let seconds: u32 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!(seconds > 0);
    assert!(refusal(&answer).1.contains("too many jobs"), "{answer:?}");
    first.done(&desk);
    Task::count(&desk, "").done(&desk);
}

#[test]
fn neither_the_disk_nor_the_log_holds_a_secret() {
    let desk = Desk::of(stepping().open());
    fill(
        &desk.house,
        (0..40).map(|number| format!("hidden-name/{number:02}")),
    );
    desk.house.store().add_fault(slow(50, "?delete", 100));
    let order = json!({"keys": ["another-hidden-name"], "prefixes": ["hidden-name/"]});
    let task = Task::delete(&desk, &order);
    task.deleted(&desk, 11);
    let keys = desk.house.keys("research");
    let secret = hcp_simulator::secret_key(RESEARCH_PASSWORD);
    let words = [
        RESEARCH_PASSWORD,
        &secret,
        &keys.secret_key,
        "hidden-name",
        &desk.token,
    ];
    let files = without(&desk.house.folder().join("jobs"), &words);
    assert!(files > 0, "there is a file to look into");
    task.done(&desk);
    let log = desk.house.portico.lines().join("\n");
    assert!(log.contains(&task.id), "jobs are logged by their id");
    for word in [RESEARCH_PASSWORD, &secret, &desk.token] {
        assert!(!log.contains(word), "{word}");
    }
}

/// Looks into every file of a folder, and tells how many there are.
fn without(folder: &Path, words: &[&str]) -> usize {
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let Ok(bytes) = std::fs::read(&path) else {
            continue;
        };
        files += 1;
        for word in words {
            let mut pieces = bytes.windows(word.len());
            let found = pieces.any(|piece| piece == word.as_bytes());
            assert!(!found, "{word} in {}", path.display());
        }
    }
    files
}

#[test]
fn neither_an_archive_nor_what_is_kept_of_it_holds_a_secret() {
    let desk = Desk::of(stepping().open());
    let keys = fill(&desk.house, (0..60).map(|number| format!("k/{number:02}")));
    desk.house.store().add_fault(slow(200, "/data/k/", 1000));
    let task = crate::zips::zip(&desk, &json!({"keys": keys}));
    task.until(&desk, |answer| {
        answer.json()["completed"].as_u64() >= Some(5)
    });
    let secret = hcp_simulator::secret_key(RESEARCH_PASSWORD);
    let words = [RESEARCH_PASSWORD, &secret, &desk.token];
    let folder = desk.house.folder().join("jobs");
    assert!(without(&folder, &words) > 0);
    // The draft and the file that names the folder.
    assert_eq!(without(&folder.join("files"), &words), 2);
    desk.house.store().clear_faults();
    crate::zips::fetched(&desk, &task);
    without(&folder, &words);
    let log = desk.house.portico.lines().join("\n");
    assert!(log.contains(&task.id));
    for word in words.into_iter().chain(["k/07"]) {
        assert!(!log.contains(word), "{word}");
    }
}
