//! Reads that may be answered from what is kept. Where nothing is, the raw client asks the store once
//! for everybody who asks the same.

use std::future::ready;
use std::sync::Arc;

use http::header::{ACCEPT_ENCODING, CONTENT_LENGTH};
use http::{Request, StatusCode};
use portico_clients::Client;
use portico_sdk::cache::{
    CONDITIONS, Fetching, Home, Identity, Origin, Question, ResponseCache, conditional, s3_question,
};
use portico_sdk::clock::Clock;
use portico_sdk::forward::TransformFactory;
use portico_sdk::{Body, Error, Exchange, Reply, body};
use portico_sigv4::PayloadMode;

use crate::door::Dispatch;
use crate::outgoing::{Departure, Parcel};
use crate::raw;

/// The longest answer that is cut to somebody's rights, in bytes.
const LONGEST_CUT: usize = 8 << 20;

/// What is kept of the store's answers.
pub(crate) struct Kept {
    pub(crate) cache: Arc<dyn ResponseCache>,
    pub(crate) client: Client,
    pub(crate) departure: Departure,
    pub(crate) clock: Arc<dyn Clock>,
}

/// An answer, and what the store itself said to this very request, if it was asked.
pub(crate) struct Read {
    pub(crate) reply: Reply,
    pub(crate) store_status: Option<StatusCode>,
}

impl Kept {
    /// The answer to a read; `None` for whatever is not kept, which is forwarded.
    ///
    /// `change` cuts an answer to what its reader may see: what is kept is what the store said.
    pub(crate) async fn read(
        &self,
        exchange: &Exchange,
        dispatch: &Dispatch<'_>,
        home: Home,
        change: Option<TransformFactory>,
    ) -> Result<Option<Read>, Error> {
        let Some(question) = self.question(exchange, dispatch, home) else {
            return Ok(None);
        };
        let mut fetch = || self.fetch(exchange, dispatch);
        let found = self.cache.get_or_fetch(question, &mut fetch).await?;
        let status = found.response.status();
        let response = conditional(found.response, exchange.head.headers());
        let mut reply = match found.origin {
            // It was kept as it may leave.
            Origin::Kept => Reply::from(response),
            _ => raw::reply(response),
        };
        if let Some(change) = change.filter(|_| reply.status.is_success()) {
            Box::pin(cut(&mut reply, &change)).await?;
        }
        Ok(Some(Read {
            reply,
            store_status: (found.origin == Origin::Store).then_some(status),
        }))
    }

    fn question(
        &self,
        exchange: &Exchange,
        dispatch: &Dispatch<'_>,
        home: Home,
    ) -> Option<Question> {
        if exchange.head.has_body() {
            return None;
        }
        let identity = || Identity::data(&*self.cache, dispatch.principal);
        let host = dispatch.upstream.authority();
        s3_question(dispatch.target, &exchange.head, host, home, identity)
    }

    fn fetch(&self, exchange: &Exchange, dispatch: &Dispatch<'_>) -> Fetching {
        let request = match self.request(exchange, dispatch) {
            Ok(request) => request,
            Err(error) => return Box::pin(ready(Err(error))),
        };
        let (client, upstream) = (self.client.clone(), dispatch.upstream.clone());
        Box::pin(async move { client.send(&upstream, request).await })
    }

    /// The request without its conditions: the whole answer is kept, and they are held against that.
    fn request(
        &self,
        exchange: &Exchange,
        dispatch: &Dispatch<'_>,
    ) -> Result<Request<Body>, Error> {
        let mut changes = self.departure.prepare(&Parcel {
            head: &exchange.head,
            path: &dispatch.target.upstream_path,
            upstream: &dispatch.upstream,
            keys: &dispatch.principal.s3_keys(),
            payload: PayloadMode::EMPTY,
            decoded: false,
            extra: Vec::new(),
            now: self.clock.now(),
        })?;
        changes.remove.extend(CONDITIONS);
        changes.remove.push(ACCEPT_ENCODING);
        raw::request(&exchange.head, changes, None)
    }
}

async fn cut(reply: &mut Reply, change: &TransformFactory) -> Result<(), Error> {
    let whole = std::mem::replace(&mut reply.body, body::empty());
    let whole = body::read_whole(whole, LONGEST_CUT).await?;
    let cut = change().transform(whole, true)?;
    let length = cut.len().into();
    reply.headers.insert(CONTENT_LENGTH, length);
    reply.body = body::full(cut);
    Ok(())
}
