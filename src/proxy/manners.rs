//! What clients may do, as the settings say it now: exchanged as a whole while the process runs.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use portico_sdk::Route;
use portico_sdk::exchange::Head;
use portico_sdk::route::{Door, Service};

use super::{ClientLimits, ClientTimeouts};
use crate::settings::{BodySettings, DoorName, LimitSettings};

/// Patience with clients, and its measure.
#[derive(Debug)]
pub struct Manners {
    /// Patience.
    pub timeouts: ClientTimeouts,
    /// The largest head, and the largest body that any request may have.
    pub largest: ClientLimits,
    /// How long a head may take.
    pub header_timeout: Duration,
    /// The largest body where no row fits.
    body: Option<u64>,
    rows: Vec<BodySettings>,
}

impl Manners {
    /// What the settings say.
    #[must_use]
    pub fn new(limits: &LimitSettings) -> Self {
        let body = limits.max_body_size();
        let rows = limits.body.iter().map(|row| bytes(row.size.0));
        let all = rows.chain([body]);
        Self {
            timeouts: ClientTimeouts {
                read: limits.read_timeout.0,
                write: limits.write_timeout.0,
                total: limits.total_timeout(),
            },
            largest: ClientLimits {
                head: limits.max_header_size(),
                // `None`, any size, is larger than any number.
                body: all.reduce(larger).flatten(),
            },
            header_timeout: limits.header_timeout.0,
            body,
            rows: limits.body.clone(),
        }
    }

    /// The limits of one request.
    #[must_use]
    pub fn limits(&self, route: &Route, head: &Head) -> ClientLimits {
        let row = self.rows.iter().find(|row| fits(row, route, head));
        ClientLimits {
            head: self.largest.head,
            body: row.map_or(self.body, |row| bytes(row.size.0)),
        }
    }
}

fn bytes(size: u64) -> Option<u64> {
    (size > 0).then_some(size)
}

fn larger(one: Option<u64>, two: Option<u64>) -> Option<u64> {
    one.zip(two).map(|(one, two)| one.max(two))
}

fn fits(row: &BodySettings, route: &Route, head: &Head) -> bool {
    let door = row.door.is_none_or(|name| name == door(&route.door));
    let operation = row.operation.as_deref();
    let path = row.path.as_deref().map(str::as_bytes);
    door && operation.is_none_or(|name| name == route.operation())
        && path.is_none_or(|begin| head.raw_path().starts_with(begin))
}

fn door(door: &Door) -> DoorName {
    match door {
        Door::S3(_) => DoorName::S3,
        Door::Native => DoorName::Native,
        Door::Management(Service::Mapi) => DoorName::Mapi,
        Door::Management(Service::Query) => DoorName::Query,
        Door::Rest { .. } => DoorName::Rest,
    }
}

/// What holds now. Cheap to clone; clones share it.
#[derive(Debug, Clone)]
pub struct Current(Arc<ArcSwap<Manners>>);

impl Current {
    /// What the settings say at the start.
    #[must_use]
    pub fn new(limits: &LimitSettings) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(Manners::new(limits))))
    }

    /// What holds for whatever begins now.
    #[must_use]
    pub fn load(&self) -> arc_swap::Guard<Arc<Manners>> {
        self.0.load()
    }

    /// Puts others in their place; what has begun keeps its own.
    pub fn set(&self, manners: Manners) {
        self.0.store(Arc::new(manners));
    }
}

#[cfg(test)]
mod tests {
    use http::Request;
    use portico_sdk::settings::Size;
    use portico_sdk::testkit;

    use super::*;

    fn row(size: u64, door: Option<DoorName>, path: Option<&str>) -> BodySettings {
        BodySettings {
            size: Size(size),
            door,
            operation: None,
            path: path.map(str::to_owned),
        }
    }

    fn limit(manners: &Manners, door: Door, uri: &str) -> Option<u64> {
        let exchange = testkit::exchange(Request::get(uri).body(()).unwrap(), door);
        manners.limits(&exchange.route, &exchange.head).body
    }

    #[test]
    fn the_first_row_that_fits_counts() {
        let settings = LimitSettings {
            max_body_size: Size(10),
            body: vec![
                row(5, Some(DoorName::Rest), Some("/api/v1/jobs")),
                row(50, Some(DoorName::Rest), None),
                row(0, None, Some("/hs3/")),
            ],
            ..LimitSettings::default()
        };
        let manners = Manners::new(&settings);
        let rest = || Door::Rest { public: false };
        assert_eq!(manners.largest.body, None);
        assert_eq!(limit(&manners, rest(), "/api/v1/jobs/zip"), Some(5));
        assert_eq!(limit(&manners, rest(), "/api/v1/buckets"), Some(50));
        assert_eq!(limit(&manners, Door::Native, "/hs3/x"), None);
        assert_eq!(limit(&manners, Door::Native, "/x"), Some(10));
        let all = LimitSettings {
            body: settings.body[..2].to_vec(),
            ..settings
        };
        assert_eq!(Manners::new(&all).largest.body, Some(50));
    }
}
