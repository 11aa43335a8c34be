//! The pool: one client for each identity, as long as it is used.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_s3::Client as S3Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{
    BehaviorVersion, Config, Credentials, IdentityCache, Region, RequestChecksumCalculation,
    ResponseChecksumValidation, StalledStreamProtectionConfig,
};
use moka::sync::Cache;
use portico_clients::{Client, ClientError};
use portico_sdk::cache::{Identity as Reader, ResponseCache};
use portico_sdk::upstream::Upstreams;
use portico_sdk::{Error, Principal, Reason};
use rand::RngCore as _;
use secrecy::ExposeSecret as _;

use crate::identity::{Fingerprint, Identity};
use crate::kept::Kept;
use crate::line::Line;
use crate::manners::Manners;
use crate::place::Place;
use crate::wire::{Connector, Wire};

/// Clients at the same time; whoever comes beyond costs another one its place, and nothing else.
const MOST: u64 = 4096;
/// How long a client is kept that nobody uses. It holds a secret in memory.
const UNUSED: Duration = Duration::from_mins(10);

/// Gives every caller their client.
#[derive(Clone)]
pub struct Clients {
    upstreams: Arc<Upstreams>,
    wire: Wire,
    cache: Option<Arc<dyn ResponseCache>>,
    pool: Cache<Fingerprint, S3Client>,
    secret: Arc<[u8; 32]>,
}

impl Clients {
    /// An empty pool, with the TLS rules and timeouts of the upstreams. Where a cache is given, reads
    /// are answered from it and writes told to it.
    ///
    /// # Errors
    /// Authorities that cannot be read, or none on the system while the store speaks TLS.
    pub fn new(
        upstreams: Arc<Upstreams>,
        cache: Option<Arc<dyn ResponseCache>>,
    ) -> Result<Self, ClientError> {
        let kept = cache.clone().map(|cache| Kept {
            cache,
            upstreams: Arc::clone(&upstreams),
        });
        let wire = Wire::new(Client::new(&upstreams)?, kept);
        let mut secret = [0; 32];
        rand::rng().fill_bytes(&mut secret);
        Ok(Self {
            upstreams,
            wire,
            cache,
            pool: Cache::builder()
                .max_capacity(MOST)
                .time_to_idle(UNUSED)
                .build(),
            secret: Arc::new(secret),
        })
    }

    /// The client of a caller. Cheap: only the first request of an identity makes one.
    ///
    /// # Errors
    /// [`Reason::InvalidRequest`]: no tenant is known, and nothing else says where the store is.
    pub fn of(&self, caller: &Principal) -> Result<S3Client, Error> {
        let who = self.identity(caller)?;
        let fingerprint = who.fingerprint(&self.secret);
        let fresh = || client(&self.upstreams, &self.wire, who);
        Ok(self.pool.get_with(fingerprint, fresh))
    }

    /// Whose own things of this process are the caller's: the same for the same identity at the store,
    /// and for nobody else. A wrong secret makes somebody else.
    ///
    /// # Errors
    /// As [`Clients::of`].
    pub fn owner(&self, caller: &Principal) -> Result<[u8; 32], Error> {
        Ok(self.identity(caller)?.fingerprint(&self.secret))
    }

    /// The way of a caller's requests, for stacks that sign for themselves.
    ///
    /// # Errors
    /// As [`Clients::of`].
    pub fn line(&self, caller: &Principal) -> Result<Line, Error> {
        let who = Arc::new(self.identity(caller)?);
        let wire = self.wire.clone();
        Ok(Line { wire, who })
    }

    fn identity(&self, caller: &Principal) -> Result<Identity, Error> {
        let tenant = caller.tenant.as_ref();
        let tenant = tenant.or(self.upstreams.default_tenant.as_ref());
        let upstream = self.upstreams.s3(tenant).map_err(|nowhere| {
            let words = "The credential names no tenant, and the house has no other S3 endpoint.";
            Error::with_message(Reason::InvalidRequest, words).because(nowhere)
        })?;
        Ok(Identity {
            tenant: tenant.cloned(),
            upstream,
            keys: caller.s3_keys().into_owned(),
            user: caller.user.clone(),
            reader: self
                .cache
                .as_deref()
                .map(|cache| Reader::data(cache, caller)),
        })
    }
}

impl fmt::Debug for Clients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clients")
            .field("entries", &self.pool.entry_count())
            .finish_non_exhaustive()
    }
}

fn client(upstreams: &Upstreams, wire: &Wire, who: Identity) -> S3Client {
    let keys = &who.keys;
    let secret = keys.secret_key.expose_secret();
    let credentials = Credentials::new(&keys.access_key, secret, None, None, "portico");
    let config = Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(upstreams.region.clone()))
        .endpoint_resolver(Place::of(&who.upstream))
        .credentials_provider(credentials)
        .identity_cache(IdentityCache::no_cache())
        .interceptor(Manners)
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
        .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
        .disable_s3_express_session_auth(true)
        // Patience and repeats are the transport's.
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::disabled())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .http_client(Connector {
            wire: wire.clone(),
            who: Arc::new(who),
        });
    S3Client::from_conf(config.build())
}
