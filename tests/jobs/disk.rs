//! A disk of a few megabytes that is really full, not only by a budget.

use std::path::PathBuf;
use std::process::Command;

use serde_json::json;

use crate::desk::Desk;
use crate::house::Request;
use crate::task::{Task, below, stepping};
use crate::zips;

const SIZE: u32 = 4 << 20;

/// A house whose jobs have a disk of four megabytes. `None` where a test may not mount one: the rights of
/// root, or namespaces of users, are needed.
fn house() -> Option<Desk> {
    let script = "mount -t tmpfs none /mnt";
    let probe = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", script])
        .status();
    let may = probe.is_ok_and(|status| status.success());
    may.then(|| Desk::of(stepping().with_disk("jobs", SIZE).open()))
}

/// The disk, as the process has it.
fn disk(desk: &Desk) -> PathBuf {
    desk.house.portico.path(&desk.house.folder().join("jobs"))
}

/// Names of files of jobs.
fn files(desk: &Desk) -> Vec<String> {
    let entries = std::fs::read_dir(disk(desk).join("files")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name != "place").collect()
}

fn told_bytes(desk: &Desk) -> String {
    let metrics = desk.house.admin(Request::new("GET", "/metrics")).text();
    let line = metrics
        .lines()
        .find(|line| line.starts_with("portico_jobs_disk_bytes"));
    line.unwrap().rsplit(' ').next().unwrap().to_owned()
}

fn small_works(desk: &Desk) {
    let made = zips::store(&desk.house, &[("small", 10_000)]);
    let task = zips::zip(desk, &json!({"keys": ["small"]}));
    assert_eq!(zips::contents(&zips::fetched(desk, &task).body), made);
}

#[test]
fn an_archive_that_fills_the_disk_fails_and_leaves_nothing() {
    let Some(desk) = house() else {
        return;
    };
    zips::store(&desk.house, &[("large", 6_000_000)]);
    for _ in 0..3 {
        let told = zips::failed(&desk, &zips::zip(&desk, &json!({"keys": ["large"]})));
        assert_eq!(told["error"], "There is no room for the archive at present");
        assert_eq!(files(&desk), [""; 0]);
        small_works(&desk);
    }
    assert_eq!(told_bytes(&desk), "0");
}

#[test]
fn on_a_disk_that_others_have_filled_nothing_begins_until_there_is_room() {
    let Some(desk) = house() else {
        return;
    };
    small_works(&desk);
    let filler = disk(&desk).join("filler");
    // As much as there is: the last write fails.
    assert!(std::fs::write(&filler, vec![1; 5_000_000]).is_err());
    let answer = loop {
        // A log of SQLite that has some room left takes a job or two.
        let answer = desk.tell("POST", &below("download"), &json!({"keys": ["small"]}));
        if answer.status != 202 {
            break answer;
        }
        Task::of("download", &answer)
            .until(&desk, |answer| answer.json()["status"] != "processing");
    };
    assert_eq!(answer.status, 503, "{answer:?}");
    assert!(answer.header("retry-after").is_some());
    std::fs::remove_file(&filler).unwrap();
    small_works(&desk);
    assert_eq!(files(&desk), [""; 0]);
}
