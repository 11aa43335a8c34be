//! Buckets, keys and what is to be done to them, read from the path of a request.
//!
//! Front ends escape a key as a whole, slashes included, so everything behind the bucket is decoded
//! first and read then.

use http::Method;
use percent_encoding::percent_decode_str;
use portico_sdk::jobs::JobPath;
use portico_sdk::s3::is_bucket_name;
use portico_sdk::{Error, Reason};

use crate::labels;

/// Where buckets are.
pub(crate) const ROOT: &str = "/api/v1/buckets";

/// What stands behind a bucket and the word after it, decoded: `a/b` of `…/buckets/x/objects/a%2Fb`.
///
/// # Errors
/// It is no text.
pub(crate) fn rest(path: &str) -> Result<String, Error> {
    let mut parts = below(path).splitn(3, '/');
    let text = decoded(parts.nth(2).unwrap_or_default())?;
    if text.contains('\0') {
        let words = "A key cannot hold a NUL byte.";
        return Err(Error::with_message(Reason::InvalidUri, words));
    }
    Ok(text)
}

/// The bucket.
///
/// # Errors
/// 404 for what is more than one segment, 400 for what can be no bucket.
pub(crate) fn bucket(path: &str) -> Result<String, Error> {
    let name = decoded(below(path).split('/').next().unwrap_or_default())?;
    if name.contains('/') {
        return Err(Error::new(Reason::NotFound));
    }
    check_bucket(&name)?;
    Ok(name)
}

/// Refuses what can be no bucket.
pub(crate) fn check_bucket(name: &str) -> Result<(), Error> {
    if is_bucket_name(name) {
        return Ok(());
    }
    let reason = Reason::InvalidBucketName;
    let words = format!("{}: {}", labels::bucket(name), reason.row().message);
    Err(Error::with_message(reason, words))
}

/// Refuses the key that no object has.
pub(crate) fn check_key(key: &str) -> Result<(), Error> {
    if key.is_empty() {
        let words = format!("{}: a key has at least one character", labels::object(key));
        return Err(Error::with_message(Reason::InvalidArgument, words));
    }
    Ok(())
}

fn below(path: &str) -> &str {
    let rest = path.strip_prefix(ROOT).unwrap_or_default();
    rest.strip_prefix('/').unwrap_or_default()
}

fn decoded(text: &str) -> Result<String, Error> {
    let text = percent_decode_str(text).decode_utf8();
    let text = text.map_err(|error| Error::new(Reason::InvalidUri).because(error))?;
    Ok(text.into_owned())
}

/// What a request below `…/objects/` is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// One object, its bytes or what is known of it.
    Object,
    /// Who may do what to it.
    Acl,
    /// Make it from another.
    Copy,
    /// Delete many.
    Delete,
    /// Make a folder.
    Folder,
    /// Links to many.
    Presign,
    /// A job in the background, which another plugin does.
    Job,
}

/// The action and the key of a path below `…/objects/`, in the contract's order of precedence; methods
/// that no action has are for the object.
pub(crate) fn action<'a>(method: &Method, rest: &'a str) -> (Action, &'a str) {
    if JobPath::read(method, rest).is_some() {
        return (Action::Job, rest);
    }
    match *method {
        Method::POST => posted(rest),
        Method::GET | Method::PUT => match rest.strip_suffix("/acl") {
            Some(key) => (Action::Acl, key),
            None => (Action::Object, rest),
        },
        _ => (Action::Object, rest),
    }
}

fn posted(rest: &str) -> (Action, &str) {
    match rest {
        "delete" => return (Action::Delete, ""),
        "presign" => return (Action::Presign, ""),
        "folder" => return (Action::Folder, ""),
        _ => {}
    }
    match rest.strip_suffix("/copy") {
        Some(key) => (Action::Copy, key),
        None => (Action::Object, rest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_decoded_once_and_split_then() {
        for (path, key) in [
            ("b/objects/a", "a"),
            ("b/objects/a%2Fb", "a/b"),
            ("b/objects/a%252Fb", "a%2Fb"),
            ("b/objects//a//", "/a//"),
            ("b/objects/", ""),
            ("b/objects", ""),
            ("b/objects/%3F%23%20+%C3%A5", "?# +å"),
            ("b/multipart/k/parts", "k/parts"),
        ] {
            assert_eq!(rest(&format!("{ROOT}/{path}")).unwrap(), key, "{path}");
            assert_eq!(bucket(&format!("{ROOT}/{path}")).unwrap(), "b", "{path}");
        }
        for bad in ["b/objects/%FF", "b/objects/a%00"] {
            let error = rest(&format!("{ROOT}/{bad}")).unwrap_err();
            assert_eq!(error.reason(), Reason::InvalidUri, "{bad}");
        }
        let reason = |path: &str| bucket(&format!("{ROOT}/{path}")).unwrap_err().reason();
        assert_eq!(reason("a%2Fb/objects/k"), Reason::NotFound);
        assert_eq!(reason("a%3Fb/objects/k"), Reason::InvalidBucketName);
        assert_eq!(reason("%2E%2E"), Reason::InvalidBucketName);
    }

    #[test]
    fn precedence_is_the_contracts() {
        use Action::{Acl, Copy, Delete, Folder, Job, Object, Presign};
        for (method, rest, expected) in [
            ("POST", "s3_stats", (Job, "s3_stats")),
            ("POST", "delete-task", (Job, "delete-task")),
            ("POST", "download", (Job, "download")),
            (
                "POST",
                "delete-task/7/cancel",
                (Job, "delete-task/7/cancel"),
            ),
            (
                "POST",
                "delete-task/7/8/cancel",
                (Object, "delete-task/7/8/cancel"),
            ),
            ("POST", "delete", (Delete, "")),
            ("POST", "presign", (Presign, "")),
            ("POST", "folder", (Folder, "")),
            ("POST", "folder/", (Object, "folder/")),
            ("POST", "a/b/copy", (Copy, "a/b")),
            ("POST", "/copy", (Copy, "")),
            ("POST", "copy", (Object, "copy")),
            ("POST", "a/acl", (Object, "a/acl")),
            ("GET", "s3_stats/7", (Job, "s3_stats/7")),
            ("GET", "s3_stats/7/8", (Object, "s3_stats/7/8")),
            ("GET", "download/7", (Job, "download/7")),
            ("GET", "download/", (Object, "download/")),
            ("GET", "download/acl", (Job, "download/acl")),
            ("GET", "delete", (Object, "delete")),
            ("GET", "a/acl", (Acl, "a")),
            ("GET", "a/copy", (Object, "a/copy")),
            ("PUT", "a/acl", (Acl, "a")),
            ("PUT", "a", (Object, "a")),
            ("HEAD", "a/acl", (Object, "a/acl")),
            ("DELETE", "delete", (Object, "delete")),
        ] {
            let method: Method = method.parse().unwrap();
            assert_eq!(action(&method, rest), expected, "{method} {rest}");
        }
    }
}
