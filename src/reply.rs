//! Sends an answer of the house through the engine's session.

use std::time::Duration;

use http::header::{CONNECTION, CONTENT_LENGTH, EXPECT, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, Version};
use http_body_util::BodyExt as _;
use pingora::Error as EngineError;
use pingora::http::ResponseHeader;
use pingora::proxy::Session;
use portico_sdk::exchange::Exchange;
use portico_sdk::{Body, Door, Error, Pipeline, Reply};

use crate::bridge::{ClientGone, Pump};

/// How much of a body that nobody wanted is read, so that the client can read its answer:
/// closing a socket with unread bytes resets the connection (RFC 9112 section 9.6).
const LINGER_BYTES: usize = 4 << 20;
/// How long that may take.
const LINGER_TIME: Duration = Duration::from_secs(2);

/// Why an answer did not reach the client whole; the connection is then cut, so that it cannot be
/// taken for whole.
#[derive(Debug, thiserror::Error)]
pub enum Unsent {
    /// The client left, or broke its own request.
    #[error("the client did not take the answer")]
    Client(#[from] Box<EngineError>),
    /// The answer's body ended in an error.
    #[error("the answer's body broke off")]
    Body(#[source] Error),
}

/// Sends a reply, head first, body streamed, and notes in the exchange what was sent.
///
/// # Errors
/// The client left, or the body failed midway.
pub async fn send(
    session: &mut Session,
    pump: &mut Pump,
    pipeline: &Pipeline,
    exchange: &mut Exchange,
    mut reply: Reply,
) -> Result<(), Unsent> {
    name_request(exchange, &mut reply.headers);
    pipeline.filter_head(exchange, &mut reply.headers);
    let bodiless = is_bodiless(exchange.head.method(), reply.status);
    let (head, body) = parted(reply, exchange.head.parts.version, bodiless);
    exchange.outcome.status = Some(head.status);
    exchange.outcome.to_head = Some(exchange.arrival.at.elapsed());
    pipeline.settle(exchange).await;
    let unread = unread(session);
    if matches!(unread, Unread::Withheld | Unread::TooMuch) {
        session.set_keepalive(None);
    }
    session
        .write_response_header(Box::new(head), bodiless)
        .await
        .map_err(EngineError::into_down)?;
    if !bodiless {
        stream(session, pump, pipeline, exchange, body).await?;
    }
    if matches!(unread, Unread::Some | Unread::TooMuch) {
        linger(session).await;
    }
    Ok(())
}

/// REST answers, and ours at HCP's management doors, name their request; S3 has a header of its own for that, and for errors alone.
fn name_request(exchange: &Exchange, headers: &mut HeaderMap) {
    let named = matches!(exchange.route.door, Door::Rest { .. } | Door::Management(_));
    if let (true, Ok(id)) = (named, HeaderValue::from_str(&exchange.id)) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
}

/// What of a request's body has not been read when its answer is ready.
enum Unread {
    Nothing,
    /// The client waits for a `100 Continue` that it will not get.
    Withheld,
    /// Little enough to be read, so that the connection can be kept.
    Some,
    /// More than is worth reading, or of unknown length.
    TooMuch,
}

fn unread(session: &mut Session) -> Unread {
    let downstream = &mut session.downstream_session;
    if downstream.is_body_done() {
        return Unread::Nothing;
    }
    if downstream.get_header(EXPECT).is_some() && downstream.response_written().is_none() {
        return Unread::Withheld;
    }
    let length = downstream.get_header(CONTENT_LENGTH);
    let length = length.and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    match length.map(|length| length.saturating_sub(downstream.body_bytes_read())) {
        Some(left) if left <= LINGER_BYTES => Unread::Some,
        _ => Unread::TooMuch,
    }
}

/// Whether the client has seen the head of a final response.
#[must_use]
pub fn has_begun(session: &Session) -> bool {
    session
        .response_written()
        .is_some_and(|head| !head.status.is_informational())
}

async fn stream(
    session: &mut Session,
    pump: &mut Pump,
    pipeline: &Pipeline,
    exchange: &Exchange,
    mut body: Body,
) -> Result<(), Unsent> {
    loop {
        let next = pump.drive(&mut session.downstream_session, body.frame());
        let Some(frame) = next.await.map_err(ClientGone::into_fault)? else {
            return Ok(session
                .write_response_body(None, true)
                .await
                .map_err(EngineError::into_down)?);
        };
        if let Ok(piece) = frame.map_err(Unsent::Body)?.into_data() {
            pipeline.filter_body(exchange, &piece);
            session
                .write_response_body(Some(piece), false)
                .await
                .map_err(EngineError::into_down)?;
        }
    }
}

/// The engine's head takes the headers as they are: one that it builds itself keeps the spelling of each
/// name beside it, at the price of everything else that is done here.
fn parted(reply: Reply, version: Version, bodiless: bool) -> (ResponseHeader, Body) {
    let (mut parts, body) = Response::new(reply.body).into_parts();
    (parts.status, parts.headers) = (reply.status, reply.headers);
    parts.headers.remove(CONNECTION);
    parts.headers.remove(TRANSFER_ENCODING);
    let sized = parts.headers.contains_key(CONTENT_LENGTH);
    if !sized && !bodiless && version == Version::HTTP_11 {
        let chunked = HeaderValue::from_static("chunked");
        parts.headers.insert(TRANSFER_ENCODING, chunked);
    }
    (ResponseHeader::from(parts), body)
}

/// Whether a response has no body whatever its headers say (RFC 9112 section 6.3).
#[must_use]
pub fn is_bodiless(method: &Method, status: StatusCode) -> bool {
    method == Method::HEAD
        || status.is_informational()
        || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
}

/// Reads some of what the client still sends, so that it gets to see its answer.
async fn linger(session: &mut Session) {
    let downstream = &mut session.downstream_session;
    let drain = async {
        let mut read = 0;
        while let Ok(Some(piece)) = downstream.read_request_body().await {
            read += piece.len();
            if read > LINGER_BYTES || downstream.is_body_done() {
                break;
            }
        }
    };
    // A body that is still not whole is not waited for any longer.
    if tokio::time::timeout(LINGER_TIME, drain).await.is_err() || !downstream.is_body_done() {
        downstream.set_keepalive(None);
    }
}
