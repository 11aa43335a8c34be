//! The rules around a signature: scope, claims, tokens, and what must be signed.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

mod common;

use common::{ACCESS_KEY, Request, example_time, key, secret, system_time};
use portico_sigv4::{Fault, Form, PathStyle, PayloadMode, Proof, ProofError, QueryStyle};
use portico_sigv4::{Scope, SigningKey, Style, Timestamp, sign};
use secrecy::ExposeSecret;

fn get() -> Request {
    Request::new("GET", "s3.example.com", "/bucket/key", None)
}

fn signed() -> Request {
    get().signed(PayloadMode::of(b""))
}

fn change(request: &Request, from: &str, to: &str) -> Request {
    let mut request = request.clone();
    let value = request.headers["authorization"]
        .to_str()
        .unwrap()
        .replace(from, to);
    request.set("authorization", value.as_bytes());
    request
}

#[test]
fn the_scope_must_fit_the_request() {
    let other_day = change(&signed(), "20130524/", "20130525/");
    assert_eq!(
        other_day.verify().unwrap_err(),
        Fault::ScopeDate.of_header()
    );
    let other_service = change(&signed(), "/s3/", "/sts/");
    assert_eq!(
        other_service.verify().unwrap_err(),
        Fault::Service.of_header()
    );
    let other_region = change(&signed(), "us-east-1", "us-east-2");
    assert_eq!(
        other_region.verify().unwrap_err(),
        ProofError::SignatureMismatch
    );

    let at = example_time();
    for region in ["eu-west-9", "x", "us-east-1"] {
        let mut request = get();
        let key = SigningKey::derive(&secret(), &Scope::new(&at, region, "s3").unwrap());
        let signed = sign(
            &request.outgoing(),
            PayloadMode::Unsigned,
            ACCESS_KEY,
            &key,
            at,
        );
        signed.unwrap().apply(&mut request.headers);
        assert_eq!(request.proof().unwrap().scope().region(), region);
        request.verify().unwrap();
    }
}

trait OfHeader {
    fn of_header(self) -> ProofError;
}

impl OfHeader for Fault {
    fn of_header(self) -> ProofError {
        ProofError::Malformed {
            form: Form::Header,
            fault: self,
        }
    }
}

#[test]
fn unsigned_amz_headers_are_refused_and_named() {
    for request in [signed(), get().presigned(&[])] {
        let request = request
            .with("x-amz-copy-source", "/a/b")
            .with("x-amzn-trace-id", "free");
        let named = ProofError::UnsignedHeaders(vec!["x-amz-copy-source".to_owned()]);
        assert_eq!(request.verify().unwrap_err(), named);
    }
    let hostless = change(&signed(), "host;", "");
    let named = ProofError::UnsignedHeaders(vec!["host".to_owned()]);
    assert_eq!(hostless.verify().unwrap_err(), named);
}

#[test]
fn a_signed_header_must_be_there() {
    let request = change(&signed(), "host;", "host;range;");
    let missing = ProofError::MissingSignedHeader("range".to_owned());
    assert_eq!(request.verify().unwrap_err(), missing);
}

#[test]
fn headers_with_one_meaning_must_not_be_repeated() {
    for name in ["x-amz-date", "x-amz-content-sha256"] {
        let value = signed().headers[name].to_str().unwrap().to_owned();
        let repeated = signed().with(name, &value);
        assert_eq!(
            repeated.verify().unwrap_err(),
            ProofError::RepeatedHeader(name)
        );
    }
    let name = "x-amz-security-token";
    let tokens = get()
        .with(name, "a")
        .with(name, "b")
        .signed(PayloadMode::Unsigned);
    assert_eq!(
        tokens.verify().unwrap_err(),
        ProofError::RepeatedHeader(name)
    );
    let both = get()
        .with(name, "a")
        .presigned(&[("X-Amz-Security-Token", "a")]);
    assert_eq!(both.verify().unwrap_err(), ProofError::RepeatedHeader(name));
}

#[test]
fn one_request_makes_one_claim() {
    for authorization in ["AWS4-HMAC-SHA256 x", "AWS a:b", "Bearer x"] {
        let request = get().presigned(&[]).with("authorization", authorization);
        assert_eq!(
            request.verify().unwrap_err(),
            ProofError::ConflictingMechanisms
        );
    }
    let mut request = signed();
    request.query = Some(b"X-Amz-Signature=00".to_vec());
    assert_eq!(
        request.verify().unwrap_err(),
        ProofError::ConflictingMechanisms
    );
    for request in [
        get(),
        get().with("authorization", "AWS a:b"),
        get().with("authorization", ""),
    ] {
        assert!(Proof::from_request(&request.view()).unwrap().is_none());
    }
}

#[test]
fn a_token_is_found_in_header_and_query_and_is_signed() {
    let in_header = get()
        .with("x-amz-security-token", "t/o=k")
        .signed(PayloadMode::Unsigned);
    let in_query = get().presigned(&[("X-Amz-Security-Token", "t/o=k")]);
    for request in [&in_header, &in_query] {
        let proof = request.proof().unwrap();
        assert_eq!(proof.security_token().unwrap().expose_secret(), "t/o=k");
        request.verify().unwrap();
    }
    let mut other = in_header;
    other.set("x-amz-security-token", b"other");
    assert_eq!(other.verify().unwrap_err(), ProofError::SignatureMismatch);
    other.headers.remove("x-amz-security-token");
    assert!(other.verify().is_err());
    assert!(signed().proof().unwrap().security_token().is_none());
}

#[test]
fn nothing_secret_is_shown() {
    let request = get().presigned(&[("X-Amz-Security-Token", "the-token")]);
    let proof = request.proof().unwrap();
    let verified = request.verify().unwrap();
    let shown = format!("{proof:?} {verified:?} {:?}", verified.chunks());
    let query = String::from_utf8(request.query.clone().unwrap()).unwrap();
    let signature = query.split_once("X-Amz-Signature=").unwrap().1;
    for hidden in ["the-token", signature, common::SECRET] {
        assert!(!shown.contains(hidden), "{shown}");
    }
}

#[test]
fn another_secret_does_not_fit() {
    for request in [signed(), get().presigned(&[])] {
        let other = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEZ".into();
        let outcome =
            request
                .proof()
                .unwrap()
                .verify(&other, &request.view(), system_time(example_time()));
        assert_eq!(outcome.unwrap_err(), ProofError::SignatureMismatch);
    }
}

#[test]
fn a_kept_key_serves_until_the_day_is_over() {
    let (request, now) = (signed(), system_time(example_time()));
    let proof = request.proof().unwrap();
    let kept = request.verify().unwrap().signing_key().clone();
    proof.verify_with_key(&kept, &request.view(), now).unwrap();
    let tomorrow = key(Timestamp::parse(b"20130525T000000Z").unwrap());
    let refused = proof
        .verify_with_key(&tomorrow, &request.view(), now)
        .unwrap_err();
    assert_eq!(refused, ProofError::SignatureMismatch);
}

#[test]
fn unusual_spelling_may_be_signed_as_sent() {
    let odd_path = "/bucket/(a)+b%2bc%41!";
    let odd_query = "prefix=a:b+c&%61=1&list-type=2";
    for path in [PathStyle::Recoded, PathStyle::AsSent] {
        for query in [QueryStyle::Recoded, QueryStyle::AsSent] {
            let mut request = Request::new("GET", "h", odd_path, Some(odd_query))
                .with("x-amz-date", "20130524T000000Z")
                .with("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
            let signed_headers = "host;x-amz-content-sha256;x-amz-date";
            request.authorize(signed_headers, Style { path, query }, PayloadMode::Unsigned);
            request.verify().unwrap();
            request.path.push(b'x');
            assert_eq!(request.verify().unwrap_err(), ProofError::SignatureMismatch);
        }
    }
}

#[test]
fn a_signed_plus_cannot_be_turned_into_a_space() {
    let mut request = get();
    request.query = Some(b"prefix=a%2Bb".to_vec());
    let mut request = request.signed(PayloadMode::Unsigned);
    request.verify().unwrap();
    request.query = Some(b"prefix=a+b".to_vec());
    assert_eq!(request.verify().unwrap_err(), ProofError::SignatureMismatch);
}

#[test]
fn errors_carry_the_codes_of_s3() {
    let codes = [
        (
            Fault::Credential.of_header(),
            "AuthorizationHeaderMalformed",
            400,
        ),
        (
            ProofError::Malformed {
                form: Form::Query,
                fault: Fault::Expires,
            },
            "AuthorizationQueryParametersError",
            400,
        ),
        (ProofError::ConflictingMechanisms, "InvalidArgument", 400),
        (ProofError::MissingContentSha256, "InvalidRequest", 400),
        (ProofError::MissingDate, "AccessDenied", 403),
        (ProofError::UnsignedHeaders(vec![]), "AccessDenied", 403),
        (ProofError::Expired, "AccessDenied", 403),
        (ProofError::Skewed, "RequestTimeTooSkewed", 403),
        (ProofError::SignatureMismatch, "SignatureDoesNotMatch", 403),
    ];
    for (error, code, status) in codes {
        assert_eq!(
            (error.s3_code(), error.status().as_u16()),
            (code, status),
            "{error}"
        );
    }
}

#[test]
fn a_line_feed_in_a_path_as_sent_is_no_new_line() {
    let mut request = get()
        .with("x-amz-date", "20130524T000000Z")
        .with("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
    let as_sent = Style {
        path: PathStyle::AsSent,
        ..Style::S3
    };
    for (path, accepted) in [("/a(b)", true), ("/a\nb", false), ("/a b", false)] {
        request.path = path.as_bytes().to_vec();
        let signed_headers = "host;x-amz-content-sha256;x-amz-date";
        request.authorize(signed_headers, as_sent, PayloadMode::Unsigned);
        assert_eq!(request.is_accepted(), accepted, "{path:?}");
    }
}
