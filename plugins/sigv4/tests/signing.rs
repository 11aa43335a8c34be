//! Signing requests that go out: what is replaced, what is refused.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

mod common;

use common::{ACCESS_KEY, Request, example_time, key};
use portico_sigv4::{Outgoing, PayloadMode, SignError, Timestamp, presign, sign};

fn get() -> Request {
    Request::new("GET", "s3.example.com", "/bucket/key", None)
}

fn signed() -> Request {
    get().signed(PayloadMode::of(b""))
}

#[test]
fn what_cannot_be_signed_is_said() {
    let (request, at) = (get(), example_time());
    let outgoing = request.outgoing();
    let tomorrow = key(Timestamp::parse(b"20130525T000000Z").unwrap());
    let refused = sign(&outgoing, PayloadMode::Unsigned, "a", &tomorrow, at).unwrap_err();
    assert_eq!(refused, SignError::KeyDate);
    let refused = sign(&outgoing, PayloadMode::Unsigned, "a\nb", &key(at), at).unwrap_err();
    assert_eq!(refused, SignError::AccessKey);
    assert_eq!(
        presign(&outgoing, "a", &tomorrow, at, 1, &[]).unwrap_err(),
        SignError::KeyDate
    );
    for expires in [0, 604_801] {
        let refused = presign(&outgoing, "a", &key(at), at, expires, &[]).unwrap_err();
        assert_eq!(refused, SignError::Expires);
    }
    for name in ["X-Amz-Date", "X-Amz-Signature", "X%2DAmz-Expires"] {
        let query = format!("a=b&{name}=1");
        let outgoing = Outgoing {
            query: Some(&query),
            ..outgoing
        };
        let refused = presign(&outgoing, "a", &key(at), at, 60, &[]);
        assert!(
            matches!(refused, Err(SignError::ReservedParameter(_))),
            "{name}"
        );
    }
    let token = [("X-Amz-Security-Token", "a"), ("X-Amz-Security-Token", "b")];
    let refused = presign(&outgoing, "a", &key(at), at, 60, &token).unwrap_err();
    assert_eq!(
        refused,
        SignError::ReservedParameter("X-Amz-Security-Token")
    );
}

#[test]
fn signing_again_replaces_what_an_earlier_hop_signed() {
    let mut request = signed()
        .with("host", "client.example.com")
        .with("content-type", "text/x");
    request.host = b"upstream.example.com".to_vec();
    let sign_also = [http::header::CONTENT_TYPE, http::header::HOST];
    let outgoing = Outgoing {
        sign_also: &sign_also,
        ..request.outgoing()
    };
    let at = example_time();
    let again = sign(&outgoing, PayloadMode::Unsigned, ACCESS_KEY, &key(at), at).unwrap();
    again.apply(&mut request.headers);
    let proof = request.proof().unwrap();
    let signed_headers = "content-type;host;x-amz-content-sha256;x-amz-date";
    assert_eq!(proof.signed_headers().as_str(), signed_headers);
    assert_eq!(request.verify().unwrap().payload(), PayloadMode::Unsigned);
    assert_eq!(request.headers.get_all("authorization").iter().count(), 1);
}

#[test]
fn chunks_signed_for_the_next_hop_verify_there() {
    let mut request = get();
    let at = example_time();
    let payload = PayloadMode::StreamingSigned;
    let head = sign(&request.outgoing(), payload, ACCESS_KEY, &key(at), at).unwrap();
    let mut signer = head.chunks(&key(at));
    head.apply(&mut request.headers);
    let mut verifier = request.verify().unwrap().chunks();
    for data in [&b"some data"[..], b""] {
        verifier.update(data);
        verifier
            .finish_chunk(signer.sign_chunk(data).to_hex().as_bytes())
            .unwrap();
    }
}
