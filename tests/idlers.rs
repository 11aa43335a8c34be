//! Ten thousand connections that want nothing cost little, and nobody waits for them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests may, and so may what helps them"
)]

mod house;

use std::net::TcpStream;
use std::time::{Duration, Instant};

use house::{House, Plan, Request};

/// Connections, and the memory that each may cost: measured 31 KiB in a debug build.
const CROWD: usize = 10_000;
const EACH: u64 = 48 * 1024;

fn metric(house: &House, name: &str) -> u64 {
    let metrics = house.admin(Request::new("GET", "/metrics")).text();
    let value = metrics.lines().find_map(|line| line.strip_prefix(name));
    let value = value.unwrap_or_else(|| panic!("no {name}")).trim();
    value.parse().unwrap()
}

/// As many as this machine lets a process have.
fn crowd() -> usize {
    let files = rlimit::increase_nofile_limit(u64::MAX).unwrap();
    let most = usize::try_from(files)
        .unwrap_or(usize::MAX)
        .saturating_sub(200);
    if most < CROWD {
        eprintln!("only {most} connections: the hard limit of open files is {files}");
    }
    most.min(CROWD)
}

#[test]
fn a_crowd_of_idlers() {
    let crowd = crowd();
    let house = Plan::hcp()
        .with("limits.connections_per_address", 0)
        .with("limits.max_connections", 11_000)
        .open();
    let before = metric(&house, "process_resident_memory_bytes ");
    let idlers: Vec<_> = (0..crowd)
        .map(|_| TcpStream::connect(house.s3).unwrap())
        .collect();
    let began = Instant::now();
    let open = "portico_connections{listener=\"s3\"} ";
    while metric(&house, open) < u64::try_from(crowd).unwrap() {
        assert!(began.elapsed() < house::PATIENCE, "they are not let in");
    }
    let asked = Instant::now();
    let keys = house.keys("research");
    house.store().put("k", "served");
    let answer = house.ask(&house.get(&keys, "/data/k"));
    assert_eq!(answer.text(), "served");
    assert!(
        asked.elapsed() < Duration::from_secs(5),
        "{:?}",
        asked.elapsed()
    );
    let grown = metric(&house, "process_resident_memory_bytes ").saturating_sub(before);
    assert!(
        grown < EACH * u64::try_from(crowd).unwrap(),
        "{grown} bytes for {crowd}"
    );
    drop(idlers);
    let began = Instant::now();
    while metric(&house, open) > 1 {
        assert!(began.elapsed() < house::PATIENCE, "they are still there");
    }
}
