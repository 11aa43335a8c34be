//! `portico check`: every fault at once, each with its place and what would have worked.

use crate::process::{Ended, Place, SECRET};

/// What `check` says of a file, in a place that lacks nothing else.
fn check(place: &Place, text: &str) -> Ended {
    let conf = place.file("p.toml", text);
    place.run(&["check", "--conf", conf.to_str().unwrap()])
}

/// The lines of the faults, without the folder of the file.
fn faults(place: &Place, text: &str) -> Vec<String> {
    let ended = check(place, text);
    ended.assert_code(64);
    assert_eq!(ended.out, "", "standard output is for answers");
    let folder = format!("{}/", place.path().display());
    let lines = ended.said.lines();
    lines.map(|line| line.replace(&folder, "")).collect()
}

#[test]
fn a_configuration_that_can_be_used_is_said_to_be() {
    let place = Place::empty();
    let conf = format!("upstream.domain = \"hcp.test\"\nauth.secrets = [\"{SECRET}\"]\n");
    let ended = check(&place, &conf);
    ended.assert_code(0);
    assert_eq!(ended.said, "the configuration is usable\n");
}

#[test]
fn without_a_file_the_environment_counts_alone() {
    let ended = Place::usable().run(&["check"]);
    ended.assert_code(0);
}

#[test]
fn every_fault_of_a_file_is_told_at_once_in_its_order() {
    let place = Place::empty();
    let text = "\
[upstream]
domain = \"hcp.test\"
verify = \"maybe\"
conect_timeout = \"10s\"
read_timeout = \"soon\"

[listners.s3]
address = \"0.0.0.0:9000\"

[auth]
secrets = [7, \"hush-hush-hush-hush-hush-hush-hush-hush\"]
pwd = \"hush\"

[s3]
max_document = \"big\"
";
    let expected = [
        ("p.toml:3:10: [upstream] verify: ", "expected true or false"),
        (
            "p.toml:4:1: [upstream] conect_timeout: ",
            "did you mean `connect_timeout`?",
        ),
        ("p.toml:5:16: [upstream] read_timeout: ", "\"30s\""),
        ("p.toml:7:2: [listners] ", "did you mean `listeners`?"),
        ("p.toml:11:12: [auth] secrets[0]: ", "expected a text"),
        (
            "p.toml:12:7: [auth] pwd: ",
            "expected one of \"sealed\", \"plain\"",
        ),
        ("p.toml:15:16: [s3] max_document: ", "\"4MiB\""),
    ];
    let found = faults(&place, text);
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (line, (begin, words)) in found.iter().zip(expected) {
        assert!(line.starts_with(begin), "{line}\nwanted {begin}");
        assert!(line.contains(words), "{line}\nwanted {words}");
        assert!(!line.contains("hush"), "{line}");
    }
}

#[test]
fn a_missing_secret_is_told_with_the_way_to_make_one() {
    let found = faults(&Place::empty(), "[upstream]\ndomain = \"hcp.test\"\n");
    let [fault] = &found[..] else {
        panic!("{found:#?}");
    };
    assert!(fault.contains("[auth] secrets: no secret"), "{fault}");
    assert!(fault.contains("openssl rand -hex 32"), "{fault}");
}

#[test]
fn a_short_secret_is_refused_by_number_and_not_repeated() {
    let text =
        format!("upstream.domain = \"hcp.test\"\n[auth]\nsecrets = [\"{SECRET}\", \"hush\"]\n");
    let found = faults(&Place::empty(), &text);
    let [fault] = &found[..] else {
        panic!("{found:#?}");
    };
    assert!(
        fault.starts_with("p.toml:3:11: [auth] secrets: "),
        "{fault}"
    );
    assert!(
        fault.contains("number 2 is shorter than 32 bytes"),
        "{fault}"
    );
    assert!(
        !fault.contains("hush") && !fault.contains(SECRET),
        "{fault}"
    );
}

#[test]
fn a_fault_in_a_variable_names_it_and_repeats_nothing() {
    let place = Place::usable()
        .with("PORTICO__AUTH__TOKEN_LIFETIME", "hush")
        .with("PORTICO__UPSTREAM__DOMIAN", "hush")
        .with("API_TOKEN_EXPIRE_MINUTES", "many");
    let ended = place.run(&["check"]);
    ended.assert_code(64);
    ended.assert_says("PORTICO__AUTH__TOKEN_LIFETIME: [auth] token_lifetime: ");
    ended.assert_says("PORTICO__UPSTREAM__DOMIAN: [upstream] domian: ");
    ended.assert_says("did you mean `domain`?");
    ended
        .assert_says("API_TOKEN_EXPIRE_MINUTES: [auth] token_lifetime: expected a whole number of");
    assert!(!ended.said.contains("hush"), "{}", ended.said);
}

#[test]
fn text_that_is_no_toml_is_placed_and_not_repeated() {
    let found = faults(&Place::empty(), "[auth]\nsecrets = [\"hush\n");
    assert!(found[0].starts_with("p.toml:2:17: "), "{found:#?}");
    assert!(!found.concat().contains("hush"), "{found:#?}");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let ended = Place::usable().run(&["check", "--conf", "absent.toml"]);
    ended.assert_code(64);
    ended.assert_says("absent.toml: the configuration cannot be read");
}

#[test]
fn a_dotenv_file_counts_and_its_faults_have_lines() {
    let place = Place::empty();
    let quoted = format!("HCP_DOMAIN=hcp.test\nAPI_SECRET_KEY='{SECRET} $'\n");
    place.file(".env", &quoted);
    place.run(&["check"]).assert_code(0);
    place.file(".env", "HCP_DOMAIN=hcp.test\nAPI_SECRET_KEY=a$hush\n");
    let ended = place.run(&["check"]);
    ended.assert_code(64);
    ended.assert_says(".env:2:1: a `$` begins a substitution");
    assert!(!ended.said.contains("hush"), "{}", ended.said);
}

#[test]
fn what_works_but_should_be_known_is_a_warning() {
    let ended = Place::usable()
        .with("PORTICO__UPSTREAM__VERIFY", "false")
        .with("REDIS_URL", "redis://:hush@cache")
        .with("OTEL_EXPORTER_OTLP_HEADERS", "api-key=hush")
        .run(&["check"]);
    ended.assert_code(0);
    ended.assert_says("warning: the store's certificate is not checked");
    assert!(!ended.said.contains("hush"), "{}", ended.said);
}

#[test]
fn the_version_is_told_and_no_command_is_help() {
    let place = Place::empty();
    let version = place.run(&["--version"]);
    version.assert_code(0);
    assert_eq!(
        version.out,
        format!("portico {}\n", env!("CARGO_PKG_VERSION"))
    );
    let bare = place.run(&[]);
    bare.assert_code(2);
    for command in ["run", "check", "credentials"] {
        bare.assert_says(command);
    }
}
