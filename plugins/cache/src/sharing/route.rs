//! A route whose answers the operator lets everybody of a tenant share.

use percent_encoding::percent_decode_str;
use portico_sdk::Tenant;
use portico_sdk::cache::Question;
use portico_sdk::management::segments;
use serde::{Deserialize, Serialize};

/// One route.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct SharedRoute {
    operation: Kind,
    path: Option<Pattern>,
    tenant: Option<Tenant>,
}

/// As it stands in the settings.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Written {
    operation: Kind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tenant: Option<String>,
}

/// The operations whose answers are kept, by their names in metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
enum Kind {
    #[serde(rename = "mapi")]
    Mapi,
    #[serde(rename = "query")]
    Query,
    ListBuckets,
    ListObjects,
    ListObjectsV2,
    HeadBucket,
    HeadObject,
    GetBucketVersioning,
    GetBucketAcl,
    GetObjectAcl,
}

/// A path of which `*` stands for one segment, and `**` at its end for any number.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pattern(String);

/// What is wrong with a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Misnamed {
    #[error(
        "path: expected segments that are names, `*` for one, or at the end `**` for any number, \
         such as \"/mapi/tenants/*/statistics\" or \"/photos/**\""
    )]
    Path,
    #[error(
        "path: expected one, such as \"/mapi/tenants/*/statistics\": \"/mapi/**\" is all of it"
    )]
    Unbounded,
    #[error("path: expected none: the operation has only one")]
    Idle,
    #[error("tenant: expected the name of a tenant")]
    Tenant,
}

impl TryFrom<Written> for SharedRoute {
    type Error = Misnamed;

    fn try_from(written: Written) -> Result<Self, Misnamed> {
        let tenant = written.tenant.map(|name| name.parse());
        match (written.operation, &written.path) {
            (Kind::Mapi, None) => return Err(Misnamed::Unbounded),
            (Kind::Query | Kind::ListBuckets, Some(_)) => return Err(Misnamed::Idle),
            _ => {}
        }
        Ok(Self {
            operation: written.operation,
            path: written.path.map(Pattern::new).transpose()?,
            tenant: tenant.transpose().map_err(|_| Misnamed::Tenant)?,
        })
    }
}

impl From<SharedRoute> for Written {
    fn from(route: SharedRoute) -> Self {
        Self {
            operation: route.operation,
            path: route.path.map(|pattern| pattern.0),
            tenant: route.tenant.map(|tenant| tenant.as_str().to_owned()),
        }
    }
}

impl SharedRoute {
    /// Whether a question goes this way.
    pub(crate) fn leads(&self, question: &Question) -> bool {
        let here = |tenant: &Tenant| tenant.as_str() == question.home.as_str();
        if self.operation.name() != question.operation || !self.tenant.as_ref().is_none_or(here) {
            return false;
        }
        let Some(pattern) = &self.path else {
            return true;
        };
        let path = question.place().map(|(_, path)| path).unwrap_or_default();
        if self.operation == Kind::Mapi {
            // HCP makes no difference between cases, and nor does the pattern.
            return pattern.fits(&segments(path), str::eq_ignore_ascii_case);
        }
        pattern.fits(&decoded(path), str::eq)
    }
}

/// The segments of a path of S3, empty ones too: they are names like others.
fn decoded(path: &[u8]) -> Vec<String> {
    let path = String::from_utf8_lossy(path);
    let path = path.strip_prefix('/').unwrap_or(&path);
    let segment = |one| percent_decode_str(one).decode_utf8_lossy().into_owned();
    path.split('/').map(segment).collect()
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Mapi => "mapi",
            Self::Query => "query",
            Self::ListBuckets => "ListBuckets",
            Self::ListObjects => "ListObjects",
            Self::ListObjectsV2 => "ListObjectsV2",
            Self::HeadBucket => "HeadBucket",
            Self::HeadObject => "HeadObject",
            Self::GetBucketVersioning => "GetBucketVersioning",
            Self::GetBucketAcl => "GetBucketAcl",
            Self::GetObjectAcl => "GetObjectAcl",
        }
    }
}

impl Pattern {
    fn new(text: String) -> Result<Self, Misnamed> {
        let is_name = |name: &str| name == "*" || !name.is_empty() && !name.contains('*');
        let names = match text.strip_suffix("/**") {
            Some("") => return Ok(Self(text)),
            Some(names) => names,
            None => &text,
        };
        let names = names.strip_prefix('/').ok_or(Misnamed::Path)?;
        if names.split('/').all(is_name) {
            return Ok(Self(text));
        }
        Err(Misnamed::Path)
    }

    fn fits<S: AsRef<str>>(&self, path: &[S], same: impl Fn(&str, &str) -> bool) -> bool {
        let mut path = path.iter();
        for name in self.0.split('/').skip(1) {
            if name == "**" {
                return true;
            }
            let fits = |one: &S| name == "*" || same(name, one.as_ref());
            if !path.next().is_some_and(fits) {
                return false;
            }
        }
        path.next().is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<SharedRoute, String> {
        let read: Result<SharedRoute, _> = serde_json::from_str(text);
        read.map_err(|error| error.to_string())
    }

    #[test]
    fn what_says_too_little_or_too_much_is_refused() {
        for (text, words) in [
            (r#"{"operation": "mapi"}"#, "path: expected one"),
            (
                r#"{"operation": "query", "path": "/x"}"#,
                "path: expected none",
            ),
            (r#"{"operation": "GetObject"}"#, "unknown variant"),
            (
                r#"{"operation": "HeadBucket", "bucket": "x"}"#,
                "unknown field",
            ),
            (r#"{"operation": "HeadBucket", "tenant": "a.b"}"#, "tenant"),
            (
                r#"{"operation": "HeadBucket", "path": "photos"}"#,
                "segments",
            ),
            (r#"{"operation": "HeadBucket", "path": "/"}"#, "segments"),
            (
                r#"{"operation": "HeadBucket", "path": "/pho*"}"#,
                "segments",
            ),
            (
                r#"{"operation": "HeadObject", "path": "/**/x"}"#,
                "segments",
            ),
        ] {
            let refused = read(text).unwrap_err();
            assert!(refused.contains(words), "{text}: {refused}");
        }
        let text = r#"{"operation":"mapi","path":"/mapi/**","tenant":"research"}"#;
        assert_eq!(serde_json::to_string(&read(text).unwrap()).unwrap(), text);
    }

    #[test]
    fn stars_stand_for_whole_segments() {
        let fits = |pattern: &str, path: &str| {
            let pattern = Pattern::new(pattern.to_owned()).unwrap();
            pattern.fits(&decoded(path.as_bytes()), str::eq)
        };
        for (pattern, path, expected) in [
            ("/photos", "/photos", true),
            ("/photos", "/photos/cat", false),
            ("/photos", "/Photos", false),
            ("/photos/*", "/photos/cat", true),
            ("/photos/*", "/photos", false),
            ("/photos/*", "/photos/a/b", false),
            ("/photos/a b", "/photos/a%20b", true),
            ("/photos/**", "/photos/a/b", true),
            ("/photos/**", "/photos/", true),
            ("/photos/**", "/photos", true),
            ("/photos/**", "/photos2/a", false),
            ("/**", "/any/thing", true),
        ] {
            assert_eq!(fits(pattern, path), expected, "{pattern} {path}");
        }
    }
}
