//! Signature Version 2, which older clients speak and boto3 still writes links with.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

mod house;

use std::time::SystemTime;

use house::{Answer, BUCKET, House, Keys, Plan, Request, Upstream, hours};
use portico_sdk::s3::Operation;

const DATA: &[u8] = b"some bytes that are worth keeping";

fn target() -> String {
    format!("/{BUCKET}/k")
}

fn furnished() -> (House, Keys) {
    let house = Plan::hcp()
        .with("route.domains", vec!["portico.test"])
        .open();
    house.store().put("k", DATA);
    let keys = house.keys("research");
    (house, keys)
}

/// A refusal, of which nothing reached the store.
#[track_caller]
fn refused(house: &House, request: &Request) -> Answer {
    let answer = house.ask(request);
    let arrived = house.store().arrived();
    assert!(
        arrived.is_empty(),
        "{request:?}: {answer:?} but {arrived:?}"
    );
    answer
}

fn code(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[test]
fn in_the_header_and_in_the_query() {
    let (house, keys) = furnished();
    let get = |target: &str| house.request("GET", target);
    assert_eq!(house.ask(&keys.sign_v2(get(&target()), None)).body, DATA);
    assert_eq!(
        house.ask(&keys.presign_v2(get(&target()), 60, None)).body,
        DATA
    );
    let arrived = house.store().arrived();
    for request in &arrived {
        let proof = request.header("authorization").unwrap_or_default();
        assert!(proof.starts_with("AWS4-HMAC-SHA256 "), "{request:?}");
        assert_eq!(request.path, target());
        assert_eq!(request.header("x-amz-security-token"), None);
    }
    let put = house.request("PUT", &format!("/{BUCKET}/up"));
    let put = put
        .header("content-type", "text/plain")
        .header("x-amz-meta-a", "b");
    assert_eq!(house.ask(&keys.sign_v2(put.body(DATA), None)).status, 200);
    let put = house.request("PUT", &format!("/{BUCKET}/link"));
    assert_eq!(
        house.ask(&keys.presign_v2(put, 60, None).body(DATA)).status,
        200
    );
    for key in ["up", "link"] {
        assert_eq!(house.store().object(key).as_deref(), Some(DATA), "{key}");
    }
}

#[test]
fn subresources_listings_and_hosts_that_name_the_bucket() {
    let (house, keys) = furnished();
    let list = house.request("GET", &format!("/{BUCKET}?prefix=k&list-type=2&max-keys=5"));
    let answer = house.ask(&keys.sign_v2(list, None));
    assert_eq!(answer.element("Key"), "k", "{answer:?}");
    let uploads = house.request("GET", &format!("/{BUCKET}?uploads"));
    let answer = house.ask(&keys.sign_v2(uploads, None));
    assert_eq!(answer.element("Bucket"), BUCKET, "{answer:?}");
    for host in ["data.research.hcp.test", "data.research.portico.test:9000"] {
        let get = || house.request("GET", "/k").instead("host", host);
        assert_eq!(house.ask(&keys.sign_v2(get(), Some(BUCKET))).body, DATA);
        assert_eq!(
            house.ask(&keys.presign_v2(get(), 60, Some(BUCKET))).body,
            DATA
        );
    }
}

#[test]
fn keys_of_the_configuration() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    let keys = Keys::configured();
    let mut client = house.connect();
    let mut wrong = keys.clone();
    wrong.secret_key.push('x');
    for request in [
        wrong.sign_v2(house.request("GET", "/data/k"), None),
        wrong.presign_v2(house.request("GET", "/data/k"), 60, None),
    ] {
        assert_eq!(
            house.ask(&request).error(),
            code(403, "SignatureDoesNotMatch")
        );
    }
    client.send(keys.sign_v2(house.request("GET", "/data/k"), None).bytes());
    let mut peer = upstream.accept();
    peer.request().expect("a request");
    peer.answer_with("");
    assert_eq!(client.answer().status, 200);
    client.send(
        keys.presign_v2(house.request("GET", "/data/k"), 60, None)
            .bytes(),
    );
    let arrived = peer.request().expect("a request");
    assert_eq!(arrived.head.line, "GET /data/k HTTP/1.1");
    peer.answer_with("");
    assert_eq!(client.answer().status, 200);
}

#[test]
fn times_that_are_over() {
    let (house, keys) = furnished();
    let get = || house.request("GET", &target());
    let now = SystemTime::now();
    for time in [now - hours(1), now + hours(1)] {
        let answer = refused(&house, &keys.sign_v2_at(get(), None, time));
        assert_eq!(answer.error(), code(403, "RequestTimeTooSkewed"));
    }
    let old = keys.presign_v2(get(), -1, None);
    assert_eq!(refused(&house, &old).error(), code(403, "AccessDenied"));
}

#[test]
fn tokens_that_are_none_or_anothers() {
    let (house, keys) = furnished();
    let archive = house.keys("archive");
    let get = || house.request("GET", &target());
    let with = |token: Option<&str>| Keys {
        token: token.map(str::to_owned),
        ..keys.clone()
    };
    for (keys, expected) in [
        (with(Some("nonsense")), code(400, "InvalidToken")),
        (
            with(Some(&house.login("research"))),
            code(400, "InvalidToken"),
        ),
        (
            with(archive.token.as_deref()),
            code(403, "SignatureDoesNotMatch"),
        ),
        (with(None), code(403, "InvalidAccessKeyId")),
    ] {
        let answer = refused(&house, &keys.sign_v2(get(), None));
        assert_eq!(answer.error(), expected);
        let answer = refused(&house, &keys.presign_v2(get(), 60, None));
        assert_eq!(answer.error(), expected);
    }
    let stranger = get().instead("host", "archive.hcp.test");
    let answer = refused(&house, &keys.sign_v2(stranger, None));
    assert_eq!(answer.error(), code(403, "AccessDenied"));
}

#[test]
fn two_versions_in_one_request() {
    let (house, keys) = furnished();
    let get = || house.request("GET", &target());
    let older = keys.presign_v2(get(), 60, None);
    let newer = keys.presign(get());
    let query = |request: &Request| request.target.split_once('?').unwrap().1.to_owned();
    let mut both = older.clone();
    both.target = format!("{}?{}&{}", target(), query(&older), query(&newer));
    let header = |mut request: Request, link: &Request| {
        request.target.clone_from(&link.target);
        request
    };
    for request in [
        both,
        header(keys.sign_v2(get(), None), &newer),
        header(keys.sign(get()), &older),
        header(keys.sign_v2(get(), None), &older),
    ] {
        let answer = refused(&house, &request);
        assert_eq!(answer.error(), code(400, "InvalidArgument"), "{request:?}");
    }
    // Under HCP's own names too: it might take the request for somebody else's than Portico would.
    let keys = Keys {
        token: None,
        ..keys
    };
    let get = || get().instead("host", "research.hcp.test");
    let request = header(keys.sign_v2(get(), None), &keys.presign(get()));
    let answer = refused(&house, &request);
    assert_eq!(answer.error(), code(400, "InvalidArgument"));
}

/// What a link of this version does not cover must not make another request of it.
#[test]
fn nothing_can_be_added_to_a_link() {
    let (house, keys) = furnished();
    let subresources = Operation::subresources().map(str::to_owned);
    let others = [
        "versionId=1",
        "response-content-type=a",
        "x-amz-acl=public-read",
        "unknown=1",
    ];
    let names: Vec<_> = subresources.chain(others.map(str::to_owned)).collect();
    for method in ["GET", "PUT"] {
        let link = keys.presign_v2(house.request(method, &target()), 60, None);
        for name in names.iter().filter(|name| *name != "list-type=2") {
            for name in [
                name.clone(),
                name.to_uppercase(),
                format!("%{:02x}{}", name.as_bytes()[0], &name[1..]),
            ] {
                let mut changed = link.clone();
                changed.target = format!("{}&{name}", link.target);
                assert_eq!(refused(&house, &changed).status, 403, "{method} {name}");
            }
        }
        for (name, value) in [
            ("x-amz-acl", "public-read"),
            ("x-amz-copy-source", "/data/other"),
            ("x-hcp-retention", "0"),
            ("content-type", "text/html"),
        ] {
            let changed = link.clone().header(name, value);
            assert_eq!(refused(&house, &changed).status, 403, "{method} {name}");
        }
    }
}

/// In the header form too: what the signature may leave out is refused.
#[test]
fn nothing_can_be_added_to_a_signed_request() {
    let (house, keys) = furnished();
    let signed = keys.sign_v2(house.request("GET", &target()), None);
    for name in Operation::subresources().filter(|name| *name != "list-type=2") {
        let mut changed = signed.clone();
        changed.target = format!("{}?{name}", signed.target);
        assert_eq!(refused(&house, &changed).status, 403, "{name}");
    }
}

/// Every byte of a signed request, changed in turn.
#[test]
fn no_change_is_accepted() {
    let (house, keys) = furnished();
    let mut client = house.connect();
    let get = || house.request("GET", &target());
    let signed = keys.sign_v2(get().header("x-amz-meta-a", "b"), None);
    let link = keys.presign_v2(get(), 600, None);
    let mut changes = Vec::new();
    for (index, byte) in link.target.bytes().enumerate().skip(1) {
        let mut other = link.clone();
        let replacement = if byte == b'a' { "b" } else { "a" };
        other.target.replace_range(index..=index, replacement);
        changes.push(other);
        let mut shorter = link.clone();
        shorter.target.remove(index);
        changes.push(shorter);
    }
    for (name, value) in &signed.headers {
        if ![
            "authorization",
            "date",
            "x-amz-security-token",
            "x-amz-meta-a",
        ]
        .contains(&name.as_str())
        {
            continue;
        }
        for (index, byte) in value.bytes().enumerate() {
            let mut other = value.clone();
            let replacement = if byte == b'a' { "b" } else { "a" };
            other.replace_range(index..=index, replacement);
            changes.push(signed.clone().instead(name, other));
        }
    }
    let mut method = link.clone();
    method.method = "HEAD".to_owned();
    for other in [method, {
        let mut put = signed.clone();
        put.method = "PUT".to_owned();
        put.body("x")
    }] {
        assert_eq!(refused(&house, &other).status, 403);
    }
    for other in changes {
        let answer = client.ask(&other);
        assert!((400..500).contains(&answer.status), "{other:?}: {answer:?}");
    }
    assert!(house.store().arrived().is_empty());
}
