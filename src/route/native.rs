//! Which requests under HCP's own names are for another protocol than S3.

use http::header::AUTHORIZATION;
use percent_encoding::percent_decode;
use portico_sdk::exchange::Head;

/// First segments of paths that mean a protocol or a page of HCP and no bucket (HCP, "Using the
/// Hitachi API for Amazon S3", and the other manuals' URLs).
const RESERVED: [&str; 11] = [
    "browser",
    "fcfs_data",
    "fcfs_metadata",
    "hs3",
    "mapi",
    "proc",
    "query",
    "rest",
    "static",
    "swift",
    "webdav",
];

/// Whether the path begins with a reserved word that means what it says.
///
/// Where the bucket stands in the host, a key may begin with such a word: there an AWS signature
/// says that S3 is meant, because the other protocols know none.
pub(super) fn is_native(head: &Head, bucket_in_host: bool) -> bool {
    let path = head.raw_path().strip_prefix(b"/").unwrap_or_default();
    let first = path.split(|byte| *byte == b'/').next().unwrap_or_default();
    let reserved = percent_decode(first)
        .decode_utf8()
        .is_ok_and(|first| RESERVED.contains(&first.as_ref()));
    reserved && !(bucket_in_host && is_signed_for_aws(head))
}

fn is_signed_for_aws(head: &Head) -> bool {
    let header = head.headers().get(AUTHORIZATION);
    let query = head.raw_query().unwrap_or_default();
    let names = query
        .split(|byte| *byte == b'&')
        .filter_map(|pair| pair.split(|byte| *byte == b'=').next());
    let is_signature = |name: &[u8]| matches!(name, b"X-Amz-Signature" | b"Signature");
    header.is_some_and(|value| value.as_bytes().starts_with(b"AWS"))
        || names.into_iter().any(is_signature)
}

#[cfg(test)]
mod tests {
    use super::*;
    use portico_sdk::route::Door;
    use portico_sdk::testkit;

    fn native(uri: &str, authorization: Option<&str>, bucket_in_host: bool) -> bool {
        let mut request = http::Request::get(uri);
        if let Some(value) = authorization {
            request = request.header(AUTHORIZATION, value);
        }
        let exchange = testkit::exchange(request.body(()).unwrap(), Door::Native);
        is_native(&exchange.head, bucket_in_host)
    }

    #[test]
    fn reserved_words_are_no_buckets() {
        for path in [
            "/rest",
            "/rest/a/b",
            "/hs3/",
            "/%72est/x",
            "/query?a",
            "/static/xsd/x",
        ] {
            assert!(native(path, None, false), "{path}");
            assert!(native(path, Some("AWS4-HMAC-SHA256 x"), false), "{path}");
        }
        for path in ["/", "/restful/a", "/data/rest", "/REST/a", "/%FF/rest"] {
            assert!(!native(path, None, false), "{path}");
        }
    }

    #[test]
    fn a_key_may_begin_with_a_reserved_word_where_the_host_names_the_bucket() {
        assert!(native("/static/app.js", None, true));
        assert!(native("/rest/k", Some("HCP YWRh:00"), true));
        assert!(!native("/static/app.js", Some("AWS YWRh:x"), true));
        assert!(!native("/rest/k?X-Amz-Signature=0", None, true));
        assert!(!native("/rest/k?AWSAccessKeyId=a&Signature=0", None, true));
    }
}
