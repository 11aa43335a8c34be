//! `portico run`: what ends a start, what is warned about, and the environment of old.

use std::net::TcpListener;

use portico::roster::ROSTER;
use portico::settings::load;

use crate::process::{Place, SECRET, Serving, agent, get};

#[test]
fn without_a_signing_secret_nothing_starts() {
    let place = Place::empty()
        .on_free_ports()
        .with("PORTICO__UPSTREAM__DOMAIN", "hcp.test");
    let ended = place.run(&["run"]);
    ended.assert_code(64);
    ended.assert_says("[auth] secrets: no secret to sign tokens with");
    ended.assert_says("openssl rand -hex 32");
}

#[test]
fn a_taken_port_is_an_error_with_listener_and_address() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap().to_string();
    for listener in ["s3", "api", "admin"] {
        let name = format!("PORTICO__LISTENERS__{}__ADDRESS", listener.to_uppercase());
        let ended = Place::usable().with(&name, &address).run(&["run"]);
        ended.assert_code(1);
        let words = format!("listener {listener} cannot use the address `{address}`");
        ended.assert_says(&words);
        ended.assert_says("Address already in use");
    }
}

#[test]
fn verification_switched_off_is_warned_about() {
    let place = Place::usable().with("PORTICO__UPSTREAM__VERIFY", "false");
    let portico = place.serve(&[]);
    let warning = line(&portico, "the store's certificate is not checked");
    assert_eq!(warning["level"], "WARN", "{warning}");

    let quiet = Place::usable().serve(&[]);
    assert!(
        !quiet.process.said.contains("certificate"),
        "{}",
        quiet.process.said
    );
}

/// The line of the log that holds the words.
fn line(portico: &Serving, words: &str) -> serde_json::Value {
    let said = &portico.process.said;
    let line = said.lines().find(|line| line.contains(words));
    let line = line.unwrap_or_else(|| panic!("no `{words}` in\n{said}"));
    serde_json::from_str(line).unwrap()
}

/// What a deployment of the Python backend had, with a secret of the length that is wanted now.
fn old() -> Place {
    Place::empty()
        .with("STORAGE_BACKEND", "hcp")
        .with("HCP_DOMAIN", "hcp.test")
        .with("HCP_PORT", "9090")
        .with("HCP_VERIFY_SSL", "false")
        .with("HCP_USERNAME", "nobody")
        .with("API_SECRET_KEY", SECRET)
        .with("API_TOKEN_EXPIRE_MINUTES", "30")
        .with("REDIS_URL", "redis://cache:6379/0")
        .with("CORS_ORIGINS", "https://a.test,https://b.test")
        .with("OTEL_SERVICE_NAME", "archive")
}

#[test]
fn the_environment_of_the_python_backend_starts_it() {
    let portico = old().on_free_ports().serve(&[]);
    line(&portico, "the store's certificate is not checked");
    assert!(!portico.process.said.contains(SECRET));

    get(&portico.url("api", "/liveness"));
    let form = [("username", "research/ada"), ("password", "engine")];
    let url = portico.url("api", "/api/v1/auth/token");
    let answer = agent().post(url).send_form(form).unwrap();
    assert_eq!(answer.status(), 200);
}

/// Read and not bound: the port may be taken on the machine of the test.
#[test]
fn without_further_settings_the_rest_api_is_where_it_was() {
    let settings = load(None, old().variables(), None, ROSTER).unwrap();
    assert_eq!(settings.listeners.api.address, "0.0.0.0:8000");
    assert!(settings.listeners.api.certificate.is_empty());
}

#[test]
fn a_secret_of_old_that_is_too_short_is_told_by_the_old_name() {
    let ended = old()
        .on_free_ports()
        .with("API_SECRET_KEY", "change-me")
        .run(&["run"]);
    ended.assert_code(64);
    ended.assert_says("API_SECRET_KEY: [auth] secrets: ");
    assert!(!ended.said.contains("change-me"), "{}", ended.said);
}

#[test]
fn a_data_directory_that_cannot_be_used_ends_the_start() {
    let place = Place::usable();
    let conf = place.file("p.toml", "[process]\ndata_directory = \"/dev/null/x\"\n");
    let ended = place.run(&["run", "--conf", conf.to_str().unwrap()]);
    ended.assert_code(64);
    ended.assert_says("p.toml:2:18: [process] data_directory: /dev/null/x cannot be used");
}
