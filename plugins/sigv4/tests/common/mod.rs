//! A request that a test can build, change and look at.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "every test binary uses a part of its own"
)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on shall stop"
)]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, HeaderName, HeaderValue};
use portico_sigv4::{CanonicalRequest, Outgoing, PayloadMode, Proof, ProofError, RequestView};
use portico_sigv4::{Scope, SignedHeaders, SigningKey, Style, Timestamp, Verified};
use secrecy::SecretString;

pub const ACCESS_KEY: &str = "AKIAIOSFODNN7EXAMPLE";
pub const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
pub const EMPTY_SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// 24 May 2013, the day of AWS's examples.
pub fn example_time() -> Timestamp {
    Timestamp::parse(b"20130524T000000Z").unwrap()
}

pub fn system_time(at: Timestamp) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(at.unix().try_into().unwrap())
}

pub fn secret() -> SecretString {
    SECRET.into()
}

pub fn key(at: Timestamp) -> SigningKey {
    SigningKey::derive(&secret(), &Scope::new(&at, "us-east-1", "s3").unwrap())
}

#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    pub path: Vec<u8>,
    pub query: Option<Vec<u8>>,
    pub headers: HeaderMap,
    pub host: Vec<u8>,
}

impl Request {
    pub fn new(method: &str, host: &str, path: &str, query: Option<&str>) -> Self {
        Self {
            method: method.to_owned(),
            path: path.as_bytes().to_vec(),
            query: query.map(|query| query.as_bytes().to_vec()),
            headers: HeaderMap::new(),
            host: host.as_bytes().to_vec(),
        }
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.append(name, value.as_bytes());
        self
    }

    pub fn append(&mut self, name: &str, value: &[u8]) {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        self.headers
            .append(name, HeaderValue::from_bytes(value).unwrap());
    }

    pub fn set(&mut self, name: &str, value: &[u8]) {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        self.headers
            .insert(name, HeaderValue::from_bytes(value).unwrap());
    }

    pub fn view(&self) -> RequestView<'_> {
        RequestView {
            method: &self.method,
            raw_path: &self.path,
            raw_query: self.query.as_deref(),
            headers: &self.headers,
            host: &self.host,
        }
    }

    pub fn proof(&self) -> Result<Proof, ProofError> {
        Proof::from_request(&self.view()).map(|proof| proof.expect("a claim"))
    }

    pub fn verify_at(&self, now: SystemTime) -> Result<Verified, ProofError> {
        self.proof()?.verify(&secret(), &self.view(), now)
    }

    pub fn verify(&self) -> Result<Verified, ProofError> {
        self.verify_at(system_time(example_time()))
    }

    /// Whether a server that knows the example secret would let this in, now.
    pub fn is_accepted(&self) -> bool {
        match Proof::from_request(&self.view()) {
            Ok(Some(proof)) => {
                let now = system_time(example_time());
                proof.verify(&secret(), &self.view(), now).is_ok()
            }
            Ok(None) | Err(_) => false,
        }
    }

    pub fn outgoing(&self) -> Outgoing<'_> {
        Outgoing {
            method: &self.method,
            path: std::str::from_utf8(&self.path).unwrap(),
            query: self
                .query
                .as_deref()
                .map(|query| std::str::from_utf8(query).unwrap()),
            headers: &self.headers,
            host: std::str::from_utf8(&self.host).unwrap(),
            sign_also: &[],
        }
    }

    /// Signs with the example key at the example time.
    pub fn signed(mut self, payload: PayloadMode) -> Self {
        let at = example_time();
        let signed = portico_sigv4::sign(&self.outgoing(), payload, ACCESS_KEY, &key(at), at);
        signed.unwrap().apply(&mut self.headers);
        self
    }

    /// Signs as a client with rules of its own would.
    pub fn authorize(&mut self, signed: &str, style: Style, payload: PayloadMode) {
        let at = example_time();
        let signed_headers = SignedHeaders::parse(signed).unwrap();
        let mut canonical = Vec::new();
        CanonicalRequest {
            method: &self.method,
            path: &self.path,
            query: self.query.as_deref(),
            presigned: false,
            headers: &self.headers,
            overrides: &[("host", &self.host)],
            signed_headers: &signed_headers,
            payload,
            style,
        }
        .write_into(&mut canonical)
        .unwrap();
        let (key, signature) = (key(at), key(at).sign_canonical(&at, &canonical).to_hex());
        let scope = key.scope().as_str();
        let value = format!(
            "AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/{scope},SignedHeaders={signed},Signature={signature}"
        );
        self.set("authorization", value.as_bytes());
    }

    /// Presigns with the example key at the example time, for a day.
    pub fn presigned(mut self, extra: &[(&str, &str)]) -> Self {
        let at = example_time();
        let query =
            portico_sigv4::presign(&self.outgoing(), ACCESS_KEY, &key(at), at, 86400, extra);
        self.query = Some(query.unwrap().into_bytes());
        self
    }
}
