//! The engine's hooks, each a few lines into a phase.

mod admit;
mod answer;
mod context;
mod forward;
mod limits;
mod manners;

use std::any::Any;
use std::os::fd::RawFd;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use pingora::http::{RequestHeader, ResponseHeader};
use pingora::modules::http::HttpModules;
use pingora::protocols::Digest;
use pingora::proxy::{FailToProxy, ProxyHttp, Session};
use pingora::upstreams::peer::HttpPeer;
use portico_sdk::Pipeline;
use portico_sdk::load::Load;
use portico_sdk::trace::Call;
use portico_sdk::upstream::LoopId;

pub use context::Context;
pub use limits::{ClientLimits, ClientTimeouts};
pub use manners::{Current, Manners};

use crate::origin::TrustedProxies;
use crate::route::Router;
use crate::server::{self, InFlight, Ports};
use crate::upstream::Peers;
use crate::{failure, reply};

type EngineResult<T> = pingora::Result<T>;

/// How long the rest of a body is read after its answer, before the connection is closed.
const DRAIN: Duration = Duration::from_secs(10);

/// The house, as the engine sees it.
pub struct Gateway {
    /// Phases 3 to 7.
    pub pipeline: Pipeline,
    /// Phase 2.
    pub router: Router,
    /// Which listener a local port belongs to.
    pub ports: Ports,
    /// Connections to the store.
    pub peers: Arc<Peers>,
    /// What requests to the store bear, and requests from clients must not.
    pub loop_id: LoopId,
    /// Exchanges that have begun and not ended.
    pub in_flight: InFlight,
    /// Patience with clients, and its measure.
    pub manners: Current,
    /// Refuses what is too much.
    pub load: Arc<Load>,
    /// Who is believed about clients.
    pub trusted: TrustedProxies,
}

#[async_trait]
impl ProxyHttp for Gateway {
    /// Boxed, because the engine moves it from future to future.
    type CTX = Box<Context>;

    fn new_ctx(&self) -> Self::CTX {
        Box::new(Context {
            flight: Some(self.in_flight.begin()),
            ..Context::default()
        })
    }

    /// No modules: the engine's own compression would touch bodies that signatures cover.
    fn init_downstream_modules(&self, _modules: &mut HttpModules) {}

    fn persist_connection_context(
        &self,
        _session: &Session,
        ctx: &Self::CTX,
    ) -> Option<Box<dyn Any + Send + Sync>> {
        let bond = ctx.bond?;
        Some(Box::new(bond))
    }

    fn on_connection_reuse(
        &self,
        _session: &mut Session,
        ctx: &mut Self::CTX,
        before: Box<dyn Any + Send + Sync>,
    ) {
        ctx.bond = before.downcast_ref().copied();
    }

    async fn early_request_filter(
        &self,
        session: &mut Session,
        _ctx: &mut Self::CTX,
    ) -> EngineResult<()> {
        server::exchange_begins();
        let downstream = &mut session.downstream_session;
        let timeouts = self.manners.load().timeouts;
        downstream.set_read_timeout(Some(timeouts.read));
        downstream.set_write_timeout(Some(timeouts.write));
        downstream.set_total_drain_timeout(Some(DRAIN));
        // Else every upload that asks for `100 Continue` would cost the client its connection.
        downstream.set_close_on_response_before_downstream_finish(false);
        Ok(())
    }

    async fn request_filter(
        &self,
        session: &mut Session,
        ctx: &mut Self::CTX,
    ) -> EngineResult<bool> {
        self.answer(session, ctx).await
    }

    async fn upstream_peer(
        &self,
        _session: &mut Session,
        ctx: &mut Self::CTX,
    ) -> EngineResult<Box<HttpPeer>> {
        let own = ctx.own_connection()?;
        let upstream = ctx.forward()?.upstream.clone();
        if let Some(exchange) = &ctx.exchange {
            let method = exchange.head.method();
            ctx.call = exchange.span.in_scope(|| Call::begin(method, &upstream));
        }
        let found = self.peers.peer(&upstream, own, &mut ctx.attempts).await;
        found.map(Box::new).map_err(|error| ctx.fail(error))
    }

    fn fail_to_connect(
        &self,
        _session: &mut Session,
        _peer: &HttpPeer,
        ctx: &mut Self::CTX,
        mut fault: Box<pingora::Error>,
    ) -> Box<pingora::Error> {
        // No byte of the request has been sent, so the next address may always be tried.
        ctx.call.failed("connect");
        let more = ctx.attempts.connect_failed(failure::connecting(&fault));
        fault.set_retry(more);
        fault
    }

    async fn connected_to_upstream(
        &self,
        session: &mut Session,
        reused: bool,
        _peer: &HttpPeer,
        descriptor: RawFd,
        _digest: Option<&Digest>,
        ctx: &mut Self::CTX,
    ) -> EngineResult<()> {
        ctx.call.connected(reused);
        ctx.attempts.connected(reused);
        ctx.deadline = self.peers.deadline(descriptor, &mut ctx.attempts);
        match &ctx.deadline {
            Some(deadline) => {
                if !session.is_body_empty() {
                    server::together(|| deadline.cork());
                }
                Ok(())
            }
            None => Err(pingora::Error::new_up(pingora::ErrorType::ConnectionClosed)),
        }
    }

    fn error_while_proxy(
        &self,
        _peer: &HttpPeer,
        session: &mut Session,
        mut fault: Box<pingora::Error>,
        ctx: &mut Self::CTX,
        reused: bool,
    ) -> Box<pingora::Error> {
        fault.retry.decide_reuse(reused);
        ctx.call.failed("broken");
        if ctx.deadline.is_none() {
            // The connection was idle for too long just then: no byte of the request has been sent.
            ctx.attempts.unanswered(false);
            fault.set_retry(reused);
            forward::count_retry(ctx, &fault);
            return fault;
        }
        let late = forward::end_attempt(ctx, &fault, reply::has_begun(session));
        // Only what may be done twice, and only as long as the engine has all of it.
        if late
            || !forward::may_be_repeated(&session.req_header().method, ctx)
            || session.as_ref().retry_buffer_truncated()
        {
            fault.set_retry(false);
        }
        forward::count_retry(ctx, &fault);
        fault
    }

    async fn upstream_request_filter(
        &self,
        _session: &mut Session,
        request: &mut RequestHeader,
        ctx: &mut Self::CTX,
    ) -> EngineResult<()> {
        forward::begin_attempt(ctx, request, &self.loop_id)
    }

    async fn request_body_filter(
        &self,
        session: &mut Session,
        body: &mut Option<Bytes>,
        end: bool,
        ctx: &mut Self::CTX,
    ) -> EngineResult<()> {
        if end {
            server::request_ends();
        }
        Self::check_limits(session, ctx)?;
        forward::request_piece(ctx, body, end)
    }

    async fn upstream_response_filter(
        &self,
        _session: &mut Session,
        response: &mut ResponseHeader,
        ctx: &mut Self::CTX,
    ) -> EngineResult<()> {
        forward::response_head(ctx, response)
    }

    async fn response_filter(
        &self,
        session: &mut Session,
        response: &mut ResponseHeader,
        ctx: &mut Self::CTX,
    ) -> EngineResult<()> {
        // A body that is not wanted any more may never come: what comes next on the connection
        // must not be taken for it.
        let informational = response.status.is_informational();
        if !informational && !session.downstream_session.is_body_done() {
            session.set_keepalive(None);
        }
        forward::filter_head(&self.pipeline, ctx, response)?;
        if let Some(exchange) = ctx.exchange.as_ref().filter(|_| !informational) {
            self.pipeline.settle(exchange).await;
        }
        Ok(())
    }

    fn upstream_response_body_filter(
        &self,
        session: &mut Session,
        body: &mut Option<Bytes>,
        end: bool,
        ctx: &mut Self::CTX,
    ) -> EngineResult<Option<Duration>> {
        Self::check_limits(session, ctx)?;
        forward::response_piece(ctx, body, end)?;
        if let (Some(exchange), Some(piece)) = (&ctx.exchange, body) {
            self.pipeline.filter_body(exchange, piece);
        }
        Ok(None)
    }

    async fn fail_to_proxy(
        &self,
        session: &mut Session,
        fault: &pingora::Error,
        ctx: &mut Self::CTX,
    ) -> FailToProxy {
        FailToProxy {
            error_code: self.apologize(session, fault, ctx).await,
            can_reuse_downstream: false,
        }
    }

    async fn logging(
        &self,
        session: &mut Session,
        fault: Option<&pingora::Error>,
        ctx: &mut Self::CTX,
    ) {
        server::exchange_ends();
        let Some(exchange) = ctx.exchange.as_mut() else {
            return;
        };
        let count = |bytes: usize| u64::try_from(bytes).unwrap_or(u64::MAX);
        exchange.outcome.bytes_in = count(session.downstream_session.body_bytes_read());
        exchange.outcome.bytes_out = count(session.downstream_session.body_bytes_sent());
        exchange.outcome.aborted |= fault.is_some() && exchange.outcome.status.is_none();
        self.pipeline.log(exchange, ctx.failure.as_ref());
    }

    fn suppress_error_log(
        &self,
        _session: &Session,
        _ctx: &Self::CTX,
        _fault: &pingora::Error,
    ) -> bool {
        // The engine's own line repeats the request line, which may hold a presigned signature.
        true
    }

    fn request_summary(&self, session: &Session, ctx: &Self::CTX) -> String {
        let id = ctx
            .exchange
            .as_ref()
            .map_or("-", |exchange| exchange.id.as_str());
        format!("{} {id}", session.req_header().method)
    }
}
