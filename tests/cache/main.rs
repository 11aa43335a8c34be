//! What is kept of the store's answers: for how long, for whom, and what makes it old.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

#[path = "../house/mod.rs"]
mod house;

mod conditions;
mod faults;
mod identities;
mod management;
mod operator;
mod replicas;
mod s3;
mod sharing;

use house::{Answer, BUCKET, House, Keys, Plan, Request};

/// A house that keeps, and whose listings are trusted at once after a delete.
fn keeping<'a>() -> Plan<'a> {
    Plan::hcp()
        .with("cache.enabled", true)
        .with("cache.s3_list_quiet", "0s")
}

/// Somebody who asks, and can tell whether the store was asked for it.
struct Reader<'a> {
    house: &'a House,
    keys: Keys,
}

impl<'a> Reader<'a> {
    fn new(house: &'a House, tenant: &str) -> Self {
        Self {
            house,
            keys: house.keys(tenant),
        }
    }

    /// A request such as `"GET /k?acl"` for a key, `"GET .?acl"` for the bucket, `"GET"` for the
    /// buckets.
    fn request(&self, words: &str) -> Request {
        let (method, rest) = words.split_once(' ').unwrap_or((words, ""));
        let target = match rest.strip_prefix('.') {
            Some(query) => format!("/{BUCKET}{query}"),
            None if rest.starts_with('/') => format!("/{BUCKET}{rest}"),
            None => format!("/{rest}"),
        };
        self.house.request(method, &target)
    }

    fn send(&self, request: Request) -> Answer {
        self.house.ask(&self.keys.sign(request))
    }

    fn ask(&self, words: &str) -> Answer {
        self.send(self.request(words))
    }

    /// Asks, and tells whether the store was not asked in turn.
    fn is_kept(&self, words: &str) -> bool {
        let store = self.house.store();
        store.clear_requests();
        let answer = self.ask(words);
        assert_eq!(answer.status, 200, "{words}: {answer:?}");
        let asked = store.arrived().len();
        let said = answer
            .header("cache-status")
            .expect("Cache-Status")
            .to_owned();
        let hit = said.starts_with("portico; hit");
        assert_eq!(hit, asked == 0, "{words}: {said}, {asked} requests");
        assert_eq!(hit, answer.header("age").is_some(), "{words}");
        hit
    }
}
