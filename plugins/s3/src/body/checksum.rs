//! The checksums S3 knows: their names, their values, and the running sum of a stream.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crc_fast::{CrcAlgorithm, Digest as Crc};
use ring::digest::{Context, SHA256};
use sha1::{Digest as _, Sha1};

/// A checksum algorithm (AWS, "Checking object integrity").
///
/// AWS has since added SHA512, MD5 and the XXHASH family, which SDKs use only on demand; they
/// are refused here, because what cannot be verified must not be stripped either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// CRC-32 as in Ethernet and ZIP, the default of most SDKs.
    Crc32,
    /// CRC-32C (Castagnoli).
    Crc32c,
    /// CRC-64/NVME.
    Crc64Nvme,
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
}

impl Algorithm {
    /// All of them, in AWS's order.
    pub const ALL: [Self; 5] = [
        Self::Crc32,
        Self::Crc32c,
        Self::Crc64Nvme,
        Self::Sha1,
        Self::Sha256,
    ];

    /// The header, or trailer, that carries its value.
    #[must_use]
    pub const fn header(self) -> &'static str {
        match self {
            Self::Crc32 => "x-amz-checksum-crc32",
            Self::Crc32c => "x-amz-checksum-crc32c",
            Self::Crc64Nvme => "x-amz-checksum-crc64nvme",
            Self::Sha1 => "x-amz-checksum-sha1",
            Self::Sha256 => "x-amz-checksum-sha256",
        }
    }

    /// Its name in `x-amz-sdk-checksum-algorithm` and in messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    /// The algorithm whose values the header carries; case does not matter.
    #[must_use]
    pub fn of_header(name: &[u8]) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|one| one.header().as_bytes().eq_ignore_ascii_case(name))
    }

    /// The algorithm of that [`name`](Self::name); case does not matter.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|one| one.name().eq_ignore_ascii_case(name))
    }

    /// Bytes of a value.
    #[must_use]
    pub const fn length(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32c => 4,
            Self::Crc64Nvme => 8,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    /// Reads a value: base64 of exactly [`length`](Self::length) bytes, big-endian for CRCs.
    #[must_use]
    pub fn parse(self, text: &[u8]) -> Option<Vec<u8>> {
        let value = STANDARD.decode(text.trim_ascii()).ok()?;
        (value.len() == self.length()).then_some(value)
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The running checksum of a stream.
#[derive(Clone)]
pub struct Hasher(Running);

// Each is the fastest that was measured: for SHA-1 the `sha1` crate uses the processor's
// instructions where ring does not; for SHA-256 both do, and ring on more processors.
#[derive(Clone)]
enum Running {
    Crc32(Crc),
    Crc64(Crc),
    Sha1(Sha1),
    Sha256(Context),
}

impl Hasher {
    /// The checksum of nothing yet.
    #[must_use]
    pub fn new(algorithm: Algorithm) -> Self {
        Self(match algorithm {
            Algorithm::Crc32 => Running::Crc32(Crc::new(CrcAlgorithm::Crc32IsoHdlc)),
            Algorithm::Crc32c => Running::Crc32(Crc::new(CrcAlgorithm::Crc32Iscsi)),
            Algorithm::Crc64Nvme => Running::Crc64(Crc::new(CrcAlgorithm::Crc64Nvme)),
            Algorithm::Sha1 => Running::Sha1(Sha1::new()),
            Algorithm::Sha256 => Running::Sha256(Context::new(&SHA256)),
        })
    }

    /// Takes the next bytes.
    pub fn update(&mut self, data: &[u8]) {
        match &mut self.0 {
            Running::Crc32(crc) | Running::Crc64(crc) => crc.update(data),
            Running::Sha1(sha) => sha.update(data),
            Running::Sha256(sha) => sha.update(data),
        }
    }

    /// The checksum of all bytes so far, as [`Algorithm::parse`] would give it.
    #[must_use]
    pub fn value(&self) -> Vec<u8> {
        match &self.0 {
            Running::Crc32(crc) => crc.finalize().to_be_bytes()[4..].to_vec(),
            Running::Crc64(crc) => crc.finalize().to_be_bytes().to_vec(),
            Running::Sha1(sha) => sha.clone().finalize().to_vec(),
            Running::Sha256(sha) => sha.clone().finish().as_ref().to_vec(),
        }
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hasher").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check values of the CRC catalogue, and FIPS 180's digests, of `123456789`.
    const CHECK: [(Algorithm, &str); 5] = [
        (Algorithm::Crc32, "cbf43926"),
        (Algorithm::Crc32c, "e3069283"),
        (Algorithm::Crc64Nvme, "ae8b14860a799888"),
        (Algorithm::Sha1, "f7c3bc1d808e04732adf679965ccc34ca7ae3441"),
        (
            Algorithm::Sha256,
            "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
        ),
    ];

    #[test]
    fn sums_are_the_published_ones_in_any_split() {
        for (algorithm, expected) in CHECK {
            for cut in 0..=9 {
                let (left, right) = b"123456789".split_at(cut);
                let mut hasher = Hasher::new(algorithm);
                hasher.update(left);
                hasher.update(right);
                assert_eq!(
                    const_hex::encode(hasher.value()),
                    expected,
                    "{algorithm} at {cut}"
                );
            }
        }
    }

    #[test]
    fn a_value_survives_its_own_text() {
        for algorithm in Algorithm::ALL {
            let value = Hasher::new(algorithm).value();
            let text = STANDARD.encode(&value);
            assert_eq!(algorithm.parse(text.as_bytes()), Some(value));
        }
    }

    #[test]
    fn only_base64_of_the_right_length_is_a_value() {
        for text in [
            "",
            "AAAA",
            "AAAAAAA=",
            "AAAAAA",
            "AAAAAB==",
            "????????",
            "AAAAAA==\n\nA",
        ] {
            assert_eq!(Algorithm::Crc32.parse(text.as_bytes()), None, "{text:?}");
        }
        assert!(Algorithm::Crc32.parse(b" AAAAAA==\n").is_some());
    }

    #[test]
    fn names_are_found_in_any_case() {
        for algorithm in Algorithm::ALL {
            let header = algorithm.header().to_ascii_uppercase();
            assert_eq!(Algorithm::of_header(header.as_bytes()), Some(algorithm));
            let name = algorithm.name().to_ascii_lowercase();
            assert_eq!(Algorithm::of_name(&name), Some(algorithm));
        }
        assert_eq!(Algorithm::of_header(b"x-amz-checksum-algorithm"), None);
        assert_eq!(Algorithm::of_name("MD5"), None);
    }
}
