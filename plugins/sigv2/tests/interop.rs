//! What real clients sign is accepted: boto3 and s3cmd, by requests they made themselves.
//!
//! `vectors/clients.json` is written by `vectors/generate.py`, which says how.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

mod common;

use common::{Request, at};
use portico_sigv2::{Form, ProofError};
use secrecy::ExposeSecret;
use serde::Deserialize;

#[derive(Deserialize)]
struct Vectors {
    access_key: String,
    secret: String,
    token: String,
    now: u64,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    method: String,
    path: String,
    query: Option<String>,
    headers: Vec<(String, String)>,
    bucket: Option<String>,
}

impl Case {
    fn request(&self) -> Request {
        let mut request = Request::new(&self.method, &self.path, self.query.as_deref());
        for (name, value) in &self.headers {
            request.append(name, value.as_bytes());
        }
        request.bucket.clone_from(&self.bucket);
        request
    }
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("vectors/clients.json")).unwrap()
}

#[test]
fn every_request_is_accepted_until_it_is_changed() {
    let vectors = vectors();
    let mut links = 0;
    for case in &vectors.cases {
        let (name, request) = (&case.name, case.request());
        let verify = |request: &Request| request.verify_with(&vectors.secret, at(vectors.now));
        let proof = request.proof().unwrap();
        assert_eq!(proof.access_key(), vectors.access_key, "{name}");
        let verified = verify(&request).map_err(|error| format!("{name}: {error}"));
        let verified = verified.unwrap();
        if name.contains("retention") || name.contains("encryption") {
            assert!(
                !verified.covers("retention") && verified.covers("versionId"),
                "{name}"
            );
        }
        links += usize::from(verified.form() == Form::Query);

        assert_eq!(
            verify(&request.adding("versions")).unwrap_err(),
            ProofError::SignatureMismatch
        );
        let mut longer = request.clone();
        longer.path.extend_from_slice(b"x/");
        assert_eq!(
            verify(&longer).unwrap_err(),
            ProofError::SignatureMismatch,
            "{name}"
        );
        let other = request.verify_with("another", at(vectors.now)).unwrap_err();
        assert_eq!(other, ProofError::SignatureMismatch, "{name}");
    }
    assert!(
        vectors.cases.len() > 80 && links > 25,
        "{} {links}",
        vectors.cases.len()
    );
}

#[test]
fn tokens_are_found_in_header_and_query() {
    let vectors = vectors();
    let mut found = 0;
    for case in vectors
        .cases
        .iter()
        .filter(|case| case.name.contains(" token"))
    {
        let proof = case.request().proof().unwrap();
        let token = proof.security_token().unwrap();
        assert_eq!(token.expose_secret(), vectors.token, "{}", case.name);
        found += 1;
    }
    assert!(found > 8, "{found}");
}
