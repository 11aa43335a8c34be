//! `portico run --upgrade`: the next process takes the listeners over and nobody is turned away.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use crate::process::{Place, Serving, agent};

/// The addresses of a house, as the environment of the next one.
fn same_addresses(mut place: Place, old: &Serving) -> Place {
    for listener in ["s3", "api", "admin"] {
        let name = format!("PORTICO__LISTENERS__{}__ADDRESS", listener.to_uppercase());
        place = place.with(&name, &old.address(listener).to_string());
    }
    place
}

/// Asks on a connection of its own: what is tested is who accepts.
///
/// In its last moment the engine closes connections whose first request it has not read. Clients
/// ask again then, and this one does so once. Nobody may find the door shut.
fn ask(url: &str) {
    let answer = agent().get(url).call().or_else(|error| {
        let shut = ["refused", "timeout"];
        let words = error.to_string().to_lowercase();
        assert!(!shut.iter().any(|shut| words.contains(shut)), "{error}");
        agent().get(url).call()
    });
    assert_eq!(answer.unwrap().status(), 200);
}

#[test]
fn the_next_process_takes_over_and_the_door_is_never_shut() {
    let state = tempfile::tempdir().unwrap();
    let place = || Place::usable().with("STATE_DIRECTORY", state.path().to_str().unwrap());
    let first = place();
    let old = first.serve(&[]);
    let url = old.url("api", "/liveness");

    let (enough, asked) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        let client = scope.spawn(|| {
            while !enough.load(Ordering::Relaxed) {
                ask(&url);
                asked.fetch_add(1, Ordering::Relaxed);
            }
        });
        let second = same_addresses(place(), &old);
        let mut new = second.start(&["run", "--upgrade"]);
        old.process.signal("QUIT");
        new.line_with("\"listening\"");
        let ended = old.process.ended();
        ended.assert_code(0);
        let so_far = asked.load(Ordering::Relaxed);
        while asked.load(Ordering::Relaxed) < so_far + 20 && !client.is_finished() {
            thread::yield_now();
        }
        enough.store(true, Ordering::Relaxed);
        client.join().unwrap();
        new.signal("TERM");
        new.ended().assert_code(0);
    });
    let left = state.path().read_dir().unwrap();
    let mut left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    // The lock of the cache is free for the next one; its file stays, and so do jobs.
    assert_eq!(left, ["cache.lock", "jobs"]);
}

#[test]
fn a_free_port_cannot_be_taken_over() {
    let ended = Place::usable().run(&["run", "--upgrade"]);
    ended.assert_code(1);
    ended.assert_says("a free port cannot be taken over");
}

#[test]
fn when_nobody_hands_over_the_socket_that_was_tried_is_named() {
    let place = Place::usable()
        .with("PORTICO__LISTENERS__S3__ADDRESS", "127.0.0.1:1")
        .with("PORTICO__LISTENERS__API__ADDRESS", "127.0.0.1:2")
        .with("PORTICO__LISTENERS__ADMIN__ADDRESS", "127.0.0.1:3");
    let ended = place.run(&["run", "--upgrade"]);
    ended.assert_code(1);
    let socket = place.path().join(".local/state/portico/upgrade.sock");
    ended.assert_says(&format!("reading socket from: {}", socket.display()));
}
