//! From the engine's session to an exchange: phases 1 and 2.

use std::time::Duration;

use http::Extensions;
use pingora::proxy::Session;
use portico_sdk::Error;
use portico_sdk::exchange::{Arrival, Exchange, Head, Outcome};
use portico_sdk::route::{Listener, Route};
use portico_sdk::trace::{self, Asked, Begun};
use tracing::{Span, debug_span};

use super::{ClientLimits, Gateway, Manners};
use crate::accept::{Accepted, accept};
use crate::origin::{Origin, forget_forwarded};
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
        let listener = self.listener(session);
        let Begun { span, ids } = begin(session, listener);
        let within = |phase: fn() -> Span| span.in_scope(phase);
        let (origin, accepted) = within(|| debug_span!("accept"))
            .in_scope(|| (self.origin(session), self.accept(session, &manners)));
        let (route, verdict) = within(|| debug_span!("route"))
            .in_scope(|| self.route(listener, &accepted.head, accepted.verdict));
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
            span,
        };
        if let Some(ids) = ids {
            exchange.extensions.insert(ids);
        }
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

    fn listener(&self, session: &Session) -> Listener {
        let local = session.downstream_session.server_addr();
        self.ports
            .listener(local.and_then(|address| address.as_inet()))
    }

    /// Phase 1.
    fn accept(&self, session: &mut Session, manners: &Manners) -> Accepted {
        let downstream = &session.downstream_session;
        let raw = || downstream.to_h1_raw();
        let accepted = accept(downstream.req_header(), raw, manners.largest, &self.loop_id);
        if accepted.verdict.is_err() {
            // Where the next request begins is anybody's guess.
            session.set_keepalive(None);
        }
        accepted
    }

    /// Phase 2; what was not accepted is routed only as far as its error needs.
    fn route(
        &self,
        listener: Listener,
        head: &Head,
        accepted: Result<(), Error>,
    ) -> (Route, Result<(), Error>) {
        match accepted.and_then(|()| self.router.route(listener, head)) {
            Ok(route) => (route, Ok(())),
            Err(error) => (unrouted(listener, head), Err(error)),
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
        forget_forwarded(request);
        origin
    }
}

/// A request is there: whoever makes traces begins its span before the first phase.
fn begin(session: &Session, listener: Listener) -> Begun {
    let request = session.downstream_session.req_header();
    trace::begin(&Asked {
        listener,
        target: request.raw_path(),
        headers: &request.headers,
    })
}
