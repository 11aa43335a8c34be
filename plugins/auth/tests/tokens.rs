//! Which tokens are read and which are refused.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod support;

use std::time::{Duration, UNIX_EPOCH};

use portico_auth::{Pwd, Settings};
use portico_sdk::credential::AccessKeys;
use portico_sdk::tokens::{Login, Session};
use portico_sdk::{Error, Reason, error, testkit};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use support::{
    House, NOW, OTHER_SECRET, SECRET, build, claims, house, house_of, python, settings, signed,
};

const PASSWORD: &str = "Correct Horse åäö";

fn login(user: &str) -> Login {
    Login {
        user: user.to_owned(),
        tenant: Some("research".parse().unwrap()),
        password: SecretString::from(PASSWORD),
        expires: UNIX_EPOCH + Duration::from_secs(NOW + 60),
    }
}

fn session(user: &str) -> Session {
    Session {
        user: user.to_owned(),
        tenant: None,
        keys: AccessKeys::hcp(user, &SecretString::from(PASSWORD)),
        expires: UNIX_EPOCH + Duration::from_secs(NOW + 60),
    }
}

fn open_claims() -> Value {
    json!({"sub": "bo", "tenant": "research", "pwd": PASSWORD, "exp": NOW + 60})
}

fn refused(house: &House, token: &str) -> Error {
    let error = house.tokens.read_login(token).unwrap_err();
    let log = error::chain(&error);
    assert!(!log.contains(PASSWORD) && !log.contains(SECRET), "{log}");
    error
}

fn assert_invalid(house: &House, token: &str) {
    let error = refused(house, token);
    assert_eq!(error.reason(), Reason::InvalidToken, "{token}");
    assert_eq!(error.message(), "Invalid token", "{token}");
}

#[test]
fn a_login_is_read_as_it_was_written() {
    let house = house();
    let token = house.tokens.write_login(&login("Bo/x")).unwrap();
    let read = house.tokens.read_login(&token).unwrap();
    assert_eq!(
        (read.user.as_str(), read.tenant),
        ("Bo/x", login("").tenant)
    );
    assert_eq!(read.password.expose_secret(), PASSWORD);
    assert_eq!(read.expires, login("").expires);
    let claims = claims(&token);
    assert_eq!(claims["sub"], "Bo/x");
    assert_eq!(claims["tenant"], "research");
    assert_eq!(claims["exp"], NOW + 60);
    assert!(claims["pwd"].as_str().unwrap().starts_with("v1."));
}

#[test]
fn a_session_is_read_as_it_was_written() {
    let house = house();
    let token = house.tokens.write_session(&session("bo")).unwrap();
    let read = house.tokens.read_session(&token).unwrap();
    assert_eq!((read.user.as_str(), read.tenant), ("bo", None));
    assert_eq!(read.keys.access_key, "Ym8=");
    let wanted = session("bo").keys.secret_key;
    assert_eq!(read.keys.secret_key.expose_secret(), wanted.expose_secret());
    assert!(claims(&token).get("tenant").is_none());
}

#[test]
fn a_session_with_keys_of_someone_else_is_not_written() {
    let mut odd = session("bo");
    odd.keys.access_key = "YW5u".to_owned();
    let error = house().tokens.write_session(&odd).unwrap_err();
    assert_eq!(error.reason(), Reason::InternalError);
}

#[test]
fn each_kind_is_refused_where_the_other_is_meant() {
    let house = house();
    let session = house.tokens.write_session(&session("bo")).unwrap();
    assert_invalid(&house, &session);
    for token in [
        house.tokens.write_login(&login("bo")).unwrap(),
        python(&open_claims()),
    ] {
        let error = house.tokens.read_session(&token).unwrap_err();
        assert_eq!(error.reason(), Reason::InvalidToken);
    }
}

#[test]
fn a_kind_cannot_be_renamed_even_by_who_can_sign() {
    let house = house();
    let mut claims = claims(&house.tokens.write_session(&session("bo")).unwrap());
    claims["kind"] = json!("login");
    assert_invalid(&house, &python(&claims));
    claims["kind"] = json!("grant");
    assert_invalid(&house, &python(&claims));
}

#[test]
fn the_open_form_of_the_python_backend_is_read() {
    let read = house().tokens.read_login(&python(&open_claims())).unwrap();
    assert_eq!(read.password.expose_secret(), PASSWORD);
    assert_eq!(read.tenant, login("").tenant);
}

#[test]
fn a_password_that_looks_sealed_is_still_a_password() {
    let settings = Settings {
        pwd: Pwd::Plain,
        ..settings()
    };
    let house = build(settings, testkit::upstreams()).unwrap();
    let mut login = login("bo");
    login.password = SecretString::from("v1.AAAA");
    let token = house.tokens.write_login(&login).unwrap();
    assert_eq!(claims(&token)["pwd"], "v1.AAAA");
    assert!(claims(&token).get("kind").is_none());
    let read = house.tokens.read_login(&token).unwrap();
    assert_eq!(read.password.expose_secret(), "v1.AAAA");
}

#[test]
fn a_house_that_writes_plain_reads_sealed_and_the_other_way_round() {
    let plain = Settings {
        pwd: Pwd::Plain,
        ..settings()
    };
    let (plain, sealed) = (build(plain, testkit::upstreams()).unwrap(), house());
    for (writer, reader) in [(&plain, &sealed), (&sealed, &plain)] {
        let token = writer.tokens.write_login(&login("bo")).unwrap();
        let read = reader.tokens.read_login(&token).unwrap();
        assert_eq!(read.password.expose_secret(), PASSWORD);
    }
}

#[test]
fn a_plain_password_cannot_be_claimed_sealed() {
    let mut claims = open_claims();
    claims["kind"] = json!("login");
    assert_invalid(&house(), &python(&claims));
}

#[test]
fn a_token_ends_at_the_very_second_it_names() {
    let house = house();
    let token = house.tokens.write_login(&login("bo")).unwrap();
    house.clock.advance(59);
    assert!(house.tokens.read_login(&token).is_ok());
    house.clock.advance(1);
    let error = refused(&house, &token);
    assert_eq!(error.reason(), Reason::ExpiredToken);
    assert_eq!(error.message(), "Token has expired");
    let session = house.tokens.write_session(&session("bo")).unwrap();
    let error = house.tokens.read_session(&session).unwrap_err();
    assert_eq!(error.reason(), Reason::ExpiredToken);
}

#[test]
fn claims_that_do_not_fit_are_refused() {
    let house = house();
    for (claim, value) in [
        ("exp", Value::Null),
        ("exp", json!("1900000000")),
        ("exp", json!(-1)),
        ("exp", json!(u64::MAX)),
        ("aud", json!("portico")),
        ("aud", json!(["portico"])),
        ("aud", json!(7)),
        ("nbf", json!(NOW + 1)),
        ("sub", json!(7)),
        ("pwd", json!(7)),
        ("pwd", Value::Null),
        ("tenant", json!("a.b")),
        ("tenant", json!("")),
        ("tenant", json!("evil.example/@")),
        ("kind", json!(7)),
    ] {
        let mut claims = open_claims();
        claims[claim] = value;
        assert_invalid(&house, &python(&claims));
    }
    for claim in ["exp", "pwd"] {
        let mut claims = open_claims();
        claims.as_object_mut().unwrap().remove(claim);
        assert_invalid(&house, &python(&claims));
    }
}

#[test]
fn a_token_about_nobody_is_told_so() {
    for subject in [None, Some(Value::Null), Some(json!(""))] {
        let mut claims = open_claims();
        let object = claims.as_object_mut().unwrap();
        match subject {
            Some(subject) => object.insert("sub".to_owned(), subject),
            None => object.remove("sub"),
        };
        let error = refused(&house(), &python(&claims));
        assert_eq!(error.reason(), Reason::InvalidToken);
        assert_eq!(error.message(), "Invalid token: no subject");
    }
}

#[test]
fn only_hs256_counts_whatever_the_header_says() {
    let house = house();
    for alg in [
        "none", "None", "HS384", "HS512", "RS256", "ES256", "EdDSA", "",
    ] {
        let header = json!({"alg": alg, "typ": "JWT"});
        let token = signed(SECRET, &header, &open_claims());
        assert_invalid(&house, &token);
        let (unsigned, _) = token.rsplit_once('.').unwrap();
        assert_invalid(&house, &format!("{unsigned}."));
    }
}

#[test]
fn text_that_is_no_token_is_refused() {
    let house = house();
    for text in ["", ".", "..", "...", "a.b.c", "å.ä.ö", "Bearer x"] {
        assert_invalid(&house, text);
    }
    let token = house.tokens.write_login(&login("bo")).unwrap();
    for end in 0..token.len() {
        assert_invalid(&house, &token[..end]);
    }
    assert_invalid(&house, &format!("{token}="));
    assert_invalid(&house, &format!("{token}A"));
}

#[test]
fn every_change_of_one_character_is_seen() {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/";
    let house = house();
    let token = house.tokens.write_login(&login("bo")).unwrap();
    for place in 0..token.len() {
        let mut changed = token.clone().into_bytes();
        let original = changed[place];
        for &byte in ALPHABET.iter().filter(|&&byte| byte != original) {
            changed[place] = byte;
            let text = std::str::from_utf8(&changed).unwrap();
            assert!(house.tokens.read_login(text).is_err(), "{place}: {text}");
        }
    }
}

#[test]
fn a_secret_that_is_not_ours_signs_nothing() {
    let stranger = house_of(&[OTHER_SECRET]);
    let token = stranger.tokens.write_login(&login("bo")).unwrap();
    assert_invalid(&house(), &token);
}

#[test]
fn secrets_rotate() {
    let (old, new) = (SECRET, OTHER_SECRET);
    let (before, between) = (house_of(&[old]), house_of(&[new, old]));
    let after = house_of(&[new]);
    let early = before.tokens.write_login(&login("bo")).unwrap();
    let late = between.tokens.write_login(&login("bo")).unwrap();
    let sealed = between.tokens.read_login(&early).unwrap();
    assert_eq!(sealed.password.expose_secret(), PASSWORD);
    assert!(between.tokens.read_login(&python(&open_claims())).is_ok());
    assert!(after.tokens.read_login(&late).is_ok());
    assert_invalid(&before, &late);
    assert_invalid(&after, &early);
    let early = before.tokens.write_session(&session("bo")).unwrap();
    assert!(between.tokens.read_session(&early).is_ok());
    assert!(after.tokens.read_session(&early).is_err());
}

#[test]
fn a_sealed_password_opens_only_where_it_was_sealed() {
    let house = house();
    let own = claims(&house.tokens.write_login(&login("bo")).unwrap());
    assert!(house.tokens.read_login(&python(&own)).is_ok());
    let foreign = claims(&house.tokens.write_login(&login("ann")).unwrap());
    for (claim, value) in [
        ("pwd", foreign["pwd"].clone()),
        ("sub", json!("ann")),
        ("tenant", json!("others")),
        ("tenant", Value::Null),
        ("exp", json!(NOW + 61)),
    ] {
        let mut changed = own.clone();
        changed[claim] = value;
        assert_invalid(&house, &python(&changed));
    }
}

#[test]
fn a_sealed_password_that_was_touched_does_not_open() {
    let house = house();
    let own = claims(&house.tokens.write_login(&login("bo")).unwrap());
    let sealed = own["pwd"].as_str().unwrap();
    let mut bad = vec![
        String::new(),
        "v1.".to_owned(),
        sealed.replace("v1.", "v2."),
    ];
    for place in 3..sealed.len() {
        let mut text = sealed.to_owned();
        let other = if &text[place..=place] == "A" {
            "B"
        } else {
            "A"
        };
        text.replace_range(place..=place, other);
        bad.push(text);
    }
    for pwd in bad {
        let mut changed = own.clone();
        changed["pwd"] = json!(pwd);
        assert_invalid(&house, &python(&changed));
    }
}

#[test]
fn no_two_seals_are_alike() {
    let house = house();
    let write = || house.tokens.write_login(&login("bo")).unwrap();
    assert_ne!(claims(&write())["pwd"], claims(&write())["pwd"]);
}

#[test]
fn debug_shows_no_secret() {
    let shown = format!("{:?} {:?} {:?}", settings(), login("bo"), session("bo"));
    let key = session("bo").keys.secret_key;
    for secret in [SECRET, PASSWORD, key.expose_secret()] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
