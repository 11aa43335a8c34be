//! Taking an `aws-chunked` body apart while it streams, and checking all that it claims.
//!
//! ```text
//! hex-size[;chunk-signature=64 hex digits] CRLF data CRLF     any number of chunks
//! 0[;chunk-signature=…] CRLF                                  the last one
//! [x-amz-checksum-…:base64 CRLF]                              a trailer, if announced
//! [x-amz-trailer-signature:64 hex digits CRLF]                if signed
//! CRLF
//! ```
//!
//! Specification: *Signature calculations for the Authorization header*, S3 API Reference.

use std::fmt;
use std::ops::Range;

use bytes::Bytes;
use portico_sdk::{Error, Reason};
use portico_sigv4::{ChunkError, ChunkVerifier};

use super::gather::gather;
use super::hold::Stage;
use super::line::{Lines, chunk_head};
use super::trailer::Trailer;
use super::verify::Checks;

/// Longest head of a chunk, in bytes with its line end: many times what a signature takes.
const HEAD_LIMIT: usize = 1024;
/// Longest trailer, in bytes with all line ends.
const TRAILER_LIMIT: usize = 16 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Head,
    /// So many bytes of the chunk are still to come; never none.
    Data(u64),
    /// So many bytes of the line end behind the data have come.
    DataEnd(usize),
    Trailer,
    Done,
}

/// The decoder of one body, for one attempt. A clone of a fresh one is fresh.
#[derive(Clone)]
pub struct Decoder {
    state: State,
    lines: Lines,
    /// Bytes that may still be announced by heads of chunks.
    left: u64,
    chunks: Option<ChunkVerifier>,
    /// The signature of the chunk that is coming in.
    signature: Vec<u8>,
    trailer: Trailer,
    checks: Checks,
    spans: Vec<Range<usize>>,
}

impl Decoder {
    /// `length` is `x-amz-decoded-content-length` in bytes; with `chunks`, every chunk must
    /// be signed.
    #[must_use]
    pub fn new(
        length: u64,
        chunks: Option<ChunkVerifier>,
        trailer: Trailer,
        checks: Checks,
    ) -> Self {
        Self {
            state: State::Head,
            lines: Lines::new(HEAD_LIMIT),
            left: length,
            chunks,
            signature: Vec::new(),
            trailer,
            checks,
            spans: Vec::new(),
        }
    }

    /// Takes what it can of `piece` from `at` on and says how many bytes that was: one at
    /// least.
    fn step(&mut self, piece: &[u8], at: usize) -> Result<usize, Error> {
        let rest = &piece[at..];
        match self.state {
            State::Head => self.head(rest),
            State::Data(left) => {
                let taken = usize::try_from(left).map_or(rest.len(), |left| left.min(rest.len()));
                self.spans.push(at..at + taken);
                self.data(&rest[..taken], left)?;
                Ok(taken)
            }
            State::DataEnd(seen) => self.data_end(rest[0], seen),
            State::Trailer => self.trailer(rest),
            State::Done => Err(broken("The request body goes on after its last chunk.")),
        }
    }

    fn head(&mut self, rest: &[u8]) -> Result<usize, Error> {
        let (taken, line) = self.lines.take(rest)?;
        if let Some(line) = line {
            let (size, signature) = chunk_head(line)
                .ok_or_else(|| broken("The head of a chunk in the request body is malformed."))?;
            self.left = self.left.checked_sub(size).ok_or_else(|| {
                broken("The request body is longer than x-amz-decoded-content-length.")
            })?;
            if self.chunks.is_some() {
                self.signature = signature.ok_or_else(unsigned)?.to_vec();
            }
            self.begin(size)?;
        }
        Ok(taken)
    }

    fn begin(&mut self, size: u64) -> Result<(), Error> {
        if size > 0 {
            self.state = State::Data(size);
            return Ok(());
        }
        if self.left > 0 {
            return Err(Error::new(Reason::IncompleteBody));
        }
        self.prove_chunk()?;
        self.lines = Lines::new(TRAILER_LIMIT);
        self.state = State::Trailer;
        Ok(())
    }

    fn data(&mut self, data: &[u8], left: u64) -> Result<(), Error> {
        self.checks.update(data);
        if let Some(chunks) = &mut self.chunks {
            chunks.update(data);
        }
        let taken = u64::try_from(data.len()).unwrap_or(u64::MAX);
        self.state = match left.saturating_sub(taken) {
            0 => {
                self.prove_chunk()?;
                State::DataEnd(0)
            }
            left => State::Data(left),
        };
        Ok(())
    }

    fn prove_chunk(&mut self) -> Result<(), Error> {
        match &mut self.chunks {
            Some(chunks) => chunks.finish_chunk(&self.signature).map_err(refused),
            None => Ok(()),
        }
    }

    fn data_end(&mut self, byte: u8, seen: usize) -> Result<usize, Error> {
        if b"\r\n"[seen] != byte {
            return Err(broken(
                "A chunk in the request body is longer than its size.",
            ));
        }
        self.state = if seen == 0 {
            State::DataEnd(1)
        } else {
            State::Head
        };
        Ok(1)
    }

    fn trailer(&mut self, rest: &[u8]) -> Result<usize, Error> {
        let (taken, line) = self.lines.take_sharing_limit(rest)?;
        match line {
            None => {}
            Some([]) => {
                self.trailer.end(&self.checks)?;
                self.checks.verify()?;
                self.state = State::Done;
            }
            Some(line) => self
                .trailer
                .line(line, &mut self.checks, self.chunks.as_mut())?,
        }
        Ok(taken)
    }
}

impl Stage for Decoder {
    fn push(&mut self, piece: Bytes) -> Result<Bytes, Error> {
        self.spans.clear();
        let mut at = 0;
        while at < piece.len() {
            at += self.step(&piece, at)?;
        }
        Ok(gather(piece, &self.spans))
    }

    fn finish(&mut self) -> Result<(), Error> {
        match self.state {
            State::Done => Ok(()),
            _ => Err(broken("The request body terminated unexpectedly.")),
        }
    }
}

impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoder")
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// AWS calls every fault of the framing an incomplete body.
fn broken(message: &'static str) -> Error {
    Error::with_message(Reason::IncompleteBody, message)
}

fn unsigned() -> Error {
    Error::with_message(
        Reason::SignatureDoesNotMatch,
        "A chunk of the request body carries no signature.",
    )
}

/// A signature that cannot be right, for whatever cause.
pub(super) fn refused(error: ChunkError) -> Error {
    Error::new(Reason::SignatureDoesNotMatch).because(error)
}
