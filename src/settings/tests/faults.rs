//! Every fault has its line, says what would have worked, and repeats no value.

use super::*;

/// Each fault is one line that begins with its place and holds the words.
fn assert_faults(found: &str, expected: &[(&str, &str)]) {
    let lines: Vec<_> = found.lines().collect();
    assert_eq!(lines.len(), expected.len(), "{found}");
    for (line, (place, words)) in lines.iter().zip(expected) {
        assert!(
            line.starts_with(place) && line.contains(words),
            "{line}\nwanted {place}{words}"
        );
    }
}

#[test]
fn all_faults_of_all_sections_are_told_at_once_in_the_order_of_the_file() {
    let story = Story::new().toml(
        "[upstream]\n\
         domain = 'hcp.example.com'\n\
         backend = 'minoi'\n\
         read_timeout = 60\n\
         s3_port = 70000\n\
         [listeners.s3]\n\
         adress = ''\n\
         [listeners.api]\n\
         address = 'nowhere'\n\
         certificate = 'cert.pem'\n\
         [auht]\n\
         [auth]\n\
         secrets = 'hush-hush'\n\
         token_lifetime = 'hush-hush'\n\
         enabled = 1\n\
         [process]\n\
         threads = -1\n",
    );
    let found = story.faults();
    assert_faults(
        &found,
        &[
            (
                "portico.toml:3:11: [upstream] backend: ",
                "did you mean \"minio\"?",
            ),
            (
                "portico.toml:4:16: [upstream] read_timeout: ",
                "\"30s\", \"15m\" or \"8h\"",
            ),
            ("portico.toml:5:11: [upstream] s3_port: ", "from 0 to 65535"),
            (
                "portico.toml:7:1: [listeners.s3] adress: ",
                "did you mean `address`?",
            ),
            ("portico.toml:11:1: [auht] ", "did you mean `auth`?"),
            (
                "portico.toml:13:11: [auth] secrets: ",
                "a list such as [\"a\", \"b\"], found a text",
            ),
            (
                "portico.toml:14:18: [auth] token_lifetime: ",
                "a length of time",
            ),
            (
                "portico.toml:15:11: [auth] enabled: ",
                "expected true or false",
            ),
            (
                "portico.toml:17:11: [process] threads: ",
                "a whole number from 0 on",
            ),
        ],
    );
    assert!(!found.contains("hush"), "{found}");
}

#[test]
fn values_of_the_right_type_are_checked_too() {
    let story = Story::with(
        "[listeners.api]\n\
         address = 'nowhere'\n\
         certificate = 'cert.pem'\n\
         [listeners.s3]\n\
         certificate = '/nonexistent/cert.pem'\n\
         key = '/nonexistent/key.pem'\n\
         [route]\n\
         default_tenant = 'a.b'\n\
         domains = ['https://x']\n\
         [limits]\n\
         read_timeout = '0s'\n\
         [process]\n\
         grace_period = '1500ms'\n",
    );
    assert_faults(
        &story.faults(),
        &[
            ("portico.toml:3:11: [listeners.api] address: ", "host:port"),
            (
                "portico.toml:4:15: [listeners.api] certificate: ",
                "needs its `key`",
            ),
            (
                "portico.toml:6:15: [listeners.s3] certificate: ",
                "cannot be read",
            ),
            ("portico.toml:7:7: [listeners.s3] key: ", "cannot be read"),
            (
                "portico.toml:9:18: [route] default_tenant: ",
                "letters, digits",
            ),
            ("portico.toml:10:11: [route] domains: ", "host names"),
            (
                "portico.toml:12:16: [limits] read_timeout: ",
                "more than zero",
            ),
            (
                "portico.toml:14:16: [process] grace_period: ",
                "whole seconds",
            ),
        ],
    );
}

#[test]
fn several_syntax_errors_are_told_without_their_lines() {
    let story = Story::with("[auth]\nsecrets = [\"hush\nenabled = yes-hush\n[s3\n");
    let found = story.faults();
    assert!(found.lines().count() > 1, "{found}");
    assert!(found.starts_with("portico.toml:3:"), "{found}");
    assert!(!found.contains("hush"), "{found}");
    let twice = Story::with("[s3]\naccess_key = 'a'\naccess_key = 'b'\n").faults();
    assert_faults(&twice, &[("portico.toml:4:1: ", "duplicate key")]);
}

#[test]
fn a_fault_that_a_plugin_finds_gets_the_line_of_its_key() {
    let settings = Story::with("[auth]\nsecrets = ['x']\n").settings();
    let place = |fault| settings.source.faults([fault]).to_string();
    let key = place(Fault::key("auth", "secrets", "too short"));
    assert!(
        key.ends_with("portico.toml:3:11: [auth] secrets: too short"),
        "{key}"
    );
    let absent = place(Fault::key("auth", "token_lifetime", "too long"));
    assert!(
        absent.contains("portico.toml:2:1: [auth] token_lifetime"),
        "{absent}"
    );
    let nowhere = place(Fault::key("s3", "access_key", "missing"));
    assert!(
        nowhere.ends_with("portico.toml: [s3] access_key: missing"),
        "{nowhere}"
    );
}

#[test]
fn columns_count_characters_and_lines_may_end_as_on_windows() {
    let story = Story::with("[auth]\r\n\"s\u{e9}\" = 1\r\n");
    assert!(story.faults().contains(".toml:3:1: "), "{}", story.faults());
    let inline = Story::with("listeners = { \"\u{e9}\u{e9}\" = 1, s4 = 1 }\n").faults();
    assert_faults(
        &inline,
        &[
            (
                "portico.toml:2:15: [listeners] \u{e9}\u{e9}: ",
                "no such setting",
            ),
            ("portico.toml:2:25: [listeners] s4: ", "did you mean `s3`?"),
        ],
    );
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let mut story = Story::new();
    story.conf = Some(story.folder.path().join("absent.toml"));
    assert_faults(&story.faults(), &[("absent.toml: ", "cannot be read")]);
}

#[test]
fn no_debug_shows_a_secret() {
    let settings = Story::with("[auth]\nsecrets = ['hush-hush']\n").settings();
    assert!(!format!("{settings:?}").contains("hush"));
}
