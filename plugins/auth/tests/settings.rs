//! Settings that cannot work are refused at the start, with words that help.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod support;

use portico_auth::{Pwd, Settings, UserSettings};
use portico_sdk::rights::Rule;
use portico_sdk::settings::Place;
use portico_sdk::testkit;
use portico_sdk::upstream::Backend;
use support::{HASH, SECRET, build, settings, user};

fn refusal(text: &str) -> String {
    let settings: Settings = toml::from_str(text).unwrap();
    let fault = build(settings, testkit::upstreams()).err().unwrap();
    assert_eq!(fault.section, "auth");
    assert!(matches!(fault.place, Place::Key(_)), "{fault:?}");
    fault.message
}

#[test]
fn a_secret_alone_is_enough() {
    let settings: Settings = toml::from_str(&format!("secrets = [{SECRET:?}]")).unwrap();
    assert_eq!(settings.token_lifetime.0.as_secs(), 8 * 3600);
    assert_eq!(settings.session_lifetime.0.as_secs(), 3600);
    assert_eq!(settings.pwd, Pwd::Sealed);
    assert!(build(settings, testkit::upstreams()).is_ok());
}

#[test]
fn without_a_good_secret_nothing_starts() {
    let word = "change-me-in-production";
    for secrets in [
        "[]".to_owned(),
        "[\"\"]".to_owned(),
        format!("[{word:?}]"),
        format!("[{SECRET:?}, {word:?}]"),
        format!("[{:?}]", &SECRET[1..]),
    ] {
        let message = refusal(&format!("secrets = {secrets}"));
        assert!(message.contains("openssl rand -hex 32"), "{message}");
        assert!(!message.contains(word), "{message}");
    }
}

#[test]
fn lifetimes_lengths_and_addresses_must_make_sense() {
    for setting in [
        "token_lifetime = \"0s\"",
        "token_lifetime = \"1500ms\"",
        "session_lifetime = \"0s\"",
        "session_lifetime = \"400days\"",
        "max_username_length = 0",
        "max_password_length = 0",
        "public_s3_url = \"s3.example.com\"",
        "public_s3_url = \"ftp://s3.example.com\"",
        "public_s3_url = \"https://user:word@s3.example.com\"",
        "public_s3_url = \"https://s3.example.com/?x\"",
    ] {
        refusal(&format!("secrets = [{SECRET:?}]\n{setting}"));
    }
}

fn refusal_of(backend: Backend, users: Vec<UserSettings>) -> String {
    let mut upstreams = testkit::upstreams();
    upstreams.backend = backend;
    let settings = Settings {
        users,
        ..settings()
    };
    let fault = build(settings, upstreams).err().unwrap();
    assert_eq!(fault.place, Place::Key("users"));
    fault.message
}

#[test]
fn users_are_for_stores_that_have_none() {
    let ann = || user("ann", HASH, Vec::new());
    assert!(refusal_of(Backend::Hcp, vec![ann()]).contains("HCP's own"));
    for backend in [Backend::Generic, Backend::Minio] {
        let message = refusal_of(backend, Vec::new());
        assert!(message.contains("portico hash-password"), "{message}");
    }
}

#[test]
fn users_who_cannot_log_in_are_found_and_their_hash_is_not_told() {
    let no_bucket = Rule {
        buckets: Vec::new(),
        prefixes: Vec::new(),
        read_only: false,
    };
    for (one, word) in [
        (user("", HASH, Vec::new()), "a name is"),
        (user("t/ann", HASH, Vec::new()), "a name is"),
        (user("ben", "hush", Vec::new()), "portico hash-password"),
        (
            user("ben", &HASH.replace("m=64", "m=999999"), Vec::new()),
            "256 MiB",
        ),
        (user("ben", HASH, vec![no_bucket]), "buckets"),
        (user("ann", HASH, Vec::new()), "twice"),
    ] {
        let message = refusal_of(Backend::Generic, vec![user("ann", HASH, Vec::new()), one]);
        assert!(message.starts_with("user number 2: "), "{message}");
        assert!(message.contains(word), "{message}");
        assert!(
            !message.contains("argon2id$v") && !message.contains("hush\""),
            "{message}"
        );
    }
}

#[test]
fn a_misspelt_setting_is_refused() {
    for text in ["secret = \"x\"", "pwd = \"open\"", "token_lifetime = 8"] {
        assert!(toml::from_str::<Settings>(text).is_err(), "{text}");
    }
}

#[test]
fn the_defaults_can_be_listed() {
    let table = toml::Table::try_from(Settings::default()).unwrap();
    assert_eq!(table["pwd"].as_str(), Some("sealed"));
    assert_eq!(table.len(), 8);
}
