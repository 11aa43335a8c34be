//! A store that is away, or silent, for a while in the middle of each kind of job, and one that stays away.
//!
//! `PORTICO_OUTAGE_SECONDS` says how long the while is.

use std::time::Duration;

use serde_json::{Value, json};

use crate::desk::Desk;
use crate::faults::slow;
use crate::house::{Connection, House, Plan, Relay, Road};
use crate::task::{Task, below, fill, left, small_steps};
use crate::zips;

/// The usual time, and as long as the machine needs to go on after it.
fn a_while() -> Duration {
    let seconds = std::env::var("PORTICO_OUTAGE_SECONDS");
    let seconds = seconds.ok().and_then(|text| text.parse().ok());
    Duration::from_secs(seconds.unwrap_or(2))
}

/// A house whose store can be had over a relay alone, and the house that the store belongs to.
struct Far {
    home: House,
    relay: Relay,
    desk: Desk,
}

impl Far {
    fn with(settings: impl FnOnce(Plan<'_>) -> Plan<'_>) -> Self {
        let home = House::hcp();
        let relay = Relay::to(home.store().data_address());
        let road = vec![relay.address.to_string()];
        let plan = small_steps(Plan::beside(&home)).with("upstream.s3_addresses", road);
        let desk = Desk::of(settings(plan).open());
        Self { home, relay, desk }
    }

    fn open() -> Self {
        Self::with(|plan| plan)
    }

    /// The job is still on its way while the road is not open, and is done afterwards.
    fn outlives(&self, task: &Task, road: Road) {
        self.relay.set(road);
        let told = task.ask(&self.desk).json();
        let status = told["status"].as_str();
        assert!(matches!(status, Some("processing" | "counting")), "{told}");
        self.relay.hold(road, a_while());
        self.home.store().clear_faults();
    }
}

const AWAY: [Road; 2] = [Road::Closed, Road::Silent];

#[test]
fn a_deletion_goes_on_when_the_store_is_back() {
    for road in AWAY {
        let far = Far::open();
        let gone = fill(&far.home, (0..150).map(|number| format!("k/{number:03}")));
        let kept = fill(&far.home, (0..20).map(|number| format!("kept/{number}")));
        far.home.store().add_fault(slow(100, "?delete", u32::MAX));
        let task = Task::delete(&far.desk, &json!({"prefixes": ["k/"]}));
        task.deleted(&far.desk, 20);
        far.outlives(&task, road);
        let told = task.done(&far.desk);
        assert_eq!(
            (&told["deleted"], &told["failed"]),
            (&told["total"], &json!(0))
        );
        assert_eq!(left(&far.home, &gone), [""; 0], "{told}");
        assert_eq!(left(&far.home, &kept), kept, "{told}");
    }
}

#[test]
fn a_count_goes_on_when_the_store_is_back() {
    for road in AWAY {
        let far = Far::open();
        fill(&far.home, (0..150).map(|number| format!("k{number:03}")));
        let slow = slow(100, "list-type=2", u32::MAX);
        far.home.store().add_fault(slow);
        let task = Task::count(&far.desk, "");
        task.until(&far.desk, |answer| {
            answer.json()["files"].as_u64() >= Some(20)
        });
        far.outlives(&task, road);
        assert_eq!(task.done(&far.desk)["files"], 150);
    }
}

#[test]
fn an_archive_goes_on_when_the_store_is_back() {
    for road in AWAY {
        let far = Far::open();
        let keys: Vec<_> = (0..60).map(|number| format!("k/{number:02}")).collect();
        let objects: Vec<_> = keys.iter().map(|key| (key.as_str(), 30_000)).collect();
        let made = zips::store(&far.home, &objects);
        far.home.store().add_fault(slow(200, "/data/k/", u32::MAX));
        let task = zips::zip(&far.desk, &json!({"keys": keys}));
        task.until(&far.desk, |answer| {
            answer.json()["completed"].as_u64() >= Some(5)
        });
        far.outlives(&task, road);
        let answer = zips::fetched(&far.desk, &task);
        assert_eq!(answer.header("x-zip-failed"), Some("0"));
        assert_eq!(zips::contents(&answer.body), made);
        assert_eq!(zips::files(&far.desk.house), [""; 0]);
    }
}

#[test]
fn an_instant_archive_goes_on_when_the_store_is_back() {
    for road in AWAY {
        let far = Far::open();
        let made = zips::store(&far.home, &[("a", 300_000), ("b", 3_000_000), ("c", 9)]);
        // Its head comes at once, its bytes when the story has looked away.
        let order = json!({"keys": ["a", "b", "c"], "stream": true});
        let mut client = begin_stream(&far.desk, &order);
        let head = client.head().unwrap();
        far.relay.hold(road, a_while());
        let body = client.body_of(&head).unwrap().unwrap();
        assert_eq!(zips::contents(&body), made);
    }
}

fn begin_stream(desk: &Desk, order: &Value) -> Connection {
    let request = desk.request("POST", &below("download"));
    let request = request.header("content-type", "application/json");
    let request = request.header("host", desk.house.api);
    let mut client = Connection::open(desk.house.api);
    client.send(request.body(order.to_string()).bytes());
    client
}

#[test]
fn a_store_that_stays_away_fails_each_kind_of_job() {
    let far = Far::with(|plan| plan.with("jobs.patience", "1s"));
    let keys = fill(&far.home, (0..150).map(|number| format!("k/{number:03}")));
    for words in ["?delete", "list-type=2", "/data/k/"] {
        far.home.store().add_fault(slow(300, words, u32::MAX));
    }
    let count = Task::count(&far.desk, "");
    let archive = zips::zip(&far.desk, &json!({"keys": keys}));
    archive.until(&far.desk, |answer| {
        answer.json()["completed"].as_u64() >= Some(1)
    });
    far.relay.set(Road::Closed);
    assert_eq!(count.over(&far.desk).json()["status"], "failed");
    // No archive of what could be had until then: that would be one in a thousand.
    let told = zips::failed(&far.desk, &archive);
    assert!(!told["error"].as_str().unwrap().is_empty(), "{told}");
    zips::emptied(&far.desk.house);
    far.relay.set(Road::Open);
    far.home.store().clear_faults();
    let task = zips::zip(&far.desk, &json!({"keys": ["k/001"]}));
    let whole = zips::contents(&zips::fetched(&far.desk, &task).body);
    assert_eq!(whole["k/001"], b"k/001");
}

#[test]
fn one_object_that_cannot_be_had_does_not_fail_an_archive() {
    let plan = small_steps(Plan::hcp()).with("jobs.patience", "1s");
    let desk = Desk::of(plan.open());
    let keys = fill(&desk.house, (0..50).map(|number| format!("k/{number:02}")));
    let away = hcp_simulator::Fault::new(hcp_simulator::Trouble::Unavailable);
    let away = away.path("/k/07").times(u32::MAX);
    desk.house.store().add_fault(away);
    let task = zips::zip(&desk, &json!({"keys": keys}));
    let answer = zips::fetched(&desk, &task);
    assert_eq!(answer.header("x-zip-failed-keys"), Some("k/07"));
    assert_eq!(zips::contents(&answer.body).len(), 50);
}
