//! S3 keys, and signing with them as an SDK would.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName, HeaderValue};
use portico_sigv4::{
    ChunkSigner, Outgoing, PayloadMode, Scope, Signed, SigningKey, Timestamp, presign, sign,
};
use secrecy::SecretString;

use super::Request;

/// Access key, secret, and the session token that goes with them.
#[derive(Clone)]
pub struct Keys {
    pub access_key: String,
    pub secret_key: String,
    pub token: Option<String>,
}

impl Keys {
    /// The keys in the settings of a house before a generic store.
    pub fn configured() -> Self {
        Self {
            access_key: "AKSTORY".to_owned(),
            secret_key: "the secret of AKSTORY".to_owned(),
            token: None,
        }
    }

    /// Signs a request, its body by hash.
    pub fn sign(&self, request: Request) -> Request {
        let payload = PayloadMode::of(&request.body);
        self.sign_as(request, payload)
    }

    /// Signs a request with another promise of its body.
    pub fn sign_as(&self, request: Request, payload: PayloadMode) -> Request {
        self.sign_at(request, payload, SystemTime::now())
    }

    /// Signs a request as if it were another time.
    pub fn sign_at(&self, request: Request, payload: PayloadMode, now: SystemTime) -> Request {
        self.signed(request, payload, now).0
    }

    /// Signs a request whose chunks are signed too.
    pub fn sign_chunked(&self, request: Request, payload: PayloadMode) -> (Request, ChunkSigner) {
        let now = SystemTime::now();
        let (request, signed) = self.signed(request, payload, now);
        (request, signed.chunks(&self.key(timestamp(now))))
    }

    fn signed(
        &self,
        mut request: Request,
        payload: PayloadMode,
        now: SystemTime,
    ) -> (Request, Signed) {
        if let Some(token) = &self.token {
            request = request.instead("x-amz-security-token", token);
        }
        let at = timestamp(now);
        let headers = amz_headers(&request);
        let signed = sign(
            &outgoing(&request, &headers),
            payload,
            &self.access_key,
            &self.key(at),
            at,
        );
        let signed = signed.expect("a request that can be signed");
        let mut own = HeaderMap::new();
        signed.clone().apply(&mut own);
        for (name, value) in &own {
            let value = value.to_str().expect("a header of text");
            request = request.instead(name.as_str(), value);
        }
        (request, signed)
    }

    /// Puts the signature into the query, good for so many seconds from `now` on.
    pub fn presign_at(&self, mut request: Request, seconds: u32, now: SystemTime) -> Request {
        let at = timestamp(now);
        let token = self.token.iter();
        let extra: Vec<_> = token
            .map(|token| ("X-Amz-Security-Token", token.as_str()))
            .collect();
        let headers = amz_headers(&request);
        let signed = presign(
            &outgoing(&request, &headers),
            &self.access_key,
            &self.key(at),
            at,
            seconds,
            &extra,
        );
        let query = signed.expect("a request that can be presigned");
        let path = request.target.split('?').next().unwrap_or_default();
        request.target = format!("{path}?{query}");
        request
    }

    /// Puts the signature into the query, good for an hour.
    pub fn presign(&self, request: Request) -> Request {
        self.presign_at(request, 3600, SystemTime::now())
    }

    fn key(&self, at: Timestamp) -> SigningKey {
        let scope = Scope::new(&at, "us-east-1", "s3").expect("a scope");
        SigningKey::derive(&SecretString::from(self.secret_key.as_str()), &scope)
    }
}

/// So many hours.
pub fn hours(count: u64) -> Duration {
    Duration::from_secs(count * 3600)
}

fn timestamp(now: SystemTime) -> Timestamp {
    Timestamp::from_system(now).expect("a year of four digits")
}

fn amz_headers(request: &Request) -> HeaderMap {
    let ours = request.headers.iter();
    let ours = ours.filter(|(name, _)| name.starts_with("x-amz-"));
    ours.map(|(name, value)| {
        let name = name.parse::<HeaderName>().expect("a header's name");
        (
            name,
            HeaderValue::from_str(value).expect("a header's value"),
        )
    })
    .collect()
}

fn outgoing<'a>(request: &'a Request, headers: &'a HeaderMap) -> Outgoing<'a> {
    let (path, query) = match request.target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (request.target.as_str(), None),
    };
    Outgoing {
        method: &request.method,
        path,
        query,
        headers,
        host: request.get("host").expect("a Host"),
        sign_also: &[],
    }
}
