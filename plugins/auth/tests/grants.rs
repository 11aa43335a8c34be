//! Grants: what is written comes back, and nothing else is taken for one.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod support;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::Method;
use portico_sdk::credential::AccessKeys;
use portico_sdk::tokens::{Companion, Grant, Login, Part, Permit, Session, Tokens};
use portico_sdk::{Error, Reason};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use support::{NOW, OTHER_SECRET, SECRET, claims, house, house_of, signed};

fn end() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(NOW + 60)
}

fn keys() -> AccessKeys {
    AccessKeys::hcp("ann", &SecretString::from("hush"))
}

fn grant(part: Option<Part>) -> Grant {
    Grant {
        user: "ann".to_owned(),
        tenant: Some("t1".parse().unwrap()),
        keys: keys(),
        permit: Permit {
            method: Method::PUT,
            bucket: "b".to_owned(),
            key: "a key/ä".to_owned(),
            part,
        },
        expires: end(),
    }
}

fn part(number: u16) -> Part {
    Part {
        upload_id: "u/1".to_owned(),
        number,
    }
}

fn session() -> Session {
    Session {
        user: "ann".to_owned(),
        tenant: Some("t1".parse().unwrap()),
        keys: keys(),
        expires: end(),
    }
}

fn read(tokens: &dyn Tokens, token: &str) -> Grant {
    match tokens.read_companion(token).unwrap() {
        Companion::Grant(grant) => grant,
        Companion::Session(_) => panic!("a grant became a session"),
    }
}

fn reason<T>(result: Result<T, Error>) -> Reason {
    result.err().unwrap().reason()
}

#[test]
fn what_is_granted_comes_back() {
    let house = house();
    for part in [None, Some(part(10_000))] {
        let written = grant(part);
        let token = house.tokens.write_grant(&written).unwrap();
        let back = read(house.tokens.as_ref(), &token);
        assert_eq!(back.permit, written.permit);
        assert_eq!((back.user, back.tenant), (written.user, written.tenant));
        assert_eq!(back.expires, written.expires);
        assert_eq!(back.keys.access_key, written.keys.access_key);
        let secrets = [back.keys, written.keys].map(|keys| keys.secret_key);
        let [back, written] = secrets.each_ref().map(ExposeSecret::expose_secret);
        assert_eq!(back, written);
        assert!(!token.contains(written) && !claims(&token).to_string().contains(written));
    }
}

#[test]
fn each_kind_is_refused_where_another_is_meant() {
    let tokens = house().tokens;
    let login = Login {
        user: "ann".to_owned(),
        tenant: None,
        password: "hush".into(),
        expires: end(),
    };
    let login = tokens.write_login(&login).unwrap();
    let granted = tokens.write_grant(&grant(None)).unwrap();
    let session = tokens.write_session(&session()).unwrap();
    assert_eq!(reason(tokens.read_login(&granted)), Reason::InvalidToken);
    assert_eq!(reason(tokens.read_session(&granted)), Reason::InvalidToken);
    assert_eq!(reason(tokens.read_companion(&login)), Reason::InvalidToken);
    let companion = tokens.read_companion(&session).unwrap();
    assert!(matches!(companion, Companion::Session(_)));
}

/// The claims of a grant with one of them changed, signed again with the right secret: only the seal
/// is left to notice, as if a second program shared the secret.
fn changed(change: impl FnOnce(&mut Value)) -> Reason {
    let tokens = house().tokens;
    let token = tokens.write_grant(&grant(Some(part(7)))).unwrap();
    let mut claims = claims(&token);
    change(&mut claims);
    let token = signed(SECRET, &json!({"alg": "HS256", "typ": "JWT"}), &claims);
    reason(tokens.read_companion(&token))
}

#[test]
fn the_seal_holds_everything_that_is_granted() {
    type Change = fn(&mut Value);
    let changes: [(&str, Change); 11] = [
        ("user", |c| c["sub"] = "ben".into()),
        ("tenant", |c| c["tenant"] = "t2".into()),
        ("end", |c| c["exp"] = (NOW + 61).into()),
        ("method", |c| c["may"]["m"] = "GET".into()),
        ("bucket", |c| c["may"]["b"] = "ba key/".into()),
        ("key", |c| c["may"]["k"] = "another".into()),
        ("upload", |c| c["may"]["u"][0] = "u/2".into()),
        ("part", |c| c["may"]["u"][1] = 8.into()),
        ("no part", |c| {
            c["may"].as_object_mut().unwrap().remove("u");
        }),
        ("nothing", |c| {
            c.as_object_mut().unwrap().remove("may");
        }),
        ("kind", |c| c["kind"] = "s3".into()),
    ];
    for (what, change) in changes {
        assert_eq!(changed(change), Reason::InvalidToken, "{what}");
    }
}

#[test]
fn a_session_does_not_become_a_grant() {
    let tokens = house().tokens;
    let session = claims(&tokens.write_session(&session()).unwrap());
    let grant = claims(&tokens.write_grant(&grant(None)).unwrap());
    let mut mixed = grant.clone();
    mixed["pwd"] = session["pwd"].clone();
    let header = json!({"alg": "HS256", "typ": "JWT"});
    let refused = tokens.read_companion(&signed(SECRET, &header, &mixed));
    assert_eq!(reason(refused), Reason::InvalidToken);
}

#[test]
fn a_grant_ends_when_it_says() {
    let house = house();
    let token = house.tokens.write_grant(&grant(None)).unwrap();
    house.clock.advance(59);
    assert!(house.tokens.read_companion(&token).is_ok());
    house.clock.advance(1);
    let refused = house.tokens.read_companion(&token);
    assert_eq!(reason(refused), Reason::ExpiredToken);
}

#[test]
fn links_outlive_a_change_of_the_secret_until_it_is_dropped() {
    let token = house().tokens.write_grant(&grant(None)).unwrap();
    let rotated = house_of(&[OTHER_SECRET, SECRET]).tokens;
    assert!(rotated.read_companion(&token).is_ok());
    let over = house_of(&[OTHER_SECRET]).tokens;
    assert_eq!(reason(over.read_companion(&token)), Reason::InvalidToken);
}

#[test]
fn keys_of_somebody_else_are_not_granted() {
    let tokens = house().tokens;
    let mut foreign = grant(None);
    foreign.user = "ben".to_owned();
    assert_eq!(reason(tokens.write_grant(&foreign)), Reason::InternalError);
}
