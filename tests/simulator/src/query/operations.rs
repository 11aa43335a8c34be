//! Operation queries: what was done, oldest first.

use time::OffsetDateTime;

use super::Scope;
use super::access::home;
use super::answer::{About, Found};
use super::moments::millis;
use super::record::{Record, operations};
use super::refusal::Refusal;
use super::request::{Last, OperationQuery};

/// Answers an operation query.
pub(super) async fn find(scope: &Scope<'_>, query: OperationQuery) -> Result<Found, Refusal> {
    for namespace in &query.namespaces {
        scope.check_namespace(namespace)?;
    }
    let horizon = i64::try_from(scope.horizon.as_millis()).unwrap_or(i64::MAX);
    let end = query.end.unwrap_or_else(|| {
        // The next millisecond, so that with no horizon what has just been done is in the past.
        millis(OffsetDateTime::now_utc()).saturating_sub(horizon) + 1
    });
    let mut records = scope.gather(|api, bucket| {
        let home = home(api, bucket);
        let wanted = |name: &String| name.eq_ignore_ascii_case(&home.namespace());
        if query.namespaces.is_empty() || query.namespaces.iter().any(wanted) {
            operations(&home, bucket)
        } else {
            Vec::new()
        }
    });
    let span = query.start..end;
    records.retain(|record| span.contains(&record.stamp.millis) && query.wants(record));
    records.sort_by_cached_key(place);
    if let Some(last) = &query.last {
        let seen = records.partition_point(|record| place(record) <= last.place());
        records.drain(..seen);
    }
    let complete = records.len() <= query.count;
    records.truncate(query.count);
    scope.hashes.fill_shown(&query.shown, &mut records).await;
    Ok(Found {
        about: About::Span {
            start: query.start,
            end,
        },
        records,
        shown: query.shown,
        total: None,
        complete,
        content_properties: false,
        facets: None,
    })
}

type Position = (super::moments::Stamp, String, u64);

/// Where a record stands among all.
fn place(record: &Record) -> Position {
    (record.stamp, record.url(), record.version)
}

impl Last {
    fn place(&self) -> Position {
        (self.stamp, self.url.clone(), self.version)
    }
}

impl OperationQuery {
    /// Everything the simulator stores is indexed, and nothing collides.
    fn wants(&self, record: &Record) -> bool {
        self.transactions.contains(&record.operation)
            && self.indexable.unwrap_or(true)
            && !self.collision.unwrap_or(false)
            && self.is_inside(&record.path())
    }

    /// A directory stands for everything below it.
    fn is_inside(&self, path: &str) -> bool {
        let inside = |directory: &String| {
            let rest = path.strip_prefix(directory.trim_end_matches('/'));
            rest.is_some_and(|rest| rest.starts_with('/'))
        };
        self.directories.is_empty() || self.directories.iter().any(inside)
    }
}
