//! From the engine's session to an exchange: phases 1 and 2.

use std::time::Duration;

use http::Extensions;
use pingora::proxy::Session;
use portico_sdk::Error;
use portico_sdk::exchange::{Arrival, Exchange, Outcome};
use tracing::Span;

use super::{ClientLimits, Gateway};
use crate::accept::accept;
use crate::origin::{Origin, forwarded_headers};
use crate::route::unrouted;

/// A request whose head has been read.
pub(super) struct Admitted {
    pub(super) exchange: Exchange,
    /// How much its client may send.
    pub(super) limits: ClientLimits,
    /// How long all of it may take.
    pub(super) total: Option<Duration>,
    /// Whether it may go on.
    pub(super) verdict: Result<(), Error>,
}

impl Gateway {
    /// Phases 1 and 2, and whether there is room for one more.
    pub(super) fn admit(&self, session: &mut Session) -> Admitted {
        let manners = self.manners.load();
        let origin = self.origin(session);
        let downstream = &session.downstream_session;
        let raw = || downstream.to_h1_raw();
        let accepted = accept(downstream.req_header(), raw, manners.largest, &self.loop_id);
        let local = downstream
            .server_addr()
            .and_then(|address| address.as_inet());
        let listener = self.ports.listener(local);
        if accepted.verdict.is_err() {
            // Where the next request begins is anybody's guess.
            session.set_keepalive(None);
        }
        let routed = accepted
            .verdict
            .and_then(|()| self.router.route(listener, &accepted.head));
        let (route, verdict) = match routed {
            Ok(route) => (route, Ok(())),
            Err(error) => (unrouted(listener, &accepted.head), Err(error)),
        };
        let mut exchange = Exchange {
            id: accepted.id,
            arrival: Arrival {
                listener,
                client: origin.client,
                tls: origin.tls,
                at: accepted.at,
            },
            head: accepted.head,
            route,
            principal: None,
            extensions: Extensions::new(),
            outcome: Outcome::default(),
            span: Span::none(),
        };
        portico_sdk::trace::begin(&mut exchange);
        let limits = manners.limits(&exchange.route, &exchange.head);
        let verdict = verdict
            .and_then(|()| limits.check_declared(exchange.head.headers()))
            .and_then(|()| self.load.admit(&exchange, self.in_flight.count()));
        Admitted {
            exchange,
            limits,
            total: manners.timeouts.total,
            verdict,
        }
    }

    /// Who the client is. The headers that say so are read here and by nobody else.
    fn origin(&self, session: &mut Session) -> Origin {
        let downstream = &mut session.downstream_session;
        let peer = downstream.client_addr();
        let peer = peer.and_then(|address| address.as_inet()).copied();
        let digest = downstream.digest();
        let tls = digest.is_some_and(|digest| digest.ssl_digest.is_some());
        let request = downstream.req_header_mut();
        let origin = self.trusted.origin(peer, tls, &request.headers);
        for name in forwarded_headers() {
            request.remove_header(&name);
        }
        origin
    }
}
