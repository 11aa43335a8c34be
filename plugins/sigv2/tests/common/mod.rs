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
use portico_sigv2::{Outgoing, Proof, ProofError, RequestView, Verified};
use secrecy::SecretString;

pub const ACCESS_KEY: &str = "AKIAIOSFODNN7EXAMPLE";
pub const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// Tue, 27 Mar 2007 19:36:42 GMT, a moment of AWS's examples.
pub const NOW: u32 = 1_175_024_202;

pub fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

pub fn now() -> SystemTime {
    at(NOW.into())
}

pub fn secret() -> SecretString {
    SECRET.into()
}

#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    pub path: Vec<u8>,
    pub query: Option<Vec<u8>>,
    pub headers: HeaderMap,
    /// Of the virtual host.
    pub bucket: Option<String>,
}

impl Request {
    pub fn new(method: &str, path: &str, query: Option<&str>) -> Self {
        Self {
            method: method.to_owned(),
            path: path.as_bytes().to_vec(),
            query: query.map(|query| query.as_bytes().to_vec()),
            headers: HeaderMap::new(),
            bucket: None,
        }
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.append(name, value.as_bytes());
        self
    }

    pub fn at_bucket(mut self, bucket: &str) -> Self {
        self.bucket = Some(bucket.to_owned());
        self
    }

    pub fn append(&mut self, name: &str, value: &[u8]) {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        let value = HeaderValue::from_bytes(value).unwrap();
        self.headers.append(name, value);
    }

    pub fn set(&mut self, name: &str, value: &[u8]) {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        let value = HeaderValue::from_bytes(value).unwrap();
        self.headers.insert(name, value);
    }

    /// The same request with more in its query.
    pub fn adding(&self, piece: &str) -> Self {
        let mut request = self.clone();
        let query = request.query.get_or_insert_default();
        if !query.is_empty() {
            query.push(b'&');
        }
        query.extend_from_slice(piece.as_bytes());
        request
    }

    pub fn view(&self) -> RequestView<'_> {
        RequestView {
            method: &self.method,
            raw_path: &self.path,
            raw_query: self.query.as_deref(),
            headers: &self.headers,
            host: b"s3.example.com",
        }
    }

    pub fn proof(&self) -> Result<Proof, ProofError> {
        Proof::from_request(&self.view()).map(|proof| proof.expect("a claim"))
    }

    pub fn verify_with(&self, secret: &str, now: SystemTime) -> Result<Verified, ProofError> {
        let bucket = self.bucket.as_deref();
        self.proof()?
            .verify(&secret.into(), &self.view(), bucket, now)
    }

    pub fn verify_at(&self, now: SystemTime) -> Result<Verified, ProofError> {
        self.verify_with(SECRET, now)
    }

    pub fn verify(&self) -> Result<Verified, ProofError> {
        self.verify_at(now())
    }

    /// Whether a server that knows the example key alone would let this in, now.
    pub fn is_accepted(&self) -> bool {
        match Proof::from_request(&self.view()) {
            Ok(Some(proof)) => proof.access_key() == ACCESS_KEY && self.verify().is_ok(),
            Ok(None) | Err(_) => false,
        }
    }

    pub fn outgoing(&self) -> Outgoing<'_> {
        let text = |bytes| std::str::from_utf8(bytes).unwrap();
        Outgoing {
            method: &self.method,
            path: text(&self.path),
            query: self.query.as_deref().map(text),
            headers: &self.headers,
            bucket_of_virtual_host: self.bucket.as_deref(),
        }
    }

    /// Signs with the example key, now.
    pub fn signed(mut self) -> Self {
        let signed = portico_sigv2::sign(&self.outgoing(), ACCESS_KEY, &secret(), now());
        signed.unwrap().apply(&mut self.headers);
        self
    }

    /// Presigns with the example key, for an hour.
    pub fn presigned(mut self) -> Self {
        let end = NOW + 3600;
        let query = portico_sigv2::presign(&self.outgoing(), ACCESS_KEY, &secret(), end);
        self.query = Some(query.unwrap().into_bytes());
        self
    }
}
