//! Good bodies in every split, bad ones in every way.

use bytes::Bytes;
use portico_sdk::Reason;

use super::sender::{Chain, Kind, Run, SEED, TRAILER_SEED, every, run, sum};
use crate::body::checksum::Algorithm;

const DATA: &[u8] = b"the quick brown fox jumps over the lazy dog";
const CRC32: Kind = Kind::UnsignedTrailer(Algorithm::Crc32);

fn reason(run: Run) -> Reason {
    assert!(run.sent.len() < DATA.len(), "the whole body was sent on");
    run.end.unwrap_err().reason()
}

/// The examples of the S3 API Reference: 65 KiB of `a` in chunks of 64 KiB.
#[test]
fn the_documented_signatures_are_reproduced_and_accepted() {
    let mut chain = Chain::new(SEED);
    let chunks = [vec![b'a'; 65_536], vec![b'a'; 1024], vec![]];
    let signatures = chunks.each_ref().map(|chunk| chain.chunk(chunk));
    assert_eq!(
        signatures,
        [
            "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
            "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
            "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
        ]
    );
    let mut chain = Chain::new(TRAILER_SEED);
    for chunk in &chunks {
        chain.chunk(chunk);
    }
    assert_eq!(
        chain.trailer("x-amz-checksum-crc32c:sOO8/Q=="),
        "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435"
    );
    let data = vec![b'a'; 66_560];
    let kinds = [
        (Kind::Signed, 66_824),
        (Kind::SignedTrailer(Algorithm::Crc32c), 66_946),
    ];
    for (kind, length) in kinds {
        let body = kind.encode(&data, 65_536);
        assert_eq!(body.len(), length);
        for size in [1, 1000, 65_536, body.len()] {
            let run = run(
                &kind.plan(data.len()),
                &body,
                &every(size, body.len()),
                false,
            );
            run.end.unwrap();
            assert_eq!(run.sent, data, "{kind:?} in pieces of {size}");
        }
    }
}

#[test]
fn a_body_is_the_same_in_every_split() {
    for kind in Kind::ALL {
        let body = kind.encode(DATA, 16);
        let plan = kind.plan(DATA.len());
        for cut in 0..=body.len() {
            for end_alone in [false, true] {
                let run = run(&plan, &body, &[cut], end_alone);
                run.end.unwrap();
                assert_eq!(run.sent, DATA, "{kind:?} cut at {cut}");
            }
        }
        for size in 1..9 {
            let run = run(&plan, &body, &every(size, body.len()), true);
            run.end.unwrap();
            assert_eq!(run.sent, DATA);
        }
    }
}

#[test]
fn many_small_chunks_and_none_at_all() {
    for kind in Kind::ALL {
        for size in [1, 2] {
            let body = kind.encode(DATA, size);
            let run = run(&kind.plan(DATA.len()), &body, &[], false);
            run.end.unwrap();
            assert_eq!(run.sent, DATA);
        }
        let plan = kind.plan(0);
        assert!(plan.is_empty());
        let body = kind.encode(b"", 1);
        for cut in 0..=body.len() {
            run(&plan, &body, &[cut], true).end.unwrap();
        }
    }
}

#[test]
fn every_changed_byte_is_noticed_before_the_last_byte_is_sent() {
    for kind in Kind::ALL {
        let body = kind.encode(DATA, 16);
        let plan = kind.plan(DATA.len());
        for at in 0..body.len() {
            for change in [
                0x01,
                0x04,
                0x10,
                0x20,
                0x80,
                b'\n',
                body[at] ^ b'\r',
                body[at],
            ] {
                let mut changed = body.clone();
                changed[at] ^= change;
                for size in [7, body.len()] {
                    let run = run(&plan, &changed, &every(size, body.len()), false);
                    match run.end {
                        // Sizes and names may be written in either case.
                        Ok(()) => assert_eq!(run.sent, DATA, "{kind:?} at {at}"),
                        Err(_) => assert!(run.sent.len() < DATA.len(), "{kind:?} at {at}"),
                    }
                }
            }
        }
    }
}

#[test]
fn a_change_of_the_data_is_never_accepted() {
    for kind in Kind::ALL {
        let body = kind.encode(DATA, 16);
        let at = body.windows(3).position(|window| window == b"fox").unwrap();
        let mut changed = body.clone();
        changed[at] ^= 0x20;
        let found = reason(run(&kind.plan(DATA.len()), &changed, &[], false));
        let expected = match kind {
            Kind::UnsignedTrailer(_) => Reason::BadDigest,
            _ => Reason::SignatureDoesNotMatch,
        };
        assert_eq!(found, expected, "{kind:?}");
    }
}

#[test]
fn a_body_cut_short_at_any_byte_is_incomplete() {
    for kind in Kind::ALL {
        let body = kind.encode(DATA, 16);
        for length in 0..body.len() {
            for size in [5, body.len()] {
                let short = &body[..length];
                let run = run(&kind.plan(DATA.len()), short, &every(size, length), true);
                assert_eq!(reason(run), Reason::IncompleteBody, "{kind:?} at {length}");
            }
        }
    }
}

#[test]
fn nothing_may_follow_the_end() {
    for kind in Kind::ALL {
        for garbage in ["\r\n", "x", "0\r\n\r\n", "\0"] {
            let mut body = kind.encode(DATA, 16);
            body.extend(garbage.bytes());
            for size in [1, body.len()] {
                let run = run(
                    &kind.plan(DATA.len()),
                    &body,
                    &every(size, body.len()),
                    false,
                );
                assert_eq!(reason(run), Reason::IncompleteBody);
            }
        }
    }
}

#[test]
fn chunks_in_another_order_or_of_another_request_are_refused() {
    let body = Kind::Signed.encode(DATA, 16);
    let length = 2 + ";chunk-signature=".len() + 64 + 2 + 16 + 2;
    let swapped = [
        &body[length..2 * length],
        &body[..length],
        &body[2 * length..],
    ]
    .concat();
    let repeated = [&body[..length], &body[..length], &body[2 * length..]].concat();
    let other = Kind::SignedTrailer(Algorithm::Crc32).encode(DATA, 16);
    for bad in [swapped, repeated, other] {
        let run = run(&Kind::Signed.plan(DATA.len()), &bad, &[], false);
        assert_eq!(reason(run), Reason::SignatureDoesNotMatch);
    }
}

#[test]
fn a_signed_chunk_without_signature_is_refused() {
    let unsigned = CRC32.encode(DATA, 16);
    for kind in [Kind::Signed, Kind::SignedTrailer(Algorithm::Crc32)] {
        let run = run(&kind.plan(DATA.len()), &unsigned, &[], false);
        assert_eq!(reason(run), Reason::SignatureDoesNotMatch);
    }
}

#[test]
fn more_data_than_declared_is_refused_before_it_is_passed_on() {
    for kind in Kind::ALL {
        let body = kind.encode(DATA, 16);
        for declared in 1..DATA.len() {
            let run = run(&kind.plan(declared), &body, &every(1, body.len()), false);
            assert!(run.sent.len() < declared);
            assert_eq!(run.end.unwrap_err().reason(), Reason::IncompleteBody);
        }
        let run = run(&kind.plan(DATA.len() + 1), &body, &[], false);
        assert_eq!(run.end.unwrap_err().reason(), Reason::IncompleteBody);
    }
}

#[test]
fn monstrous_sizes_and_lines_are_refused() {
    let refused = |body: &[u8], length: usize| {
        let run = run(&CRC32.plan(length), body, &every(100, body.len()), false);
        assert!(run.sent.is_empty());
        run.end.unwrap_err().reason()
    };
    let most = usize::MAX;
    assert_eq!(refused(b"ffffffffffffffff\r\n", 5), Reason::IncompleteBody);
    assert_eq!(
        refused(b"10000000000000000\r\n", most),
        Reason::IncompleteBody
    );
    assert_eq!(
        refused(b"ffffffffffffffff\r\nab", most),
        Reason::IncompleteBody
    );
    let long = [b"0;".as_slice(), &[b'x'; 1022], b"\r\n"].concat();
    assert_eq!(refused(&long, 0), Reason::InvalidRequest);
    let long = [b"0\r\nx-amz-checksum-crc32:".as_slice(), &[b' '; 16_384]].concat();
    assert_eq!(refused(&long, 0), Reason::InvalidRequest);
}

#[test]
fn a_factory_makes_fresh_state_for_every_attempt() {
    for kind in Kind::ALL {
        let body = kind.encode(DATA, 16);
        let factory = kind.plan(DATA.len()).transform().unwrap();
        let mut given_up = factory();
        given_up
            .transform(Bytes::copy_from_slice(&body[..60]), false)
            .unwrap();
        for _ in 0..2 {
            let data = factory()
                .transform(Bytes::from(body.clone()), true)
                .unwrap();
            assert_eq!(data, DATA);
        }
    }
}

#[test]
fn data_within_one_chunk_is_not_copied() {
    let data = vec![7; 4096];
    let body = CRC32.encode(&data, 4096);
    let piece = Bytes::from(body[..1000].to_vec());
    let mut transform = CRC32.plan(4096).transform().unwrap()();
    assert!(
        transform
            .transform(piece.clone(), false)
            .unwrap()
            .is_empty()
    );
    let held = transform
        .transform(Bytes::from(body[1000..].to_vec()), false)
        .unwrap();
    assert_eq!(held.as_ptr(), piece["1000\r\n".len()..].as_ptr());
}

#[test]
fn a_wrong_checksum_is_a_bad_digest() {
    for algorithm in Algorithm::ALL {
        let kind = Kind::UnsignedTrailer(algorithm);
        let body = String::from_utf8(kind.encode(DATA, 16)).unwrap();
        let wrong = body.replace(&sum(algorithm, DATA), &sum(algorithm, b"other"));
        let run = run(&kind.plan(DATA.len()), wrong.as_bytes(), &[], false);
        let words = format!("The {algorithm} you specified did not match");
        assert!(run.end.as_ref().unwrap_err().message().starts_with(&words));
        assert_eq!(reason(run), Reason::BadDigest);
    }
}
