//! What a section's faults say, and what they never repeat.

use std::sync::Arc;

use serde::Deserialize;

use super::*;

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Sample {
    wait: Duration,
    size: Size,
    secret: Secret,
    secrets: Vec<Secret>,
    port: u16,
    on: bool,
    mode: Mode,
    users: Vec<User>,
    inner: Inner,
}

impl Default for Sample {
    fn default() -> Self {
        Self {
            wait: Duration::from_secs(1),
            size: Size(1),
            secret: Secret::default(),
            secrets: Vec::new(),
            port: 1,
            on: false,
            mode: Mode::Sealed,
            users: Vec::new(),
            inner: Inner::default(),
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Inner {
    depth: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    Sealed,
    Plain,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct User {
    name: String,
}

fn faults(text: &str) -> Vec<Fault> {
    Section::parse("sample", text)
        .unwrap()
        .read::<Sample>()
        .unwrap_err()
}

#[test]
fn durations_sizes_secrets_and_enums_are_read() {
    let text = "wait = '15m'\nsize = '4MiB'\nsecret = 'hush'\nmode = 'plain'\nport = 0x1f90\n\
                users = [{ name = 'a' }]\ninner.depth = 3";
    let sample: Sample = Section::parse("sample", text).unwrap().read().unwrap();
    assert_eq!(sample.wait.0.as_secs(), 900);
    assert_eq!(sample.size.0, 4 << 20);
    assert_eq!(sample.secret.expose(), "hush");
    assert_eq!(sample.mode, Mode::Plain);
    assert_eq!(sample.port, 8080);
    assert_eq!(sample.users[0].name, "a");
    assert_eq!(sample.inner.depth, 3);
    assert!(!format!("{sample:?}").contains("hush"));
}

#[test]
fn every_fault_is_found_with_its_key_and_bytes() {
    let text = "wait = 'soon'\nport = 70000\ntypo = 1\non = 'yes'\nusers = [{}, { name = 1 }]\n\
                [inner]\ndepth = -1";
    let mut found: Vec<_> = faults(text)
        .into_iter()
        .map(|fault| match fault.place.clone() {
            Place::Span(span) => (text[..span.start].lines().count(), fault.to_string()),
            other => panic!("{other:?}"),
        })
        .collect();
    found.sort();
    let keys: Vec<_> = found
        .iter()
        .map(|(_, message)| message.split(": ").next().unwrap())
        .collect();
    assert_eq!(
        keys,
        [
            "[sample] wait",
            "[sample] port",
            "[sample] typo",
            "[sample] on",
            "[sample] users[0]",
            "[sample] users[1].name",
            "[sample.inner] depth",
        ],
        "{found:#?}"
    );
}

#[test]
fn a_fault_says_what_would_have_worked() {
    for (text, expected) in [
        ("wait = 30", "length of time such as \"30s\""),
        ("wait = '2000years'", "up to a hundred years"),
        ("size = 'big'", "size such as \"64KiB\""),
        ("port = 70000", "a whole number from 0 to 65535"),
        ("on = 1", "expected true or false, found a whole number"),
        ("mode = 'plane'", "did you mean \"plain\"?"),
        ("mode = 'x'", "expected one of \"sealed\", \"plain\""),
        ("secerts = []", "did you mean `secrets`?"),
        ("zzz = 1", "the settings here are `wait`, `size`, `secret`"),
        ("users = [{}]", "`name` is missing"),
        ("users = 1", "a list"),
        ("inner = 1", "a table"),
    ] {
        let all = faults(text);
        assert_eq!(all.len(), 1, "{text}: {all:?}");
        assert!(all[0].message.contains(expected), "{text}: {}", all[0]);
    }
}

#[test]
fn no_fault_repeats_what_was_written() {
    for text in [
        "secret = 424242",
        "secret = ['hush-424242']",
        "secrets = 'hush-424242'",
        "secrets = [424242]",
        "secrets = { a = 'hush-424242' }",
        "mode = 'hush-424242'",
        "wait = 'hush-424242'",
        "size = 'hush-424242'",
        "port = 424242",
        "on = 'hush-424242'",
        "port = 4242429999999999999999999999999999999999999999",
    ] {
        for fault in faults(text) {
            assert!(!format!("{fault} {fault:?}").contains("424242"), "{fault}");
        }
    }
    let section = Section::parse("sample", "secret = 'hush-424242'").unwrap();
    assert!(!format!("{section:?}").contains("424242"));
}

#[test]
fn a_word_of_the_environment_takes_the_type_that_is_wanted() {
    let origin = || Origin::Variable(Arc::from("PORTICO__X"));
    let mut value = Value::empty(origin());
    for (key, word) in [
        ("secret", "007"),
        ("secrets", "['a', 'b']"),
        ("port", "99"),
        ("on", "true"),
        ("mode", "plain"),
        ("wait", "3s"),
        ("size", "10"),
        ("inner", "{ depth = 2 }"),
    ] {
        value.set(&[key], Value::word(origin(), word)).unwrap();
    }
    let sample: Sample = Section::new("sample", value).read().unwrap();
    assert_eq!(sample.secret.expose(), "007");
    assert_eq!(sample.secrets.len(), 2);
    assert_eq!((sample.port, sample.on), (99, true));
    assert_eq!((sample.mode, sample.size.0), (Mode::Plain, 10));
    assert_eq!(sample.inner.depth, 2);

    let mut wrong = Value::empty(origin());
    wrong.set(&["port"], Value::word(origin(), "x")).unwrap();
    let faults = Section::new("sample", wrong).read::<Sample>().unwrap_err();
    assert_eq!(faults[0].place, Place::Variable(Arc::from("PORTICO__X")));
}

#[test]
fn units_are_written_so_that_they_read_back() {
    #[derive(serde::Serialize)]
    struct Units(Vec<Size>, Vec<Duration>);
    let sizes = [0, 1, 1023, 1024, 5 << 20, (5 << 20) + 1024, 3 << 30].map(Size);
    let written = serde_json::to_value(Units(sizes.to_vec(), vec![Duration::from_secs(90)]));
    let written = written.unwrap();
    let back: Vec<Size> = serde_json::from_value(written[0].clone()).unwrap();
    assert_eq!(back, sizes);
    assert_eq!(written[0][4], "5MiB");
    assert_eq!(written[1][0], "1m 30s");
}
