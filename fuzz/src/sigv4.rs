//! Signature Version 4: what is accepted is what was signed, and what is signed is accepted.

use std::sync::LazyLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::header::{AUTHORIZATION, DATE};
use http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::percent_decode;
use portico_sigv4::{
    Form, Outgoing, PayloadMode, Proof, ProofError, Scope, SigningKey, Timestamp, canonical_path,
    canonical_query, presign, sign,
};
use secrecy::SecretString;

use crate::request::{Request, parameters, text};

/// The key, the secret and the moment of the examples in the S3 API Reference.
const ACCESS_KEY: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const MOMENT: &[u8] = b"20130524T000000Z";

/// The examples themselves: all that was ever signed with the secret.
static GENUINE: LazyLock<Vec<Request>> = LazyLock::new(|| {
    let texts: [&[u8]; 5] = [
        include_bytes!("../seeds/sigv4/aws-get-object"),
        include_bytes!("../seeds/sigv4/aws-put-object"),
        include_bytes!("../seeds/sigv4/aws-get-lifecycle"),
        include_bytes!("../seeds/sigv4/aws-list-objects"),
        include_bytes!("../seeds/sigv4/aws-presigned"),
    ];
    let requests = texts.map(|text| Request::parse(text).unwrap());
    assert!(requests.iter().all(|one| verify(one, now()).is_ok()));
    requests.into()
});

/// Takes a head as text: `METHOD target CRLF`, then headers.
pub fn run(input: &[u8]) {
    let Some(request) = Request::parse(input) else {
        return;
    };
    if verify(&request, now()).is_ok() {
        let signed = Signed::read(&request);
        let known = GENUINE.iter().any(|one| Signed::read(one) == signed);
        assert!(known, "accepted, although nobody signed it: {request:?}");
    }
    spelling(&request);
    if let Some(request) = unsigned(request) {
        signed_in_a_header(&request);
        signed_in_the_query(&request);
    }
}

fn moment() -> Timestamp {
    Timestamp::parse(MOMENT).unwrap()
}

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(moment().unix().try_into().unwrap())
}

fn secret() -> SecretString {
    SECRET.into()
}

/// `Ok` with the form of the proof.
fn verify(request: &Request, now: SystemTime) -> Result<Form, Option<ProofError>> {
    let proof = Proof::from_request(&request.view())?.ok_or(None)?;
    proof.verify(&secret(), &request.view(), now)?;
    Ok(proof.form())
}

/// All that a signature covers, read by other means than those under test.
#[derive(Debug, PartialEq, Eq)]
struct Signed {
    method: String,
    path: Vec<u8>,
    query: Vec<(Vec<u8>, Vec<u8>)>,
    headers: Vec<(String, Vec<u8>)>,
    /// `x-amz-*` headers that stand in the request without a signature.
    smuggled: Vec<String>,
}

impl Signed {
    fn read(request: &Request) -> Self {
        let mut query = parameters(request.query.as_deref().unwrap_or_default());
        query.sort();
        let names = signed_names(&request.headers, &query);
        let in_query = !request.headers.contains_key(AUTHORIZATION);
        if in_query {
            query.retain(|(name, _)| name != b"X-Amz-Signature");
        }
        let path = match request.path.as_slice() {
            b"" => b"/",
            path => path,
        };
        let free = ["x-amz-user-agent", "x-amz-checksum-mode"];
        let smuggled = request.headers.keys().map(HeaderName::as_str);
        let smuggled = smuggled
            .filter(|name| name.starts_with("x-amz-") && !names.iter().any(|one| one == name))
            .filter(|name| !(in_query && free.contains(name)));
        Self {
            method: request.method.clone(),
            path: percent_decode(path).collect(),
            query,
            smuggled: smuggled.map(str::to_owned).collect(),
            headers: names
                .into_iter()
                .map(|name| covered(request, name))
                .collect(),
        }
    }
}

/// The names in `SignedHeaders`, of the header or of the query.
fn signed_names(headers: &HeaderMap, query: &[(Vec<u8>, Vec<u8>)]) -> Vec<String> {
    // An access key may hold the same words; no signature covers it, and none has to.
    let header = headers.get(AUTHORIZATION).and_then(|value| {
        let mut fields = value.as_bytes().split(|byte| b", \t".contains(byte));
        fields.find_map(|field| field.strip_prefix(b"SignedHeaders="))
    });
    let presigned = query
        .iter()
        .find(|(name, _)| name == b"X-Amz-SignedHeaders");
    let list = header.or(presigned.map(|(_, value)| value.as_slice()));
    let list = std::str::from_utf8(list.unwrap()).unwrap();
    let mut names: Vec<_> = list.split(';').map(str::to_owned).collect();
    names.sort();
    names
}

fn covered(request: &Request, name: String) -> (String, Vec<u8>) {
    let values: Vec<_> = match name.as_str() {
        "host" => vec![folded(&request.host)],
        name => request
            .headers
            .get_all(name)
            .iter()
            .map(|value| folded(value.as_bytes()))
            .collect(),
    };
    (name, values.join(&b","[..]))
}

/// Without spaces around, and with one where several are.
fn folded(value: &[u8]) -> Vec<u8> {
    let words = value
        .split(|byte| *byte == b' ')
        .filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(&b" "[..])
}

/// The canonical forms mean what was sent, and are their own canonical forms.
fn spelling(request: &Request) {
    let path = canonical_path(&request.path);
    assert_eq!(canonical_path(path.as_bytes()), path);
    if !request.path.is_empty() {
        assert!(percent_decode(path.as_bytes()).eq(percent_decode(&request.path)));
    }
    let raw = request.query.as_deref().unwrap_or_default();
    let query = canonical_query(raw);
    assert!(query.is_ascii() && path.is_ascii());
    assert_eq!(canonical_query(query.as_bytes()), query);
    let (mut sent, mut written) = (parameters(raw), parameters(query.as_bytes()));
    sent.sort();
    written.sort();
    assert_eq!(sent, written);
}

/// The request without any claim; `None` when it cannot be signed, because it is not text or has
/// parameters that mean something.
fn unsigned(mut request: Request) -> Option<Request> {
    for name in ["x-amz-date", "x-amz-content-sha256"] {
        request.headers.remove(name);
    }
    request.headers.remove(AUTHORIZATION);
    request.headers.remove(DATE);
    for text in [
        Some(&request.path),
        request.query.as_ref(),
        Some(&request.host),
    ] {
        std::str::from_utf8(text.map_or(&[], Vec::as_slice)).ok()?;
    }
    let query = parameters(request.query.as_deref().unwrap_or_default());
    let claims = |name: &[u8]| name.starts_with(b"X-Amz-") && name != b"X-Amz-Security-Token";
    (!query.iter().any(|(name, _)| claims(name))).then_some(request)
}

fn key() -> SigningKey {
    SigningKey::derive(
        &secret(),
        &Scope::new(&moment(), "us-east-1", "s3").unwrap(),
    )
}

/// Calls `then` with the request as our own signer wants it, every header signed.
fn outgoing<T>(request: &Request, then: impl FnOnce(&Outgoing<'_>) -> T) -> T {
    let names: Vec<_> = request.headers.keys().cloned().collect();
    then(&Outgoing {
        method: &request.method,
        path: text(&request.path),
        query: request.query.as_deref().map(text),
        headers: &request.headers,
        host: text(&request.host),
        sign_also: &names,
    })
}

fn signed_in_a_header(request: &Request) {
    let mode = PayloadMode::Unsigned;
    let signed = outgoing(request, |request| {
        sign(request, mode, ACCESS_KEY, &key(), moment()).unwrap()
    });
    let mut request = request.clone();
    signed.apply(&mut request.headers);
    holds_until_it_is_changed(&request, Form::Header);
}

fn signed_in_the_query(request: &Request) {
    let query = outgoing(request, |request| {
        presign(request, ACCESS_KEY, &key(), moment(), 60, &[])
    });
    // More than one session token.
    let Ok(query) = query else { return };
    let mut request = request.clone();
    request.query = Some(query.into_bytes());
    holds_until_it_is_changed(&request, Form::Query);
}

fn holds_until_it_is_changed(request: &Request, form: Form) {
    match verify(request, now()) {
        Ok(read) => assert_eq!(read, form),
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
        assert!(verify(&changed, now()).is_err(), "{changed:?}");
    }
    let week = Duration::from_hours(7 * 24);
    assert!(verify(request, now() + week).is_err());
    assert!(verify(request, now() - week).is_err());
}

fn has_token(request: &Request) -> bool {
    let query = parameters(request.query.as_deref().unwrap_or_default());
    request.headers.contains_key("x-amz-security-token")
        || query
            .iter()
            .any(|(name, _)| name == b"X-Amz-Security-Token")
}

/// What a thief would change.
const CHANGES: [fn(&mut Request); 6] = [
    |request| request.method.push('X'),
    |request| request.path.extend(b"%41"),
    |request| {
        request
            .query
            .get_or_insert_default()
            .extend(b"&versionId=1");
    },
    |request| request.host.extend(b".example"),
    |request| {
        request
            .headers
            .append("x-amz-copy-source", HeaderValue::from_static("b/k"));
    },
    |request| {
        request
            .headers
            .append("x-amz-acl", HeaderValue::from_static("public-read"));
    },
];
