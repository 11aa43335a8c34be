//! What is planned for which head, and plain bodies with a promised checksum.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use portico_sdk::forward::Framing;
use portico_sdk::{Error, Reason};
use portico_sigv4::PayloadMode;
use sha2::{Digest, Sha256};

use super::sender::{Kind, SEED, every, run, sum, verifier};
use crate::body::checksum::Algorithm;
use crate::body::{Plan, Sent, content_encoding};

const DATA: &[u8] = b"the quick brown fox jumps over the lazy dog";

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in pairs {
        map.append(*name, HeaderValue::from_str(value).unwrap());
    }
    map
}

fn plan(mode: PayloadMode, pairs: &[(&'static str, &str)]) -> Result<Plan, Error> {
    Plan::new(Sent {
        headers: &headers(pairs),
        empty: false,
        mode,
        chunks: Some(verifier(SEED)),
        checksums_cover_body: true,
        check_payload_hash: false,
    })
}

fn refused(mode: PayloadMode, pairs: &[(&'static str, &str)]) -> Reason {
    plan(mode, pairs).unwrap_err().reason()
}

#[test]
fn a_body_that_promises_nothing_passes_untouched() {
    for mode in [PayloadMode::Unsigned, PayloadMode::of(DATA)] {
        let plan = plan(mode, &[("content-length", "43")]).unwrap();
        assert!(plan.transform().is_none());
        assert_eq!(plan.framing(), Framing::Unchanged);
        assert_eq!(plan.length(), Some(43));
        assert_eq!(plan.open(Bytes::from_static(DATA)).unwrap(), DATA);
    }
}

#[test]
fn a_checksum_in_a_header_is_verified_on_a_plain_body() {
    for algorithm in Algorithm::ALL {
        let value = sum(algorithm, DATA);
        let length = DATA.len().to_string();
        let pairs = [(algorithm.header(), &*value), ("content-length", &*length)];
        let plan = plan(PayloadMode::of(DATA), &pairs).unwrap();
        assert_eq!(plan.framing(), Framing::Unchanged);
        for size in [1, 10, DATA.len()] {
            let good = run(&plan, DATA, &every(size, DATA.len()), size == 1);
            good.end.unwrap();
            assert_eq!(good.sent, DATA);
            let mut changed = DATA.to_vec();
            changed[7] ^= 1;
            let bad = run(&plan, &changed, &every(size, DATA.len()), size == 1);
            assert_eq!(bad.end.unwrap_err().reason(), Reason::BadDigest);
            assert!(bad.sent.len() < DATA.len());
        }
    }
}

#[test]
fn a_plain_body_of_another_length_is_refused() {
    let value = sum(Algorithm::Crc32, DATA);
    for length in ["42", "44"] {
        let pairs = [
            ("x-amz-checksum-crc32", &*value),
            ("content-length", length),
        ];
        let plan = plan(PayloadMode::Unsigned, &pairs).unwrap();
        let run = run(&plan, DATA, &every(5, DATA.len()), true);
        assert_eq!(run.end.unwrap_err().reason(), Reason::IncompleteBody);
        assert!(run.sent.len() < 42);
    }
}

#[test]
fn an_empty_plain_body_is_verified_before_anything_is_sent() {
    let empty = [
        ("content-length", "0"),
        ("x-amz-checksum-crc32", "AAAAAA=="),
    ];
    assert!(
        plan(PayloadMode::Unsigned, &empty)
            .unwrap()
            .transform()
            .is_none()
    );
    let wrong = [
        ("content-length", "0"),
        ("x-amz-checksum-crc32", "AAAAAQ=="),
    ];
    assert_eq!(refused(PayloadMode::Unsigned, &wrong), Reason::BadDigest);
}

#[test]
fn the_signed_hash_is_checked_on_demand() {
    let hash = Sha256::digest(DATA).into();
    let plan = Plan::new(Sent {
        headers: &headers(&[("content-length", "43")]),
        empty: false,
        mode: PayloadMode::Sha256(hash),
        chunks: None,
        checksums_cover_body: true,
        check_payload_hash: true,
    })
    .unwrap();
    assert_eq!(plan.open(Bytes::from_static(DATA)).unwrap(), DATA);
    let mut changed = DATA.to_vec();
    changed[0] = b'T';
    let refused = plan.open(Bytes::from(changed)).unwrap_err();
    assert_eq!(refused.reason(), Reason::XAmzContentSha256Mismatch);
}

#[test]
fn the_checksum_of_an_object_is_not_that_of_the_request() {
    let plan = Plan::new(Sent {
        headers: &headers(&[("x-amz-checksum-crc32", "AAAAAA==-3")]),
        empty: false,
        mode: PayloadMode::Unsigned,
        chunks: None,
        checksums_cover_body: false,
        check_payload_hash: false,
    });
    assert!(plan.unwrap().transform().is_none());
}

#[test]
fn a_checksum_in_a_header_covers_the_data_within_chunks() {
    let value = sum(Algorithm::Sha1, DATA);
    let pairs = [
        ("x-amz-checksum-sha1", &*value),
        ("x-amz-decoded-content-length", "43"),
    ];
    let plan = plan(PayloadMode::StreamingSigned, &pairs).unwrap();
    assert_eq!(plan.framing(), Framing::Length(43));
    assert_eq!(plan.length(), Some(43));
    let body = Bytes::from(Kind::Signed.encode(DATA, 16));
    assert_eq!(plan.open(body).unwrap(), DATA);
    let other = [
        ("x-amz-checksum-sha1", &*sum(Algorithm::Sha1, b"")),
        pairs[1],
    ];
    let body = Bytes::from(Kind::Signed.encode(DATA, 16));
    let refused = self::plan(PayloadMode::StreamingSigned, &other)
        .unwrap()
        .open(body);
    assert_eq!(refused.unwrap_err().reason(), Reason::BadDigest);
}

#[test]
fn chunked_bodies_need_one_sensible_decoded_length() {
    let mode = PayloadMode::StreamingUnsignedTrailer;
    let name = "x-amz-decoded-content-length";
    assert_eq!(
        refused(mode, &[("content-length", "5")]),
        Reason::MissingContentLength
    );
    for value in ["", "-1", "+1", "1e3", "0x10", "18446744073709551616"] {
        assert_eq!(
            refused(mode, &[(name, value)]),
            Reason::MissingContentLength,
            "{value}"
        );
    }
    assert_eq!(
        refused(mode, &[(name, "5"), (name, "6")]),
        Reason::MissingContentLength
    );
    assert!(plan(mode, &[(name, "18446744073709551615")]).is_ok());
}

#[test]
fn an_announced_trailer_needs_a_mode_that_has_one() {
    let pairs = [
        ("x-amz-trailer", "x-amz-checksum-crc32"),
        ("x-amz-decoded-content-length", "5"),
    ];
    for mode in [
        PayloadMode::Unsigned,
        PayloadMode::of(b""),
        PayloadMode::StreamingSigned,
    ] {
        assert_eq!(refused(mode, &pairs), Reason::InvalidRequest);
    }
}

#[test]
fn a_trailer_that_nobody_announced_must_not_come() {
    let pairs = [("x-amz-decoded-content-length", "5")];
    let plan = plan(PayloadMode::StreamingUnsignedTrailer, &pairs).unwrap();
    let without = Bytes::from_static(b"5\r\nhello\r\n0\r\n\r\n");
    assert_eq!(plan.open(without).unwrap(), "hello");
    let with = b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n";
    let refused = plan.open(Bytes::from_static(with)).unwrap_err();
    assert_eq!(refused.reason(), Reason::InvalidRequest);
}

#[test]
fn signed_chunks_need_a_signed_head() {
    let headers = headers(&[("x-amz-decoded-content-length", "5")]);
    for mode in [
        PayloadMode::StreamingSigned,
        PayloadMode::StreamingSignedTrailer,
    ] {
        let plan = Plan::new(Sent {
            headers: &headers,
            empty: false,
            mode,
            chunks: None,
            checksums_cover_body: true,
            check_payload_hash: false,
        });
        assert_eq!(plan.unwrap_err().reason(), Reason::InvalidRequest);
    }
}

#[test]
fn an_empty_chunked_body_is_to_be_opened_first() {
    let kind = Kind::UnsignedTrailer(Algorithm::Crc32);
    let plan = kind.plan(0);
    assert!(plan.is_empty() && plan.framing() == Framing::Length(0));
    let good = kind.encode(b"", 1);
    assert!(plan.open(Bytes::from(good.clone())).unwrap().is_empty());
    let bad = String::from_utf8(good)
        .unwrap()
        .replace("AAAAAA==", "AAAAAQ==");
    assert_eq!(
        plan.open(Bytes::from(bad)).unwrap_err().reason(),
        Reason::BadDigest
    );
    assert!(!kind.plan(1).is_empty());
}

#[test]
fn aws_chunked_is_taken_out_of_the_content_encoding() {
    let left = |values: &[&str]| {
        let pairs: Vec<_> = values
            .iter()
            .map(|value| ("content-encoding", *value))
            .collect();
        content_encoding(&headers(&pairs)).map(|(_, value)| value)
    };
    assert_eq!(left(&[]), None);
    assert_eq!(left(&["aws-chunked"]), None);
    assert_eq!(left(&["AWS-Chunked, "]), None);
    assert_eq!(
        left(&["gzip,aws-chunked"]),
        Some(HeaderValue::from_static("gzip"))
    );
    assert_eq!(
        left(&["gzip", "aws-chunked, br"]),
        Some(HeaderValue::from_static("gzip,br"))
    );
}

#[test]
fn debug_shows_no_header_and_no_key() {
    let shown = format!("{:?}", Kind::Signed.plan(5));
    assert!(!shown.contains("AWS4") && !shown.contains(SEED), "{shown}");
}
