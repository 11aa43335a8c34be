//! Signature Version 2: what it covers cannot be changed, and what is signed is accepted.

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::header::{AUTHORIZATION, CONTENT_TYPE, DATE};
use http::{HeaderMap, HeaderValue};
use portico_sdk::s3::is_bucket_name;
use portico_sigv2::{Form, Outgoing, Proof, ProofError, Verified, date, presign, sign};
use secrecy::SecretString;

use crate::request::{Request, parameters, text};

/// The key, the secret and a moment of the examples in the S3 User Guide.
const ACCESS_KEY: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const MOMENT: u64 = 1_175_139_620;
/// Below this a host names a bucket.
const DOMAIN: &str = ".s3.amazonaws.com";

/// The examples themselves: all that was ever signed with the secret.
static GENUINE: LazyLock<Vec<Signed>> = LazyLock::new(|| {
    let texts: [&[u8]; 9] = [
        include_bytes!("../seeds/sigv2/aws-object-get"),
        include_bytes!("../seeds/sigv2/aws-object-put"),
        include_bytes!("../seeds/sigv2/aws-list"),
        include_bytes!("../seeds/sigv2/aws-fetch"),
        include_bytes!("../seeds/sigv2/aws-delete"),
        include_bytes!("../seeds/sigv2/aws-upload"),
        include_bytes!("../seeds/sigv2/aws-list-all-buckets"),
        include_bytes!("../seeds/sigv2/aws-unicode-keys"),
        include_bytes!("../seeds/sigv2/aws-presigned"),
    ];
    let signed = texts.map(|text| {
        let request = Request::parse(text).unwrap();
        let verified = verify(&request, claimed(&request)).unwrap();
        Signed::read(&request, verified)
    });
    signed.into()
});

/// Takes a head as text: `METHOD target CRLF`, then headers.
pub fn run(input: &[u8]) {
    let Some(request) = Request::parse(input) else {
        return;
    };
    if let Ok(verified) = verify(&request, claimed(&request)) {
        let signed = Signed::read(&request, verified);
        let known = GENUINE.contains(&signed);
        assert!(known, "accepted, although nobody signed it: {request:?}");
    }
    if let Some(request) = unsigned(request) {
        signed_in_a_header(&request);
        signed_in_the_query(&request);
    }
}

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

/// When the request says that it was signed; a presigned one does not say.
fn claimed(request: &Request) -> SystemTime {
    let names = ["x-amz-date", "date"];
    let value = names.into_iter().find_map(|name| request.headers.get(name));
    let moment = value.and_then(|value| date::parse(value.as_bytes()));
    let seconds = moment.and_then(|moment| u64::try_from(moment.unix()).ok());
    at(seconds.unwrap_or(MOMENT))
}

fn verify(request: &Request, now: SystemTime) -> Result<Verified, Option<ProofError>> {
    let proof = Proof::from_request(&request.view())?.ok_or(None)?;
    let secret = SecretString::from(SECRET);
    Ok(proof.verify(&secret, &request.view(), bucket(request), now)?)
}

/// The bucket that the host names.
fn bucket(request: &Request) -> Option<&str> {
    let host = std::str::from_utf8(&request.host).ok()?;
    host.strip_suffix(DOMAIN)
        .filter(|name| is_bucket_name(name))
}

/// What a signature covers, read by other means than those under test.
#[derive(Debug, PartialEq, Eq)]
struct Signed {
    method: String,
    /// With the bucket in front, and without the slash behind it when there is no key.
    path: Vec<u8>,
    body: [Vec<u8>; 2],
    until: Vec<u8>,
    amz: BTreeMap<String, Vec<u8>>,
    parameters: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Signed {
    fn read(request: &Request, verified: Verified) -> Self {
        let in_query = verified.form() == Form::Query;
        let mut query = parameters(request.query.as_deref().unwrap_or_default());
        let amz = amz(&request.headers, &query, in_query);
        let until = match (in_query, amz.contains_key("x-amz-date")) {
            (true, _) => query
                .iter()
                .find(|(name, _)| name == b"Expires")
                .unwrap()
                .1
                .clone(),
            (false, true) => Vec::new(),
            (false, false) => trimmed(&request.headers, DATE.as_str()),
        };
        query.retain(|(name, _)| is_resource(name, verified));
        query.sort();
        Self {
            method: request.method.clone(),
            path: resource(request),
            body: ["content-md5", CONTENT_TYPE.as_str()]
                .map(|name| trimmed(&request.headers, name)),
            until,
            amz,
            parameters: query,
        }
    }
}

/// The sub-resources that must be covered whatever the code under test says, and those of
/// which it says so.
fn is_resource(name: &[u8], verified: Verified) -> bool {
    const ALWAYS: [&str; 12] = [
        "acl",
        "cors",
        "delete",
        "lifecycle",
        "partNumber",
        "policy",
        "response-content-type",
        "tagging",
        "uploadId",
        "uploads",
        "versionId",
        "versioning",
    ];
    let own = ["AWSAccessKeyId", "Expires", "Signature"];
    let name = String::from_utf8_lossy(name);
    let amz = name.to_ascii_lowercase().starts_with("x-amz-");
    ALWAYS.contains(&&*name) || (verified.covers(&name) && !own.contains(&&*name) && !amz)
}

fn resource(request: &Request) -> Vec<u8> {
    let path = match request.path.as_slice() {
        b"" => b"/",
        path => path,
    };
    let mut whole = match bucket(request) {
        Some(bucket) => [b"/", bucket.as_bytes(), path].concat(),
        None => path.to_vec(),
    };
    let bucket_alone = whole.splitn(3, |byte| *byte == b'/').nth(2) == Some(b"");
    if bucket_alone && whole.len() > 2 {
        whole.pop();
    }
    whole
}

fn trimmed(headers: &HeaderMap, name: &str) -> Vec<u8> {
    let values: Vec<_> = headers
        .get_all(name)
        .iter()
        .map(|value| value.as_bytes().trim_ascii())
        .collect();
    values.join(&b","[..])
}

/// `x-amz-*` headers, and in a presigned URL parameters that stand for one.
fn amz(
    headers: &HeaderMap,
    query: &[(Vec<u8>, Vec<u8>)],
    in_query: bool,
) -> BTreeMap<String, Vec<u8>> {
    let names = headers
        .keys()
        .map(http::HeaderName::as_str)
        .filter(|name| name.starts_with("x-amz-"));
    let mut found: BTreeMap<_, _> = names
        .map(|name| (name.to_owned(), trimmed(headers, name)))
        .collect();
    for (name, value) in query.iter().filter(|_| in_query) {
        let name = String::from_utf8_lossy(name).into_owned();
        if name.to_ascii_lowercase().starts_with("x-amz-") {
            found.insert(name, value.trim_ascii().to_vec());
        }
    }
    found
}

/// The request without any claim; `None` when it is no text or has parameters of one.
fn unsigned(mut request: Request) -> Option<Request> {
    request.headers.remove("x-amz-date");
    request.headers.remove(AUTHORIZATION);
    request.headers.remove(DATE);
    for text in [Some(&request.path), request.query.as_ref()] {
        std::str::from_utf8(text.map_or(&[], Vec::as_slice)).ok()?;
    }
    let query = parameters(request.query.as_deref().unwrap_or_default());
    let claim = |name: &[u8]| {
        portico_sigv2::presigned::PARAMETERS
            .iter()
            .any(|own| own.as_bytes() == name)
    };
    (!query.iter().any(|(name, _)| claim(name))).then_some(request)
}

fn outgoing(request: &Request) -> Outgoing<'_> {
    Outgoing {
        method: &request.method,
        path: text(&request.path),
        query: request.query.as_deref().map(text),
        headers: &request.headers,
        bucket_of_virtual_host: bucket(request),
    }
}

fn signed_in_a_header(request: &Request) {
    let secret = SecretString::from(SECRET);
    // What no signature could cover without doubt is not signed.
    let Ok(signed) = sign(&outgoing(request), ACCESS_KEY, &secret, at(MOMENT)) else {
        return;
    };
    let mut request = request.clone();
    signed.apply(&mut request.headers);
    holds_until_it_is_changed(&request, Form::Header);
}

fn signed_in_the_query(request: &Request) {
    let (secret, end) = (
        SecretString::from(SECRET),
        u32::try_from(MOMENT + 60).unwrap(),
    );
    let Ok(query) = presign(&outgoing(request), ACCESS_KEY, &secret, end) else {
        return;
    };
    let mut request = request.clone();
    request.query = Some(query.into_bytes());
    holds_until_it_is_changed(&request, Form::Query);
}

fn holds_until_it_is_changed(request: &Request, form: Form) {
    match verify(request, at(MOMENT)) {
        Ok(verified) => assert_eq!(verified.form(), form),
        // The session token is all that is left of the input with a meaning of its own.
        Err(Some(ProofError::RepeatedHeader(_) | ProofError::Malformed { .. })) => {
            assert!(has_token(request), "{request:?}");
            return;
        }
        Err(error) => panic!("signed and refused: {error:?}: {request:?}"),
    }
    for change in CHANGES {
        let mut changed = request.clone();
        change(&mut changed);
        assert!(verify(&changed, at(MOMENT)).is_err(), "{changed:?}");
    }
    assert!(verify(request, at(MOMENT + 7 * 24 * 3600)).is_err());
}

fn has_token(request: &Request) -> bool {
    let query = parameters(request.query.as_deref().unwrap_or_default());
    let is_token = |name: &[u8]| name.eq_ignore_ascii_case(b"x-amz-security-token");
    request.headers.contains_key("x-amz-security-token")
        || query.iter().any(|(name, _)| is_token(name))
}

/// What a thief would change.
const CHANGES: [fn(&mut Request); 7] = [
    |request| request.method.push('X'),
    |request| request.path.extend(b"%41"),
    |request| {
        request
            .query
            .get_or_insert_default()
            .extend(b"&versionId=1");
    },
    |request| request.query.get_or_insert_default().extend(b"&Acl"),
    |request| match bucket(request) {
        Some(_) => request.host = b"elsewhere.example".into(),
        None => request.host = [b"other", DOMAIN.as_bytes()].concat(),
    },
    |request| {
        request
            .headers
            .append("x-amz-copy-source", HeaderValue::from_static("b/k"));
    },
    |request| {
        request
            .headers
            .append(CONTENT_TYPE, HeaderValue::from_static("text/html"));
    },
];
