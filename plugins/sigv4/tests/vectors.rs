//! AWS's own signature test suite, in its header and its query form.
//!
//! The suite is read out of the package of `aws-sigv4`, which ships it, and taken as a
//! server would see it: from the *signed* requests, so that every line of the canonical
//! request, the string to sign and the signature have to come out of the wire text.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::MetadataCommand;
use http::{HeaderMap, HeaderName, HeaderValue};
use portico_sigv4::key::string_to_sign;
use portico_sigv4::{Authorization, CanonicalRequest, PathStyle, PayloadMode, Presigned};
use portico_sigv4::{QueryStyle, SigningKey, Style, Timestamp};
use serde_json::Value;

/// The suite's own size; fewer means that the suite was not found or not read.
const VECTORS: usize = 40;

/// Two cases carried over from an older suite, without the context and the files of the
/// others: the secret is not given, nor is a query form. Only their paths can be compared.
const PATH_ONLY: [&str; 2] = ["double-encode-path", "double-url-encode"];

fn suite() -> PathBuf {
    // Asked at run time: a build folder shared by two clones would keep the path of the other one.
    let folder = std::env::var_os("CARGO_MANIFEST_DIR").unwrap();
    let manifest = PathBuf::from(folder).join("Cargo.toml");
    let mut command = MetadataCommand::new();
    command.manifest_path(manifest);
    let offline = command
        .clone()
        .other_options(["--offline".to_owned()])
        .exec();
    let metadata = offline.or_else(|_| command.exec()).unwrap();
    let package = metadata
        .packages
        .iter()
        .find(|package| package.name == "aws-sigv4")
        .unwrap();
    let folder = package.manifest_path.parent().unwrap();
    folder.join("aws-signing-test-suite/v4").into()
}

struct Wire {
    method: String,
    path: Vec<u8>,
    query: Option<Vec<u8>>,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// Reads a request as leniently as the suite needs: raw spaces and UTF-8 in the target, no
/// version, folded header lines (RFC 9112 §5.2: a server replaces them by spaces).
fn parse(text: &[u8]) -> Wire {
    let text = String::from_utf8(text.to_vec()).unwrap();
    let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
    let head = head.replace("\n ", "  ");
    let mut lines = head.lines();
    let line = lines.next().unwrap().trim_end_matches(" HTTP/1.1");
    let (method, target) = line.split_once(' ').unwrap();
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query.as_bytes().to_vec())),
        None => (target, None),
    };
    let mut headers = HeaderMap::new();
    for line in lines {
        let (name, value) = line.split_once(':').unwrap();
        let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
        headers.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), value);
    }
    Wire {
        method: method.to_owned(),
        path: path.as_bytes().to_vec(),
        query,
        headers,
        body: body.as_bytes().to_vec(),
    }
}

struct Vector {
    folder: PathBuf,
    context: Value,
}

impl Vector {
    fn open(folder: &Path) -> Self {
        let context = fs::read(folder.join("context.json")).unwrap();
        Self {
            folder: folder.to_owned(),
            context: serde_json::from_slice(&context).unwrap(),
        }
    }

    fn file(&self, name: &str) -> String {
        String::from_utf8(fs::read(self.folder.join(name)).unwrap()).unwrap()
    }

    fn wire(&self, name: &str) -> Wire {
        parse(self.file(name).as_bytes())
    }

    fn key(&self, scope: &portico_sigv4::Scope) -> SigningKey {
        let secret = self.context["credentials"]["secret_access_key"]
            .as_str()
            .unwrap();
        SigningKey::derive(&secret.into(), scope)
    }

    fn style(&self) -> Style {
        let normalize = self.context["normalize"].as_bool().unwrap();
        Style {
            path: PathStyle::Doubled { normalize },
            query: QueryStyle::Recoded,
        }
    }

    fn omits_token(&self) -> bool {
        self.context["omit_session_token"]
            .as_bool()
            .unwrap_or(false)
    }

    /// Compares with all three files of one form.
    fn check(&self, form: &str, request: &CanonicalRequest<'_>, claim: &Claim) {
        let name = format!("{} ({form})", self.folder.display());
        let mut canonical = Vec::new();
        request.write_into(&mut canonical).unwrap();
        let expected = self.file(&format!("{form}-canonical-request.txt"));
        assert_eq!(
            String::from_utf8(canonical.clone()).unwrap(),
            expected,
            "{name}"
        );
        let text = string_to_sign(&claim.at, claim.key.scope(), &canonical);
        assert_eq!(
            text,
            self.file(&format!("{form}-string-to-sign.txt")),
            "{name}"
        );
        let signature = claim.key.sign_canonical(&claim.at, &canonical);
        assert_eq!(
            signature.to_hex(),
            self.file(&format!("{form}-signature.txt")),
            "{name}"
        );
        assert_eq!(signature, claim.signature, "{name}");
    }

    fn run_header(&self) {
        let wire = self.wire("header-signed-request.txt");
        let read = Authorization::from_headers(&wire.headers).unwrap().unwrap();
        let date = &wire.headers["x-amz-date"];
        let claim = Claim {
            key: self.key(&read.credential.scope),
            at: Timestamp::parse(date.as_bytes()).unwrap(),
            signature: read.signature,
        };
        let request = CanonicalRequest {
            method: &wire.method,
            path: &wire.path,
            query: wire.query.as_deref(),
            presigned: false,
            headers: &wire.headers,
            overrides: &[],
            signed_headers: &read.signed_headers,
            payload: PayloadMode::of(&wire.body),
            style: self.style(),
        };
        self.check("header", &request, &claim);
    }

    fn run_query(&self) {
        let wire = self.wire("query-signed-request.txt");
        let mut query = wire.query.clone().unwrap();
        if self.omits_token() {
            query = without_token(&query); // it was added after signing
        }
        let read = Presigned::from_query(&query).unwrap().unwrap();
        let claim = Claim {
            key: self.key(&read.credential.scope),
            at: read.timestamp,
            signature: read.signature,
        };
        let request = CanonicalRequest {
            method: &wire.method,
            path: &wire.path,
            query: Some(&query),
            presigned: true,
            headers: &wire.headers,
            overrides: &[],
            signed_headers: &read.signed_headers,
            payload: PayloadMode::of(&wire.body),
            style: self.style(),
        };
        self.check("query", &request, &claim);
    }
}

struct Claim {
    key: SigningKey,
    at: Timestamp,
    signature: portico_sigv4::Signature,
}

fn without_token(query: &[u8]) -> Vec<u8> {
    let kept = query.split(|byte| *byte == b'&');
    let kept = kept.filter(|piece| !piece.starts_with(b"X-Amz-Security-Token="));
    kept.collect::<Vec<_>>().join(&b'&')
}

fn folders() -> Vec<PathBuf> {
    let entries = fs::read_dir(suite()).unwrap();
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders
}

fn is_path_only(folder: &Path) -> bool {
    PATH_ONLY.iter().any(|name| folder.ends_with(name))
}

#[test]
fn every_vector_in_both_forms() {
    let mut ran = 0;
    for folder in folders().iter().filter(|folder| !is_path_only(folder)) {
        let vector = Vector::open(folder);
        vector.run_header();
        vector.run_query();
        ran += 1;
    }
    assert_eq!(ran, VECTORS - PATH_ONLY.len());
}

#[test]
fn vectors_that_give_a_path_only() {
    for name in PATH_ONLY {
        let folder = suite().join(name);
        let wire = parse(&fs::read(folder.join("request.txt")).unwrap());
        let expected = fs::read_to_string(folder.join("header-canonical-request.txt")).unwrap();
        let signed_headers = portico_sigv4::SignedHeaders::parse("host;x-amz-date").unwrap();
        let request = CanonicalRequest {
            method: &wire.method,
            path: &wire.path,
            query: wire.query.as_deref(),
            presigned: false,
            headers: &wire.headers,
            overrides: &[],
            signed_headers: &signed_headers,
            payload: PayloadMode::of(b""),
            style: Style {
                path: PathStyle::Doubled { normalize: true },
                query: QueryStyle::Recoded,
            },
        };
        let mut canonical = Vec::new();
        request.write_into(&mut canonical).unwrap();
        let canonical = String::from_utf8(canonical).unwrap();
        let path = |text: &str| text.lines().nth(1).unwrap().to_owned();
        assert_eq!(path(&canonical), path(&expected), "{name}");
    }
}
