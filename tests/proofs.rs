//! Who may come in at the S3 door, and how everyone else is told that they may not.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

mod house;

use std::time::SystemTime;

use house::{Answer, BUCKET, House, Keys, Plan, Request, hours};
use portico_sigv4::PayloadMode;

const DATA: &[u8] = b"some bytes that are worth keeping";

fn code(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

fn target() -> String {
    format!("/{BUCKET}/k")
}

/// A house with one object, and the keys of its tenant.
fn furnished() -> (House, Keys) {
    let house = House::hcp();
    house.store().put("k", DATA);
    let keys = house.keys("research");
    (house, keys)
}

/// A refusal, of which nothing reached the store.
#[track_caller]
fn refused(house: &House, request: &Request) -> Answer {
    let answer = house.ask(request);
    let arrived = house.store().arrived();
    assert!(arrived.is_empty(), "{answer:?} but {arrived:?}");
    answer
}

#[test]
fn a_signature_in_the_header_or_in_the_query() {
    let (house, keys) = furnished();
    assert_eq!(house.ask(&house.get(&keys, &target())).body, DATA);
    let link = keys.presign(house.request("GET", &target()));
    assert_eq!(house.ask(&link).body, DATA);
    let upload = keys.presign(house.request("PUT", &format!("/{BUCKET}/up")));
    assert_eq!(house.ask(&upload.body("by link")).status, 200);
    assert_eq!(house.store().object("up").as_deref(), Some(&b"by link"[..]));
}

#[test]
fn a_login_token_as_bearer() {
    let (house, _) = furnished();
    let bearer = format!("Bearer {}", house.login("research"));
    let request = house.request("GET", &target());
    let answer = house.ask(&request.header("authorization", &bearer));
    assert_eq!(answer.body, DATA);
    let request = house.request("PUT", &format!("/{BUCKET}/up")).body(DATA);
    let answer = house.ask(&request.header("authorization", &bearer));
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(house.store().object("up").as_deref(), Some(DATA));
}

#[test]
fn nobody_comes_in_without_a_proof() {
    let (house, _) = furnished();
    let answer = refused(&house, &house.request("GET", &target()));
    assert_eq!(answer.error(), code(403, "AccessDenied"));
}

#[test]
fn a_wrong_signature() {
    let (house, keys) = furnished();
    let mut wrong = keys.clone();
    wrong.secret_key.push('x');
    let answer = refused(&house, &house.get(&wrong, &target()));
    assert_eq!(answer.error(), code(403, "SignatureDoesNotMatch"));
    let link = wrong.presign(house.request("GET", &target()));
    assert_eq!(
        refused(&house, &link).error(),
        code(403, "SignatureDoesNotMatch")
    );
}

#[test]
fn a_signature_of_another_request() {
    let (house, keys) = furnished();
    let signed = house.get(&keys, &target());
    let mut other = signed.clone();
    other.target = format!("/{BUCKET}/other");
    let host = signed.clone().instead("host", "research.hcp.test");
    let header = signed.clone().header("x-amz-acl", "public-read");
    let mut method = signed;
    method.method = "DELETE".to_owned();
    for changed in [other, host, header, method] {
        let answer = refused(&house, &changed);
        assert_eq!(answer.status, 403, "{answer:?}");
    }
    assert_eq!(house.store().object("k").as_deref(), Some(DATA));
}

#[test]
fn a_clock_that_is_wrong() {
    let (house, keys) = furnished();
    let now = SystemTime::now();
    for time in [now - hours(1), now + hours(1)] {
        let request = house.request("GET", &target());
        let request = keys.sign_at(request, PayloadMode::of(b""), time);
        assert_eq!(
            refused(&house, &request).error(),
            code(403, "RequestTimeTooSkewed")
        );
    }
}

#[test]
fn a_link_that_has_expired_or_is_not_good_yet() {
    let (house, keys) = furnished();
    let now = SystemTime::now();
    let link = |seconds, at| keys.presign_at(house.request("GET", &target()), seconds, at);
    let old = link(60, now - hours(1));
    assert_eq!(refused(&house, &old).error(), code(403, "AccessDenied"));
    let early = link(60, now + hours(1));
    assert_eq!(refused(&house, &early).error(), code(403, "AccessDenied"));
    assert_eq!(house.ask(&link(7200, now - hours(1))).body, DATA);
}

#[test]
fn keys_that_nobody_knows() {
    let (house, mut keys) = furnished();
    keys.token = None;
    // HCP's own keys, good as they are, count only beside a token.
    let answer = refused(&house, &house.get(&keys, &target()));
    assert_eq!(answer.error(), code(403, "InvalidAccessKeyId"));
}

#[test]
fn tokens_that_are_none() {
    let (house, keys) = furnished();
    let login = house.login("research");
    let session = keys.token.clone().expect("a session token");
    let mut flipped = session.clone();
    let last = flipped.pop().expect("a token");
    flipped.push(if last == 'A' { 'Q' } else { 'A' });
    let unsigned = session.rsplit_once('.').map(|(body, _)| format!("{body}."));
    for token in ["nonsense", &flipped, &unsigned.expect("a JWT"), &login] {
        let keys = Keys {
            token: Some(token.to_owned()),
            ..keys.clone()
        };
        let answer = refused(&house, &house.get(&keys, &target()));
        assert_eq!(answer.error(), code(400, "InvalidToken"), "{token}");
        let link = keys.presign(house.request("GET", &target()));
        let answer = refused(&house, &link);
        assert_eq!(answer.error(), code(400, "InvalidToken"), "{token}");
    }
    // And the other way round.
    let request = house.request("GET", &target());
    let request = request.header("authorization", format!("Bearer {session}"));
    assert_eq!(refused(&house, &request).error(), code(400, "InvalidToken"));
}

#[test]
fn a_token_of_another_house() {
    let (house, _) = furnished();
    let secret = "another secret, of another house, just as long";
    let other = Plan::hcp().with("auth.secrets", vec![secret]).open();
    let foreign = other.keys("research");
    let answer = refused(&house, &house.get(&foreign, &target()));
    assert_eq!(answer.error(), code(400, "InvalidToken"));
    assert_eq!(other.ask(&other.get(&foreign, &target())).status, 404);
}

#[test]
fn a_session_token_beside_the_access_key_of_another() {
    let (house, keys) = furnished();
    let other = Keys {
        // base64("bob")
        access_key: "Ym9i".to_owned(),
        ..keys
    };
    let answer = refused(&house, &house.get(&other, &target()));
    assert_eq!(answer.error(), code(403, "InvalidAccessKeyId"));
}

#[test]
fn a_session_token_beside_the_secret_of_another() {
    let (house, research) = furnished();
    let archive = house.keys("archive");
    let mixed = Keys {
        token: research.token.clone(),
        ..archive
    };
    let answer = refused(&house, &house.get(&mixed, &target()));
    assert_eq!(answer.error(), code(403, "SignatureDoesNotMatch"));
}

#[test]
fn a_tenants_host_is_for_its_own_users() {
    let (house, research) = furnished();
    let archive = house.keys("archive");
    let at = |host: &str| house.request("GET", &target()).instead("host", host);
    let stranger = archive.sign(at("research.hcp.test"));
    assert_eq!(
        refused(&house, &stranger).error(),
        code(403, "AccessDenied")
    );
    let bearer = format!("Bearer {}", house.login("archive"));
    let stranger = at("research.hcp.test").header("authorization", bearer);
    assert_eq!(
        refused(&house, &stranger).error(),
        code(403, "AccessDenied")
    );

    let own = research.sign(at("Research.HCP.test:9000"));
    assert_eq!(house.ask(&own).body, DATA);
    let virtual_host = house.request("GET", "/k");
    let virtual_host = virtual_host.instead("host", format!("{BUCKET}.research.hcp.test"));
    assert_eq!(house.ask(&research.sign(virtual_host)).body, DATA);
    // A host that names no tenant leaves it to the token.
    assert_eq!(house.ask(&archive.sign(at("localhost"))).status, 404);
}

#[test]
fn the_systems_own_host_has_no_door() {
    let (house, keys) = furnished();
    for host in [
        "admin.hcp.test",
        "ADMIN.hcp.test:9000",
        "data.admin.hcp.test",
    ] {
        let request = house.request("GET", &target()).instead("host", host);
        let answer = refused(&house, &keys.sign(request));
        assert_eq!(answer.error(), code(501, "NotImplemented"), "{host}");
    }
}

#[test]
fn an_error_has_the_shape_that_sdks_read() {
    let (house, mut keys) = furnished();
    keys.secret_key.push('x');
    let hostile = format!("/{BUCKET}/a%3C%26%22b%01");
    for request in [
        house.get(&keys, &target()),
        house.get(&keys, &hostile),
        house.get(&keys, &target()).instead("host", "-x.hcp.test"),
    ] {
        let answer = refused(&house, &request);
        assert_eq!(answer.header("content-type"), Some("application/xml"));
        let text = answer.text();
        assert!(
            text.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"),
            "{text}"
        );
        assert!(text.ends_with("</Error>"), "{text}");
        for element in ["Code", "Message", "Resource", "RequestId"] {
            assert!(!answer.element(element).is_empty(), "{element} in {text}");
        }
        let id = answer.element("RequestId");
        assert_eq!(answer.header("x-amz-request-id"), Some(id.as_str()));
        assert!(
            !text.contains(&keys.secret_key) && !text.contains('\u{1}'),
            "{text}"
        );
        let line = house
            .portico
            .lines_with(1, |line| line["request_id"] == id.as_str());
        assert_eq!(line[0]["status"], answer.status, "{line:?}");
    }
    let head = keys.sign(house.request("HEAD", &target()));
    let answer = refused(&house, &head);
    assert_eq!((answer.status, answer.text().as_str()), (403, ""));
}

/// A refusal is no reason to hang up on a client that has sent all it had to send.
#[test]
fn a_connection_outlives_a_refusal() {
    let (house, keys) = furnished();
    let mut wrong = keys.clone();
    wrong.secret_key.push('x');
    let mut client = house.connect();
    assert_eq!(client.ask(&house.get(&wrong, &target())).status, 403);
    assert_eq!(client.ask(&house.get(&keys, &target())).body, DATA);
}
