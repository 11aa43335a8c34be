//! No change of a single byte gets past a signature, unless it does not change the request.
//!
//! Every byte of everything that is signed is replaced, removed and doubled in turn. What
//! may still pass is said by an oracle that shares no code with the crate.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

mod common;

use std::collections::BTreeSet;

use common::{ACCESS_KEY, Request};
use percent_encoding::percent_decode;
use portico_sigv4::{PayloadMode, Proof};

fn base() -> Request {
    Request::new(
        "PUT",
        "bucket.example.com:8080",
        "/bucket/a%20b%C3%A9/(1)+k.txt",
        Some("partNumber=2&uploadId=a%2Fb%20c&acl&x=1&x=0"),
    )
    .with("x-amz-meta-note", "two  words, one note")
    .with("x-amz-meta-note", "again")
    .with("x-amz-acl", "private")
}

/// All texts one byte away from `text`.
fn neighbours(text: &[u8]) -> BTreeSet<Vec<u8>> {
    let mut found = BTreeSet::new();
    for (at, byte) in text.iter().copied().enumerate() {
        let flipped = [1, 0x20, 0x80, 0xff].map(|mask| byte ^ mask);
        let special = *b"%+&=/;, \t\n\0aA0";
        for other in flipped.into_iter().chain(special) {
            let mut replaced = text.to_vec();
            replaced[at] = other;
            found.insert(replaced);
        }
        let mut removed = text.to_vec();
        removed.remove(at);
        found.insert(removed);
        let mut doubled = text.to_vec();
        doubled.insert(at, byte);
        found.insert(doubled);
    }
    found.remove(text);
    found
}

/// Tries every neighbour; `same` says which of them are the same request still.
fn check(text: &[u8], same: impl Fn(&[u8]) -> bool, request: impl Fn(&[u8]) -> Option<Request>) {
    assert!(
        request(text).unwrap().is_accepted(),
        "the request itself must pass"
    );
    let mut tried = 0;
    for changed in neighbours(text) {
        let Some(candidate) = request(&changed) else {
            continue;
        };
        let shown = String::from_utf8_lossy(&changed);
        assert_eq!(candidate.is_accepted(), same(&changed), "{shown:?}");
        tried += 1;
    }
    assert!(tried >= text.len(), "only {tried} changes tried");
}

fn path_meaning(path: &[u8]) -> Vec<u8> {
    percent_decode(path).collect()
}

fn query_meaning(query: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let decode = |text: &[u8]| -> Vec<u8> {
        let spaced: Vec<u8> = text
            .iter()
            .map(|b| if *b == b'+' { b' ' } else { *b })
            .collect();
        percent_decode(&spaced).collect()
    };
    let pieces = query
        .split(|byte| *byte == b'&')
        .filter(|piece| !piece.is_empty());
    let mut pairs: Vec<_> = pieces
        .map(|piece| {
            let mut halves = piece.splitn(2, |byte| *byte == b'=');
            (
                decode(halves.next().unwrap()),
                decode(halves.next().unwrap_or_default()),
            )
        })
        .collect();
    pairs.sort();
    pairs
}

fn words(value: &[u8]) -> Vec<&[u8]> {
    value
        .split(|byte| *byte == b' ')
        .filter(|word| !word.is_empty())
        .collect()
}

fn both_forms() -> [Request; 2] {
    [
        base().signed(PayloadMode::of(b"body")),
        base().presigned(&[("X-Amz-Security-Token", "t+/=")]),
    ]
}

#[test]
fn method() {
    for signed in both_forms() {
        check(
            signed.method.as_bytes(),
            |_| false,
            |changed| {
                let method = String::from_utf8(changed.to_vec()).ok()?;
                Some(Request {
                    method,
                    ..signed.clone()
                })
            },
        );
    }
}

#[test]
fn path() {
    for signed in both_forms() {
        let meaning = path_meaning(&signed.path);
        check(
            &signed.path,
            |changed| path_meaning(changed) == meaning,
            |changed| {
                Some(Request {
                    path: changed.to_vec(),
                    ..signed.clone()
                })
            },
        );
    }
}

#[test]
fn query() {
    for signed in both_forms() {
        let query = signed.query.clone().unwrap();
        let meaning = query_meaning(&query);
        check(
            &query,
            |changed| query_meaning(changed) == meaning,
            |changed| {
                Some(Request {
                    query: Some(changed.to_vec()),
                    ..signed.clone()
                })
            },
        );
    }
}

#[test]
fn host() {
    for signed in both_forms() {
        check(
            &signed.host,
            |changed| words(changed) == words(&signed.host),
            |changed| {
                Some(Request {
                    host: changed.to_vec(),
                    ..signed.clone()
                })
            },
        );
    }
}

#[test]
fn signed_header_values() {
    for signed in both_forms() {
        for name in ["x-amz-acl", "x-amz-date", "x-amz-content-sha256"] {
            let Some(value) = signed.headers.get(name) else {
                continue;
            };
            let value = value.as_bytes().to_vec();
            let dated = name != "x-amz-acl";
            let same = |changed: &[u8]| words(changed) == words(&value);
            check(
                &value,
                |changed| same(changed) && !dated || changed.trim_ascii() == value,
                |changed| {
                    let changed = http::HeaderValue::from_bytes(changed).ok()?;
                    let mut request = signed.clone();
                    request.headers.insert(name, changed);
                    Some(request)
                },
            );
        }
    }
}

#[test]
fn values_of_a_repeated_header() {
    for signed in both_forms() {
        let value = signed.headers["x-amz-meta-note"].as_bytes().to_vec();
        check(
            &value,
            |changed| words(changed) == words(&value),
            |changed| {
                http::HeaderValue::from_bytes(changed).ok()?;
                let mut request = signed.clone();
                request.set("x-amz-meta-note", changed);
                request.append("x-amz-meta-note", b"again");
                Some(request)
            },
        );
    }
}

#[test]
fn headers_removed_reordered_or_added() {
    for signed in both_forms() {
        for name in ["x-amz-acl", "x-amz-meta-note"] {
            let mut request = signed.clone();
            request.headers.remove(name);
            assert!(!request.is_accepted(), "without {name}");
        }
        let mut request = signed.clone();
        request.set("x-amz-meta-note", b"again");
        request.append("x-amz-meta-note", b"two words, one note");
        assert!(!request.is_accepted(), "reordered");
        for name in ["x-amz-acl", "x-amz-meta-note", "x-amz-new", "x-amz-date"] {
            let mut request = signed.clone();
            request.append(name, b"private");
            assert!(!request.is_accepted(), "another {name}");
        }
        let unsigned = signed.with("x-other", "free");
        assert!(
            unsigned.is_accepted(),
            "headers outside the signature are free"
        );
    }
}

#[test]
fn authorization_header() {
    let signed = base().signed(PayloadMode::Unsigned);
    let value = signed.headers["authorization"].as_bytes().to_vec();
    let mut passed = 0;
    for changed in neighbours(&value) {
        let Ok(header) = http::HeaderValue::from_bytes(&changed) else {
            continue;
        };
        let mut request = signed.clone();
        request.headers.insert("authorization", header);
        if !request.is_accepted() {
            continue;
        }
        passed += 1;
        // The access key is not signed: it chooses the secret, and another secret fails.
        let proof = Proof::from_request(&request.view()).unwrap().unwrap();
        let blank = |text: &[u8]| -> Vec<u8> {
            text.iter()
                .copied()
                .filter(|b| !matches!(b, b' ' | b'\t'))
                .collect()
        };
        let same_text = blank(&changed) == blank(&value);
        assert!(proof.access_key() != ACCESS_KEY || same_text, "{changed:?}");
    }
    assert!(passed > 0, "spacing is free");
}
