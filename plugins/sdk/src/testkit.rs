//! A pipeline without a server and a clock set by hand, for the tests of plugins.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use http::Request;

use crate::clock::Clock;
use crate::credential::AuthType;
use crate::exchange::{Arrival, Exchange, Head, Outcome};
use crate::route::{Door, Listener, Route};
use crate::upstream::{Backend, Health, LoopId, Timeouts, TlsRules, Upstreams};

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct ManualClock(AtomicU64);

impl ManualClock {
    /// A clock that shows so many seconds since 1970.
    #[must_use]
    pub fn at(unix: u64) -> Self {
        Self(AtomicU64::new(unix))
    }

    /// Moves the clock forward.
    pub fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.0.load(Ordering::Relaxed))
    }
}

/// An exchange of a request, as the core would have made it.
///
/// The request's URI may be absolute; its authority then serves as `Host`.
#[must_use]
pub fn exchange(request: Request<()>, door: Door) -> Exchange {
    let (parts, ()) = request.into_parts();
    let authority = parts.uri.authority().map(ToString::to_string);
    let target = parts
        .uri
        .path_and_query()
        .map_or("/", |target| target.as_str());
    Exchange {
        id: "0".repeat(32),
        arrival: Arrival {
            listener: Listener::Api,
            client: None,
            tls: false,
            at: Instant::now(),
        },
        head: Head {
            target: target.as_bytes().to_vec(),
            authority: authority.unwrap_or_else(|| "localhost".to_owned()),
            parts,
        },
        route: Route::new(door),
        principal: None,
        extensions: http::Extensions::new(),
        outcome: Outcome::default(),
        span: tracing::Span::none(),
    }
}

/// Upstreams of an HCP system that is nowhere.
#[must_use]
pub fn upstreams() -> Upstreams {
    let second = Duration::from_secs(1);
    Upstreams {
        backend: Backend::Hcp,
        hcp_release: 9,
        default_tenant: None,
        domain: Some("hcp.test".to_owned()),
        s3_endpoint: None,
        s3_tls: true,
        s3_port: 443,
        s3_addresses: [].into(),
        mapi_host: None,
        mapi_port: 9090,
        mapi_addresses: [].into(),
        auth_type: AuthType::Hcp,
        region: "us-east-1".to_owned(),
        tls: TlsRules {
            ca_pem: None,
            verify: true,
        },
        timeouts: Timeouts {
            connect: second,
            read: second,
            write: second,
            response: second,
            total: second * 60,
            idle: second,
        },
        health: Health::default(),
        loop_id: LoopId::random(),
    }
}
