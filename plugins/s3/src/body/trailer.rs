//! The lines behind the last chunk: a checksum and, in signed bodies, their signature.

use portico_sdk::{Error, Reason};
use portico_sigv4::{ChunkVerifier, canonical_trailer};

use super::aws_chunked::refused;
use super::checksum::Algorithm;
use super::verify::Checks;

const SIGNATURE: &[u8] = b"x-amz-trailer-signature";

/// What may and must follow the last chunk.
#[derive(Debug, Clone)]
pub struct Trailer {
    /// The text that the signature covers, as far as it has come.
    canonical: Vec<u8>,
    /// Whether a signature must still come.
    unsigned: bool,
    /// Whether another line would be one too many.
    closed: bool,
}

impl Trailer {
    /// Nothing may follow.
    #[must_use]
    pub fn none() -> Self {
        Self {
            canonical: Vec::new(),
            unsigned: false,
            closed: true,
        }
    }

    /// The announced checksum may follow, and a signature must if the chunks are `signed`.
    #[must_use]
    pub fn expected(signed: bool) -> Self {
        Self {
            canonical: Vec::new(),
            unsigned: signed,
            closed: false,
        }
    }

    /// Takes a line without its CRLF. Around names and values AWS allows whitespace, and
    /// some clients put a line feed before the CRLF.
    ///
    /// # Errors
    /// [`Reason::InvalidRequest`] for a line that was not announced or makes no sense,
    /// [`Reason::SignatureDoesNotMatch`] for a wrong signature.
    pub fn line(
        &mut self,
        line: &[u8],
        checks: &mut Checks,
        chunks: Option<&mut ChunkVerifier>,
    ) -> Result<(), Error> {
        let colon = line.iter().position(|byte| *byte == b':');
        let (name, value) = line.split_at(colon.ok_or_else(malformed)?);
        let (name, value) = (name.trim_ascii(), value[1..].trim_ascii());
        if self.closed {
            return Err(malformed());
        }
        match chunks {
            Some(chunks) if name.eq_ignore_ascii_case(SIGNATURE) => {
                self.closed = true;
                self.unsigned = false;
                chunks
                    .verify_trailer(&self.canonical, value)
                    .map_err(refused)
            }
            _ => self.checksum(name, value, checks),
        }
    }

    fn checksum(&mut self, name: &[u8], value: &[u8], checks: &mut Checks) -> Result<(), Error> {
        let algorithm = Algorithm::of_header(name).ok_or_else(malformed)?;
        let decoded = algorithm.parse(value).ok_or_else(|| {
            let name = algorithm.header();
            invalid(format!("Value for {name} trailing header is invalid."))
        })?;
        if !checks.supply(algorithm, decoded) {
            return Err(malformed());
        }
        self.canonical = canonical_trailer([(name, value)]);
        Ok(())
    }

    /// Says whether everything has come that had to.
    ///
    /// # Errors
    /// [`Reason::InvalidRequest`] when the announced checksum or the signature is missing.
    pub fn end(&self, checks: &Checks) -> Result<(), Error> {
        if self.unsigned || checks.missing().is_some() {
            return Err(malformed());
        }
        Ok(())
    }
}

/// The words of AWS's `MalformedTrailerError`.
fn malformed() -> Error {
    invalid(
        "The request contained trailing data that was not well-formed or did not conform to \
         our published schema.",
    )
}

fn invalid(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::with_message(Reason::InvalidRequest, message)
}
