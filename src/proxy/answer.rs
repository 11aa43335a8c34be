//! Answers that are given here: those of phases 3 to 5, and the words for what went wrong.

use std::pin::pin;

use pingora::proxy::Session;
use portico_sdk::dialect;
use portico_sdk::pipeline::Verdict;
use tracing::{Instrument as _, debug_span};

use super::context::{self, Context};
use super::limits::Deadline;
use super::{EngineResult, Gateway};
use crate::bridge::Pump;
use crate::failure;
use crate::reply::{self, Unsent};

impl Gateway {
    /// Phases 3 to 5, and the answer if it is given here.
    pub(super) async fn answer(
        &self,
        session: &mut Session,
        ctx: &mut Context,
    ) -> EngineResult<bool> {
        let admitted = self.admit(session);
        let exchange = ctx.exchange.insert(admitted.exchange);
        let (limits, end) = (admitted.limits, Deadline::of(exchange, admitted.total));
        (ctx.limits, ctx.end) = (limits, end);
        let (mut pump, body) = Pump::new(&mut session.downstream_session, limits);
        let verdict = match admitted.verdict {
            Ok(()) => {
                let span = exchange.span.clone();
                // In its place: futures of this size are dear to move from hand to hand.
                let work = pin!(self.pipeline.run(exchange, body));
                let work = end.bound(work).instrument(span);
                let done = pump.drive(&mut session.downstream_session, work).await;
                done.map_err(context::gone)?.unwrap_or_else(Err)
            }
            Err(error) => Err(error),
        };
        let answer = match verdict {
            Ok(Verdict::Forward(forward)) => {
                ctx.forward = Some(forward);
                return Ok(false);
            }
            Ok(Verdict::Reply(reply)) => reply,
            Err(error) => {
                let reply = dialect::reply(&error, exchange);
                ctx.failure = Some(error);
                reply
            }
        };
        let span = exchange.span.in_scope(|| debug_span!("reply"));
        let sent = {
            let sent = reply::send(session, &mut pump, &self.pipeline, exchange, answer);
            end.bound(pin!(sent)).instrument(span).await
        };
        match sent {
            Ok(Ok(())) => Ok(true),
            Ok(Err(Unsent::Client(fault))) => Err(fault),
            Ok(Err(Unsent::Body(error))) | Err(error) => Err(ctx.fail(error)),
        }
    }

    /// Between two pieces of a body that passes through. What comes in no piece at all has other
    /// limits.
    pub(super) fn check_limits(session: &Session, ctx: &mut Context) -> EngineResult<()> {
        let read = session.downstream_session.body_bytes_read();
        let checked = ctx.end.check().and_then(|()| ctx.limits.check(read));
        checked.map_err(|error| ctx.fail(error))
    }

    /// Words an error of the forwarding path; nothing, when the client has left or has already
    /// seen the head of a response.
    pub(super) async fn apologize(
        &self,
        session: &mut Session,
        fault: &pingora::Error,
        ctx: &mut Context,
    ) -> u16 {
        let error = ctx.failure.take().or_else(|| failure::classify(fault));
        if let Some(exchange) = ctx.exchange.as_mut() {
            exchange.outcome.aborted = reply::has_begun(session);
        }
        let (Some(error), Some(exchange)) = (error, ctx.exchange.as_mut()) else {
            return 0;
        };
        let mut status = 0;
        if !reply::has_begun(session) {
            let answer = dialect::reply(&error, exchange);
            status = answer.status.as_u16();
            session.set_keepalive(None);
            let (mut pump, _body) = Pump::new(&mut session.downstream_session, ctx.limits);
            if let Err(gone) =
                reply::send(session, &mut pump, &self.pipeline, exchange, answer).await
            {
                tracing::debug!(%gone, "the client did not wait for its error");
            }
        }
        ctx.failure = Some(error);
        status
    }
}
