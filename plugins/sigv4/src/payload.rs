//! How a request says what its body is: the value of `x-amz-content-sha256`.

use std::borrow::Cow;
use std::fmt;

use ring::digest::{Digest, SHA256, digest};

use crate::encode::{Hex, from_lower_hex, to_hex};
use crate::error::ProofError;

const UNSIGNED: &str = "UNSIGNED-PAYLOAD";
const STREAMING_SIGNED: &str = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
const STREAMING_SIGNED_TRAILER: &str = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
const STREAMING_UNSIGNED_TRAILER: &str = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

/// What the client promises about the body. A signature covers the promise; that the body
/// keeps it, the caller has to check while it streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadMode {
    /// The body has this SHA-256.
    Sha256([u8; 32]),
    /// Nothing is promised.
    Unsigned,
    /// `aws-chunked`, every chunk signed.
    StreamingSigned,
    /// `aws-chunked`, every chunk signed and a signed trailer behind the last.
    StreamingSignedTrailer,
    /// `aws-chunked`, chunks not signed, a checksum in the trailer.
    StreamingUnsignedTrailer,
}

impl PayloadMode {
    /// The promise of a body that holds nothing, which every client knows by heart.
    pub const EMPTY: Self = Self::Sha256([
        0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9,
        0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52,
        0xb8, 0x55,
    ]);

    /// The promise for a body that is at hand.
    #[must_use]
    pub fn of(body: &[u8]) -> Self {
        Self::Sha256(sha256(body))
    }

    /// Reads a header value; hashes must be lower-case, as they are signed that way.
    pub fn parse(text: &[u8]) -> Result<Self, ProofError> {
        if let Some(hash) = from_lower_hex(text) {
            return Ok(Self::Sha256(hash));
        }
        for mode in [
            Self::Unsigned,
            Self::StreamingSigned,
            Self::StreamingSignedTrailer,
            Self::StreamingUnsignedTrailer,
        ] {
            if mode.as_text().as_bytes() == text {
                return Ok(mode);
            }
        }
        Err(ProofError::InvalidContentSha256)
    }

    /// The header's value, and the last line of the canonical request.
    #[must_use]
    pub fn as_text(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Sha256(hash) => return Cow::Owned(to_hex(hash)),
            Self::Unsigned => UNSIGNED,
            Self::StreamingSigned => STREAMING_SIGNED,
            Self::StreamingSignedTrailer => STREAMING_SIGNED_TRAILER,
            Self::StreamingUnsignedTrailer => STREAMING_UNSIGNED_TRAILER,
        })
    }

    /// Appends the same.
    pub(crate) fn write_into(&self, out: &mut Vec<u8>) {
        match self {
            Self::Sha256(hash) => out.extend_from_slice(Hex::new().format(hash).as_bytes()),
            other => out.extend_from_slice(other.as_text().as_bytes()),
        }
    }

    /// Whether the body is framed as `aws-chunked`.
    #[must_use]
    pub fn is_streaming(&self) -> bool {
        !matches!(self, Self::Sha256(_) | Self::Unsigned)
    }

    /// Whether every chunk carries a signature to check.
    #[must_use]
    pub fn has_signed_chunks(&self) -> bool {
        matches!(self, Self::StreamingSigned | Self::StreamingSignedTrailer)
    }

    /// Whether trailing headers follow the last chunk.
    #[must_use]
    pub fn has_trailer(&self) -> bool {
        matches!(
            self,
            Self::StreamingSignedTrailer | Self::StreamingUnsignedTrailer
        )
    }
}

impl fmt::Display for PayloadMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.as_text())
    }
}

pub(crate) fn sha256(data: &[u8]) -> [u8; 32] {
    hash_bytes(&digest(&SHA256, data))
}

/// The digest must be a SHA-256.
pub(crate) fn hash_bytes(digest: &Digest) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest.as_ref());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn every_mode_reads_back() {
        for text in [
            EMPTY,
            UNSIGNED,
            STREAMING_SIGNED,
            STREAMING_SIGNED_TRAILER,
            STREAMING_UNSIGNED_TRAILER,
        ] {
            assert_eq!(
                PayloadMode::parse(text.as_bytes()).unwrap().to_string(),
                text
            );
        }
        assert_eq!(PayloadMode::of(b"").to_string(), EMPTY);
        assert_eq!(PayloadMode::of(b""), PayloadMode::EMPTY);
    }

    #[test]
    fn the_modes_say_what_follows() {
        let flags = |mode: PayloadMode| {
            (
                mode.is_streaming(),
                mode.has_signed_chunks(),
                mode.has_trailer(),
            )
        };
        assert_eq!(flags(PayloadMode::of(b"x")), (false, false, false));
        assert_eq!(flags(PayloadMode::Unsigned), (false, false, false));
        assert_eq!(flags(PayloadMode::StreamingSigned), (true, true, false));
        assert_eq!(
            flags(PayloadMode::StreamingSignedTrailer),
            (true, true, true)
        );
        assert_eq!(
            flags(PayloadMode::StreamingUnsignedTrailer),
            (true, false, true)
        );
    }

    #[test]
    fn other_values_are_refused() {
        let upper = EMPTY.to_uppercase();
        for text in [
            "",
            "unsigned-payload",
            "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD",
            &upper,
            &EMPTY[1..],
        ] {
            let refused = Err(ProofError::InvalidContentSha256);
            assert_eq!(PayloadMode::parse(text.as_bytes()), refused, "{text}");
        }
    }
}
