//! Requests that HCP takes and s3s does not: long keys, and ranges that are to be ignored.

use http::header::RANGE;
use http::request::Parts;
use percent_encoding::percent_decode_str;
use s3s::dto::Range;
use s3s::{S3Error, s3_error};

use crate::s3::{LONG_KEY, LongKeys, errors};
use crate::sigv4::Signed;
use crate::users::{Users, secret_key};

/// s3s refuses longer keys, as AWS does.
const SHORT_KEY: usize = 1024;
const COPY_SOURCE: &str = "x-amz-copy-source";

/// What has to be changed in a request.
struct Changes {
    path: Option<String>,
    copy_source: Option<String>,
    drop_range: bool,
}

/// Brings a request into a form that s3s takes. Its signature is checked first, over the form
/// that the client sent. `bucket_in_host` tells the virtual style.
pub(crate) fn rewrite(
    parts: &mut Parts,
    bucket_in_host: bool,
    tenant: &str,
    users: &Users,
) -> Result<(), S3Error> {
    let mut long = LongKeys::default();
    let changes = Changes {
        path: long_path(parts, bucket_in_host, &mut long),
        copy_source: long_source(parts, &mut long),
        drop_range: bad_range(parts),
    };
    if changes.path.is_none() && changes.copy_source.is_none() {
        if changes.drop_range {
            return drop_range(parts, tenant, users);
        }
        return Ok(());
    }
    let (signed, secret) = proven(parts, tenant, users)?;
    changes.apply(parts).ok_or_else(unchanged)?;
    parts.extensions.insert(long);
    signed.renew(parts, &secret).ok_or_else(unchanged)
}

fn unchanged() -> S3Error {
    s3_error!(InvalidURI, "Couldn't parse the specified URI.")
}

/// Splits a path into what names the bucket and the encoded key.
fn split_key(path: &str, bucket_in_host: bool) -> Option<(&str, &str)> {
    let start = if bucket_in_host {
        1
    } else {
        path.get(1..)?.find('/')? + 2
    };
    let key = path.get(start..)?;
    (!key.is_empty()).then(|| (&path[..start], key))
}

/// The decoded key of a request, if it names an object in readable UTF-8.
pub(crate) fn key_in(path: &str, bucket_in_host: bool) -> Option<String> {
    let (_, key) = split_key(path, bucket_in_host)?;
    let key = percent_decode_str(key).decode_utf8().ok()?;
    Some(key.into_owned())
}

fn long_path(parts: &Parts, bucket_in_host: bool, long: &mut LongKeys) -> Option<String> {
    let key = key_in(parts.uri.path(), bucket_in_host)?;
    if key.len() <= SHORT_KEY {
        return None;
    }
    long.key = Some(key);
    let (bucket, _) = split_key(parts.uri.path(), bucket_in_host)?;
    Some(format!("{bucket}{LONG_KEY}"))
}

fn long_source(parts: &Parts, long: &mut LongKeys) -> Option<String> {
    let value = parts.headers.get(COPY_SOURCE)?.to_str().ok()?;
    let (path, version) = match value.find("?versionId=") {
        Some(at) => value.split_at(at),
        None => (value, ""),
    };
    let path = percent_decode_str(path).decode_utf8().ok()?;
    let (bucket, key) = path.trim_start_matches('/').split_once('/')?;
    if key.len() <= SHORT_KEY {
        return None;
    }
    long.copy_source = Some(key.to_owned());
    Some(format!("{bucket}/{LONG_KEY}{version}"))
}

/// HCP ignores a range that it cannot read, and sends the whole object.
fn bad_range(parts: &Parts) -> bool {
    let range = parts.headers.get(RANGE);
    range.is_some_and(|value| {
        value
            .to_str()
            .map_or(true, |text| Range::parse(text).is_err())
    })
}

fn drop_range(parts: &mut Parts, tenant: &str, users: &Users) -> Result<(), S3Error> {
    let covered = |signed: &Signed| signed.headers.iter().any(|name| name == RANGE.as_str());
    if Signed::find(parts).is_some_and(|signed| covered(&signed)) {
        let (mut signed, secret) = proven(parts, tenant, users)?;
        signed.headers.retain(|name| name != RANGE.as_str());
        parts.headers.remove(RANGE);
        signed.renew(parts, &secret).ok_or_else(unchanged)?;
    }
    parts.headers.remove(RANGE);
    Ok(())
}

/// A good signature and the secret that made it.
fn proven(parts: &Parts, tenant: &str, users: &Users) -> Result<(Signed, String), S3Error> {
    let Some(signed) = Signed::find(parts) else {
        return Err(not_v4(parts));
    };
    let payload = parts.headers.get("x-amz-content-sha256");
    if payload.is_some_and(|value| value.as_bytes().starts_with(b"STREAMING-AWS4")) {
        return Err(s3_error!(
            NotImplemented,
            "The simulator takes no signed chunks for keys of more than 1024 bytes."
        ));
    }
    let user = users.by_access_key(tenant, signed.access_key());
    let user = user.ok_or_else(|| {
        s3_error!(
            InvalidAccessKeyId,
            "The access key ID you provided does not exist in our records."
        )
    })?;
    let secret = secret_key(&user.password);
    signed.verify(parts, &secret)?;
    Ok((signed, secret))
}

fn not_v4(parts: &Parts) -> S3Error {
    if parts.headers.contains_key("authorization")
        || parts.uri.query().is_some_and(|q| q.contains("Signature="))
    {
        return s3_error!(
            NotImplemented,
            "The simulator takes keys of more than 1024 bytes with SigV4 only."
        );
    }
    errors::access_denied()
}

impl Changes {
    fn apply(self, parts: &mut Parts) -> Option<()> {
        if let Some(path) = self.path {
            let query = parts.uri.query().map(|query| format!("?{query}"));
            parts.uri = format!("{path}{}", query.unwrap_or_default())
                .parse()
                .ok()?;
        }
        if let Some(source) = self.copy_source {
            parts.headers.insert(COPY_SOURCE, source.parse().ok()?);
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_in_paths() {
        assert_eq!(key_in("/b/a%20b/c", false).as_deref(), Some("a b/c"));
        assert_eq!(key_in("/b//x", false).as_deref(), Some("/x"));
        assert_eq!(key_in("/a/b", true).as_deref(), Some("a/b"));
        assert_eq!(key_in("/b", false), None);
        assert_eq!(key_in("/b/", false), None);
        assert_eq!(key_in("/", true), None);
    }
}
