//! What the environment sets, and which of two sources wins.

use portico_sdk::credential::AuthType;

use super::*;

#[test]
fn the_environment_wins_over_dotenv_and_both_over_the_file() {
    let story = Story::new()
        .toml("[upstream]\ndomain = 'file'\nregion = 'file'\ns3_port = 1\nmapi_port = 1")
        .dotenv("PORTICO__UPSTREAM__REGION=dotenv\nPORTICO__UPSTREAM__DOMAIN=dotenv\nHCP_PORT=2")
        .variable("PORTICO__UPSTREAM__DOMAIN", "process")
        .variable("HCP_PORT", "3");
    let upstream = story.settings().upstream;
    assert_eq!(upstream.domain, "process");
    assert_eq!(upstream.region, "dotenv");
    assert_eq!((upstream.s3_port, upstream.mapi_port), (1, 3));
}

#[test]
fn a_new_name_wins_over_an_old_one() {
    let story = Story::new()
        .variable("PORTICO__UPSTREAM__DOMAIN", "new")
        .variable("HCP_DOMAIN", "old");
    assert_eq!(story.settings().upstream.domain, "new");
}

#[test]
fn words_take_the_type_of_their_setting() {
    let settings = Story::with("")
        .variable("PORTICO__LISTENERS__S3__ADDRESS", "127.0.0.1:0")
        .variable("PORTICO__LISTENERS__ADMIN__ADDRESS", "")
        .variable("PORTICO__UPSTREAM__VERIFY", "false")
        .variable("PORTICO__UPSTREAM__IDLE_TIMEOUT", "5s")
        .variable("PORTICO__ROUTE__DOMAINS", "['a.example', 'b.example']")
        .variable("PORTICO__S3__SECRET_KEY", "0042")
        .variable("PORTICO__S3__ACCESS_KEY", "true")
        .variable("PORTICO__AUTH__SECRETS", "[\"one\", 'two']")
        .variable("portico__process__threads", "3")
        .settings();
    assert_eq!(settings.listeners.s3.address, "127.0.0.1:0");
    assert_eq!(settings.listeners.api.address, "0.0.0.0:8000");
    assert_eq!(settings.listeners.admin.address, "");
    assert!(!settings.upstream.verify);
    assert_eq!(settings.upstream.idle_timeout, Duration::from_secs(5));
    assert_eq!(settings.route.domains, ["a.example", "b.example"]);
    assert_eq!(s3(&settings).secret_key.expose(), "0042");
    assert_eq!(s3(&settings).access_key.expose(), "true");
    assert_eq!(auth(&settings).secrets[1].expose(), "two");
    assert_eq!(settings.process.threads(), 3);
}

#[test]
fn a_fault_names_the_variable_and_not_its_value() {
    let faults = Story::with("[auth]\nsecrets = ['x']")
        .dotenv("PORTICO__S3__ACESS_KEY=hush\n")
        .variable("PORTICO__AUTH__SECRETS", "hush")
        .variable("PORTICO__AUHT__SECRETS", "hush")
        .variable("PORTICO__SECRETS", "hush")
        .variable("HCP_PORT", "hush")
        .variable("HCP_VERIFY_SSL", "hush")
        .variable("API_TOKEN_EXPIRE_MINUTES", "hush")
        .faults();
    for expected in [
        ".env: PORTICO__S3__ACESS_KEY: [s3] acess_key: no such setting; did you mean `access_key`",
        "PORTICO__AUTH__SECRETS: [auth] secrets: expected a list",
        "PORTICO__AUHT__SECRETS: [auht] no such section; did you mean `auth`?",
        "PORTICO__SECRETS: [environment] expected a name such as PORTICO__LISTENERS__S3__ADDRESS",
        "HCP_PORT: [upstream] mapi_port: expected a whole number",
        "HCP_VERIFY_SSL: [upstream] verify: expected true or false",
        "API_TOKEN_EXPIRE_MINUTES: [auth] token_lifetime: expected a whole number of minutes",
    ] {
        assert!(
            faults.lines().any(|line| line.starts_with(expected)),
            "{expected}\n{faults}"
        );
    }
    assert_eq!(faults.lines().count(), 7, "{faults}");
    assert!(!faults.contains("hush"), "{faults}");
}

#[test]
fn a_fault_that_a_plugin_finds_in_a_variable_names_it() {
    let settings = Story::with("")
        .variable("API_SECRET_KEY", "short")
        .settings();
    let faults = settings
        .source
        .faults([Fault::key("auth", "secrets", "too short")]);
    assert_eq!(
        faults.to_string(),
        "API_SECRET_KEY: [auth] secrets: too short"
    );
}

#[test]
fn the_python_backends_names_keep_their_meaning_on_hcp() {
    let settings = Story::new()
        .variable("HCP_DOMAIN", "hcp.example.com")
        .variable("HCP_HOST", "")
        .variable("HCP_PORT", "9191")
        .variable("hcp_verify_ssl", "True")
        .variable("S3_VERIFY_SSL", "false")
        .variable("S3_ACCESS_KEY", "not-for-hcp")
        .variable("S3_REGION", "eu")
        .variable("API_SECRET_KEY", "'quoted'")
        .variable("API_TOKEN_EXPIRE_MINUTES", "30")
        .variable("REDIS_URL", " ")
        .variable("CACHE_STATS_TTL", "60")
        .variable("CORS_ORIGINS", "https://a.example, https://b.example")
        .variable("OTEL_SERVICE_NAME", "front")
        .variable("HCP_AUTH_TYPE", "ad")
        .settings();
    let upstream = &settings.upstream;
    assert_eq!(upstream.domain, "hcp.example.com");
    assert_eq!((upstream.mapi_port, upstream.region.as_str()), (9191, "eu"));
    assert_eq!(upstream.auth_type, AuthType::Ad);
    assert!(upstream.verify);
    assert_eq!(auth(&settings).secrets[0].expose(), "'quoted'");
    assert_eq!(auth(&settings).token_lifetime, Duration::from_secs(1800));
    assert!(!settings.sections.contains_key("s3"));
    let expected = "these variables have no effect yet: CACHE_STATS_TTL, CORS_ORIGINS, \
                    OTEL_SERVICE_NAME";
    assert_eq!(settings.warnings, [expected]);
}

#[test]
fn the_python_backends_names_keep_their_meaning_on_other_stores() {
    let settings = Story::new()
        .variable("STORAGE_BACKEND", "minio")
        .variable("S3_ENDPOINT_URL", "http://minio:9000")
        .variable("S3_ACCESS_KEY", "1234")
        .variable("S3_SECRET_KEY", "[\"odd\"]")
        .variable("S3_VERIFY_SSL", "false")
        .variable("HCP_VERIFY_SSL", "true")
        .settings();
    assert_eq!(settings.upstream.backend.label(), "minio");
    assert!(!settings.upstream.verify);
    assert_eq!(s3(&settings).access_key.expose(), "1234");
    assert_eq!(s3(&settings).secret_key.expose(), "[\"odd\"]");
    assert!(
        settings.warnings[0].contains("not checked"),
        "{:?}",
        settings.warnings
    );
}

#[test]
fn the_store_of_the_file_decides_what_old_names_mean() {
    let toml = "[upstream]\nbackend = 'generic'\ns3_endpoint = 'https://s3.example.com'";
    let settings = Story::new()
        .toml(toml)
        .variable("HCP_VERIFY_SSL", "false")
        .settings();
    assert!(settings.upstream.verify);
    let moved = Story::new()
        .toml(toml)
        .dotenv("S3_VERIFY_SSL=no")
        .settings();
    assert!(!moved.upstream.verify);
}

#[test]
fn a_move_from_the_python_backend_is_told_that_certificates_are_checked_now() {
    let story = Story::new().variable("HCP_DOMAIN", "hcp.example.com");
    let warnings = story.settings().warnings;
    assert!(warnings[0].contains("checked now"), "{warnings:?}");
    let told = story.variable("HCP_VERIFY_SSL", "true");
    assert_eq!(told.settings().warnings, [""; 0]);
}

#[test]
fn a_blank_old_name_hides_that_of_dotenv() {
    let settings = Story::with("")
        .dotenv("S3_REGION=dotenv")
        .variable("S3_REGION", "")
        .settings();
    assert_eq!(settings.upstream.region, "us-east-1");
}

#[test]
fn dotenv_files_may_be_absent_quoted_and_commented() {
    let mut story = Story::with("");
    story.dotenv = Some(story.folder.path().join("absent"));
    story.settings();
    let story = Story::with("").dotenv(
        "\u{feff}# comment\nexport S3_REGION=\"eu north\" # why\n\nAPI_SECRET_KEY='pa$word'\n\
         UNRELATED=$x\n",
    );
    let settings = story.settings();
    assert_eq!(settings.upstream.region, "eu north");
    assert_eq!(auth(&settings).secrets[0].expose(), "pa$word");
}

#[test]
fn dotenv_lines_that_would_be_misread_are_faults_with_their_line() {
    let faults = Story::with("")
        .dotenv("A=1\nAPI_SECRET_KEY=pa$word\nB=hush hush\n")
        .faults();
    let lines: Vec<_> = faults.lines().collect();
    assert_eq!(lines.len(), 2, "{faults}");
    assert!(
        lines[0].starts_with(".env:2:1: ") && lines[0].contains("single quotes"),
        "{faults}"
    );
    assert!(lines[1].starts_with(".env:3:1: "), "{faults}");
    assert!(!faults.contains("hush"), "{faults}");
}
