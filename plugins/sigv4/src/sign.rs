//! Signing requests that go out, in headers or as a presigned URL.
//!
//! Signed are `host`, every `x-amz-*` header that is there, and what the caller names; no
//! others, because proxies on the way may change those.

use http::{HeaderMap, HeaderName, HeaderValue};
use thiserror::Error;

use crate::ALGORITHM;
use crate::canonical::{CanonicalRequest, Style};
use crate::chunk::ChunkSigner;
use crate::date::Timestamp;
use crate::encode::uri_encode;
use crate::key::{Signature, SigningKey};
use crate::payload::PayloadMode;
use crate::presigned::{MAX_EXPIRES, PARAMETERS};
use crate::query::{canonical_query, decoded, parameters};
use crate::signed_headers::SignedHeaders;

const DATE: &str = "x-amz-date";
const CONTENT_SHA256: &str = "x-amz-content-sha256";
const TOKEN_PARAM: &str = "X-Amz-Security-Token";

/// Why a request cannot be signed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SignError {
    /// The key was derived for another day than that of the request.
    #[error("the signing key is not for the day of the request")]
    KeyDate,
    /// The access key holds bytes that no header may have.
    #[error("the access key cannot stand in a header")]
    AccessKey,
    /// A presigned URL lives from one second to seven days.
    #[error("a presigned URL must expire after 1 to 604800 seconds")]
    Expires,
    /// The query already has a parameter that presigning adds.
    #[error("the query already has the parameter {0}")]
    ReservedParameter(&'static str),
}

/// A request about to be sent.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// Upper case, as it will be sent.
    pub method: &'a str,
    /// Percent-encoded; best in the form of [`canonical_path`](crate::canonical_path), in
    /// which a store cannot read it otherwise than it was signed.
    pub path: &'a str,
    /// Percent-encoded, best in the form of [`canonical_query`].
    pub query: Option<&'a str>,
    /// Headers that will be sent. `Host`, `x-amz-date` and `x-amz-content-sha256` among
    /// them are not looked at.
    pub headers: &'a HeaderMap,
    /// The `Host` header that will be sent, with the port if that will have one.
    pub host: &'a str,
    /// Further headers to sign if they are there, such as `content-type` in a presigned
    /// upload that must have one type only.
    pub sign_also: &'a [HeaderName],
}

/// The headers that make an [`Outgoing`] request a signed one.
#[derive(Clone, Debug)]
pub struct Signed {
    /// `x-amz-date`.
    pub date: HeaderValue,
    /// `x-amz-content-sha256`.
    pub content_sha256: HeaderValue,
    /// `authorization`, marked sensitive.
    pub authorization: HeaderValue,
    signature: Signature,
    timestamp: Timestamp,
}

impl Signed {
    /// Sets the three headers, in place of any of these names.
    pub fn apply(self, headers: &mut HeaderMap) {
        headers.insert(DATE, self.date);
        headers.insert(CONTENT_SHA256, self.content_sha256);
        headers.insert(http::header::AUTHORIZATION, self.authorization);
    }

    /// Signs the chunks of the body, where the payload was a mode with signed chunks; `key`
    /// is the one the head was signed with.
    #[must_use]
    pub fn chunks(&self, key: &SigningKey) -> ChunkSigner {
        ChunkSigner::new(key.clone(), self.timestamp, self.signature)
    }
}

/// Signs in the `Authorization` header. A session token belongs into `request.headers`
/// before, as `x-amz-security-token`.
pub fn sign(
    request: &Outgoing<'_>,
    payload: PayloadMode,
    access_key: &str,
    key: &SigningKey,
    at: Timestamp,
) -> Result<Signed, SignError> {
    check_day(key, &at)?;
    let payload_text = payload.as_text();
    let overrides = [
        ("host", request.host.as_bytes()),
        (DATE, at.as_str().as_bytes()),
        (CONTENT_SHA256, payload_text.as_bytes()),
    ];
    let signed_headers = request.signed_headers(&overrides);
    let query = request.query.map(str::as_bytes);
    let signature = request.signature(query, &overrides, &signed_headers, payload, key, at);
    let authorization = [
        ALGORITHM,
        " Credential=",
        access_key,
        "/",
        key.scope().as_str(),
        ", SignedHeaders=",
        signed_headers.as_str(),
        ", Signature=",
        &signature.to_hex(),
    ];
    let authorization = authorization.concat();
    let value = |text: String| HeaderValue::try_from(text).map_err(|_| SignError::AccessKey);
    let mut authorization = value(authorization)?;
    authorization.set_sensitive(true);
    Ok(Signed {
        date: value(at.as_str().to_owned())?,
        content_sha256: value(payload_text.into_owned())?,
        authorization,
        signature,
        timestamp: at,
    })
}

/// Makes the query of a presigned URL that is good from `at` for `expires` seconds, with
/// `extra` parameters (not yet encoded) such as `X-Amz-Security-Token`. The body is not
/// signed. Whoever uses the URL must send the `x-amz-*` headers of `request` too.
pub fn presign(
    request: &Outgoing<'_>,
    access_key: &str,
    key: &SigningKey,
    at: Timestamp,
    expires: u32,
    extra: &[(&str, &str)],
) -> Result<String, SignError> {
    check_day(key, &at)?;
    if !(1..=MAX_EXPIRES).contains(&expires) {
        return Err(SignError::Expires);
    }
    let overrides = [("host", request.host.as_bytes())];
    let signed_headers = request.signed_headers(&overrides);
    let credential = format!("{access_key}/{}", key.scope().as_str());
    let expires = expires.to_string();
    let own = [
        ("X-Amz-Algorithm", ALGORITHM),
        ("X-Amz-Credential", &credential),
        ("X-Amz-Date", at.as_str()),
        ("X-Amz-Expires", &expires),
        ("X-Amz-SignedHeaders", signed_headers.as_str()),
    ];
    let query = request.query_with(extra, &own)?;
    let (raw, payload) = (Some(query.as_bytes()), PayloadMode::Unsigned);
    let signature = request.signature(raw, &overrides, &signed_headers, payload, key, at);
    Ok(format!("{query}&X-Amz-Signature={}", signature.to_hex()))
}

impl Outgoing<'_> {
    fn signed_headers(&self, overrides: &[(&str, &[u8])]) -> SignedHeaders {
        let replaced = |name: &str| matches!(name, "host" | DATE | CONTENT_SHA256);
        let present = self
            .headers
            .keys()
            .filter(|name| name.as_str().starts_with("x-amz-") || self.sign_also.contains(name));
        let names = present
            .map(HeaderName::as_str)
            .filter(|name| !replaced(name));
        SignedHeaders::from_names(
            names
                .chain(overrides.iter().map(|(name, _)| *name))
                .collect(),
        )
    }

    fn signature(
        &self,
        query: Option<&[u8]>,
        overrides: &[(&str, &[u8])],
        signed_headers: &SignedHeaders,
        payload: PayloadMode,
        key: &SigningKey,
        at: Timestamp,
    ) -> Signature {
        let canonical = CanonicalRequest {
            method: self.method,
            path: self.path.as_bytes(),
            query,
            presigned: false,
            headers: self.headers,
            overrides,
            signed_headers,
            payload,
            style: Style::S3,
        };
        let mut buffer = Vec::with_capacity(512);
        // Every name comes from the headers themselves, so none can be missing.
        let _ = canonical.write_into(&mut buffer);
        key.sign_canonical(&at, &buffer)
    }

    fn query_with(
        &self,
        extra: &[(&str, &str)],
        own: &[(&'static str, &str)],
    ) -> Result<String, SignError> {
        let mut raw = self.query.unwrap_or_default().to_owned();
        for (name, value) in extra {
            push_parameter(&mut raw, name, value);
        }
        for name in PARAMETERS {
            let taken =
                parameters(raw.as_bytes()).filter(|(sent, _)| *decoded(sent) == *name.as_bytes());
            let allowed = usize::from(name == TOKEN_PARAM);
            if taken.count() > allowed {
                return Err(SignError::ReservedParameter(name));
            }
        }
        for (name, value) in own {
            push_parameter(&mut raw, name, value);
        }
        Ok(canonical_query(raw.as_bytes()))
    }
}

fn push_parameter(raw: &mut String, name: &str, value: &str) {
    raw.push('&');
    raw.push_str(&uri_encode(name.as_bytes(), false));
    raw.push('=');
    raw.push_str(&uri_encode(value.as_bytes(), false));
}

fn check_day(key: &SigningKey, at: &Timestamp) -> Result<(), SignError> {
    if key.scope().date() == at.date() {
        Ok(())
    } else {
        Err(SignError::KeyDate)
    }
}
