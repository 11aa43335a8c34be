//! Whatever a client sends, the answer is a value and never a panic.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

mod common;

use common::{Request, example_time, secret, system_time};
use http::HeaderValue;
use portico_sigv4::{
    Authorization, PayloadMode, Presigned, Proof, Timestamp, canonical_path, canonical_query,
    percent_decode,
};
use proptest::collection::vec;
use proptest::prelude::*;

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let odd = prop::sample::select(b"%+&=/;,.~ \t\0\x7f\xff\xc3AZaz09".to_vec());
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
    Request::new("GET", "h", "/b/k", Some("a=b")).signed(PayloadMode::Unsigned)
}

fn query_form() -> Request {
    Request::new("GET", "h", "/b/k", Some("a=b")).presigned(&[("X-Amz-Security-Token", "t")])
}

/// Takes a request all the way; how it ends does not matter, as long as it ends.
fn answer(request: &Request) {
    let view = request.view();
    if let Ok(Some(proof)) = Proof::from_request(&view) {
        let now = system_time(example_time());
        let _ = format!("{proof:?}");
        let _ = proof.verify(&secret(), &view, now);
    }
}

proptest! {
    #[test]
    fn any_request(path in bytes(), query in bytes(), host in bytes()) {
        for mut request in [header_form(), query_form()] {
            request.path.clone_from(&path);
            request.host.clone_from(&host);
            answer(&request);
            request.query = Some(query.clone());
            answer(&request);
        }
    }

    #[test]
    fn any_authorization(value in damaged(header_form().headers["authorization"].as_bytes().to_vec())) {
        let _ = Authorization::parse(&value);
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
    fn any_headers(date in bytes(), hash in bytes(), token in bytes(), now in any::<i64>()) {
        let mut request = header_form();
        for (name, value) in [
            ("x-amz-date", &date), ("x-amz-content-sha256", &hash), ("x-amz-security-token", &token),
        ] {
            if let Ok(value) = HeaderValue::from_bytes(value) {
                request.headers.insert(name, value);
                answer(&request);
            }
        }
        let _ = Timestamp::parse_date_header(&date);
        let _ = Timestamp::from_unix(now);
    }

    #[test]
    fn canonical_forms_stay_as_they_are(raw in bytes()) {
        let path = canonical_path(&raw);
        prop_assert_eq!(&canonical_path(path.as_bytes()), &path);
        let query = canonical_query(&raw);
        prop_assert_eq!(canonical_query(query.as_bytes()), query);
        if !raw.is_empty() {
            prop_assert_eq!(percent_decode(path.as_bytes()), percent_decode(&raw));
        }
    }
}

#[test]
fn every_truncation_of_a_proof() {
    let whole = header_form().headers["authorization"].as_bytes().to_vec();
    for end in 0..whole.len() {
        let mut request = header_form();
        request.headers.insert(
            "authorization",
            HeaderValue::from_bytes(&whole[..end]).unwrap(),
        );
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
fn non_utf8_and_empty_targets_can_be_signed() {
    for path in [&b""[..], b"/", b"/\xff\xfe%FF", b"*"] {
        let mut request = header_form();
        request.path = path.to_vec();
        assert!(!request.is_accepted());
        let signed = Request::new("GET", "h", &canonical_path(path), None);
        let mut signed = signed.signed(PayloadMode::Unsigned);
        signed.path = path.to_vec();
        assert!(signed.is_accepted(), "{path:?}");
    }
}
