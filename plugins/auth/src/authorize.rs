//! The authorize phase of a generic store: the rules of the user decide, and what cannot be judged
//! is refused.

use async_trait::async_trait;
use percent_encoding::percent_decode;
use portico_sdk::rights::{Asked, Need};
use portico_sdk::route::{Door, S3Target};
use portico_sdk::s3::copy_source;
use portico_sdk::{Authorize, Error, Exchange, Reason, Rights};
use portico_sigv4::canonical_query;

/// Asks the rights of the principal, where there are any; elsewhere the store decides.
pub(crate) struct Rules;

#[async_trait]
impl Authorize for Rules {
    async fn authorize(&self, exchange: &Exchange) -> Result<(), Error> {
        let rights = exchange
            .principal
            .as_ref()
            .and_then(|who| who.rights.as_deref());
        let Some(rights) = rights.filter(|rights| !rights.are_everything()) else {
            return Ok(());
        };
        let allowed = match &exchange.route.door {
            Door::S3(target) => allowed(rights, exchange, target),
            // Its routes ask the rights themselves: only they know what a request is for.
            Door::Rest { .. } => true,
            Door::Native | Door::Management(_) => false,
        };
        if allowed {
            return Ok(());
        }
        Err(Error::new(Reason::AccessDenied).because("no rule of the user allows it"))
    }
}

fn allowed(rights: &Rights, exchange: &Exchange, target: &S3Target) -> bool {
    let (key, prefix) = (target.key(), prefix(exchange));
    let copies = Need::of(target.operation) == Need::Copy;
    rights.allow(&Asked {
        operation: target.operation,
        bucket: target.bucket.as_deref(),
        key: key.as_deref(),
        prefix: prefix.as_deref(),
        source_is_open: copies && source_is_open(rights, exchange),
    })
}

/// The decoded `prefix` parameter, as the store will read it; empty where there is none, `None`
/// where there are two and nobody knows which the store takes.
fn prefix(exchange: &Exchange) -> Option<Vec<u8>> {
    let query = exchange
        .head
        .raw_query()
        .map(canonical_query)
        .unwrap_or_default();
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let mut values = pairs
        .filter(|(name, _)| *name == "prefix")
        .map(|(_, value)| value);
    match (values.next(), values.next()) {
        (_, Some(_)) => None,
        (value, None) => Some(percent_decode(value.unwrap_or_default().as_bytes()).collect()),
    }
}

/// Whether what is copied may be read, however the store takes the header apart: AWS writes
/// `/bucket/key?versionId=…`, escaped once ("`CopyObject`", `x-amz-copy-source`).
fn source_is_open(rights: &Rights, exchange: &Exchange) -> bool {
    let mut sources = exchange.head.headers().get_all("x-amz-copy-source").iter();
    let (Some(source), None) = (sources.next(), sources.next()) else {
        return false;
    };
    readings(&copy_source(source.as_bytes()))
        .iter()
        .all(|source| is_readable(rights, source))
}

/// Decoded before the version is split off, and after it.
fn readings(source: &[u8]) -> [Vec<u8>; 2] {
    let path = |text: &[u8]| {
        let mut parts = text.split(|&byte| byte == b'?');
        parts.next().unwrap_or_default().to_vec()
    };
    let decoded: Vec<u8> = percent_decode(source).collect();
    let first = path(source);
    [path(&decoded), percent_decode(&first).collect()]
}

fn is_readable(rights: &Rights, source: &[u8]) -> bool {
    let source = source.strip_prefix(b"/").unwrap_or(source);
    let Some(slash) = source.iter().position(|&byte| byte == b'/') else {
        return false;
    };
    let bucket = std::str::from_utf8(&source[..slash]);
    let key = &source[slash + 1..];
    bucket.is_ok_and(|bucket| !key.is_empty() && rights.read(bucket, key))
}
