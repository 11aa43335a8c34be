//! A job, as a client follows it.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::desk::Desk;
use crate::house::{Answer, BUCKET, House, PATIENCE, Plan};

/// How often a job is asked about: as a front end would.
const PACE: Duration = Duration::from_millis(20);

/// A job that was submitted.
pub(crate) struct Task {
    /// Where it is asked about, below the buckets.
    pub(crate) path: String,
    pub(crate) id: String,
}

/// A house whose jobs go in small steps, and are taken over soon.
pub(crate) fn stepping() -> Plan<'static> {
    small_steps(Plan::hcp())
}

pub(crate) fn small_steps(plan: Plan<'_>) -> Plan<'_> {
    plan.with("jobs.page", 10).with("jobs.lease", "1s")
}

/// The path of something below the objects of the bucket.
pub(crate) fn below(rest: &str) -> String {
    format!("/{BUCKET}/objects/{rest}")
}

impl Task {
    /// A count of what begins with a prefix.
    #[track_caller]
    pub(crate) fn count(desk: &Desk, query: &str) -> Self {
        Self::of(
            "s3_stats",
            &desk.ask("POST", &below(&format!("s3_stats{query}"))),
        )
    }

    /// A deletion.
    #[track_caller]
    pub(crate) fn delete(desk: &Desk, document: &Value) -> Self {
        Self::of(
            "delete-task",
            &desk.tell("POST", &below("delete-task"), document),
        )
    }

    #[track_caller]
    pub(crate) fn of(word: &str, answer: &Answer) -> Self {
        assert_eq!(answer.status, 202, "{answer:?}");
        let id = answer.json()["task_id"].as_str().unwrap().to_owned();
        let path = below(&format!("{word}/{id}"));
        Self { path, id }
    }

    pub(crate) fn ask(&self, desk: &Desk) -> Answer {
        desk.ask("GET", &self.path)
    }

    pub(crate) fn cancel(&self, desk: &Desk) -> Answer {
        desk.ask("POST", &format!("{}/cancel", self.path))
    }

    /// Asks until the answer fits.
    #[track_caller]
    pub(crate) fn until(&self, desk: &Desk, fits: impl Fn(&Answer) -> bool) -> Answer {
        let end = Instant::now() + PATIENCE;
        loop {
            let answer = self.ask(desk);
            if fits(&answer) {
                return answer;
            }
            assert!(Instant::now() < end, "in vain: {answer:?}");
            thread::sleep(PACE);
        }
    }

    /// Asks until it is over, however.
    #[track_caller]
    pub(crate) fn over(&self, desk: &Desk) -> Answer {
        self.until(desk, |answer| {
            let status = answer.json()["status"].as_str().unwrap_or("").to_owned();
            !matches!(status.as_str(), "processing" | "counting")
        })
    }

    /// Asks until it is done, and tells how.
    #[track_caller]
    pub(crate) fn done(&self, desk: &Desk) -> Value {
        let answer = self.over(desk);
        let told = answer.json();
        let status = told["status"].as_str();
        assert!(matches!(status, Some("done" | "ready")), "{answer:?}");
        told
    }

    /// Asks until so many are deleted, or it is over.
    #[track_caller]
    pub(crate) fn deleted(&self, desk: &Desk, least: u64) -> Value {
        let enough = |answer: &Answer| {
            let told = answer.json();
            told["status"] != "processing" || told["deleted"].as_u64() >= Some(least)
        };
        self.until(desk, enough).json()
    }
}

/// Stores objects behind the house's back: each key is its own data.
pub(crate) fn fill(house: &House, keys: impl IntoIterator<Item = String>) -> Vec<String> {
    let keys: Vec<_> = keys.into_iter().collect();
    for key in &keys {
        let data = if key.ends_with('/') { "" } else { key };
        house.store().put(key, data);
    }
    keys
}

/// Those of the keys that are still there.
pub(crate) fn left(house: &House, keys: &[String]) -> Vec<String> {
    let there = |key: &&String| house.store().object(key).is_some();
    keys.iter().filter(there).cloned().collect()
}
