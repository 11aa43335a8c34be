//! Bytes that look like chance, made once: huge objects without memory or disk. An index on disk keeps
//! no more of them than their name and length, so they are made here and not by a crate, whose next
//! version may make others.

use std::sync::OnceLock;

use bytes::Bytes;

use super::blob::BLOCK;

/// After so many bytes they begin again: far beyond the window of any common compressor.
const PERIOD: usize = 1024 * 1024;

static BYTES: OnceLock<Bytes> = OnceLock::new();

/// One period and, so that any block can be cut out of it, the beginning of the next.
pub(super) fn bytes() -> &'static Bytes {
    BYTES.get_or_init(|| {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = || {
            // Marsaglia, "Xorshift RNGs", 2003.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()
        };
        let bytes = std::iter::repeat_with(&mut next).flatten();
        let mut period: Vec<u8> = bytes.take(PERIOD).collect();
        period.extend_from_within(..BLOCK);
        period.into()
    })
}

/// Where an offset of an object lies in the period.
pub(super) fn place(offset: u64) -> u64 {
    offset % (1 << 20)
}

#[cfg(test)]
mod tests {
    use futures_util::TryStreamExt as _;

    use super::*;
    use crate::store::Blob;

    async fn read(blob: Blob) -> Vec<u8> {
        let blocks: Vec<Bytes> = blob.read().try_collect().await.unwrap();
        blocks.concat()
    }

    #[tokio::test]
    async fn any_part_is_a_part_of_the_whole() {
        let length = 3 * (1 << 20) + 77;
        let blob = Blob::noise(length);
        assert_eq!(blob.length(), length);
        let whole = read(blob.clone()).await;
        assert_eq!(whole.len() as u64, length);
        for range in [0..1, 1_048_575..1_048_577, 700_000..2_900_000] {
            let part = read(blob.slice(&range)).await;
            let range = usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap();
            assert!(part == whole[range]);
        }
    }

    #[test]
    fn a_period_is_a_period() {
        assert_eq!(place(PERIOD as u64 + 5), 5);
    }
}
