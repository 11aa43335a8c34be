//! What a request may say of its body, and where.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

mod common;

use common::{ACCESS_KEY, EMPTY_SHA256, Request, example_time, key};
use http::HeaderMap;
use portico_sigv4::{
    CanonicalRequest, PayloadMode, ProofError, SignError, SignedHeaders, Style, presign,
};

fn get() -> Request {
    Request::new("GET", "s3.example.com", "/bucket/key", None)
}

fn signed() -> Request {
    get().signed(PayloadMode::of(b""))
}

#[test]
fn a_header_needs_a_payload_hash_and_a_presigned_url_does_not() {
    let mut request = signed();
    request.headers.remove("x-amz-content-sha256");
    assert_eq!(
        request.verify().unwrap_err(),
        ProofError::MissingContentSha256
    );
    request.set(
        "x-amz-content-sha256",
        b"STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD",
    );
    assert_eq!(
        request.verify().unwrap_err(),
        ProofError::InvalidContentSha256
    );

    let presigned = get().presigned(&[]);
    assert_eq!(presigned.verify().unwrap().payload(), PayloadMode::Unsigned);
    let stated = presigned
        .clone()
        .with("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
    assert_eq!(stated.verify().unwrap().payload(), PayloadMode::Unsigned);
    let hashed = presigned.with("x-amz-content-sha256", EMPTY_SHA256);
    assert_eq!(hashed.verify().unwrap_err(), ProofError::SignatureMismatch);
}

#[test]
fn a_presigned_url_may_name_its_payload_in_the_query() {
    let mut request = get();
    let at = example_time();
    request.query = Some(b"X-Amz-Content-Sha256=UNSIGNED-PAYLOAD".to_vec());
    let outgoing = request.outgoing();
    let reserved = presign(&outgoing, ACCESS_KEY, &key(at), at, 60, &[]).unwrap_err();
    assert_eq!(
        reserved,
        SignError::ReservedParameter("X-Amz-Content-Sha256")
    );

    // As the JavaScript SDK makes it.
    let scope = "20130524%2Fus-east-1%2Fs3%2Faws4_request";
    let query = format!(
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD\
         &X-Amz-Credential={ACCESS_KEY}%2F{scope}&X-Amz-Date=20130524T000000Z&X-Amz-Expires=60\
         &X-Amz-SignedHeaders=host&x-id=GetObject"
    );
    let mut canonical = Vec::new();
    CanonicalRequest {
        method: "GET",
        path: b"/bucket/key",
        query: Some(query.as_bytes()),
        presigned: true,
        headers: &HeaderMap::new(),
        overrides: &[("host", b"s3.example.com")],
        signed_headers: &SignedHeaders::parse("host").unwrap(),
        payload: PayloadMode::Unsigned,
        style: Style::S3,
    }
    .write_into(&mut canonical)
    .unwrap();
    let signature = key(at).sign_canonical(&at, &canonical).to_hex();
    request.query = Some(format!("X-Amz-Signature={signature}&{query}").into_bytes());
    assert_eq!(request.verify().unwrap().payload(), PayloadMode::Unsigned);
}
