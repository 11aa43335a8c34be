//! What holds for every body, however it is split or broken.

use bytes::Bytes;
use proptest::prelude::*;

use super::sender::{Kind, run};

fn kinds() -> impl Strategy<Value = Kind> {
    prop::sample::select(Kind::ALL.to_vec())
}

/// Places to cut a body of `length` bytes, in order.
fn cuts(indexes: &[prop::sample::Index], length: usize) -> Vec<usize> {
    let mut cuts: Vec<_> = indexes
        .iter()
        .map(|index| index.index(length + 1))
        .collect();
    cuts.sort_unstable();
    cuts
}

/// Fragments that framing is made of, so that chance gets beyond the first line.
fn fragments() -> impl Strategy<Value = Vec<u8>> {
    let known = [
        "0",
        "1",
        "5",
        "ffffffffffffffff",
        ";",
        "chunk-signature=",
        "\r\n",
        "\n",
        "\r",
        "hello",
        ":",
        "x-amz-checksum-crc32:",
        "NhCmhg==",
        "x-amz-trailer-signature:",
        "0\r\n",
        "5\r\nhello\r\n",
        "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
    ];
    let known = prop::sample::select(known.map(|text| text.as_bytes().to_vec()).to_vec());
    let noise = prop::collection::vec(any::<u8>(), 0..8);
    prop::collection::vec(prop_oneof![4 => known, 1 => noise], 0..40)
        .prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn any_split_of_any_body_gives_its_data(
        kind in kinds(),
        data in prop::collection::vec(any::<u8>(), 0..300),
        size in 1usize..120,
        indexes in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        end_alone in any::<bool>(),
    ) {
        let body = kind.encode(&data, size);
        let run = run(&kind.plan(data.len()), &body, &cuts(&indexes, body.len()), end_alone);
        prop_assert!(run.end.is_ok());
        prop_assert_eq!(run.sent, data);
    }

    #[test]
    fn any_damage_is_noticed_in_time(
        kind in kinds(),
        data in prop::collection::vec(any::<u8>(), 1..100),
        size in 1usize..60,
        at in any::<prop::sample::Index>(),
        remove in 0usize..3,
        insert in prop::collection::vec(any::<u8>(), 0..3),
        indexes in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let mut body = kind.encode(&data, size);
        let at = at.index(body.len());
        let until = (at + remove).min(body.len());
        body.splice(at..until, insert);
        let run = run(&kind.plan(data.len()), &body, &cuts(&indexes, body.len()), true);
        match run.end {
            Ok(()) => prop_assert_eq!(run.sent, data),
            Err(_) => prop_assert!(run.sent.len() < data.len()),
        }
    }

    #[test]
    fn no_input_makes_the_decoder_panic_or_send_too_much(
        kind in kinds(),
        length in prop::sample::select(vec![0, 1, 5, 10, usize::MAX]),
        input in fragments(),
        indexes in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let run = run(&kind.plan(length), &input, &cuts(&indexes, input.len()), true);
        prop_assert!(run.sent.len() <= length.min(input.len()));
        prop_assert!(run.end.is_ok() || length == 0 || run.sent.len() < length);
    }

    #[test]
    fn a_transform_that_has_failed_stays_failed(kind in kinds(), input in fragments()) {
        let mut transform = kind.plan(3).transform().unwrap()();
        if transform.transform(Bytes::from(input), false).is_err() {
            prop_assert!(transform.transform(Bytes::new(), false).is_err());
            prop_assert!(transform.transform(Bytes::new(), true).is_err());
        }
    }
}
