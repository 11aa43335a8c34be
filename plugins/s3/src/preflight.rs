//! CORS preflights: they carry no proof (Fetch standard, "CORS-preflight request"), so they go to
//! the tenant that host or URL names, without any credential.

use std::sync::Arc;

use http::header::{ACCESS_CONTROL_REQUEST_METHOD, ORIGIN};
use portico_sdk::exchange::Head;
use portico_sdk::forward::{Connection, Framing, Host};
use portico_sdk::route::S3Target;
use portico_sdk::s3::Operation;
use portico_sdk::tokens::{Companion, Tokens};
use portico_sdk::upstream::Upstreams;
use portico_sdk::{Error, Exchange, Forward, Reason, Tenant};
use portico_sigv4::percent_decode;

use crate::outgoing::Departure;

/// Sends preflights on.
pub(crate) struct Preflight {
    upstreams: Arc<Upstreams>,
    tokens: Option<Arc<dyn Tokens>>,
    departure: Departure,
}

impl Preflight {
    pub(crate) fn new(
        upstreams: Arc<Upstreams>,
        tokens: Option<Arc<dyn Tokens>>,
        departure: Departure,
    ) -> Self {
        Self {
            upstreams,
            tokens,
            departure,
        }
    }

    /// The order to forward a preflight; the store's answer is the client's.
    pub(crate) fn forward(&self, exchange: &Exchange, target: &S3Target) -> Result<Forward, Error> {
        let head = &exchange.head;
        let named = exchange.route.tenant.clone();
        let tenant = named.or_else(|| self.tenant_of_token(head));
        let upstream = self.upstreams.s3(tenant.as_ref()).map_err(|none| {
            let words = "Neither the host nor the address names a tenant.";
            Error::with_message(Reason::AccessDenied, words).because(none)
        })?;
        Ok(Forward {
            upstream,
            host: Host::Upstream,
            connection: Connection::Shared,
            target: Some(self.departure.target(head, &target.upstream_path)),
            remove: self.departure.stripped(head.headers()),
            set: Vec::new(),
            framing: Framing::Unchanged,
            request_body: None,
            response_body: None,
        })
    }

    /// The tenant of the token in a link. Nothing is proven by it, and nothing more is done with it:
    /// whoever asks could have named the tenant in the host as well.
    fn tenant_of_token(&self, head: &Head) -> Option<Tenant> {
        let token = parameter(head, b"X-Amz-Security-Token")?;
        match self.tokens.as_ref()?.read_companion(&token).ok()? {
            Companion::Session(session) => session.tenant,
            Companion::Grant(grant) => grant.tenant,
        }
    }
}

/// The target of a preflight; `None` for every other request.
///
/// # Errors
/// `OPTIONS` that asks nothing.
pub(crate) fn target(exchange: &Exchange) -> Result<Option<&S3Target>, Error> {
    let is_preflight = |target: &&S3Target| target.operation == Operation::CorsPreflight;
    let Some(target) = exchange.route.s3().filter(is_preflight) else {
        return Ok(None);
    };
    let headers = exchange.head.headers();
    let asks = headers.contains_key(ORIGIN) && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    match (asks, exchange.route.passes_unclaimed()) {
        (true, _) => Ok(Some(target)),
        (false, true) => Ok(None),
        (false, false) => Err(Error::with_message(
            Reason::InvalidRequest,
            "OPTIONS needs the headers Origin and Access-Control-Request-Method.",
        )),
    }
}

/// The value of a query parameter, decoded; the first of the name.
fn parameter(head: &Head, name: &[u8]) -> Option<String> {
    let mut pairs = head.raw_query()?.split(|byte| *byte == b'&');
    let value = pairs.find_map(|pair| {
        let at = pair.iter().position(|byte| *byte == b'=')?;
        (*percent_decode(&pair[..at]) == *name).then_some(&pair[at + 1..])
    })?;
    String::from_utf8(percent_decode(value).into_owned()).ok()
}
