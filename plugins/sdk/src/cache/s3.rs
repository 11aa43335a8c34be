//! S3: which reads may be kept, in what form, and what each write changes.

use std::collections::BTreeMap;

use http::header::{HeaderMap, HeaderName, RANGE};
use percent_encoding::percent_decode;

use super::change::Change;
use super::demand::Demand;
use super::identity::Identity;
use super::question::{Key, Lifetime, Question, Shape};
use super::tag::Home;
use crate::exchange::Head;
use crate::route::S3Target;
use crate::s3::{Operation, is_proof};

/// Parameters that every operation may have and that say nothing of the answer.
const SILENT: [&str; 1] = ["x-id"];

/// Headers below `x-amz-` that are about the request's own transport or proof.
const OWN: [&str; 5] = [
    "x-amz-date",
    "x-amz-content-sha256",
    "x-amz-security-token",
    "x-amz-user-agent",
    "x-amz-sdk-checksum-algorithm",
];

/// The question that an S3 read asks, or `None` where its answer is not kept: other operations, later
/// pages, parts of objects, keys of the client's own, parameters that are not known.
///
/// `host` is the authority of the store that is asked; `identity` is called only for what may be kept.
#[must_use]
pub fn s3_question(
    target: &S3Target,
    head: &Head,
    host: &str,
    home: Home,
    identity: impl FnOnce() -> Identity,
) -> Option<Question> {
    let (shape, lifetime) = kept(target)?;
    let query = query(target.operation, head.raw_query().unwrap_or_default())?;
    let headers = headers(head.headers())?;
    let identity = identity();
    let operation = target.operation.name();
    let path = target.upstream_path.as_bytes();
    let key = Key::new(host, &identity, operation, path)
        .part(&joined(query))
        .part(&joined(headers))
        .finish();
    Some(Question {
        operation,
        home,
        identity,
        shape,
        lifetime,
        demand: Demand::of(head.headers()),
        key,
        shared: false,
    })
}

/// What the answer of an operation depends on, and how long it is good.
fn kept(target: &S3Target) -> Option<(Shape, Lifetime)> {
    use Operation as O;
    let bucket = || target.bucket.clone();
    let kept = match target.operation {
        O::ListBuckets => (Shape::Buckets, Lifetime::Listing),
        O::ListObjects | O::ListObjectsV2 => (Shape::Listing(bucket()?), Lifetime::Listing),
        O::HeadBucket | O::GetBucketVersioning | O::GetBucketAcl => {
            (Shape::Properties(bucket()?), Lifetime::Metadata)
        }
        O::HeadObject | O::GetObjectAcl => {
            let path = target.upstream_path.as_str().into();
            (Shape::Object(bucket()?, path), Lifetime::Metadata)
        }
        _ => return None,
    };
    Some(kept)
}

/// What a parameter does to the answer of an operation.
enum Parameter {
    /// Nothing.
    Silent,
    /// It changes the answer, unless it has this value, which is that of its absence.
    Told(&'static str),
    /// The answer is none to be kept.
    Foreign,
}

/// Amazon S3 API Reference: `ListObjects`, `ListObjectsV2`, `HeadObject` and their like, with
/// the values that they take when a parameter is absent.
fn parameter(operation: Operation, name: &str) -> Parameter {
    use Operation as O;
    if SILENT.contains(&name) || is_proof(name) {
        return Parameter::Silent;
    }
    // Links may say in their query what requests say in headers.
    if name
        .get(..6)
        .is_some_and(|begin| begin.eq_ignore_ascii_case("x-amz-"))
    {
        return Parameter::Told("");
    }
    match (operation, name) {
        (O::ListObjectsV2, "list-type")
        | (O::GetBucketVersioning, "versioning")
        | (O::GetBucketAcl | O::GetObjectAcl, "acl") => Parameter::Silent,
        (O::ListObjects | O::ListObjectsV2, "prefix" | "delimiter" | "encoding-type") => {
            Parameter::Told("")
        }
        (O::ListObjects | O::ListObjectsV2, "max-keys") => Parameter::Told("1000"),
        (O::ListObjectsV2, "fetch-owner") => Parameter::Told("false"),
        (O::HeadObject | O::GetObjectAcl, "versionId") => Parameter::Told(""),
        _ => Parameter::Foreign,
    }
}

type Pairs = BTreeMap<Vec<u8>, Vec<u8>>;

/// The parameters that change the answer, decoded and in order; `None`: not to be kept.
fn query(operation: Operation, query: &[u8]) -> Option<Pairs> {
    let mut told = Pairs::new();
    for pair in query
        .split(|byte| *byte == b'&')
        .filter(|pair| !pair.is_empty())
    {
        let at = pair.iter().position(|byte| *byte == b'=');
        let (name, value) = match at {
            Some(at) => (&pair[..at], &pair[at + 1..]),
            None => (pair, &[][..]),
        };
        let name = percent_decode(name).decode_utf8().ok()?;
        match parameter(operation, &name) {
            Parameter::Silent => {}
            Parameter::Foreign => return None,
            Parameter::Told(absent) => {
                let value: Vec<u8> = percent_decode(value).collect();
                let again = told.insert(name.as_bytes().to_vec(), value.clone());
                if again.is_some() {
                    // Which of the two the store takes is its own affair.
                    return None;
                }
                if value == absent.as_bytes() {
                    told.remove(name.as_bytes());
                }
            }
        }
    }
    Some(told)
}

/// The headers that change the answer, in order; `None`: not to be kept.
fn headers(headers: &HeaderMap) -> Option<Pairs> {
    if headers.contains_key(RANGE) {
        return None;
    }
    let mut told = Pairs::new();
    for name in headers.keys().filter(|name| changes(name)) {
        if name
            .as_str()
            .starts_with("x-amz-server-side-encryption-customer")
        {
            return None;
        }
        let values: Vec<_> = headers
            .get_all(name)
            .iter()
            .map(http::HeaderValue::as_bytes)
            .collect();
        told.insert(name.as_str().as_bytes().to_vec(), values.join(&b","[..]));
    }
    Some(told)
}

fn changes(name: &HeaderName) -> bool {
    let name = name.as_str();
    let amz =
        name.starts_with("x-amz-") && !OWN.contains(&name) && !name.starts_with("x-amz-meta-");
    // Whom a page of another origin may tell, the store answers for that origin.
    amz || name.starts_with("x-hcp-") || name == "origin"
}

fn joined(pairs: Pairs) -> Vec<u8> {
    let key = Key::default();
    let key = pairs
        .into_iter()
        .fold(key, |key, (name, value)| key.part(&name).part(&value));
    key.finish().into_vec()
}

/// What an S3 request changes if it is carried out; `None` for reads, and for writes that nothing
/// kept tells of (parts of uploads, CORS).
///
/// `DeleteObjects` and forms name their keys in the body: all of the bucket is dropped then.
#[must_use]
pub fn s3_change(target: &S3Target, home: &Home) -> Option<Change> {
    use Operation as O;
    let none = Change::default();
    let Some(bucket) = target.bucket.as_deref() else {
        let writes = target.operation == O::Unknown;
        return writes.then(|| none.s3(home));
    };
    let path = target.upstream_path.as_str();
    let change = match target.operation {
        O::CreateBucket | O::DeleteBucket => none.buckets(home).bucket(home, bucket).mapi(home),
        O::PutObject | O::RestoreObject => none.listing(home, bucket).object(home, path),
        O::CopyObject | O::CompleteMultipartUpload => {
            let changed = none.listing(home, bucket).object(home, path);
            changed.answering_early()
        }
        O::DeleteObject => none.listing(home, bucket).object(home, path).lagging(),
        O::DeleteObjects => none.bucket(home, bucket).listing(home, bucket).lagging(),
        O::PutBucketVersioning => none.properties(home, bucket),
        O::PutObjectAcl
        | O::PutObjectLegalHold
        | O::PutObjectRetention
        | O::PutObjectTagging
        | O::DeleteObjectTagging => none.object(home, path),
        O::AbortMultipartUpload
        | O::CreateMultipartUpload
        | O::UploadPart
        | O::UploadPartCopy
        | O::PutBucketCors
        | O::DeleteBucketCors
        | O::CorsPreflight
        | O::SelectObjectContent => return None,
        other if is_read(other) => return None,
        // Forms, ACLs, policies, what is not known: whoever may read may be another one now.
        _ => none.bucket(home, bucket).listing(home, bucket),
    };
    Some(change)
}

fn is_read(operation: Operation) -> bool {
    let name = operation.name();
    ["Get", "Head", "List"]
        .iter()
        .any(|verb| name.starts_with(verb))
}

#[cfg(test)]
mod tests;
