//! Signatures of the chunks and trailers of an `aws-chunked` body, each bound to the one
//! before it.
//!
//! Specification: *Signature calculations for the Authorization header: transferring
//! payload in multiple chunks* and *… including trailing headers*, S3 API Reference.

use ring::digest::{Context, SHA256};
use thiserror::Error;

use crate::date::Timestamp;
use crate::encode::to_hex;
use crate::key::{Signature, SigningKey};
use crate::payload::{hash_bytes, sha256};

const CHUNK: &str = "AWS4-HMAC-SHA256-PAYLOAD";
const TRAILER: &str = "AWS4-HMAC-SHA256-TRAILER";
const EMPTY_SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Why a body must not be believed; what came before in the stream must be thrown away too.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum ChunkError {
    /// Not 64 lower-case hexadecimal digits.
    #[error("a chunk signature must be 64 lower-case hexadecimal digits")]
    Malformed,
    /// Not signed with this key, or not in this place.
    #[error("a chunk signature does not match")]
    Mismatch,
}

/// The running end of the chain: every signature covers the one before it.
#[derive(Clone, Debug)]
struct Chain {
    key: SigningKey,
    timestamp: Timestamp,
    previous: Signature,
}

impl Chain {
    fn next(&self, algorithm: &str, hashes: &[&str]) -> Signature {
        let (at, scope) = (self.timestamp.as_str(), self.key.scope().as_str());
        let previous = self.previous.to_hex();
        let lines = [&[algorithm, at, scope, &previous], hashes].concat();
        self.key.sign_parts(&[lines.join("\n").as_bytes()])
    }

    fn chunk(&self, data_sha256: &[u8; 32]) -> Signature {
        self.next(CHUNK, &[EMPTY_SHA256, &to_hex(data_sha256)])
    }

    fn trailer(&self, canonical: &[u8]) -> Signature {
        self.next(TRAILER, &[&to_hex(&sha256(canonical))])
    }
}

/// Checks a stream of signed chunks as it arrives, without holding a chunk in memory.
#[derive(Clone)]
pub struct ChunkVerifier {
    chain: Chain,
    hash: Context,
}

impl ChunkVerifier {
    /// `seed` is the signature of the request's head, proved before.
    #[must_use]
    pub fn new(key: SigningKey, timestamp: Timestamp, seed: Signature) -> Self {
        let chain = Chain {
            key,
            timestamp,
            previous: seed,
        };
        Self {
            chain,
            hash: Context::new(&SHA256),
        }
    }

    /// Takes the next bytes of the current chunk's data, without its framing.
    pub fn update(&mut self, data: &[u8]) {
        self.hash.update(data);
    }

    /// Ends the current chunk with the value of its `chunk-signature`. The last chunk, of no
    /// bytes, is signed like the others. After an error the stream must be given up.
    pub fn finish_chunk(&mut self, signature: &[u8]) -> Result<(), ChunkError> {
        let hash = std::mem::replace(&mut self.hash, Context::new(&SHA256)).finish();
        let expected = self.chain.chunk(&hash_bytes(&hash));
        self.accept(expected, signature)
    }

    /// Checks the trailer behind the last chunk against `x-amz-trailer-signature`;
    /// `canonical` comes from [`canonical_trailer`].
    pub fn verify_trailer(&mut self, canonical: &[u8], signature: &[u8]) -> Result<(), ChunkError> {
        let expected = self.chain.trailer(canonical);
        self.accept(expected, signature)
    }

    fn accept(&mut self, expected: Signature, sent: &[u8]) -> Result<(), ChunkError> {
        let sent = Signature::parse(sent).map_err(|_| ChunkError::Malformed)?;
        if expected != sent {
            return Err(ChunkError::Mismatch);
        }
        self.chain.previous = expected;
        Ok(())
    }
}

impl std::fmt::Debug for ChunkVerifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChunkVerifier").finish_non_exhaustive()
    }
}

/// Signs chunks for a body that is sent on.
#[derive(Clone, Debug)]
pub struct ChunkSigner {
    chain: Chain,
}

impl ChunkSigner {
    /// `seed` is the signature of the request's head, whose payload must have been one of
    /// the streaming modes.
    #[must_use]
    pub fn new(key: SigningKey, timestamp: Timestamp, seed: Signature) -> Self {
        Self {
            chain: Chain {
                key,
                timestamp,
                previous: seed,
            },
        }
    }

    /// Signs the next chunk; the last one has no data.
    pub fn sign_chunk(&mut self, data: &[u8]) -> Signature {
        self.chain.previous = self.chain.chunk(&sha256(data));
        self.chain.previous
    }

    /// Signs the trailer, which must follow the last chunk.
    pub fn sign_trailer(&mut self, canonical: &[u8]) -> Signature {
        self.chain.previous = self.chain.trailer(canonical);
        self.chain.previous
    }
}

/// The text that a trailer's signature covers: a line `name:value` for each trailing header
/// but `x-amz-trailer-signature`, in the order sent, names in lower case, values trimmed,
/// lines ended by a line feed alone.
#[must_use]
pub fn canonical_trailer<'a>(lines: impl IntoIterator<Item = (&'a [u8], &'a [u8])>) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, value) in lines {
        out.extend(name.trim_ascii().iter().map(u8::to_ascii_lowercase));
        out.push(b':');
        out.extend_from_slice(value.trim_ascii());
        out.push(b'\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scope::Scope;

    fn chain() -> (ChunkSigner, ChunkVerifier) {
        let at = Timestamp::parse(b"20130524T000000Z").unwrap();
        let key = SigningKey::derive(&"secret".into(), &Scope::new(&at, "r", "s3").unwrap());
        let seed = key.sign_canonical(&at, b"head");
        (
            ChunkSigner::new(key.clone(), at, seed),
            ChunkVerifier::new(key, at, seed),
        )
    }

    #[test]
    fn chunks_and_a_trailer_are_accepted_in_their_order() {
        let (mut signer, mut verifier) = chain();
        for data in [&b"first chunk"[..], b"second", b""] {
            let signature = signer.sign_chunk(data).to_hex();
            for piece in data.chunks(4) {
                verifier.update(piece);
            }
            verifier.finish_chunk(signature.as_bytes()).unwrap();
        }
        let trailer = canonical_trailer([(&b"X-Amz-Checksum-Crc32C"[..], &b" sOO8/Q==\r"[..])]);
        assert_eq!(trailer, b"x-amz-checksum-crc32c:sOO8/Q==\n");
        let signature = signer.sign_trailer(&trailer).to_hex();
        verifier
            .verify_trailer(&trailer, signature.as_bytes())
            .unwrap();
    }

    #[test]
    fn changed_swapped_dropped_and_repeated_chunks_are_refused() {
        let (mut signer, verifier) = chain();
        let (one, two) = (
            signer.sign_chunk(b"one").to_hex(),
            signer.sign_chunk(b"two").to_hex(),
        );
        let refused = |stream: &[(&[u8], &str)]| {
            let mut verifier = verifier.clone();
            let mut outcome = stream.iter().map(|(data, signature)| {
                verifier.update(data);
                verifier.finish_chunk(signature.as_bytes())
            });
            outcome.find(Result::is_err) == Some(Err(ChunkError::Mismatch))
        };
        assert!(!refused(&[(b"one", &one), (b"two", &two)]));
        assert!(refused(&[(b"onf", &one)]));
        assert!(refused(&[(b"two", &two)]));
        assert!(refused(&[(b"two", &two), (b"one", &one)]));
        assert!(refused(&[(b"one", &one), (b"one", &one)]));
        assert!(refused(&[(b"one", &two)]));
        assert!(refused(&[(b"", &one)]));
    }

    #[test]
    fn a_trailer_is_no_chunk() {
        let (mut signer, mut verifier) = chain();
        let trailer = signer.sign_trailer(b"a:b\n").to_hex();
        verifier.update(b"a:b\n");
        let refused = verifier.finish_chunk(trailer.as_bytes());
        assert_eq!(refused, Err(ChunkError::Mismatch));
    }

    #[test]
    fn broken_signatures_are_malformed() {
        let (mut signer, verifier) = chain();
        let good = signer.sign_chunk(b"").to_hex();
        for sent in [
            "",
            &good[1..],
            &good.to_uppercase(),
            &format!("{good}0"),
            &"g".repeat(64),
        ] {
            let refused = verifier.clone().finish_chunk(sent.as_bytes());
            assert_eq!(refused, Err(ChunkError::Malformed), "{sent}");
        }
    }
}
