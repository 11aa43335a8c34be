//! Whatever a client sends, the answer is a value and never a panic; what we sign, we accept.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

mod common;

use common::{ACCESS_KEY, NOW, Request, now, secret};
use http::HeaderValue;
use portico_sigv2::{Authorization, Presigned, Proof, Signature, covers, date, presign, sign};
use portico_sigv4::uri_encode;
use proptest::collection::vec;
use proptest::prelude::*;

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let odd = prop::sample::select(b"%+&=/;,:.~? \t\0\n\x7f\xff\xc3AZaz09".to_vec());
    vec(prop_oneof![odd, any::<u8>()], 0..60)
}

/// A well-formed text with a piece cut out and odd bytes put in its place.
fn damaged(whole: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let len = whole.len();
    (0..=len, 0..=len, bytes()).prop_map(move |(a, b, odd)| {
        let (start, end) = (a.min(b), a.max(b));
        [&whole[..start], &odd, &whole[end..]].concat()
    })
}

fn header_form() -> Request {
    Request::new("GET", "/b/k", Some("acl&a=b")).signed()
}

fn query_form() -> Request {
    Request::new("GET", "/b/k", Some("acl&a=b&x-amz-security-token=t")).presigned()
}

/// Takes a request all the way; how it ends does not matter, as long as it ends.
fn answer(request: &Request) {
    let view = request.view();
    if let Ok(Some(proof)) = Proof::from_request(&view) {
        let _ = format!("{proof:?}");
        if let Ok(verified) = proof.verify(&secret(), &view, request.bucket.as_deref(), now()) {
            let _ = verified.unsigned_parameters(&view);
        }
    }
}

fn parameter() -> impl Strategy<Value = (String, String)> {
    let names = [
        "acl",
        "uploadId",
        "versionId",
        "prefix",
        "retention",
        "encryption",
        "x-amz-meta-q",
        "response-content-disposition",
        "other",
    ];
    (prop::sample::select(names.to_vec()), "[ -~é]{0,12}").prop_map(|(name, value)| {
        // What `&acl` in a value means is refused, and `x-amz-` ones are trimmed and single.
        (name.to_owned(), value.replace('&', "+").trim().to_owned())
    })
}

fn request() -> impl Strategy<Value = Request> {
    (
        prop::sample::select(vec!["GET", "PUT", "DELETE", "HEAD", "POST"]),
        "[ -~é]{0,12}",
        vec(parameter(), 0..5),
        vec(("x-amz-[a-z-]{1,8}", "[ -~]{0,12}"), 0..4),
        prop::option::of("[a-z0-9.-]{3,12}"),
        prop::option::of("[a-z/]{1,9}"),
    )
        .prop_map(|(method, key, parameters, headers, bucket, kind)| {
            let path = format!("/{}", uri_encode(key.as_bytes(), true));
            let mut seen = Vec::new();
            let single = parameters.into_iter().filter(|(name, _)| {
                let first = !seen.contains(name);
                seen.push(name.clone());
                first
            });
            let pieces = single.map(|(name, value)| match &*value {
                "" => name,
                value => format!("{name}={}", uri_encode(value.as_bytes(), false)),
            });
            let query = pieces.collect::<Vec<_>>().join("&");
            let query = (!query.is_empty()).then_some(query);
            let mut request = Request::new(method, &path, query.as_deref());
            request.bucket = bucket;
            for (name, value) in headers {
                if name != "x-amz-date" {
                    request.append(&name, value.as_bytes());
                }
            }
            kind.iter()
                .fold(request, |request, kind| request.with("content-type", kind))
        })
}

proptest! {
    #[test]
    fn what_is_signed_is_accepted(request in request(), other in "[!-~]{1,40}") {
        prop_assume!(other != common::SECRET);
        for signed in [request.clone().signed(), request.clone().presigned()] {
            prop_assert!(signed.verify().is_ok(), "{signed:?}");
            prop_assert!(signed.verify_with(&other, now()).is_err());
            let verified = signed.verify().unwrap();
            for name in verified.unsigned_parameters(&signed.view()) {
                prop_assert!(!covers(verified.form(), &name), "{name}");
            }
        }
    }

    #[test]
    fn any_request(path in bytes(), query in bytes(), bucket in "\\PC{0,8}") {
        for mut request in [header_form(), query_form()] {
            request.path.clone_from(&path);
            answer(&request);
            request.bucket = Some(bucket.clone());
            request.query = Some(query.clone());
            answer(&request);
        }
    }

    #[test]
    fn any_authorization(value in damaged(header_form().headers["authorization"].as_bytes().to_vec())) {
        let _ = Authorization::parse(&value);
        let _ = Signature::parse(&value);
        if let Ok(value) = HeaderValue::from_bytes(&value) {
            let mut request = header_form();
            request.headers.insert("authorization", value);
            answer(&request);
        }
    }

    #[test]
    fn any_presigned_query(query in damaged(query_form().query.unwrap())) {
        let _ = Presigned::from_query(&query);
        let mut request = query_form();
        request.query = Some(query);
        answer(&request);
    }

    #[test]
    fn any_headers(value in bytes(), seconds in any::<u32>(), key in "\\PC{0,20}") {
        let _ = date::parse(&value);
        for mut request in [header_form(), query_form()] {
            for name in ["date", "x-amz-date", "x-amz-security-token", "content-md5", "x-amz-y"] {
                if let Ok(value) = HeaderValue::from_bytes(&value) {
                    request.headers.insert(name, value);
                    answer(&request);
                }
            }
            let _ = presign(&request.outgoing(), &key, &secret(), seconds);
            let _ = sign(&request.outgoing(), &key, &secret(), common::at(seconds.into()));
        }
    }
}

#[test]
fn every_truncation_of_a_proof() {
    let whole = header_form().headers["authorization"].as_bytes().to_vec();
    for end in 0..whole.len() {
        let mut request = header_form();
        let value = HeaderValue::from_bytes(&whole[..end]).unwrap();
        request.headers.insert("authorization", value);
        assert!(!request.is_accepted(), "{end}");
    }
    let whole = query_form().query.unwrap();
    for end in 0..whole.len() {
        let mut request = query_form();
        request.query = Some(whole[..end].to_vec());
        assert!(!request.is_accepted(), "{end}");
    }
}

#[test]
fn a_link_for_an_odd_access_key_can_be_read_again() {
    for key in ["a+b/c==", "a b", "ü"] {
        let request = Request::new("GET", "/b/k", None);
        let query = presign(&request.outgoing(), key, &secret(), NOW).unwrap();
        let read = Presigned::from_query(query.as_bytes());
        assert_eq!(
            read.is_ok(),
            key.bytes().all(|byte| byte.is_ascii_graphic()),
            "{key}"
        );
    }
    assert_eq!(query_form().proof().unwrap().access_key(), ACCESS_KEY);
}
