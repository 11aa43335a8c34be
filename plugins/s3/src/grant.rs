//! What a grant is good for: the one request that it names, in its plain form.

use portico_sdk::exchange::Head;
use portico_sdk::route::S3Target;
use portico_sdk::s3::Operation;
use portico_sdk::tokens::{Part, Permit};
use portico_sdk::{Error, Reason, Route};
use portico_sigv4::{canonical_query, percent_decode, uri_encode};

use crate::strip;

/// Lets a request pass if it is the one that the permit is for. Its signature has been checked, so
/// what is asked here is only whether the holder of the keys tries to do more with a link.
///
/// # Errors
/// It is another request.
pub(crate) fn check(permit: &Permit, head: &Head, route: &Route) -> Result<(), Error> {
    let good = |target: &S3Target| {
        *head.method() == permit.method
            && target.upstream_path == path(permit)
            && matches_operation(permit, target.operation)
            && matches_query(permit.part.as_ref(), head)
    };
    if route.s3().is_some_and(good) {
        return Ok(());
    }
    Err(Error::with_message(
        Reason::AccessDenied,
        "The link is for another request.",
    ))
}

/// Bucket and key in the form of [`S3Target::upstream_path`], which each pair has once.
pub(crate) fn path(permit: &Permit) -> String {
    let bucket = uri_encode(permit.bucket.as_bytes(), false);
    format!("/{bucket}/{}", uri_encode(permit.key.as_bytes(), true))
}

/// The plain operations of the methods, which no subresource and no copy source has changed.
fn matches_operation(permit: &Permit, operation: Operation) -> bool {
    use Operation as O;
    match permit.part {
        Some(_) => operation == O::UploadPart,
        None => matches!(
            operation,
            O::GetObject | O::HeadObject | O::PutObject | O::DeleteObject
        ),
    }
}

/// Nothing in the query but the link's own proof, the part, and what chooses a version of the
/// object or the headers of its answer.
fn matches_query(part: Option<&Part>, head: &Head) -> bool {
    let query = head.raw_query().map(canonical_query).unwrap_or_default();
    let mut seen = (0, 0);
    let mut known = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        match (name, part) {
            ("uploadId", Some(part)) => {
                seen.0 += 1;
                *percent_decode(value.as_bytes()) == *part.upload_id.as_bytes()
            }
            ("partNumber", Some(part)) => {
                seen.1 += 1;
                value == part.number.to_string()
            }
            ("versionId" | "x-id", _) => true,
            (name, _) => name.starts_with("response-") || strip::strips_parameter(name, false),
        }
    };
    let all = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .all(&mut known);
    all && seen == part.map_or((0, 0), |_| (1, 1))
}

#[cfg(test)]
mod tests {
    use http::Method;
    use portico_sdk::route::Style;
    use portico_sdk::s3::Scope;
    use portico_sdk::{Door, testkit};

    use super::*;

    fn permit(method: Method, part: Option<(&str, u16)>) -> Permit {
        Permit {
            method,
            bucket: "data".to_owned(),
            key: "a b/c".to_owned(),
            part: part.map(|(upload_id, number)| Part {
                upload_id: upload_id.to_owned(),
                number,
            }),
        }
    }

    fn allows(permit: &Permit, method: &str, path: &str, query: &str, copies: bool) -> bool {
        let method: Method = method.parse().unwrap();
        let query_form = canonical_query(query.as_bytes());
        let door = Door::S3(S3Target {
            operation: Operation::classify(Scope::Object, &method, &query_form, copies),
            bucket: Some("data".into()),
            upstream_path: path.to_owned(),
            style: Style::Path,
        });
        let request = http::Request::builder().method(method);
        let request = request.uri(format!("/x?{query}")).body(()).unwrap();
        let exchange = testkit::exchange(request, door);
        check(permit, &exchange.head, &exchange.route).is_ok()
    }

    const PATH: &str = "/data/a%20b/c";

    #[test]
    fn one_method_on_one_key() {
        let get = permit(Method::GET, None);
        assert!(allows(
            &get,
            "GET",
            PATH,
            "X-Amz-Signature=1&X-Amz-Security-Token=t",
            false
        ));
        assert!(allows(
            &get,
            "GET",
            PATH,
            "versionId=1&response-expires=x&x-id=GetObject",
            false
        ));
        assert!(!allows(&get, "HEAD", PATH, "", false));
        assert!(!allows(&get, "GET", "/data/a%20b/c/", "", false));
        assert!(!allows(&get, "GET", "/data2/a%20b/c", "", false));
        assert!(allows(&permit(Method::PUT, None), "PUT", PATH, "", false));
        assert!(
            !allows(&permit(Method::PUT, None), "PUT", PATH, "", true),
            "a copy"
        );
    }

    #[test]
    fn no_subresource_and_nothing_unknown() {
        for method in [Method::GET, Method::PUT, Method::HEAD, Method::DELETE] {
            let permit = permit(method.clone(), None);
            let all = Operation::subresources().chain(["unknown=1", "x-amz-acl=private", "ACL"]);
            for name in all {
                assert!(
                    !allows(&permit, method.as_str(), PATH, name, false),
                    "{name}"
                );
            }
        }
    }

    #[test]
    fn one_part_of_one_upload() {
        let part = permit(Method::PUT, Some(("u/1", 7)));
        assert!(allows(
            &part,
            "PUT",
            PATH,
            "uploadId=u%2f1&partNumber=7",
            false
        ));
        for query in [
            "",
            "uploadId=u%2F1",
            "partNumber=7",
            "uploadId=u%2F1&partNumber=8",
            "uploadId=u%2F1&partNumber=07",
            "uploadId=u&partNumber=7",
            "uploadId=u%2F1&partNumber=7&partNumber=7",
            "uploadId=u%2F1&partNumber=7&uploadId=u%2F1",
            "uploadId=u%2F1&partNumber=7&acl",
        ] {
            assert!(!allows(&part, "PUT", PATH, query, false), "{query}");
        }
        assert!(
            !allows(&part, "PUT", PATH, "uploadId=u%2F1&partNumber=7", true),
            "a copy"
        );
        let whole = permit(Method::PUT, None);
        assert!(!allows(
            &whole,
            "PUT",
            PATH,
            "uploadId=u%2F1&partNumber=7",
            false
        ));
    }
}
