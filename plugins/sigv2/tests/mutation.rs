//! No change of a single byte gets past a signature, unless it changes nothing that is signed.
//!
//! Every byte of everything that is signed is replaced, removed and doubled in turn. What
//! may still pass is said by an oracle that shares no code with the crate.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

mod common;

use std::collections::BTreeSet;

use common::Request;
use percent_encoding::percent_decode;

const SIGNED: &str = "partNumber=2&uploadId=a%2Fb%20c&acl&response-expires=&x-amz-meta-q=a%20b";

fn header_form() -> Request {
    base().signed()
}

fn query_form() -> Request {
    base().presigned()
}

fn base() -> Request {
    Request::new("PUT", "/a%20b%C3%A9/(1)+k.txt", Some(SIGNED))
        .at_bucket("bucket")
        .with("x-amz-meta-note", "two  words, one note")
        .with("x-amz-meta-note", "again")
        .with("x-amz-acl", "private")
        .with("content-type", "text/plain")
        .with("content-md5", "4gJE4saaMU4BqNR0kLY+lw==")
}

/// All texts one byte away from `text`.
fn neighbours(text: &[u8]) -> BTreeSet<Vec<u8>> {
    let mut found = BTreeSet::new();
    for (at, byte) in text.iter().copied().enumerate() {
        let flipped = [1, 0x20, 0x80, 0xff].map(|mask| byte ^ mask);
        let special = *b"%+&=/;,: \t\n\0aA0?";
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

/// What a query means, as far as it must be signed: names that no store knows are left out.
fn meaning(query: &[u8], link: bool) -> Vec<(Vec<u8>, Vec<u8>)> {
    let names = ["partNumber", "uploadId", "acl", "response-expires"];
    let claim = ["AWSAccessKeyId", "Expires", "Signature"];
    let pieces = query.split(|byte| *byte == b'&');
    let pairs = pieces.map(|piece| {
        let mut halves = piece.splitn(2, |byte| *byte == b'=');
        let name = decode(halves.next().unwrap(), true);
        let plus = name != b"AWSAccessKeyId" && name != b"Signature";
        (name, decode(halves.next().unwrap_or_default(), plus))
    });
    let counts = |name: &[u8]| {
        let name = String::from_utf8_lossy(name).into_owned();
        let known = names.iter().any(|known| known.eq_ignore_ascii_case(&name));
        known
            || (link
                && (claim.contains(&&*name) || name.to_ascii_lowercase().starts_with("x-amz-")))
    };
    let mut pairs: Vec<_> = pairs.filter(|(name, _)| counts(name)).collect();
    pairs.sort();
    pairs
}

fn decode(text: &[u8], plus_is_space: bool) -> Vec<u8> {
    let spaced = text.iter().map(|byte| match byte {
        b'+' if plus_is_space => b' ',
        other => *other,
    });
    percent_decode(&spaced.collect::<Vec<_>>()).collect()
}

#[test]
fn method() {
    for signed in [header_form(), query_form()] {
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
    for signed in [header_form(), query_form()] {
        check(
            &signed.path,
            |_| false,
            |changed| {
                let path = changed.to_vec();
                Some(Request {
                    path,
                    ..signed.clone()
                })
            },
        );
    }
}

#[test]
fn bucket() {
    for signed in [header_form(), query_form()] {
        check(
            b"bucket",
            |_| false,
            |changed| {
                let bucket = Some(String::from_utf8(changed.to_vec()).ok()?);
                Some(Request {
                    bucket,
                    ..signed.clone()
                })
            },
        );
    }
}

#[test]
fn query() {
    for (signed, link) in [(header_form(), false), (query_form(), true)] {
        let query = signed.query.clone().unwrap();
        let signed_meaning = meaning(&query, link);
        check(
            &query,
            |changed| meaning(changed, link) == signed_meaning,
            |changed| {
                let query = Some(changed.to_vec());
                Some(Request {
                    query,
                    ..signed.clone()
                })
            },
        );
    }
}

#[test]
fn header_values() {
    for (signed, header) in [(header_form(), true), (query_form(), false)] {
        for name in ["x-amz-acl", "content-type", "content-md5", "date"] {
            if name == "date" && !header {
                continue;
            }
            let value = signed.headers[name].as_bytes().to_vec();
            check(
                &value,
                |changed| changed.trim_ascii() == value,
                |changed| {
                    http::HeaderValue::from_bytes(changed).ok()?;
                    let mut request = signed.clone();
                    request.set(name, changed);
                    Some(request)
                },
            );
        }
    }
}

#[test]
fn values_of_a_repeated_header() {
    for signed in [header_form(), query_form()] {
        let value = signed.headers["x-amz-meta-note"].as_bytes().to_vec();
        check(
            &value,
            |changed| changed.trim_ascii() == value,
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
    for signed in [header_form(), query_form()] {
        for name in [
            "x-amz-acl",
            "x-amz-meta-note",
            "content-type",
            "content-md5",
        ] {
            let mut request = signed.clone();
            request.headers.remove(name);
            assert!(!request.is_accepted(), "without {name}");
        }
        let mut request = signed.clone();
        request.set("x-amz-meta-note", b"again");
        request.append("x-amz-meta-note", b"two  words, one note");
        assert!(!request.is_accepted(), "reordered");
        for name in [
            "x-amz-acl",
            "x-amz-meta-note",
            "x-amz-new",
            "x-amz-date",
            "content-type",
        ] {
            let mut request = signed.clone();
            request.append(name, b"private");
            assert!(!request.is_accepted(), "another {name}");
        }
        assert!(signed.with("x-other", "free").is_accepted());
    }
}

#[test]
fn authorization_header() {
    let signed = header_form();
    let value = signed.headers["authorization"].as_bytes().to_vec();
    // Spaces are free after the scheme and at the end.
    let words = |text: &[u8]| -> Vec<Vec<u8>> {
        let words = text.split(|byte| matches!(byte, b' ' | b'\t'));
        words
            .filter(|word| !word.is_empty())
            .map(<[u8]>::to_vec)
            .collect()
    };
    check(
        &value,
        |changed| words(changed) == words(&value) && changed.starts_with(b"A"),
        |changed| {
            http::HeaderValue::from_bytes(changed).ok()?;
            let mut request = signed.clone();
            request.set("authorization", changed);
            Some(request)
        },
    );
}
