//! The S3 target of a request: bucket, key and operation.

use http::HeaderName;
use percent_encoding::percent_decode;
use portico_sdk::exchange::Head;
use portico_sdk::route::{S3Target, Style};
use portico_sdk::s3::{Operation, Scope, is_bucket_name};
use portico_sdk::{Error, Reason};
use portico_sigv4::{canonical_query, uri_encode};

const COPY_SOURCE: HeaderName = HeaderName::from_static("x-amz-copy-source");

/// Reads the target from the path, or from the path and the bucket of the host.
pub(super) fn target(head: &Head, host_bucket: Option<String>) -> Result<S3Target, Error> {
    let path = head.raw_path().strip_prefix(b"/").unwrap_or_default();
    let (bucket, key, style) = if let Some(bucket) = host_bucket {
        (Some(bucket), path, Style::VirtualHost)
    } else {
        let (bucket, key) = split_bucket(path)?;
        (bucket, key, Style::Path)
    };
    let scope = match (&bucket, key.is_empty()) {
        (None, _) => Scope::Service,
        (Some(_), true) => Scope::Bucket,
        (Some(_), false) => Scope::Object,
    };
    // In the form that the store will read, or an escape could hide a subresource from the table.
    let query = head.raw_query().map(canonical_query).unwrap_or_default();
    let copies = head.headers().contains_key(COPY_SOURCE);
    Ok(S3Target {
        operation: Operation::classify(scope, head.method(), &query, copies),
        upstream_path: upstream_path(bucket.as_deref(), key)?,
        bucket: bucket.map(Into::into),
        style,
    })
}

/// The first segment as a bucket, and the rest as the key, still encoded.
fn split_bucket(path: &[u8]) -> Result<(Option<String>, &[u8]), Error> {
    if path.is_empty() {
        return Ok((None, path));
    }
    let (first, key) = match path.iter().position(|&b| b == b'/') {
        Some(slash) => (&path[..slash], &path[slash + 1..]),
        None => (path, &path[path.len()..]),
    };
    match percent_decode(first).decode_utf8() {
        Ok(bucket) if is_bucket_name(&bucket) => Ok((Some(bucket.into_owned()), key)),
        _ => Err(Error::new(Reason::InvalidBucketName)),
    }
}

/// Path style, each segment decoded once and encoded once, as SigV4 for S3 asks
/// (AWS, "Create a signed AWS API request", canonical URI).
fn upstream_path(bucket: Option<&str>, key: &[u8]) -> Result<String, Error> {
    let Some(bucket) = bucket else {
        return Ok("/".to_owned());
    };
    let decoded = portico_sigv4::percent_decode(key);
    if decoded.contains(&0) {
        return Err(Error::with_message(
            Reason::InvalidUri,
            "A key cannot hold a NUL byte.",
        ));
    }
    let bucket = uri_encode(bucket.as_bytes(), false);
    if key.is_empty() {
        return Ok(["/", &bucket].concat());
    }
    Ok(["/", &bucket, "/", &uri_encode(&decoded, true)].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use portico_sdk::route::Door;
    use portico_sdk::testkit;

    fn read(method: &str, uri: &str, bucket: Option<&str>) -> Result<S3Target, Error> {
        let request = http::Request::builder()
            .method(method)
            .uri(uri)
            .body(())
            .unwrap();
        let exchange = testkit::exchange(request, Door::Rest { public: false });
        target(&exchange.head, bucket.map(str::to_owned))
    }

    #[test]
    fn path_and_virtual_host_style_mean_the_same_upstream_path() {
        let path = read("GET", "/data/a%20b/c", None).unwrap();
        let host = read("GET", "/a%20b/c", Some("data")).unwrap();
        assert_eq!(path.upstream_path, "/data/a%20b/c");
        assert_eq!(host.upstream_path, path.upstream_path);
        assert_eq!(host.operation, Operation::GetObject);
    }

    #[test]
    fn keys_keep_their_bytes_in_canonical_form() {
        let cases = [
            ("/data/a%2fb", "/data/a/b"),
            ("/data//a//", "/data//a//"),
            ("/data/%7Ea+b", "/data/~a%2Bb"),
            ("/data/../x", "/data/../x"),
            ("/data/%E5%FF", "/data/%E5%FF"),
            ("/data/100%", "/data/100%25"),
        ];
        for (sent, upstream) in cases {
            assert_eq!(read("GET", sent, None).unwrap().upstream_path, upstream);
        }
    }

    #[test]
    fn scopes_follow_from_the_path() {
        assert_eq!(
            read("GET", "/", None).unwrap().operation,
            Operation::ListBuckets
        );
        assert_eq!(
            read("PUT", "/data", None).unwrap().operation,
            Operation::CreateBucket
        );
        assert_eq!(
            read("GET", "/data/", None).unwrap().operation,
            Operation::ListObjects
        );
        assert_eq!(
            read("GET", "/", Some("data")).unwrap().operation,
            Operation::ListObjects
        );
    }

    #[test]
    fn what_cannot_be_a_bucket_is_refused() {
        for path in [
            "//x",
            "/%2e%2e/x",
            "/a%2fb/x",
            "/a%00b",
            "/b?c",
            "/data/a%00",
        ] {
            let refused = read("GET", path, None);
            assert!(refused.is_err() || path == "/b?c", "{path}");
        }
    }
}
