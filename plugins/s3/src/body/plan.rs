//! The decision what has to happen to the body of a request, from its head alone.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use http::{HeaderMap, HeaderName, HeaderValue};
use portico_sdk::forward::{BodyTransform, Framing, TransformFactory};
use portico_sdk::{Error, Reason};
use portico_sigv4::{ChunkVerifier, PayloadMode};

use super::aws_chunked::Decoder;
use super::hold::{Hold, Stage};
use super::promise::Promise;
use super::trailer::Trailer;
use super::verify::{Checks, Verify};

/// The length of an `aws-chunked` body's data, in bytes.
pub const DECODED_LENGTH: HeaderName = HeaderName::from_static("x-amz-decoded-content-length");
const AWS_CHUNKED: &str = "aws-chunked";

/// What is known of a body before it comes.
pub struct Sent<'a> {
    /// The headers of the request.
    pub headers: &'a HeaderMap,
    /// What `x-amz-content-sha256` says; [`PayloadMode::Unsigned`] when there is none.
    pub mode: PayloadMode,
    /// Whether the head says that there is no body, by saying nothing of one.
    pub empty: bool,
    /// Continues from the proven signature of the head; needed when chunks are signed.
    pub chunks: Option<ChunkVerifier>,
    /// Whether `x-amz-checksum-*` speak of this body. They do not in
    /// `CompleteMultipartUpload`, where they speak of the object, nor where there is no body.
    pub checksums_cover_body: bool,
    /// Whether to check the SHA-256 of [`PayloadMode::Sha256`] here. Not needed when the
    /// upstream is told the same hash, as it checks it then.
    pub check_payload_hash: bool,
}

/// What has to happen to one body. Holds only fresh state, which every attempt clones.
#[derive(Clone)]
pub struct Plan {
    transform: Option<TransformFactory>,
    framing: Framing,
    /// Length of the data in bytes, where it is known.
    length: Option<u64>,
}

impl Plan {
    /// Reads the head.
    ///
    /// # Errors
    /// [`Reason::InvalidRequest`] for checksum headers that make no sense,
    /// [`Reason::MissingContentLength`] without a sensible `x-amz-decoded-content-length`.
    /// For a body that `Content-Length` says is empty also what its checks find.
    pub fn new(sent: Sent<'_>) -> Result<Self, Error> {
        let headers = sent.headers;
        let length = number(headers, &CONTENT_LENGTH).or(sent.empty.then_some(0));
        let checks = checks(&sent, length)?;
        let signed = || sent.chunks.ok_or_else(head_not_signed);
        match sent.mode {
            PayloadMode::Sha256(_) | PayloadMode::Unsigned => Self::plain(length, checks),
            PayloadMode::StreamingSigned => {
                Self::chunked(headers, checks, Some(signed()?), Trailer::none())
            }
            PayloadMode::StreamingSignedTrailer => {
                Self::chunked(headers, checks, Some(signed()?), Trailer::expected(true))
            }
            PayloadMode::StreamingUnsignedTrailer => {
                Self::chunked(headers, checks, None, Trailer::expected(false))
            }
        }
    }

    fn plain(length: Option<u64>, checks: Checks) -> Result<Self, Error> {
        if length == Some(0) {
            checks.verify()?;
        }
        let nothing_to_do = checks.is_empty() || length == Some(0);
        Ok(Self {
            transform: (!nothing_to_do).then(|| factory(Verify::new(checks, length))),
            framing: Framing::Unchanged,
            length,
        })
    }

    fn chunked(
        headers: &HeaderMap,
        checks: Checks,
        chunks: Option<ChunkVerifier>,
        trailer: Trailer,
    ) -> Result<Self, Error> {
        let length = number(headers, &DECODED_LENGTH)
            .ok_or_else(|| Error::new(Reason::MissingContentLength))?;
        let decoder = Decoder::new(length, chunks, trailer, checks);
        Ok(Self {
            transform: Some(factory(decoder)),
            framing: Framing::Length(length),
            length: Some(length),
        })
    }

    /// Makes the body's transform, fresh for every attempt; `None` when the body may pass as
    /// it is.
    #[must_use]
    pub fn transform(&self) -> Option<TransformFactory> {
        self.transform.clone()
    }

    /// How the body towards the upstream is delimited.
    #[must_use]
    pub fn framing(&self) -> Framing {
        self.framing
    }

    /// Bytes of data, where they are known.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// Whether the body is framed although it holds no data.
    ///
    /// Then nothing can be held back: the upstream would take the head alone for a whole
    /// request, and keep an object, before the signature or checksum of nothing was seen.
    /// Read the framing first, which is short, and give it to [`Plan::open`].
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.framing == Framing::Length(0)
    }

    /// Verifies a body that has been read whole and gives its data.
    ///
    /// # Errors
    /// What the transform would end with.
    pub fn open(&self, raw: Bytes) -> Result<Bytes, Error> {
        match &self.transform {
            None => Ok(raw),
            Some(fresh) => fresh().transform(raw, true),
        }
    }
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plan")
            .field("framing", &self.framing)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

fn factory<S: Stage + Clone + 'static>(fresh: S) -> TransformFactory {
    Arc::new(move || Box::new(Hold::new(fresh.clone())) as Box<dyn BodyTransform>)
}

/// All checks that the head asks for and that are not done by looking at it.
fn checks(sent: &Sent<'_>, length: Option<u64>) -> Result<Checks, Error> {
    let mut checks = Checks::default();
    if sent.checksums_cover_body {
        match Promise::from_headers(sent.headers)? {
            Promise::None => {}
            Promise::Header(expected) => checks.expect(expected),
            Promise::Trailer(_) if !has_trailer(sent.mode) => return Err(no_trailer()),
            Promise::Trailer(algorithm) => checks.expect_later(algorithm),
        }
    }
    let kept_already = length == Some(0) && sent.mode == PayloadMode::EMPTY;
    if let (PayloadMode::Sha256(hash), true, false) =
        (sent.mode, sent.check_payload_hash, kept_already)
    {
        checks.expect_payload_hash(hash);
    }
    Ok(checks)
}

fn has_trailer(mode: PayloadMode) -> bool {
    matches!(
        mode,
        PayloadMode::StreamingSignedTrailer | PayloadMode::StreamingUnsignedTrailer
    )
}

/// A header that is there once and holds digits only.
fn number(headers: &HeaderMap, name: &HeaderName) -> Option<u64> {
    let mut values = headers.get_all(name).iter();
    let (only, None) = (values.next()?, values.next()) else {
        return None;
    };
    let digits = only.to_str().ok()?.trim_ascii();
    let clean = digits.bytes().all(|byte| byte.is_ascii_digit());
    clean.then(|| digits.parse().ok()).flatten()
}

fn no_trailer() -> Error {
    Error::with_message(
        Reason::InvalidRequest,
        "x-amz-trailer announces a trailer, but x-amz-content-sha256 does not.",
    )
}

fn head_not_signed() -> Error {
    Error::with_message(
        Reason::InvalidRequest,
        "Signed chunks need a request whose head is signed with Signature Version 4.",
    )
}

/// What `Content-Encoding` becomes when `aws-chunked` is taken off the body: `None` when
/// nothing is left of it.
#[must_use]
pub fn content_encoding(headers: &HeaderMap) -> Option<(HeaderName, HeaderValue)> {
    let left: Vec<_> = headers
        .get_all(CONTENT_ENCODING)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
        .filter(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case(AWS_CHUNKED.as_bytes()))
        .collect();
    let value = HeaderValue::from_bytes(&left.join(&b","[..])).ok()?;
    (!left.is_empty()).then_some((CONTENT_ENCODING, value))
}
