//! Settings that cannot work are refused at the start, with words that help.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod support;

use portico_auth::{Pwd, Settings};
use portico_sdk::settings::Place;
use portico_sdk::testkit;
use support::{SECRET, build};

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
    assert_eq!(table.len(), 7);
}
