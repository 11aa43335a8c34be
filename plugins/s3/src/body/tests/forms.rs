//! Bodies as known clients write them, and trailers that none writes.

use portico_sdk::Reason;

use super::sender::{Chain, Kind, TRAILER_SEED, every, run};
use crate::body::checksum::Algorithm;

const CRC32: Kind = Kind::UnsignedTrailer(Algorithm::Crc32);
/// Of `hello`.
const VALUE: &str = "NhCmhg==";

fn outcome(kind: Kind, body: &str) -> Result<Vec<u8>, Reason> {
    let whole = run(&kind.plan(5), body.as_bytes(), &[], false);
    let bytes = run(&kind.plan(5), body.as_bytes(), &every(1, body.len()), true);
    assert_eq!(
        whole.end.as_ref().map_err(portico_sdk::Error::reason),
        bytes.end.as_ref().map_err(portico_sdk::Error::reason)
    );
    if whole.end.is_err() {
        assert!(whole.sent.len() < 5 && bytes.sent.len() < 5);
    }
    whole
        .end
        .map(|()| whole.sent)
        .map_err(|error| error.reason())
}

#[test]
fn unsigned_bodies_of_known_clients() {
    for body in [
        // botocore, the SDKs for Java, Go, Rust and JavaScript.
        format!("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:{VALUE}\r\n\r\n"),
        // minio-go ends each trailer with a line feed, the block with two line ends.
        format!("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:{VALUE}\n\r\n\r\n"),
        // Whitespace around the value, names and sizes in capitals, an extension.
        format!("00005;a=b\r\nhello\r\n0;\r\nX-Amz-Checksum-CRC32 :\t{VALUE} \r\n\r\n"),
    ] {
        assert_eq!(
            outcome(CRC32, &body).as_deref(),
            Ok(&b"hello"[..]),
            "{body:?}"
        );
    }
}

fn signed(between: &str) -> String {
    let mut chain = Chain::new(TRAILER_SEED);
    let (one, last) = (chain.chunk(b"hello"), chain.chunk(b""));
    let signature = chain.trailer(&format!("x-amz-checksum-crc32:{VALUE}"));
    format!(
        "5;chunk-signature={one}\r\nhello\r\n0;chunk-signature={last}\r\n\
         x-amz-checksum-crc32:{VALUE}{between}x-amz-trailer-signature:{signature}\r\n\r\n"
    )
}

#[test]
fn signed_trailers_of_known_clients() {
    let kind = Kind::SignedTrailer(Algorithm::Crc32);
    // AWS's own libraries; minio-go.
    for between in ["\r\n", "\n\r\n"] {
        assert_eq!(
            outcome(kind, &signed(between)).as_deref(),
            Ok(&b"hello"[..])
        );
    }
}

#[test]
fn signed_trailers_need_their_signature_last() {
    let kind = Kind::SignedTrailer(Algorithm::Crc32);
    let good = signed("\r\n");
    let (head, signature) = good.split_once("x-amz-trailer-signature:").unwrap();
    let signature = signature.trim_end();
    let (chunks, _) = head.split_once("x-amz-checksum").unwrap();
    let checksum = format!("x-amz-checksum-crc32:{VALUE}\r\n");
    for (body, reason) in [
        (format!("{head}\r\n"), Reason::InvalidRequest),
        (
            format!("{chunks}x-amz-trailer-signature:{signature}\r\n{checksum}\r\n"),
            Reason::SignatureDoesNotMatch,
        ),
        (
            format!("{head}x-amz-trailer-signature:{signature}\r\n{checksum}\r\n"),
            Reason::InvalidRequest,
        ),
        (
            format!("{head}x-amz-trailer-signature:{}\r\n\r\n", "0".repeat(64)),
            Reason::SignatureDoesNotMatch,
        ),
        (
            format!("{head}x-amz-trailer-signature:\r\n\r\n"),
            Reason::SignatureDoesNotMatch,
        ),
    ] {
        assert_eq!(outcome(kind, &body), Err(reason), "{body:?}");
    }
}

#[test]
fn a_trailer_has_to_be_the_one_that_was_announced() {
    let line = format!("x-amz-checksum-crc32:{VALUE}\r\n");
    for trailer in [
        String::new(),
        format!("{line}{line}"),
        "x-amz-checksum-crc32c:mnG7TA==\r\n".to_owned(),
        format!("{line}x-amz-meta-a:b\r\n"),
        format!("{line}x-amz-trailer-signature:{}\r\n", "0".repeat(64)),
        format!(":{VALUE}\r\n"),
        format!("x-amz-checksum-crc32{VALUE}\r\n"),
        "x-amz-checksum-crc32:\r\n".to_owned(),
        "x-amz-checksum-crc32:NhCmhg=\r\n".to_owned(),
        "x-amz-checksum-crc32:mnG7TAAAAAA=\r\n".to_owned(),
        format!("x-amz-checksum-crc32:{VALUE}\nx-amz-checksum-crc32:{VALUE}\r\n"),
    ] {
        let body = format!("5\r\nhello\r\n0\r\n{trailer}\r\n");
        assert_eq!(
            outcome(CRC32, &body),
            Err(Reason::InvalidRequest),
            "{trailer:?}"
        );
    }
}

#[test]
fn a_body_without_announced_trailer_has_none() {
    let mut chain = Chain::new(super::sender::SEED);
    let (one, last) = (chain.chunk(b"hello"), chain.chunk(b""));
    let body = format!(
        "5;chunk-signature={one}\r\nhello\r\n0;chunk-signature={last}\r\n\
         x-amz-checksum-crc32:{VALUE}\r\n\r\n"
    );
    assert_eq!(outcome(Kind::Signed, &body), Err(Reason::InvalidRequest));
}

#[test]
fn broken_framing_is_an_incomplete_body() {
    for body in [
        "\r\n",
        "5\nhello\n0\n\n",
        "6\r\nhello\r\n0\r\n\r\n",
        "4\r\nhello\r\n0\r\n\r\n",
        "5\r\nhello0\r\n\r\n",
        "5\r\nhello\n0\r\n\r\n",
        "5\r\nhello\r\n",
        "5 \r\nhello\r\n0\r\n\r\n",
        "-5\r\nhello\r\n0\r\n\r\n",
        "hello",
    ] {
        assert_eq!(
            outcome(CRC32, body),
            Err(Reason::IncompleteBody),
            "{body:?}"
        );
    }
}
