//! Signing as older clients do, with Signature Version 2.

use std::time::SystemTime;

use http::{HeaderMap, HeaderName, HeaderValue};
use portico_sigv2::{Outgoing, presign, sign};
use secrecy::SecretString;

use super::{Keys, Request};

impl Keys {
    /// Signs a request in its header; the bucket, if the host names it.
    pub fn sign_v2(&self, request: Request, host_bucket: Option<&str>) -> Request {
        self.sign_v2_at(request, host_bucket, SystemTime::now())
    }

    /// Signs a request as if it were another time.
    pub fn sign_v2_at(
        &self,
        mut request: Request,
        host_bucket: Option<&str>,
        now: SystemTime,
    ) -> Request {
        if let Some(token) = &self.token {
            request = request.instead("x-amz-security-token", token);
        }
        let headers = headers(&request);
        let outgoing = outgoing(&request, &request.target, &headers, host_bucket);
        let signed = sign(&outgoing, &self.access_key, &self.secret(), now);
        let mut own = HeaderMap::new();
        signed
            .expect("a request that can be signed")
            .apply(&mut own);
        for (name, value) in &own {
            request = request.instead(name.as_str(), value.to_str().expect("a header of text"));
        }
        request
    }

    /// Puts the signature into the query, good until so many seconds from now.
    pub fn presign_v2(&self, request: Request, seconds: i64, host_bucket: Option<&str>) -> Request {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let now = i64::try_from(now.expect("a clock").as_secs()).expect("a clock");
        let expires = u32::try_from(now + seconds).expect("a time");
        let mut request = request;
        if let Some(token) = &self.token {
            let mark = if request.target.contains('?') {
                '&'
            } else {
                '?'
            };
            request.target = format!("{}{mark}x-amz-security-token={token}", request.target);
        }
        let headers = headers(&request);
        let outgoing = outgoing(&request, &request.target, &headers, host_bucket);
        let query = presign(&outgoing, &self.access_key, &self.secret(), expires);
        let query = query.expect("a request that can be presigned");
        let path = request.target.split('?').next().unwrap_or_default();
        request.target = format!("{path}?{query}");
        request
    }

    fn secret(&self) -> SecretString {
        SecretString::from(self.secret_key.as_str())
    }
}

fn headers(request: &Request) -> HeaderMap {
    let all = request.headers.iter();
    all.map(|(name, value)| {
        let name = name.parse::<HeaderName>().expect("a header's name");
        (
            name,
            HeaderValue::from_str(value).expect("a header's value"),
        )
    })
    .collect()
}

fn outgoing<'a>(
    request: &'a Request,
    target: &'a str,
    headers: &'a HeaderMap,
    host_bucket: Option<&'a str>,
) -> Outgoing<'a> {
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    };
    Outgoing {
        method: &request.method,
        path,
        query,
        headers,
        bucket_of_virtual_host: host_bucket,
    }
}
