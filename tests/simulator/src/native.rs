//! The least of HCP's own protocols: objects read and written under `/rest` and `/hs3` with HCP's
//! own credentials, so that a gateway can be seen to let them through.

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use http::header::{ETAG, LOCATION};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use md5::{Digest as _, Md5};
use percent_encoding::percent_decode_str;

use crate::answer::{Reply, add_security_headers, plain};
use crate::branches::Branch;
use crate::s3::seed;
use crate::store::{Blob, StoreError};
use crate::token::Token;
use crate::users::Users;

/// What a request addresses.
pub(crate) struct Place {
    bucket: String,
    key: String,
    rest: bool,
}

impl Place {
    /// `/rest/{key}` and `/hs3/{key}` below a bucket's host, `/hs3/{bucket}/{key}` below a tenant's.
    pub(crate) fn of(path: &str, host_bucket: Option<&str>) -> Option<Self> {
        let rest = path.strip_prefix("/rest/");
        let inner = rest.or_else(|| path.strip_prefix("/hs3/"))?;
        let (bucket, key) = match host_bucket {
            Some(bucket) => (bucket, inner),
            None if rest.is_some() => return None,
            None => inner.split_once('/')?,
        };
        let key = percent_decode_str(key).decode_utf8().ok()?;
        Some(Self {
            bucket: bucket.to_ascii_lowercase(),
            key: key.into_owned(),
            rest: rest.is_some(),
        })
    }
}

/// Answers a request for one object.
pub(crate) async fn answer(
    branch: &Branch,
    users: &Users,
    place: &Place,
    parts: &Parts,
    body: Incoming,
) -> Reply {
    let status = match user(users, &branch.api.name, &parts.headers) {
        Some(user) if may(branch, place, &user, &parts.method) => match parts.method {
            Method::PUT => return finish(write(branch, place, &user, body).await),
            Method::GET | Method::HEAD => return finish(read(branch, place).await),
            _ => StatusCode::METHOD_NOT_ALLOWED,
        },
        _ => StatusCode::FORBIDDEN,
    };
    finish(Err(status))
}

fn finish(outcome: Result<Reply, StatusCode>) -> Reply {
    let mut reply = outcome.unwrap_or_else(|status| plain(status, ""));
    add_security_headers(reply.status(), reply.headers_mut());
    reply
}

fn user(users: &Users, tenant: &str, headers: &HeaderMap) -> Option<String> {
    let user = Token::read(headers)?.user(users, tenant)?;
    Some(user.username)
}

fn may(branch: &Branch, place: &Place, user: &str, method: &Method) -> bool {
    let need = match *method {
        Method::PUT => "WRITE",
        _ => "READ",
    };
    let state = branch.api.tenant.state();
    let bucket = state.buckets.get(&place.bucket);
    bucket.is_some_and(|bucket| bucket.owner == user || bucket.permits(user, need))
}

async fn write(
    branch: &Branch,
    place: &Place,
    user: &str,
    body: Incoming,
) -> Result<Reply, StatusCode> {
    const FAILED: StatusCode = StatusCode::INTERNAL_SERVER_ERROR;
    let data = body.collect().await.map_err(|_| StatusCode::BAD_REQUEST)?;
    let data = data.to_bytes();
    let store = &branch.api.tenant;
    let mut writer = store.blobs.writer();
    writer.write(&data).await.map_err(|_| FAILED)?;
    let blob = writer.finish().await.map_err(|_| FAILED)?;
    let etag = hex::encode(Md5::digest(&data));
    put(branch, place, user, blob, etag.clone())?;
    let status = if place.rest {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    let mut reply = plain(status, "");
    let headers = reply.headers_mut();
    let value = |text: String| HeaderValue::from_str(&text).map_err(|_| FAILED);
    headers.insert(ETAG, value(format!("\"{etag}\""))?);
    if place.rest {
        headers.insert(LOCATION, value(format!("/rest/{}", place.key))?);
    }
    Ok(reply)
}

fn put(
    branch: &Branch,
    place: &Place,
    user: &str,
    blob: Blob,
    etag: String,
) -> Result<(), StatusCode> {
    let store = &branch.api.tenant;
    let mut state = store.state();
    let state = &mut *state;
    let bucket = state.buckets.get_mut(&place.bucket);
    let bucket = bucket.ok_or(StatusCode::NOT_FOUND)?;
    let stored = bucket.put(&place.key, seed(blob, etag, user), store.rules, &state.ids);
    stored.map(|_| ()).map_err(|error| match error {
        StoreError::KeyExists | StoreError::FolderClash => StatusCode::CONFLICT,
        _ => StatusCode::BAD_REQUEST,
    })
}

async fn read(branch: &Branch, place: &Place) -> Result<Reply, StatusCode> {
    let blob = {
        let state = branch.api.tenant.state();
        let bucket = state.buckets.get(&place.bucket);
        let version = bucket.and_then(|bucket| bucket.current(&place.key));
        let object = version.and_then(|version| version.object());
        object.map(|object| object.blob.clone())
    };
    let blob = blob.ok_or(StatusCode::NOT_FOUND)?;
    let blocks: Result<Vec<Bytes>, _> = blob.read().try_collect().await;
    let blocks = blocks.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(plain(StatusCode::OK, blocks.concat()))
}
