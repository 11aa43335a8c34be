//! Which query parameters a signature covers. All others can be changed, added or taken
//! away by anybody who holds the request.

use portico_sigv4::RequestView;
use portico_sigv4::query::{decoded, parameters};

use crate::error::Form;
use crate::presigned;

/// Sub-resources and overrides that every client signs: the list of AWS's documentation,
/// and those that botocore and Java's SDK sign beyond it.
const SIGNED: [&str; 35] = [
    "accelerate",
    "acl",
    "analytics",
    "cors",
    "defaultObjectAcl",
    "delete",
    "inventory",
    "lifecycle",
    "location",
    "logging",
    "metrics",
    "notification",
    "object-lock",
    "partNumber",
    "policy",
    "replication",
    "requestPayment",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
    "restore",
    "select",
    "select-type",
    "storageClass",
    "tagging",
    "torrent",
    "uploadId",
    "uploads",
    "versionId",
    "versioning",
    "versions",
    "website",
];

/// Sub-resources that S3 learnt when this version was old. MinIO signs some of them,
/// botocore none. In a presigned URL they are signed or the request is refused: its holder
/// could otherwise make `retention` of a link for an upload. In the header form a signature
/// may leave them out: no third party holds that request, and it is good for minutes.
const DISPUTED: [&str; 12] = [
    "attributes",
    "encryption",
    "intelligent-tiering",
    "legal-hold",
    "metadataConfiguration",
    "metadataTable",
    "ownershipControls",
    "policyStatus",
    "publicAccessBlock",
    "renameObject",
    "retention",
    "session",
];

/// In which part of the text that is signed a parameter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the resource, always.
    Resource,
    /// In the resource, unless the client never heard of it.
    Disputed,
    /// Among the `x-amz-*` headers.
    Header,
    /// Nowhere.
    Nowhere,
}

/// Letter case is ignored: what a store might read as `acl` must not come in as `ACL`.
pub(crate) fn place(form: Form, name: &[u8]) -> Place {
    let among = |list: &[&str]| {
        list.iter()
            .any(|known| known.as_bytes().eq_ignore_ascii_case(name))
    };
    if among(&SIGNED) {
        Place::Resource
    } else if among(&DISPUTED) {
        Place::Disputed
    } else if form == Form::Query && is_header(name) {
        Place::Header
    } else {
        Place::Nowhere
    }
}

/// A parameter of a presigned URL that stands for a header.
pub(crate) fn is_header(name: &[u8]) -> bool {
    name.get(..6)
        .is_some_and(|start| start.eq_ignore_ascii_case(b"x-amz-"))
}

/// Whether a good signature of this form covers the query parameter of this (decoded) name:
/// it cannot then be added, removed or changed. In the header form a client may have left
/// out some; what one signature really covered says
/// [`Verified::covers`](crate::Verified::covers).
///
/// Covered are the sub-resources (`acl`, `uploadId`, …), the overrides (`response-…`), and,
/// in a presigned URL, `Expires` and every `x-amz-*` parameter, which is signed as if it
/// were the header. Not covered are `prefix`, `max-keys`, `x-id` and all the rest.
#[must_use]
pub fn covers(form: Form, name: &str) -> bool {
    place(form, name.as_bytes()) != Place::Nowhere || (form == Form::Query && name == "Expires")
}

/// Names of parameters, decoded, sorted, each once, that `covered` denies. The parameters of
/// the claim itself are left out.
pub(crate) fn uncovered(
    form: Form,
    request: &RequestView<'_>,
    covered: impl Fn(&str) -> bool,
) -> Vec<String> {
    let claim = |name: &str| form == Form::Query && presigned::PARAMETERS.contains(&name);
    let names = parameters(request.raw_query.unwrap_or_default());
    let mut found: Vec<_> = names
        .map(|(name, _)| String::from_utf8_lossy(&decoded(name)).into_owned())
        .filter(|name| !claim(name) && !covered(name))
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted_and_apart() {
        assert!(SIGNED.is_sorted() && DISPUTED.is_sorted());
        assert!(SIGNED.iter().all(|name| !DISPUTED.contains(name)));
    }

    #[test]
    fn covered_is_what_is_signed() {
        for name in ["acl", "ACL", "uploadId", "retention", "response-expires"] {
            assert!(
                covers(Form::Header, name) && covers(Form::Query, name),
                "{name}"
            );
        }
        for name in [
            "prefix",
            "max-keys",
            "x-id",
            "list-type",
            "",
            "acl ",
            "Signature",
        ] {
            assert!(
                !covers(Form::Header, name) && !covers(Form::Query, name),
                "{name}"
            );
        }
        for name in ["x-amz-acl", "X-Amz-Security-Token", "Expires"] {
            assert!(
                !covers(Form::Header, name) && covers(Form::Query, name),
                "{name}"
            );
        }
    }
}
