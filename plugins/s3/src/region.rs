//! Where a bucket is. HCP cannot say, so it is asked for the first name in the bucket, and its list
//! gives way to Portico's word; a refusal is the store's own.
//!
//! `HEAD` would be the shorter question, but a refusal of it has no body: the client would not
//! learn what is wrong, and whoever counts guesses could not tell a wrong secret from a missing
//! right.

use std::sync::Arc;

use bytes::Bytes;
use portico_sdk::exchange::Head;
use portico_sdk::forward::{BodyTransform, TransformFactory};
use portico_sdk::s3::Operation;
use portico_sdk::upstream::{Backend, Upstreams};
use portico_sdk::{Error, Exchange};
use quick_xml::escape::escape;

/// The region whose name AWS leaves out (`GetBucketLocation`).
const UNNAMED: &str = "us-east-1";

/// What the store is asked instead; `None`: what the client asks.
pub(crate) fn question(exchange: &Exchange, upstreams: &Upstreams) -> Option<Head> {
    let target = exchange.route.s3()?;
    let asks = target.operation == Operation::GetBucketLocation;
    (asks && upstreams.backend == Backend::Hcp).then(|| Head {
        parts: exchange.head.parts.clone(),
        target: [exchange.head.raw_path(), b"?max-keys=1"].concat(),
        authority: exchange.head.authority.clone(),
    })
}

/// Makes the answer: the region of the settings. Clients may sign for any, and links are signed
/// for this one.
pub(crate) fn answer(upstreams: &Upstreams) -> TransformFactory {
    let name = Some(upstreams.region.as_str()).filter(|name| *name != UNNAMED);
    let document = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<LocationConstraint \
         xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{}</LocationConstraint>",
        escape(name.unwrap_or_default()),
    );
    let document = Bytes::from(document);
    Arc::new(move || Box::new(Instead(document.clone())))
}

/// Gives this document in place of the whole body.
struct Instead(Bytes);

impl BodyTransform for Instead {
    fn transform(&mut self, _piece: Bytes, end: bool) -> Result<Bytes, Error> {
        Ok(if end { self.0.clone() } else { Bytes::new() })
    }
}
