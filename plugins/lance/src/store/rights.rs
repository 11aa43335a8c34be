//! Whether a request of a store is within the caller's rules, where the house has rules.
//!
//! Routes ask before they begin. This is asked again of every request, because a manifest may name
//! files anywhere, and a store behind one account would hand them out.

use std::borrow::Cow;

use http::Request;
use percent_encoding::percent_decode_str;
use portico_sdk::rights::Asked;
use portico_sdk::s3::{Operation, Scope};
use portico_sdk::{Error, Principal};
use url::form_urlencoded;

/// Lets a request pass, path style and signed by the house.
pub(super) fn check<B>(caller: &Principal, request: &Request<B>) -> Result<(), Error> {
    if caller.rights.is_none() {
        return Ok(());
    }
    let query = request.uri().query().unwrap_or_default();
    let path = request.uri().path().trim_start_matches('/');
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    let scope = if key.is_empty() {
        Scope::Bucket
    } else {
        Scope::Object
    };
    let copies = request.headers().contains_key("x-amz-copy-source");
    let key: Vec<u8> = percent_decode_str(key).collect();
    let prefix = parameter(query, "prefix");
    let operation = Operation::classify(scope, request.method(), query, copies);
    caller.may(&Asked {
        key: Some(&key[..]).filter(|key| !key.is_empty()),
        prefix: Some(prefix.as_bytes()),
        ..Asked::bucket(operation, bucket)
    })
}

/// Its value; the clients of stores write queries as forms.
fn parameter<'a>(query: &'a str, name: &str) -> Cow<'a, str> {
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let found = pairs.find(|(each, _)| each == name);
    found.map(|(_, value)| value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use portico_sdk::Rights;
    use portico_sdk::credential::Credential;
    use portico_sdk::principal::Way;
    use portico_sdk::rights::Rule;

    use super::*;

    fn allowed(method: &str, target: &str) -> bool {
        let rule = Rule {
            buckets: vec!["b".to_owned()],
            prefixes: vec!["team/".to_owned(), "a folder+/".to_owned()],
            read_only: true,
        };
        let caller = Principal {
            user: "ann".to_owned(),
            tenant: None,
            way: Way::Bearer,
            credential: Credential::Password("pw".into()),
            rights: Some(Arc::new(Rights::new(vec![rule]).unwrap())),
        };
        let request = Request::builder().method(method);
        let request = request.uri(format!("https://store.test{target}"));
        check(&caller, &request.body(()).unwrap()).is_ok()
    }

    #[test]
    fn rules_hold_every_request_of_a_store() {
        assert!(allowed("GET", "/b/team/t.lance/data/1.lance"));
        assert!(allowed(
            "GET",
            "/b?list-type=2&prefix=team%2Ft.lance%2F_versions%2F"
        ));
        assert!(allowed("HEAD", "/b/team/x"));
        assert!(allowed("GET", "/b?list-type=2&prefix=a+folder%2B%2F"));
        for (method, target) in [
            ("GET", "/b/other/t.lance/data/1.lance"),
            ("GET", "/c/team/t.lance/data/1.lance"),
            ("GET", "/b?list-type=2&prefix=other%2F"),
            ("GET", "/b?list-type=2"),
            ("GET", "/b?list-type=2&prefix=a%2Bfolder%2B%2F"),
            ("GET", "/b/team/%2E%2E/other/1"),
            ("PUT", "/b/team/t.lance/data/2.lance"),
            ("DELETE", "/b/team/t.lance/data/1.lance"),
        ] {
            assert!(!allowed(method, target), "{method} {target}");
        }
    }
}
