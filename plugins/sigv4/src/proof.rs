//! A request's proof of who sent it: read first, checked once a secret is at hand.

use std::time::SystemTime;

use http::HeaderMap;
use secrecy::SecretString;

use crate::authorization::Authorization;
use crate::canonical::{CanonicalRequest, PathStyle, QueryStyle, Style};
use crate::chunk::ChunkVerifier;
use crate::date::{Timestamp, unix_seconds};
use crate::error::{Fault, Form, ProofError};
use crate::key::{Signature, SigningKey};
use crate::payload::PayloadMode;
use crate::presigned::Presigned;
use crate::rack::KeyRack;
use crate::request::{self, RequestView};
use crate::scope::{Credential, Scope};
use crate::signed_headers::SignedHeaders;

/// How far a client's clock may be off, in seconds: S3 allows 15 minutes.
pub const MAX_SKEW: i64 = 15 * 60;

/// A claim that is complete and well formed, and not yet checked.
#[derive(Clone, Debug)]
pub struct Proof {
    form: Form,
    credential: Credential,
    signed_headers: SignedHeaders,
    signature: Signature,
    timestamp: Timestamp,
    expires: Option<u32>,
    security_token: Option<SecretString>,
    payload: PayloadMode,
}

impl Proof {
    /// Reads the claim out of the header or the query; `None` if there is no Signature
    /// Version 4 in this request. Errors need no secret to be found, so they say nothing
    /// about whether the access key exists.
    pub fn from_request(request: &RequestView<'_>) -> Result<Option<Self>, ProofError> {
        let presigned = Presigned::from_query(request.raw_query.unwrap_or_default());
        let is_presigned = !matches!(presigned, Ok(None));
        if is_presigned && request.headers.contains_key(http::header::AUTHORIZATION) {
            return Err(ProofError::ConflictingMechanisms);
        }
        let proof = match presigned? {
            Some(presigned) => Self::from_presigned(presigned, request.headers)?,
            None => match Authorization::from_headers(request.headers)? {
                Some(authorization) => Self::from_header(authorization, request.headers)?,
                None => return Ok(None),
            },
        };
        proof.check_scope()?;
        proof.check_signed_headers(request.headers)?;
        Ok(Some(proof))
    }

    fn from_header(claim: Authorization, headers: &HeaderMap) -> Result<Self, ProofError> {
        Ok(Self {
            form: Form::Header,
            credential: claim.credential,
            signed_headers: claim.signed_headers,
            signature: claim.signature,
            timestamp: request::date(headers)?,
            expires: None,
            security_token: request::security_token(headers)?,
            payload: request::payload(headers)?.ok_or(ProofError::MissingContentSha256)?,
        })
    }

    fn from_presigned(claim: Presigned, headers: &HeaderMap) -> Result<Self, ProofError> {
        let security_token = match (claim.security_token, request::security_token(headers)?) {
            (Some(_), Some(_)) => return Err(ProofError::RepeatedHeader(request::TOKEN)),
            (in_query, in_header) => in_query.or(in_header),
        };
        let payload = claim
            .payload
            .map_or_else(|| request::payload(headers), |mode| Ok(Some(mode)))?;
        Ok(Self {
            form: Form::Query,
            credential: claim.credential,
            signed_headers: claim.signed_headers,
            signature: claim.signature,
            timestamp: claim.timestamp,
            expires: Some(claim.expires),
            security_token,
            payload: payload.unwrap_or(PayloadMode::Unsigned),
        })
    }

    /// Names the secret to look up.
    #[must_use]
    pub fn access_key(&self) -> &str {
        &self.credential.access_key
    }

    /// Day, region and service of the claim.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.credential.scope
    }

    /// `X-Amz-Security-Token` of header or query; it is signed like the rest.
    #[must_use]
    pub fn security_token(&self) -> Option<&SecretString> {
        self.security_token.as_ref()
    }

    /// What the signature covers, besides method, path and query.
    #[must_use]
    pub fn signed_headers(&self) -> &SignedHeaders {
        &self.signed_headers
    }

    /// What the client promises about the body.
    #[must_use]
    pub fn payload(&self) -> PayloadMode {
        self.payload
    }

    /// Whether this is a presigned URL or a header.
    #[must_use]
    pub fn form(&self) -> Form {
        self.form
    }

    /// When the request was signed, as the client's clock says.
    #[must_use]
    pub fn timestamp(&self) -> Timestamp {
        self.timestamp
    }

    /// Checks time and signature. `request` must be the one the proof was read from.
    pub fn verify(
        &self,
        secret: &SecretString,
        request: &RequestView<'_>,
        now: SystemTime,
    ) -> Result<Verified, ProofError> {
        self.check_clock(now)?; // before the key: a stale replay shall cost nothing
        let key = SigningKey::derive(secret, self.scope());
        self.check_signature(&key, request)?;
        Ok(self.verified(key))
    }

    /// As [`verify`](Self::verify), with a key that may hang on a rack already.
    pub fn verify_with_rack(
        &self,
        rack: &KeyRack,
        secret: &SecretString,
        request: &RequestView<'_>,
        now: SystemTime,
    ) -> Result<Verified, ProofError> {
        self.check_clock(now)?;
        rack.with(secret, self.scope(), |key| {
            self.check_signature(key, request)?;
            Ok(self.verified(key.clone()))
        })
    }

    /// As [`verify`](Self::verify), with a key derived for [`scope`](Self::scope) before.
    pub fn verify_with_key(
        &self,
        key: &SigningKey,
        request: &RequestView<'_>,
        now: SystemTime,
    ) -> Result<Verified, ProofError> {
        self.check_clock(now)?;
        self.check_signature(key, request)?;
        Ok(self.verified(key.clone()))
    }

    fn verified(&self, key: SigningKey) -> Verified {
        Verified {
            key,
            signature: self.signature,
            timestamp: self.timestamp,
            payload: self.payload,
        }
    }

    fn check_signature(
        &self,
        key: &SigningKey,
        request: &RequestView<'_>,
    ) -> Result<(), ProofError> {
        // Most of it is a session token, where there is one.
        let mut buffer = Vec::with_capacity(1024);
        if self.matches(key, request, Style::S3, &mut buffer)?
            || self.matches_as_sent(key, request, &mut buffer)?
        {
            return Ok(());
        }
        Err(ProofError::SignatureMismatch)
    }

    /// Some clients sign path or query byte for byte as they send them, with escapes that
    /// S3 would spell otherwise (`(`, `%2b`, `%41`). Accepting these as well is safe: a
    /// signed text that is in S3's spelling stands, in either reading, for requests that
    /// decode to the same path and parameters, and one that is not matches only itself.
    /// Bytes that no request line may hold are left out: a line feed in a path as sent
    /// could pass for the next line of what is signed.
    fn matches_as_sent(
        &self,
        key: &SigningKey,
        request: &RequestView<'_>,
        buffer: &mut Vec<u8>,
    ) -> Result<bool, ProofError> {
        let paths = [PathStyle::Recoded, PathStyle::AsSent];
        let queries = [QueryStyle::Recoded, QueryStyle::AsSent];
        let path_count = 1 + usize::from(self.path_differs(request));
        let query_count = 1 + usize::from(self.query_differs(request));
        for path in paths.into_iter().take(path_count) {
            for query in queries.into_iter().take(query_count) {
                let style = Style { path, query };
                if style != Style::S3 && self.matches(key, request, style, buffer)? {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    fn matches(
        &self,
        key: &SigningKey,
        request: &RequestView<'_>,
        style: Style,
        buffer: &mut Vec<u8>,
    ) -> Result<bool, ProofError> {
        buffer.clear();
        let overrides = [("host", request.host)];
        self.canonical(request, style, &overrides)
            .write_into(buffer)
            .map_err(|missing| ProofError::MissingSignedHeader(missing.0))?;
        Ok(key.sign_canonical(&self.timestamp, buffer) == self.signature)
    }

    fn canonical<'a>(
        &'a self,
        request: &RequestView<'a>,
        style: Style,
        overrides: &'a [(&'a str, &'a [u8])],
    ) -> CanonicalRequest<'a> {
        CanonicalRequest {
            method: request.method,
            path: request.raw_path,
            query: request.raw_query,
            presigned: self.form == Form::Query,
            headers: request.headers,
            overrides,
            signed_headers: &self.signed_headers,
            payload: self.payload,
            style,
        }
    }

    fn path_differs(&self, request: &RequestView<'_>) -> bool {
        let mut recoded = Vec::new();
        self.canonical(request, Style::S3, &[])
            .write_path(&mut recoded);
        recoded != request.raw_path && is_printable(request.raw_path)
    }

    fn query_differs(&self, request: &RequestView<'_>) -> bool {
        let (mut recoded, mut as_sent) = (Vec::new(), Vec::new());
        self.canonical(request, Style::S3, &[])
            .write_query(&mut recoded);
        let style = Style {
            query: QueryStyle::AsSent,
            ..Style::S3
        };
        self.canonical(request, style, &[])
            .write_query(&mut as_sent);
        recoded != as_sent && is_printable(&as_sent)
    }

    fn check_scope(&self) -> Result<(), ProofError> {
        if self.scope().service() != "s3" {
            return Err(Fault::Service.of(self.form));
        }
        if self.scope().date() != self.timestamp.date() {
            return Err(Fault::ScopeDate.of(self.form));
        }
        Ok(())
    }

    fn check_signed_headers(&self, headers: &HeaderMap) -> Result<(), ProofError> {
        let unsigned = self.signed_headers.unsigned(headers, self.form);
        if unsigned.is_empty() {
            return Ok(());
        }
        Err(ProofError::UnsignedHeaders(
            unsigned.into_iter().map(str::to_owned).collect(),
        ))
    }

    fn check_clock(&self, now: SystemTime) -> Result<(), ProofError> {
        let age = unix_seconds(now).saturating_sub(self.timestamp.unix());
        match self.expires {
            None if !(-MAX_SKEW..=MAX_SKEW).contains(&age) => Err(ProofError::Skewed),
            Some(_) if age < -MAX_SKEW => Err(ProofError::NotYetValid),
            Some(expires) if age > i64::from(expires) => Err(ProofError::Expired),
            _ => Ok(()),
        }
    }
}

/// A proof that held, with what the checks of a chunked body need.
#[derive(Clone, Debug)]
pub struct Verified {
    key: SigningKey,
    signature: Signature,
    timestamp: Timestamp,
    payload: PayloadMode,
}

impl Verified {
    /// What the client promised about the body, and the caller still has to check.
    #[must_use]
    pub fn payload(&self) -> PayloadMode {
        self.payload
    }

    /// The key the request was signed with, good for its day.
    #[must_use]
    pub fn signing_key(&self) -> &SigningKey {
        &self.key
    }

    /// Starts checking the chunks of a body whose mode has signed ones.
    #[must_use]
    pub fn chunks(&self) -> ChunkVerifier {
        ChunkVerifier::new(self.key.clone(), self.timestamp, self.signature)
    }
}

fn is_printable(raw: &[u8]) -> bool {
    !raw.iter().any(|byte| *byte <= b' ' || *byte == 0x7f)
}
