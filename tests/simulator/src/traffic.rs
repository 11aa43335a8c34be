//! What S3 requests have moved, by bucket and hour: the figures of chargeback reports.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use http::Method;
use time::OffsetDateTime;

/// Successful requests for objects and their bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Counts {
    pub(crate) reads: u64,
    pub(crate) writes: u64,
    pub(crate) deletes: u64,
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
}

impl Counts {
    pub(crate) fn add(&mut self, other: Self) {
        self.reads += other.reads;
        self.writes += other.writes;
        self.deletes += other.deletes;
        self.bytes_in += other.bytes_in;
        self.bytes_out += other.bytes_out;
    }

    /// One successful request for an object.
    pub(crate) fn of(method: &Method, bytes_in: u64, bytes_out: u64) -> Self {
        let one = |wanted: &[Method]| u64::from(wanted.contains(method));
        Self {
            reads: one(&[Method::GET]),
            writes: one(&[Method::PUT, Method::POST]),
            deletes: one(&[Method::DELETE]),
            bytes_in,
            bytes_out,
        }
    }
}

/// The counts of a tenant. A bucket that is gone is remembered.
#[derive(Default)]
pub(crate) struct Traffic {
    counts: Mutex<BTreeMap<(String, i64), Counts>>,
}

impl Traffic {
    pub(crate) fn note(&self, bucket: &str, counts: Counts) {
        let hour = OffsetDateTime::now_utc().unix_timestamp() / 3600;
        let key = (bucket.to_ascii_lowercase(), hour);
        self.lock().entry(key).or_default().add(counts);
    }

    /// The counts of the hours that begin in this span of seconds since the epoch.
    pub(crate) fn within(&self, bucket: &str, span: &Range<i64>) -> Counts {
        let hours = (bucket.to_owned(), i64::MIN)..(bucket.to_owned(), i64::MAX);
        let mut sum = Counts::default();
        for ((_, hour), counts) in self.lock().range(hours) {
            if span.contains(&(hour * 3600)) {
                sum.add(*counts);
            }
        }
        sum
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<(String, i64), Counts>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_add_up_by_bucket_and_time() {
        let traffic = Traffic::default();
        traffic.note("Maps", Counts::of(&Method::PUT, 5, 0));
        traffic.note("maps", Counts::of(&Method::GET, 0, 7));
        traffic.note("other", Counts::of(&Method::GET, 0, 9));
        let now = OffsetDateTime::now_utc().unix_timestamp();
        let wanted = Counts {
            reads: 1,
            writes: 1,
            bytes_in: 5,
            bytes_out: 7,
            ..Counts::default()
        };
        assert_eq!(traffic.within("maps", &(now - 7200..now + 7200)), wanted);
        let before = traffic.within("maps", &(0..now - 7200));
        assert_eq!(before, Counts::default());
    }
}
