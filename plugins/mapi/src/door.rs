//! The transparent door: a request goes on as it came, save for the proof that HCP is shown.

use std::sync::Arc;

use async_trait::async_trait;
use http::header::{ALLOW, AUTHORIZATION, COOKIE};
use http::{HeaderName, HeaderValue, Method, Version};
use portico_hcp::Kept;
use portico_sdk::cache::{Found, mapi_change};
use portico_sdk::exchange::{Head, PassedOn};
use portico_sdk::forward::{Connection, Framing, Host};
use portico_sdk::keyring::Accounts;
use portico_sdk::native::NativeProof;
use portico_sdk::route::Service;
use portico_sdk::upstream::{Upstream, Upstreams};
use portico_sdk::{Body, Door, Error, Exchange, Forward, Handle, Handled, Reason, Tenant, dialect};

use crate::discretion::Asked;
use crate::kept::{self, Reading};
use crate::proof::proof;
use crate::tenant;

/// What else a client could say about who asks, or what for, beside its token.
pub(crate) const BESIDE_A_TOKEN: [HeaderName; 4] = [
    COOKIE,
    HeaderName::from_static("x-http-method"),
    HeaderName::from_static("x-http-method-override"),
    HeaderName::from_static("x-method-override"),
];

/// Forwards `/mapi` and `/query`.
pub(crate) struct ManagementDoor {
    pub(crate) upstreams: Arc<Upstreams>,
    /// What is kept of HCP's answers, where anything is.
    pub(crate) kept: Option<Kept>,
}

#[async_trait]
impl Handle for ManagementDoor {
    async fn handle(&self, exchange: &mut Exchange, body: Body) -> Result<Handled, Error> {
        let Door::Management(service) = exchange.route.door else {
            return Ok(Handled::Next(body));
        };
        if service == Service::Query && exchange.head.method() != Method::POST {
            return Ok(Handled::Reply(post_only(exchange)));
        }
        let tenant = tenant::of(exchange)?;
        if let Some(found) = self.read(exchange, service, tenant.as_ref(), body).await? {
            return Ok(Handled::Reply(kept::reply(found, exchange)));
        }
        let forward = self.forward(exchange, service, tenant.as_ref())?;
        Ok(Handled::Forward(Box::new(forward)))
    }
}

impl ManagementDoor {
    /// The answer to a read that may be kept. What nobody has proven to be theirs is not.
    async fn read(
        &self,
        exchange: &Exchange,
        service: Service,
        tenant: Option<&Tenant>,
        body: Body,
    ) -> Result<Option<Found>, Error> {
        let (Some(kept), Some(principal)) = (&self.kept, &exchange.principal) else {
            return Ok(None);
        };
        let reading = Reading {
            kept,
            service,
            principal,
            tenant,
            upstream: &self.upstream(service, tenant)?,
            auth_type: self.upstreams.auth_type,
        };
        reading.answer(&exchange.head, body).await
    }

    fn forward(
        &self,
        exchange: &mut Exchange,
        service: Service,
        tenant: Option<&Tenant>,
    ) -> Result<Forward, Error> {
        let upstream = self.upstream(service, tenant)?;
        let mut remove = vec![tenant::HEADER];
        let mut set = Vec::new();
        if let Some(principal) = &exchange.principal {
            remove.extend(BESIDE_A_TOKEN);
            let proof = proof(self.upstreams.auth_type, principal)?;
            set.push((AUTHORIZATION, proof));
        } else if let Some(cookie) = whole_cookie(&exchange.head) {
            set.push((COOKIE, cookie));
        }
        let connection = connection(exchange);
        let (method, path) = (exchange.head.method(), exchange.head.raw_path());
        let accounts = Accounts::touched_by(method, path, tenant);
        let is_kept = self.kept.is_some() && service == Service::Mapi;
        let change = is_kept.then(|| mapi_change(&self.upstreams, method, path, tenant));
        if let Some(accounts) = accounts {
            exchange.extensions.insert(accounts);
        }
        if let Some(change) = change.flatten() {
            exchange.extensions.insert(change);
        }
        exchange
            .extensions
            .insert(Asked(Arc::clone(upstream.host())));
        Ok(Forward {
            upstream,
            host: Host::Upstream,
            connection,
            target: None,
            remove,
            set,
            framing: Framing::Unchanged,
            request_body: None,
            response_body: None,
        })
    }

    fn upstream(&self, service: Service, tenant: Option<&Tenant>) -> Result<Upstream, Error> {
        let found = match service {
            Service::Mapi => self.upstreams.mapi(tenant),
            Service::Query => self.upstreams.query(tenant),
        };
        found.map_err(|none| {
            let words = "This service has no address here: no domain of HCP is set.";
            Error::with_message(Reason::NotImplemented, words).because(none)
        })
    }
}

/// The cookies of a request of HTTP/2, where each may have a line of its own, as HTTP/1.1 wants them
/// (RFC 9113 section 8.2.3).
fn whole_cookie(head: &Head) -> Option<HeaderValue> {
    let lines = head.headers().get_all(COOKIE).iter();
    let lines: Vec<_> = lines.map(HeaderValue::as_bytes).collect();
    if head.parts.version < Version::HTTP_2 || lines.len() < 2 {
        return None;
    }
    let mut cookie = HeaderValue::from_bytes(&lines.join(&b"; "[..])).ok()?;
    cookie.set_sensitive(true);
    Some(cookie)
}

/// Whose connection to HCP the request goes over; and a note of what passes unproven.
fn connection(exchange: &mut Exchange) -> Connection {
    if exchange.principal.is_some() {
        return Connection::Shared;
    }
    let proof = NativeProof::of(exchange.head.headers());
    let label = proof.map_or("anonymous", NativeProof::label);
    exchange.extensions.insert(PassedOn(label));
    match proof {
        Some(NativeProof::Negotiate) => Connection::Own,
        _ => Connection::AsBound,
    }
}

fn post_only(exchange: &Exchange) -> portico_sdk::Reply {
    let error = Error::with_message(Reason::MethodNotAllowed, "A metadata query is a POST.");
    let mut reply = dialect::reply(&error, exchange);
    let post = HeaderValue::from_static("POST");
    reply.headers.insert(ALLOW, post);
    reply
}

#[cfg(test)]
mod tests {
    use portico_sdk::testkit;

    use super::*;

    #[test]
    fn cookies_in_lines_of_their_own_become_one() {
        let cookie = |version| {
            let request = http::Request::get("/mapi").version(version);
            let request = request.header(COOKIE, "a=b").header(COOKIE, "HCAP-Login=x");
            let door = Door::Management(Service::Mapi);
            whole_cookie(&testkit::exchange(request.body(()).unwrap(), door).head)
        };
        assert_eq!(cookie(Version::HTTP_2).unwrap(), "a=b; HCAP-Login=x");
        assert_eq!(cookie(Version::HTTP_11), None);
    }
}
