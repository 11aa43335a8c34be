//! Deflate (RFC 1951) without any frame around it, in blocks that need nothing of each other.

use bytes::Bytes;
use flate2::{Compress, FlushCompress};
use serde::{Deserialize, Serialize};

use crate::archive::ZipError;

/// The last block of an entry: empty, in the fixed code, marked as the last (RFC 1951, 3.2.3).
pub(crate) const LAST: [u8; 2] = [3, 0];
/// Room for compressed bytes that is asked for at a time, beyond what usually suffices.
const ROOM: usize = 4 * 1024;

/// How hard it is tried to make entries small.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Compression {
    /// Not at all.
    Store,
    /// With little time.
    #[default]
    Fast,
    /// With more than twice as much.
    Best,
}

impl Compression {
    fn level(self) -> flate2::Compression {
        flate2::Compression::new(match self {
            Self::Store => 0,
            // Of zlib-ng's levels, on texts: 1 comes out a third larger, because it knows no codes of its
            // own; 3 takes a quarter longer and 6 more than twice as long, for 5 and 9 percent; what is beyond
            // takes many times as long for nothing in blocks of this size.
            Self::Fast => 2,
            Self::Best => 6,
        })
    }

    /// A block, ready to stand before another one or before [`LAST`].
    pub(crate) fn block(self, raw: &[u8]) -> Result<Bytes, ZipError> {
        let mut compress = Compress::new(self.level(), false);
        let mut out = Vec::with_capacity(raw.len() / 2 + ROOM);
        let mut rest = raw;
        loop {
            let before = compress.total_in();
            let step = compress.compress_vec(rest, &mut out, FlushCompress::Sync);
            step.map_err(|_| ZipError::Deflate)?;
            let taken = usize::try_from(compress.total_in() - before).unwrap_or(usize::MAX);
            rest = rest.get(taken..).unwrap_or_default();
            // Room that is left says that nothing was kept back.
            if rest.is_empty() && out.len() < out.capacity() {
                return Ok(out.into());
            }
            out.reserve(raw.len() / 2 + ROOM);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn inflated(packed: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut reader = flate2::read::DeflateDecoder::new(packed);
        reader.read_to_end(&mut out).unwrap();
        out
    }

    #[test]
    fn blocks_and_the_last_one_are_one_stream() {
        let text = "some words, ".repeat(30_000);
        // Little compresses it.
        let mut state = 1_u32;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(747_796_405).wrapping_add(2_891_336_453);
            state.to_be_bytes()[0]
        })
        .take(300_000)
        .collect();
        for how in [Compression::Store, Compression::Fast, Compression::Best] {
            let blocks = [text.as_bytes(), &noise, b"", b"x"];
            let mut packed = Vec::new();
            for block in blocks {
                packed.extend_from_slice(&how.block(block).unwrap());
            }
            packed.extend_from_slice(&LAST);
            assert!(inflated(&packed) == blocks.concat(), "{how:?}");
        }
        assert_eq!(inflated(&LAST), b"");
    }
}
