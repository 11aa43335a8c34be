//! Closing the gaps that framing leaves between the data in one piece of a body.

use std::ops::Range;

use bytes::{Bytes, BytesMut};

/// The data of a piece: the bytes in `spans`, which lie in order and do not overlap.
///
/// One span is a slice of the piece. Several, when the piece reaches over the end of a chunk,
/// have to become one because a transform gives one: the smaller ones are moved up to the
/// largest within the piece's own memory, which is copied only if somebody else still holds
/// it.
#[must_use]
pub fn gather(piece: Bytes, spans: &[Range<usize>]) -> Bytes {
    match spans {
        [] => Bytes::new(),
        [only] => piece.slice(only.clone()),
        several => close_gaps(piece, several),
    }
}

fn close_gaps(piece: Bytes, spans: &[Range<usize>]) -> Bytes {
    let mut memory = piece
        .try_into_mut()
        .unwrap_or_else(|shared| BytesMut::from(shared.as_ref()));
    let largest = (0..spans.len())
        .max_by_key(|index| spans[*index].len())
        .unwrap_or(0);
    let (before, rest) = spans.split_at(largest);
    let (mut start, mut end) = (rest[0].start, rest[0].end);
    for span in before.iter().rev() {
        start -= span.len();
        memory.copy_within(span.clone(), start);
    }
    for span in &rest[1..] {
        memory.copy_within(span.clone(), end);
        end += span.len();
    }
    memory.freeze().slice(start..end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_span_is_a_slice_of_the_piece() {
        let piece = Bytes::from_static(b"..data..");
        let data = gather(piece.clone(), std::slice::from_ref(&(2..6)));
        assert_eq!(data, "data");
        assert_eq!(data.as_ptr(), piece[2..].as_ptr());
        assert!(gather(piece, &[]).is_empty());
    }

    #[test]
    fn the_largest_span_of_an_unshared_piece_stays_where_it_is() {
        let piece = Bytes::from(b"ab--largest--cd".to_vec());
        let place = piece[4..].as_ptr();
        let data = gather(piece, &[0..2, 4..11, 13..15]);
        assert_eq!(data, "ablargestcd");
        assert_eq!(data[2..].as_ptr(), place);
    }

    #[test]
    fn a_shared_piece_is_left_alone() {
        let piece = Bytes::from(b"ab--cd".to_vec());
        assert_eq!(gather(piece.clone(), &[0..2, 4..6]), "abcd");
        assert_eq!(piece, "ab--cd");
    }

    proptest! {
        #[test]
        fn spans_are_joined_in_order(lengths in prop::collection::vec((0usize..9, 0usize..9), 0..9)) {
            let (mut spans, mut at) = (Vec::new(), 0);
            for (gap, length) in lengths {
                spans.push(at + gap..at + gap + length);
                at += gap + length;
            }
            let bytes: Vec<u8> = (0..=u8::MAX).cycle().take(at).collect();
            let expected: Vec<u8> = spans.iter().flat_map(|span| &bytes[span.clone()]).copied().collect();
            prop_assert_eq!(gather(Bytes::from(bytes), &spans), expected);
        }
    }
}
