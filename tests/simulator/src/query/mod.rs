//! The Metadata Query API: `POST /query` on the hosts of tenants and of the system.

mod access;
mod answer;
mod body;
mod datum;
mod document;
mod facets;
mod fields;
mod hashes;
mod headers;
mod language;
mod moments;
mod objects;
mod operations;
mod properties;
mod record;
mod refusal;
mod request;
mod turns;
mod write;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::request::Parts;
use http::{Method, StatusCode};
use hyper::body::Incoming;
use tokio::sync::OwnedSemaphorePermit;

use self::access::Asker;
use self::answer::Found;
use self::body::Received;
use self::hashes::Hashes;
use self::headers::Terms;
use self::record::Record;
use self::refusal::Refusal;
use self::request::Request;
use self::turns::{AT_ONCE, Turns};
use crate::answer::Reply;
use crate::recorder::Port;
use crate::s3::Api;
use crate::store::Bucket;
use crate::users::Users;

/// How far behind the present an operation query ends unless it says otherwise.
const HORIZON: Duration = Duration::from_mins(1);
/// How long a query waits for its turn. HCP's own patience is not published.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the query API keeps between queries.
pub(crate) struct Room {
    turns: Turns,
    /// In milliseconds.
    horizon: AtomicU64,
    hashes: Hashes,
}

impl Default for Room {
    fn default() -> Self {
        let room = Self {
            turns: Turns::new(AT_ONCE, PATIENCE),
            horizon: AtomicU64::new(0),
            hashes: Hashes::default(),
        };
        room.set_horizon(HORIZON);
        room
    }
}

/// Whom a query is sent to.
pub(crate) struct Target<'f> {
    /// The tenant of the host; `None` on the system's own.
    pub(crate) tenant: Option<&'f str>,
    /// The tenants behind the host.
    pub(crate) apis: Vec<Api>,
    pub(crate) users: &'f Users,
    pub(crate) port: Port,
}

/// What one query may see.
struct Scope<'q> {
    asker: &'q Asker,
    apis: &'q [Api],
    hashes: &'q Hashes,
    horizon: Duration,
}

impl Room {
    pub(crate) fn set_patience(&mut self, patience: Duration) {
        self.turns = Turns::new(AT_ONCE, patience);
    }

    pub(crate) fn set_horizon(&self, horizon: Duration) {
        let millis = u64::try_from(horizon.as_millis()).unwrap_or(u64::MAX);
        self.horizon.store(millis, Ordering::Relaxed);
    }

    /// Takes as many free places as this, as so many queries would.
    pub(crate) fn occupy(&self, count: usize) -> Vec<OwnedSemaphorePermit> {
        self.turns.occupy(count)
    }

    /// The reply, and how much of the body came.
    pub(crate) async fn answer(
        &self,
        target: &Target<'_>,
        parts: &Parts,
        body: Incoming,
    ) -> (Reply, u64) {
        let received = Received::read(body).await;
        let length = received.as_ref().map_or(0, |received| received.length);
        let found = match received {
            Ok(received) => self.find(target, parts, received).await,
            Err(refusal) => Err(refusal),
        };
        let reply = found.and_then(|(found, terms)| write::reply(&found, terms));
        let length = u64::try_from(length).unwrap_or(u64::MAX);
        (reply.unwrap_or_else(|refusal| refusal.reply()), length)
    }

    async fn find(
        &self,
        target: &Target<'_>,
        parts: &Parts,
        received: Received,
    ) -> Result<(Found, Terms), Refusal> {
        if parts.method != Method::POST {
            let status = StatusCode::METHOD_NOT_ALLOWED;
            return Err(Refusal::new(status, "Queries are sent with POST"));
        }
        if target.tenant.is_none() && target.port == Port::Plain {
            return Err(Refusal::forbidden("The whole system needs HTTPS"));
        }
        let asker = Asker::find(target.users, target.tenant, &parts.headers)?;
        let terms = Terms::of(parts)?;
        let document = received.document(terms.given_zipped)?;
        let request = Request::read(document::read(&document, terms.given)?)?;
        let _turn = self.turns.take().await?;
        let scope = Scope {
            asker: &asker,
            apis: &target.apis,
            hashes: &self.hashes,
            horizon: Duration::from_millis(self.horizon.load(Ordering::Relaxed)),
        };
        let found = match request {
            Request::Objects(query) => objects::find(&scope, *query).await?,
            Request::Operations(query) => operations::find(&scope, *query).await?,
        };
        Ok((found, terms))
    }
}

impl Scope<'_> {
    /// What a function takes out of every bucket that may be searched.
    fn gather(&self, take: impl Fn(&Api, &Bucket) -> Vec<Record>) -> Vec<Record> {
        let mut records = Vec::new();
        for api in self.apis {
            let state = api.tenant.state();
            let buckets = state.buckets.values();
            let open = buckets.filter(|bucket| self.asker.may_search(api, bucket));
            records.extend(open.flat_map(|bucket| take(api, bucket)));
        }
        records
    }

    /// An operation query may name only what exists and may be searched.
    fn check_namespace(&self, name: &str) -> Result<(), Refusal> {
        let lower = name.to_ascii_lowercase();
        let unknown = || Refusal::invalid(format!("Namespace {name} does not exist"));
        let (bucket, tenant) = lower.rsplit_once('.').ok_or_else(unknown)?;
        let api = self.apis.iter().find(|api| api.name == tenant);
        let api = api.ok_or_else(unknown)?;
        let state = api.tenant.state();
        let bucket = state.buckets.get(bucket).ok_or_else(unknown)?;
        if self.asker.may_search(api, bucket) {
            return Ok(());
        }
        Err(Refusal::forbidden(format!(
            "Namespace {name} may not be searched"
        )))
    }
}
