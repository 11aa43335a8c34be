//! The forwarding path: heads changed as ordered, bodies through their transforms.

use std::error::Error as StdError;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{HeaderName, HeaderValue, Version};
use pingora::http::{RequestHeader, ResponseHeader};
use portico_sdk::exchange::PassedOn;
use portico_sdk::forward::{BodyTransform, Framing, Host};
use portico_sdk::trace::{TRACEPARENT, TRACESTATE};
use portico_sdk::upstream::{CDN_LOOP, LoopId, Retry};
use portico_sdk::{Door, Error, Exchange, Forward, Pipeline, Reason};

use super::{Context, EngineResult};
use crate::failure;
use crate::reply::is_bodiless;
use crate::upstream::Deadline;

const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");

/// Starts an attempt: a changed head and fresh transforms, whatever an earlier attempt did.
pub(super) fn begin_attempt(
    ctx: &mut Context,
    request: &mut RequestHeader,
    loop_id: &LoopId,
) -> EngineResult<()> {
    let forward = ctx.forward()?;
    match &forward.target {
        Some(target) => rewrite(forward, target, request, loop_id)?,
        None => amend(forward, request, loop_id)?,
    }
    bear(ctx, request)?;
    let request_body = forward.request_body.as_ref().map(|make| make());
    let response_body = forward.response_body.as_ref().map(|make| make());
    ctx.request_body = request_body;
    ctx.response_body = response_body;
    Ok(())
}

/// Tells the store to whose trace the request belongs. What goes on untouched is left so: whoever asks
/// may have signed it.
fn bear(ctx: &Context, request: &mut RequestHeader) -> EngineResult<()> {
    let untouched = |exchange: &Exchange| exchange.extensions.get::<PassedOn>().is_some();
    if ctx.exchange.as_ref().is_none_or(untouched) {
        return Ok(());
    }
    let Some(bearing) = ctx.call.bearing() else {
        return Ok(());
    };
    request.insert_header(TRACEPARENT, bearing.parent)?;
    if let Some(state) = bearing.state {
        return request.insert_header(TRACESTATE, state);
    }
    request.remove_header(&TRACESTATE);
    Ok(())
}

/// A head with a request line of its own. How its names were written is forgotten, which nobody
/// minds (RFC 9110 section 5.1) and which makes the engine's index of them, and each change in
/// it, unnecessary.
fn rewrite(
    forward: &Forward,
    target: &str,
    request: &mut RequestHeader,
    loop_id: &LoopId,
) -> EngineResult<()> {
    let nothing = RequestHeader::from(http::Request::new(()).into_parts().0);
    let mut parts = Parts::from(std::mem::replace(request, nothing));
    if parts.uri.path_and_query().map(PathAndQuery::as_str) != Some(target) {
        parts.uri = target.parse().map_err(internal)?;
    }
    for name in &forward.remove {
        parts.headers.remove(name);
    }
    for (name, value) in &forward.set {
        parts.headers.insert(name, value.clone());
    }
    if forward.host == Host::Upstream {
        let host = HeaderValue::from_str(forward.upstream.authority()).map_err(internal)?;
        parts.headers.insert(HOST, host);
    }
    if let Framing::Length(length) = forward.framing {
        parts.headers.remove(TRANSFER_ENCODING);
        parts.headers.insert(CONTENT_LENGTH, length.into());
    }
    parts.headers.append(CDN_LOOP, loop_id.value());
    *request = RequestHeader::from(parts);
    Ok(())
}

/// A head whose request line, in whatever bytes, and names stay as the client wrote them.
fn amend(forward: &Forward, request: &mut RequestHeader, loop_id: &LoopId) -> EngineResult<()> {
    for name in &forward.remove {
        request.remove_header(name);
    }
    for (name, value) in &forward.set {
        request.insert_header(name.clone(), value.clone())?;
    }
    if forward.host == Host::Upstream {
        request.insert_header(HOST, forward.upstream.authority())?;
    }
    if let Framing::Length(length) = forward.framing {
        request.remove_header(&TRANSFER_ENCODING);
        request.insert_header(CONTENT_LENGTH, length)?;
    }
    // Behind those that the request has passed before (RFC 8586).
    request.append_header(CDN_LOOP, loop_id.value()).map(drop)
}

#[expect(
    clippy::unnecessary_box_returns,
    reason = "the engine's errors are always boxed"
)]
fn internal(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Box<pingora::Error> {
    pingora::Error::because(
        pingora::ErrorType::InternalError,
        "the head for the store",
        error,
    )
}

/// Puts a piece of the request's body through the transform.
///
/// In the engine's terms `None` ends the body, and an empty piece at the end would end it twice.
pub(super) fn request_piece(
    ctx: &mut Context,
    body: &mut Option<Bytes>,
    end: bool,
) -> EngineResult<()> {
    if let Some(mut transform) = ctx.request_body.take() {
        *body = Some(pass(ctx, transform.as_mut(), body, end)?);
        ctx.request_body = Some(transform);
    }
    if end && body.as_ref().is_some_and(Bytes::is_empty) {
        *body = None;
    }
    if let (true, Some(deadline)) = (end, &mut ctx.deadline) {
        deadline.request_sent();
    }
    Ok(())
}

/// A response whose body will change loses its length, unless it has no body to change.
pub(super) fn response_head(ctx: &mut Context, response: &mut ResponseHeader) -> EngineResult<()> {
    on_time(ctx)?;
    if response.status.is_informational() {
        return Ok(());
    }
    ctx.bind_if_asked(response);
    ctx.attempts.answered(response.status.as_u16());
    ctx.call.answered(response.status);
    let method = ctx.exchange.as_ref().map(|exchange| exchange.head.method());
    let bodiless = method.is_none_or(|method| is_bodiless(method, response.status));
    let empty = response
        .headers
        .get(CONTENT_LENGTH)
        .is_some_and(|length| length == "0");
    if let Some(deadline) = &mut ctx.deadline {
        deadline.head_received();
        if bodiless || empty {
            // No piece of a body will tell the end, and the connection serves others after it.
            deadline.lift();
        }
    }
    // They speak of the connection to the store (RFC 9110 section 7.6.1); the engine sees to
    // the others of their kind.
    response.remove_header(&KEEP_ALIVE);
    response.remove_header(&PROXY_CONNECTION);
    if !response.status.is_success() || bodiless {
        ctx.response_body = None;
    }
    if ctx.response_body.is_some() {
        response.remove_header(&CONTENT_LENGTH);
        response.insert_header(TRANSFER_ENCODING, "chunked")?;
    }
    Ok(())
}

/// Puts a piece of the response's body through the transform.
pub(super) fn response_piece(
    ctx: &mut Context,
    body: &mut Option<Bytes>,
    end: bool,
) -> EngineResult<()> {
    on_time(ctx)?;
    if end {
        ctx.call.end();
        if let Some(deadline) = &mut ctx.deadline {
            deadline.lift();
        }
    }
    if let Some(mut transform) = ctx.response_body.take() {
        *body = Some(pass(ctx, transform.as_mut(), body, end)?);
        if !end {
            ctx.response_body = Some(transform);
        }
    }
    Ok(())
}

/// Ends an attempt that failed after its connection was made. Gives whether the store's time is
/// over, which no further attempt can change.
pub(super) fn end_attempt(ctx: &mut Context, fault: &pingora::Error, begun: bool) -> bool {
    let late = ctx.deadline.take().is_some_and(|it| it.is_over());
    let of_store = *fault.esource() == pingora::ErrorSource::Upstream;
    if of_store && !begun {
        ctx.attempts.unanswered(late || failure::is_silence(fault));
    }
    if late && ctx.failure.is_none() {
        ctx.failure = Some(too_late());
    }
    late
}

/// Whether a request that may have been carried out already may be sent again. PUT creates in HCP's
/// management, so that a second one fails where the first has succeeded.
pub(super) fn may_be_repeated(method: &http::Method, ctx: &Context) -> bool {
    let door = ctx.exchange.as_ref().map(|exchange| &exchange.route.door);
    match door {
        Some(Door::Management(_)) => method.is_safe(),
        _ => method.is_idempotent(),
    }
}

/// What is sent once more after its connection was made had been sent on a kept one.
pub(super) fn count_retry(ctx: &Context, fault: &pingora::Error) {
    if fault.retry() {
        ctx.attempts.repeated(Retry::Connection);
    }
}

/// What comes from a connection that was cut here is no answer of the store's: its end least.
fn on_time(ctx: &mut Context) -> EngineResult<()> {
    if ctx.deadline.as_ref().is_some_and(Deadline::is_over) {
        return Err(ctx.fail(too_late()));
    }
    Ok(())
}

/// The error of a store whose time is over.
fn too_late() -> Error {
    Error::new(Reason::GatewayTimeout).because("the store's time for the exchange is over")
}

fn pass(
    ctx: &mut Context,
    transform: &mut dyn BodyTransform,
    body: &mut Option<Bytes>,
    end: bool,
) -> EngineResult<Bytes> {
    let piece = body.take().unwrap_or_default();
    transform
        .transform(piece, end)
        .map_err(|error| ctx.fail(error))
}

/// Notes the head that goes to the client, and runs the filters over it.
pub(super) fn filter_head(
    pipeline: &Pipeline,
    ctx: &mut Context,
    response: &mut ResponseHeader,
) -> EngineResult<()> {
    let Some(exchange) = ctx.exchange.as_mut() else {
        return Ok(());
    };
    if response.status.is_informational() {
        return Ok(());
    }
    exchange.outcome.forwarded = true;
    exchange.outcome.store_status = Some(response.status);
    exchange.outcome.status = Some(response.status);
    exchange.outcome.to_head = Some(exchange.arrival.at.elapsed());
    if exchange.head.parts.version < Version::HTTP_11 {
        // Chunks are unknown there: the end of the connection is the end of the answer.
        response.remove_header(&TRANSFER_ENCODING);
    }
    if !pipeline.wants_head(exchange, &response.headers) {
        return Ok(());
    }
    let mut headers = response.headers.clone();
    pipeline.filter_head(exchange, &mut headers);
    adopt(response, &headers).map_err(|error| ctx.fail(error))
}

/// Makes the engine's headers equal to the filtered ones; the engine keeps its own index of the
/// names, so they cannot simply be replaced.
fn adopt(response: &mut ResponseHeader, filtered: &http::HeaderMap) -> Result<(), Error> {
    let internal =
        |error: Box<pingora::Error>| Error::new(Reason::InternalError).because(error.to_string());
    let gone: Vec<_> = response
        .headers
        .keys()
        .filter(|name| !filtered.contains_key(*name))
        .cloned()
        .collect();
    for name in &gone {
        response.remove_header(name);
    }
    for name in filtered.keys() {
        if response
            .headers
            .get_all(name)
            .iter()
            .eq(filtered.get_all(name))
        {
            continue;
        }
        response.remove_header(name);
        for value in filtered.get_all(name) {
            response
                .append_header(name.clone(), value.clone())
                .map_err(internal)?;
        }
    }
    Ok(())
}
