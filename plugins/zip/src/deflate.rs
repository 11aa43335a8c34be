//! Deflate (RFC 1951) without any frame around it.

use bytes::{Bytes, BytesMut};
use flate2::{Compress, Compression, FlushCompress, Status};

use crate::archive::ZipError;

/// Texts come out a few percent larger than at the usual level 6, three times as fast.
const LEVEL: u32 = 3;
/// Room for compressed bytes, at a time.
const ROOM: usize = 32 * 1024;

pub(crate) struct Deflate(Compress);

impl Deflate {
    pub(crate) fn new() -> Self {
        Self(Compress::new(Compression::new(LEVEL), false))
    }

    /// What comes out while these go in; the compressor may keep some back.
    pub(crate) fn data(&mut self, piece: &[u8]) -> Result<Bytes, ZipError> {
        let mut out = Vec::new();
        let mut rest = piece;
        while !rest.is_empty() {
            out.reserve(ROOM);
            let before = self.0.total_in();
            self.step(rest, &mut out, FlushCompress::None)?;
            let taken = usize::try_from(self.0.total_in() - before).unwrap_or(usize::MAX);
            rest = rest.get(taken..).unwrap_or_default();
        }
        Ok(out.into())
    }

    /// Whatever was kept back.
    pub(crate) fn finish(mut self) -> Result<BytesMut, ZipError> {
        let mut out = Vec::new();
        loop {
            out.reserve(ROOM);
            if self.step(&[], &mut out, FlushCompress::Finish)? == Status::StreamEnd {
                return Ok(BytesMut::from(out.as_slice()));
            }
        }
    }

    fn step(
        &mut self,
        piece: &[u8],
        out: &mut Vec<u8>,
        flush: FlushCompress,
    ) -> Result<Status, ZipError> {
        let step = self.0.compress_vec(piece, out, flush);
        step.map_err(|_| ZipError::Deflate)
    }
}
