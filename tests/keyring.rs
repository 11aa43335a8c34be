//! Way 3: HCP's own keys without a token, once HCP has accepted them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

mod house;

use house::{BUCKET, House, Keys, Plan, Request};

const DATA: &[u8] = b"some bytes that are worth keeping";

/// A house that has seen HCP accept ada's keys of `research`.
fn learned() -> (House, Keys) {
    let house = Plan::hcp()
        .with("route.domains", vec!["portico.test"])
        .open();
    house.store().put("k", DATA);
    let keys = house.keys("research");
    assert_eq!(house.ask(&house.get(&keys, &target())).body, DATA);
    // What is learnt is learnt before the line is written.
    house
        .portico
        .lines_with(1, |line| line["way"] == "session_token");
    house.store().only_request();
    (
        house,
        Keys {
            token: None,
            ..keys
        },
    )
}

fn target() -> String {
    format!("/{BUCKET}/k")
}

fn get(host: &str) -> Request {
    Request::new("GET", &target()).header("host", host)
}

#[test]
fn keys_that_hcp_has_accepted_need_no_token() {
    let (house, keys) = learned();
    let host = "research.portico.test";
    for request in [
        keys.sign(get(host)),
        keys.presign(get(host)),
        keys.sign_v2(get(host), None),
        keys.presign_v2(get(host), 60, None),
    ] {
        assert_eq!(house.ask(&request).body, DATA);
        let arrived = house.store().only_request();
        let proof = arrived.header("authorization").unwrap_or_default();
        assert!(proof.starts_with("AWS4-HMAC-SHA256 Credential=YWRh/"));
        assert_eq!(arrived.host, "research.hcp.test");
    }
    let lines = house.portico.lines_with(4, |line| line["way"] == "keyring");
    assert!(
        lines
            .iter()
            .all(|line| line["user"] == "ada" && line["tenant"] == "research")
    );
}

#[test]
fn others_are_refused_as_ever() {
    let (house, keys) = learned();
    let mut wrong = keys.clone();
    wrong.secret_key.push('x');
    let mut nobody = keys.clone();
    nobody.access_key = "Ym9i".to_owned();
    for (keys, host, code) in [
        (&wrong, "research.portico.test", "SignatureDoesNotMatch"),
        (&nobody, "research.portico.test", "InvalidAccessKeyId"),
        (&keys, "archive.portico.test", "InvalidAccessKeyId"),
        (&keys, "localhost", "InvalidAccessKeyId"),
    ] {
        for request in [keys.sign(get(host)), keys.sign_v2(get(host), None)] {
            let answer = house.ask(&request);
            assert_eq!(answer.error(), (403, code.to_owned()), "{host}");
        }
    }
    assert!(house.store().arrived().is_empty());
}

/// Under HCP's own names what does not match is HCP's to judge, as it was before.
#[test]
fn hcp_judges_what_does_not_match() {
    let (house, keys) = learned();
    let mut wrong = keys.clone();
    wrong.secret_key.push('x');
    let own = "research.hcp.test";
    let answer = house.ask(&wrong.sign(get(own)));
    assert_eq!(answer.error(), (403, "SignatureDoesNotMatch".to_owned()));
    assert_eq!(house.store().only_request().host, own, "HCP was asked");
    house
        .portico
        .lines_with(1, |line| line["way"] == "passthrough");
    assert_eq!(house.ask(&keys.sign(get(own))).body, DATA);
    house.portico.lines_with(1, |line| line["way"] == "keyring");
}
