//! The request as the store gets it: what is removed, what is set, and the new signature.

use std::sync::Arc;
use std::time::SystemTime;

use http::header::{AUTHORIZATION, CONTENT_ENCODING, HeaderMap, HeaderName, HeaderValue};
use portico_sdk::credential::AccessKeys;
use portico_sdk::exchange::Head;
use portico_sdk::s3::copy_source;
use portico_sdk::upstream::{Backend, Upstream, Upstreams};
use portico_sdk::{Error, Reason};
use portico_sigv4::{KeyRack, Outgoing, PayloadMode, Scope, Timestamp, canonical_query, sign};

use crate::body::content_encoding;
use crate::strip;

const COPY_SOURCE: HeaderName = HeaderName::from_static("x-amz-copy-source");
const DATE: HeaderName = HeaderName::from_static("x-amz-date");
const CONTENT_SHA256: HeaderName = HeaderName::from_static("x-amz-content-sha256");
const SDK_ALGORITHM: HeaderName = HeaderName::from_static("x-amz-sdk-checksum-algorithm");

/// What is done to every request on its way out.
#[derive(Debug, Clone)]
pub struct Departure {
    region: Arc<str>,
    is_hcp: bool,
    checksums: bool,
    rack: Arc<KeyRack>,
}

/// The changes to one request's head.
#[derive(Debug)]
pub struct Changes {
    /// Path and query for the request line.
    pub target: String,
    /// Headers that stay here.
    pub remove: Vec<HeaderName>,
    /// Headers in place of the client's, signature included.
    pub set: Vec<(HeaderName, HeaderValue)>,
}

/// One request on its way out.
#[derive(Debug)]
pub struct Parcel<'a> {
    /// The head as the client sent it.
    pub head: &'a Head,
    /// The path towards the store, in SigV4's canonical form.
    pub path: &'a str,
    /// The store.
    pub upstream: &'a Upstream,
    /// What to sign with.
    pub keys: &'a AccessKeys,
    /// What to promise of the body.
    pub payload: PayloadMode,
    /// Whether the body has lost its `aws-chunked` framing, and its trailer with that.
    pub decoded: bool,
    /// Headers to set besides.
    pub extra: Vec<(HeaderName, HeaderValue)>,
    /// The time to sign at.
    pub now: SystemTime,
}

impl Departure {
    /// Signs for the store's region with keys from the rack; `checksums` says whether checksums
    /// stay here.
    #[must_use]
    pub fn new(upstreams: &Upstreams, checksums: bool, rack: Arc<KeyRack>) -> Self {
        Self {
            region: upstreams.region.as_str().into(),
            is_hcp: upstreams.backend == Backend::Hcp,
            checksums,
            rack,
        }
    }

    /// Prepares a head for the store.
    ///
    /// # Errors
    /// An access key that no header can hold, or a clock outside the years of SigV4.
    pub fn prepare(&self, parcel: &Parcel<'_>) -> Result<Changes, Error> {
        let headers = parcel.head.headers();
        let mut remove = self.stripped(headers);
        let mut set = parcel.extra.clone();
        set.extend(self.source(headers));
        if parcel.decoded {
            // It announces a checksum that was in the trailer; alone it would be refused.
            remove.push(SDK_ALGORITHM);
        }
        if strip::names_aws_chunked(headers) {
            match content_encoding(headers) {
                Some(rest) => set.push(rest),
                None => remove.push(CONTENT_ENCODING),
            }
        }
        let query = self.query(parcel.head);
        set.extend(self.signed(parcel, &set, query.as_deref())?);
        Ok(Changes {
            target: join(parcel.path, query.as_deref()),
            remove,
            set,
        })
    }

    /// Path and query of a request that travels on without a signature.
    pub(crate) fn target(&self, head: &Head, path: &str) -> String {
        join(path, self.query(head).as_deref())
    }

    /// The names among these headers that stay here.
    pub(crate) fn stripped(&self, headers: &HeaderMap) -> Vec<HeaderName> {
        strip::stripped_headers(headers, self.checksums)
    }

    /// The source of a copy, where it must not stay as the client wrote it: HCP wants a slash at its
    /// beginning, which AWS's SDKs leave out.
    fn source(&self, headers: &HeaderMap) -> Option<(HeaderName, HeaderValue)> {
        let sent = headers.get(COPY_SOURCE)?.as_bytes();
        let mut source = copy_source(sent);
        let begun = source.starts_with(b"/") || source.starts_with(b"%2");
        if self.is_hcp && !begun {
            source.insert(0, b'/');
        }
        // What a header held, it can hold in this form.
        let value = HeaderValue::from_bytes(&source).ok()?;
        (source != sent).then_some((COPY_SOURCE, value))
    }

    fn query(&self, head: &Head) -> Option<String> {
        let raw = head.raw_query()?;
        let query = strip::stripped_query(&canonical_query(raw), self.checksums);
        let query = keep_bare(&query, &String::from_utf8_lossy(raw));
        Some(query).filter(|query| !query.is_empty())
    }

    fn signed(
        &self,
        parcel: &Parcel<'_>,
        set: &[(HeaderName, HeaderValue)],
        query: Option<&str>,
    ) -> Result<[(HeaderName, HeaderValue); 3], Error> {
        let at =
            Timestamp::from_system(parcel.now).ok_or_else(|| internal("clock out of range"))?;
        let scope = Scope::new(&at, &self.region, "s3").map_err(internal)?;
        let outgoing = Outgoing {
            method: parcel.head.method().as_str(),
            path: parcel.path,
            query,
            headers: &self.signed_headers(parcel, set),
            host: parcel.upstream.authority(),
            sign_also: &[],
        };
        let keys = parcel.keys;
        let signed = self.rack.with(&keys.secret_key, &scope, |key| {
            sign(&outgoing, parcel.payload, &keys.access_key, key, at)
        });
        let signed = signed.map_err(internal)?;
        Ok([
            (DATE, signed.date),
            (CONTENT_SHA256, signed.content_sha256),
            (AUTHORIZATION, signed.authorization),
        ])
    }

    /// The `x-amz-*` headers that travel on; no others are covered by the new signature.
    fn signed_headers(&self, parcel: &Parcel<'_>, set: &[(HeaderName, HeaderValue)]) -> HeaderMap {
        let is_amz = |name: &HeaderName| name.as_str().starts_with("x-amz-");
        let travels = |name: &HeaderName| {
            is_amz(name)
                && !strip::strips_header(name.as_str(), self.checksums)
                && !(parcel.decoded && *name == SDK_ALGORITHM)
        };
        let mut headers = HeaderMap::new();
        for (name, value) in parcel
            .head
            .headers()
            .iter()
            .filter(|(name, _)| travels(name))
        {
            headers.append(name.clone(), value.clone());
        }
        for (name, value) in set.iter().filter(|(name, _)| is_amz(name)) {
            headers.insert(name.clone(), value.clone());
        }
        headers
    }
}

fn join(path: &str, query: Option<&str>) -> String {
    match query {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    }
}

/// Signatures make `acl=` of `acl`; on the request line it stays as the client wrote it, because
/// stores may look for the bare word.
fn keep_bare(canonical: &str, raw: &str) -> String {
    let with_equals = |name: &str| {
        raw.split('&').any(|pair| {
            pair.strip_prefix(name)
                .is_some_and(|rest| rest.starts_with('='))
        })
    };
    let parameter = |pair| match str::strip_suffix(pair, "=") {
        Some(name) if !with_equals(name) => name,
        _ => pair,
    };
    canonical
        .split('&')
        .map(parameter)
        .collect::<Vec<_>>()
        .join("&")
}

pub(crate) fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::new(Reason::InternalError).because(cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_subresource_stays_bare() {
        assert_eq!(
            keep_bare("acl=&versionId=7", "versionId=7&acl"),
            "acl&versionId=7"
        );
        assert_eq!(keep_bare("acl=", "acl="), "acl=");
        assert_eq!(
            keep_bare("delimiter=&prefix=a", "prefix=a&delimiter="),
            "delimiter=&prefix=a"
        );
    }
}
