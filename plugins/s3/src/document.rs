//! Bodies that are read whole, checked and sent by the raw client: documents that the store wants
//! a `Content-MD5` for, and framings without data, of which nothing can be held back.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{HeaderName, HeaderValue};
use md5::{Digest as _, Md5};
use portico_clients::Client;
use portico_sdk::clock::Clock;
use portico_sdk::s3::Operation;
use portico_sdk::settings::Size;
use portico_sdk::{Body, Error, Exchange, Reason, Reply, body};
use portico_sigv4::PayloadMode;
use tokio::sync::Semaphore;

use crate::door::Dispatch;
use crate::outgoing::{Departure, Parcel, internal};
use crate::{raw, rights_delete};

/// Documents in memory at the same time; more wait for their turn.
const AT_ONCE: usize = 64;

const CONTENT_MD5: HeaderName = HeaderName::from_static("content-md5");

/// Sends documents.
pub(crate) struct Documents {
    client: Client,
    departure: Departure,
    limit: usize,
    clock: Arc<dyn Clock>,
    places: Semaphore,
}

impl Documents {
    pub(crate) fn new(
        client: Client,
        departure: Departure,
        limit: Size,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let limit = usize::try_from(limit.0).unwrap_or(usize::MAX);
        Self {
            client,
            departure,
            limit,
            clock,
            places: Semaphore::new(AT_ONCE),
        }
    }

    /// Reads the document, keeps its promises, and sends it.
    pub(crate) async fn send(
        &self,
        exchange: &Exchange,
        dispatch: &Dispatch<'_>,
        incoming: Body,
    ) -> Result<Reply, Error> {
        let _place = self.places.acquire().await.map_err(internal)?;
        let raw = body::read_whole(incoming, self.limit).await?;
        let document = dispatch.plan.open(raw)?;
        if let Some(rights) = rights_delete::rights(dispatch.principal, dispatch.target.operation) {
            let bucket = dispatch.target.bucket.as_deref().unwrap_or_default();
            rights_delete::check(rights, bucket, &document)?;
        }
        let promise = PayloadMode::of(&document);
        if matches!(dispatch.promise, PayloadMode::Sha256(_)) && dispatch.promise != promise {
            return Err(Error::new(Reason::XAmzContentSha256Mismatch));
        }
        let changes = self.departure.prepare(&Parcel {
            head: &exchange.head,
            path: &dispatch.target.upstream_path,
            upstream: &dispatch.upstream,
            keys: &dispatch.principal.s3_keys(),
            payload: promise,
            decoded: dispatch.promise.is_streaming(),
            extra: extra(exchange, dispatch.target.operation, &document)?,
            now: self.clock.now(),
        })?;
        let request = raw::request(&exchange.head, changes, Some(document))?;
        let response = self.client.send(&dispatch.upstream, request).await?;
        Ok(raw::reply(response))
    }
}

/// Whether the store wants an MD5 that the client did not send.
pub(crate) fn lacks_md5(exchange: &Exchange, operation: Operation) -> bool {
    operation.wants_content_md5() && !exchange.head.headers().contains_key(CONTENT_MD5)
}

fn extra(
    exchange: &Exchange,
    operation: Operation,
    document: &[u8],
) -> Result<Vec<(HeaderName, HeaderValue)>, Error> {
    if lacks_md5(exchange, operation) {
        return Ok(vec![(CONTENT_MD5, md5(document)?)]);
    }
    Ok(Vec::new())
}

fn md5(document: &[u8]) -> Result<HeaderValue, Error> {
    let digest = STANDARD.encode(Md5::digest(document));
    HeaderValue::from_str(&digest).map_err(internal)
}
