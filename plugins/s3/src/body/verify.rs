//! The checks that the data of a body must pass, and the transform for a plain body.

use bytes::Bytes;
use portico_sdk::{Error, Reason};

use super::checksum::{Algorithm, Hasher};
use super::hold::Stage;
use super::promise::Expected;

/// What a mismatch is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Blame {
    Checksum(Algorithm),
    PayloadHash,
}

/// One sum, running beside the data.
#[derive(Debug, Clone)]
struct Check {
    hasher: Hasher,
    expected: Option<Vec<u8>>,
    blame: Blame,
}

/// All sums that run beside the data. Cloned for every attempt, before any data.
#[derive(Debug, Clone, Default)]
pub struct Checks(Vec<Check>);

impl Checks {
    /// Whether there is nothing to check.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a checksum whose value is known.
    pub fn expect(&mut self, expected: Expected) {
        self.add(expected.algorithm, Some(expected.value));
    }

    /// Adds a checksum whose value a trailer will bring.
    pub fn expect_later(&mut self, algorithm: Algorithm) {
        self.add(algorithm, None);
    }

    /// Adds the SHA-256 that the request's signature covers.
    pub fn expect_payload_hash(&mut self, sha256: [u8; 32]) {
        self.0.push(Check {
            hasher: Hasher::new(Algorithm::Sha256),
            expected: Some(sha256.to_vec()),
            blame: Blame::PayloadHash,
        });
    }

    fn add(&mut self, algorithm: Algorithm, expected: Option<Vec<u8>>) {
        self.0.push(Check {
            hasher: Hasher::new(algorithm),
            expected,
            blame: Blame::Checksum(algorithm),
        });
    }

    /// Brings the value that was missing. `false` when none of that kind is missing.
    #[must_use]
    pub fn supply(&mut self, algorithm: Algorithm, value: Vec<u8>) -> bool {
        let waiting = self
            .0
            .iter_mut()
            .find(|check| check.expected.is_none() && check.blame == Blame::Checksum(algorithm));
        waiting.is_some_and(|check| check.expected.replace(value).is_none())
    }

    /// The first checksum whose value has not come.
    #[must_use]
    pub fn missing(&self) -> Option<Algorithm> {
        self.0.iter().find_map(|check| match check {
            Check {
                expected: None,
                blame: Blame::Checksum(algorithm),
                ..
            } => Some(*algorithm),
            _ => None,
        })
    }

    /// Takes the next bytes of the data.
    pub fn update(&mut self, data: &[u8]) {
        for check in &mut self.0 {
            check.hasher.update(data);
        }
    }

    /// Compares all sums; the data is whole now.
    ///
    /// # Errors
    /// [`Reason::BadDigest`], or [`Reason::XAmzContentSha256Mismatch`] for the payload's hash.
    pub fn verify(&self) -> Result<(), Error> {
        let wrong = |check: &&Check| check.expected.as_deref() != Some(&check.hasher.value());
        match self.0.iter().find(wrong).map(|check| check.blame) {
            None => Ok(()),
            Some(Blame::PayloadHash) => Err(Error::new(Reason::XAmzContentSha256Mismatch)),
            Some(Blame::Checksum(algorithm)) => Err(Error::with_message(
                Reason::BadDigest,
                format!("The {algorithm} you specified did not match the calculated checksum."),
            )),
        }
    }
}

/// Lets a plain body through and sums it up.
#[derive(Debug, Clone)]
pub struct Verify {
    checks: Checks,
    left: Option<u64>,
}

impl Verify {
    /// `length` is the body's `Content-Length` in bytes, if it has one.
    #[must_use]
    pub fn new(checks: Checks, length: Option<u64>) -> Self {
        Self {
            checks,
            left: length,
        }
    }

    fn count(&mut self, length: usize) -> Result<(), Error> {
        if let Some(left) = &mut self.left {
            let taken = u64::try_from(length).unwrap_or(u64::MAX);
            *left = left
                .checked_sub(taken)
                .ok_or_else(|| Error::new(Reason::IncompleteBody))?;
        }
        Ok(())
    }
}

impl Stage for Verify {
    fn push(&mut self, piece: Bytes) -> Result<Bytes, Error> {
        self.count(piece.len())?;
        self.checks.update(&piece);
        Ok(piece)
    }

    fn finish(&mut self) -> Result<(), Error> {
        if self.left.is_some_and(|left| left > 0) {
            return Err(Error::new(Reason::IncompleteBody));
        }
        self.checks.verify()
    }
}
