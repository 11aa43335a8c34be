//! A request's proof of who sent it: read first, checked once a secret is at hand.

use std::time::{SystemTime, UNIX_EPOCH};

use http::HeaderMap;
use portico_sigv4::{RequestView, Timestamp};
use secrecy::SecretString;

use crate::amz::{self, AmzHeaders};
use crate::authorization::Authorization;
use crate::coverage::{self, Place};
use crate::date;
use crate::error::{Form, ProofError};
use crate::presigned::Presigned;
use crate::resource::Resource;
use crate::signature::Signature;
use crate::text::{self, single};

/// How far a client's clock may be off in the header form, in seconds: S3 allows 15 minutes.
pub const MAX_SKEW: i64 = 15 * 60;

/// A claim that is complete and well formed, and not yet checked.
#[derive(Clone, Debug)]
pub struct Proof {
    access_key: String,
    signature: Signature,
    life: Life,
    /// The fourth line of what is signed.
    date_line: Vec<u8>,
    security_token: Option<SecretString>,
}

/// When a proof is good.
#[derive(Clone, Copy, Debug)]
enum Life {
    /// Around a moment: the header form.
    Around(Timestamp),
    /// Until a moment in seconds since 1970: a presigned URL.
    Until(i64),
}

impl Proof {
    /// Reads the claim out of the header or the query; `None` if there is no Signature
    /// Version 2 in this request, or if it [says that it is nobody's](crate::is_anonymous).
    /// Errors need no secret to be found, so they say nothing about whether the access key
    /// exists.
    ///
    /// Parameters of Version 4 in the same query are not looked for: the caller, who reads
    /// both versions, refuses a request with two claims.
    pub fn from_request(request: &RequestView<'_>) -> Result<Option<Self>, ProofError> {
        let presigned = Presigned::from_query(request.raw_query.unwrap_or_default());
        let is_presigned = !matches!(presigned, Ok(None));
        if is_presigned && request.headers.contains_key(http::header::AUTHORIZATION) {
            return Err(ProofError::ConflictingMechanisms);
        }
        let proof = match presigned? {
            Some(presigned) => Self::from_presigned(presigned, request)?,
            None => match Authorization::from_headers(request.headers)? {
                Some(authorization) => Self::from_header(authorization, request)?,
                None => return Ok(None),
            },
        };
        proof.parts(request, None)?; // what cannot be signed needs no lookup of a secret
        Ok(Some(proof))
    }

    fn from_header(claim: Authorization, request: &RequestView<'_>) -> Result<Self, ProofError> {
        let (at, line) = date_of(request.headers)?;
        Ok(Self {
            access_key: claim.access_key,
            signature: claim.signature,
            life: Life::Around(at),
            date_line: line.to_owned(),
            security_token: security_token(Form::Header, request)?,
        })
    }

    fn from_presigned(claim: Presigned, request: &RequestView<'_>) -> Result<Self, ProofError> {
        Ok(Self {
            access_key: claim.access_key,
            signature: claim.signature,
            life: Life::Until(claim.expires),
            date_line: claim.expires_text.into_bytes(),
            security_token: security_token(Form::Query, request)?,
        })
    }

    /// Names the secret to look up.
    #[must_use]
    pub fn access_key(&self) -> &str {
        &self.access_key
    }

    /// `x-amz-security-token` of the header or, in a presigned URL, of the query; it is
    /// signed like every `x-amz-*` header.
    #[must_use]
    pub fn security_token(&self) -> Option<&SecretString> {
        self.security_token.as_ref()
    }

    /// Whether this is a presigned URL or a header.
    #[must_use]
    pub fn form(&self) -> Form {
        match self.life {
            Life::Around(_) => Form::Header,
            Life::Until(_) => Form::Query,
        }
    }

    /// Until when a presigned URL is good, in seconds since 1970.
    ///
    /// As with AWS there is no bound: links of this version may live for years. A caller
    /// who wants one (Version 4 has seven days) compares this with its clock.
    #[must_use]
    pub fn expires(&self) -> Option<i64> {
        match self.life {
            Life::Around(_) => None,
            Life::Until(end) => Some(end),
        }
    }

    /// Checks time and signature. `request` must be the one the proof was read from,
    /// `bucket_of_virtual_host` the bucket if the host names it, as the client meant it.
    pub fn verify(
        &self,
        secret: &SecretString,
        request: &RequestView<'_>,
        bucket_of_virtual_host: Option<&str>,
        now: SystemTime,
    ) -> Result<Verified, ProofError> {
        self.check_clock(now)?; // before the HMAC: a stale replay shall cost nothing
        let (mut text, resource) = self.parts(request, bucket_of_virtual_host)?;
        let head = text.len();
        for reading in resource.readings() {
            text.truncate(head);
            text.extend_from_slice(&reading.text);
            if Signature::of(secret, &text) == self.signature {
                return Ok(Verified {
                    form: self.form(),
                    partial: reading.partial,
                });
            }
        }
        Err(ProofError::SignatureMismatch)
    }

    fn parts<'a>(
        &self,
        request: &RequestView<'a>,
        bucket: Option<&'a str>,
    ) -> Result<(Vec<u8>, Resource<'a>), ProofError> {
        let amz = AmzHeaders::read(self.form(), request)?;
        let head = text::head(request, &self.date_line, &amz)?;
        Ok((head, Resource::read(self.form(), request, bucket)?))
    }

    fn check_clock(&self, now: SystemTime) -> Result<(), ProofError> {
        let now = unix_seconds(now);
        match self.life {
            Life::Around(at) if now.abs_diff(at.unix()) > MAX_SKEW.unsigned_abs() => {
                Err(ProofError::Skewed)
            }
            Life::Until(end) if now > end => Err(ProofError::Expired),
            _ => Ok(()),
        }
    }
}

/// A proof that held, and how much it proves.
#[derive(Clone, Copy, Debug)]
pub struct Verified {
    form: Form,
    partial: bool,
}

impl Verified {
    /// Whether this was a presigned URL or a header.
    #[must_use]
    pub fn form(&self) -> Form {
        self.form
    }

    /// Whether the signature covered the query parameter of this (decoded) name: see
    /// [`covers`](crate::covers). Anybody who held the request could have added, removed or
    /// changed any other.
    #[must_use]
    pub fn covers(&self, name: &str) -> bool {
        let disputed = coverage::place(self.form, name.as_bytes()) == Place::Disputed;
        coverage::covers(self.form, name) && !(self.partial && disputed)
    }

    /// The parameters of this request that the signature says nothing about, decoded,
    /// sorted, each once; those of the claim itself are left out. In a presigned request a
    /// caller should let those pass only that cannot make another operation of it.
    #[must_use]
    pub fn unsigned_parameters(&self, request: &RequestView<'_>) -> Vec<String> {
        coverage::uncovered(self.form, request, |name| self.covers(name))
    }
}

/// The moment, and the text of the date line: AWS leaves that empty beside an `x-amz-date`,
/// which is signed among its kind.
fn date_of(headers: &HeaderMap) -> Result<(Timestamp, &[u8]), ProofError> {
    let newer = single(headers, amz::DATE)?;
    let older = || single(headers, "date")?.ok_or(ProofError::MissingDate);
    let text = newer.map_or_else(older, Ok)?;
    let line = if newer.is_some() { &b""[..] } else { text };
    let at = date::parse(text).ok_or(ProofError::InvalidDate)?;
    Ok((at, line))
}

fn security_token(
    form: Form,
    request: &RequestView<'_>,
) -> Result<Option<SecretString>, ProofError> {
    single(request.headers, amz::TOKEN)?;
    AmzHeaders::read(form, request)?.security_token(form)
}

/// Seconds since 1970; a clock before that is at its start.
fn unix_seconds(now: SystemTime) -> i64 {
    let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
