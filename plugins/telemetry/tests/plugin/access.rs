//! The lines that exchanges leave in the log.

use std::time::Duration;

use http::{Request, StatusCode};
use portico_sdk::credential::Credential;
use portico_sdk::principal::{Principal, Way};
use portico_sdk::route::Listener;
use portico_sdk::{Error, Exchange, Reason};
use portico_telemetry::{LogFormat, Settings};
use serde_json::{Value, json};
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::house::{Paper, arrived, built, nowhere};

fn get(target: &str) -> Exchange {
    arrived(Request::get(target).body(()).unwrap(), Listener::Api)
}

fn logged(settings: Settings, exchange: &Exchange, error: Option<&Error>) -> Paper {
    let paper = Paper::default();
    let built = built(settings, nowhere());
    let dispatch = paper.dispatch(LogFormat::Json, "info");
    tracing::dispatcher::with_default(&dispatch, || built.pipeline.log(exchange, error));
    paper
}

fn line(exchange: &Exchange, error: Option<&Error>) -> Value {
    let paper = logged(Settings::default(), exchange, error);
    let mut lines = paper.lines();
    assert_eq!(lines.len(), 1, "{}", paper.text());
    lines.remove(0)
}

/// Takes out what differs from run to run, after a look at its form.
fn settle(line: &mut Value) {
    let line = line.as_object_mut().unwrap();
    let ts = line.remove("ts").unwrap();
    let ts = ts.as_str().unwrap();
    assert_eq!(
        (ts.len(), &ts[10..11], &ts[19..20], &ts[23..]),
        (24, "T", ".", "Z")
    );
    assert!(line.remove("total_ms").unwrap().is_f64());
}

#[test]
fn a_line_says_all_that_is_known_and_no_secret() {
    let mut exchange = get("/api/v1/b%20%C3%A5?password=hush&x=1&X-Amz-Signature=5eb0");
    exchange.arrival.client = Some("192.0.2.7:4711".parse().unwrap());
    exchange.principal = Some(Principal {
        user: "lgreen".to_owned(),
        tenant: Some("research".parse().unwrap()),
        way: Way::Bearer,
        credential: Credential::Password("hush".into()),
        rights: None,
    });
    exchange.outcome.status = Some(StatusCode::OK);
    exchange.outcome.to_head = Some(Duration::from_micros(1254));
    exchange.outcome.bytes_in = 5;
    exchange.outcome.bytes_out = 7;
    exchange.outcome.forwarded = true;
    let mut line = line(&exchange, None);
    settle(&mut line);
    assert_eq!(
        line,
        json!({
            "level": "INFO",
            "logger": "access",
            "msg": "GET /api/v1/b å 200 1.25ms",
            "request_id": "0".repeat(32),
            "method": "GET",
            "path": "/api/v1/b å",
            "query": "password=REDACTED&x=1&X-Amz-Signature=REDACTED",
            "status": 200,
            "duration_ms": 1.25,
            "user": "lgreen",
            "way": "bearer",
            "tenant": "research",
            "client_ip": "192.0.2.7",
            "listener": "api",
            "operation": "rest",
            "bytes_in": 5,
            "bytes_out": 7,
            "forwarded": true,
        })
    );
}

#[test]
fn what_is_not_known_is_left_out() {
    let mut exchange = get("/x");
    exchange.outcome.aborted = true;
    let mut line = line(&exchange, None);
    let message = line["msg"].as_str().unwrap();
    assert!(
        message.starts_with("GET /x - ") && message.ends_with("ms"),
        "{message}"
    );
    settle(&mut line);
    let line = line.as_object().unwrap();
    let mut names: Vec<_> = line.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "aborted",
            "bytes_in",
            "bytes_out",
            "forwarded",
            "level",
            "listener",
            "logger",
            "method",
            "msg",
            "operation",
            "path",
            "request_id"
        ]
    );
}

#[test]
fn a_failure_of_the_store_is_a_warning_with_its_cause() {
    let mut exchange = get("/x");
    exchange.outcome.status = Some(StatusCode::BAD_GATEWAY);
    let error = Error::new(Reason::ServiceUnavailable).because("refused by 192.0.2.1");
    let line = line(&exchange, Some(&error));
    assert_eq!(line["level"], "WARN");
    assert_eq!(line["reason"], "ServiceUnavailable");
    assert_eq!(
        line["error"],
        "The store cannot be reached.: refused by 192.0.2.1"
    );
}

#[test]
fn a_client_cannot_forge_a_line() {
    let mut exchange = get("/");
    let forged = b"/a%0a%7b%22level%22:%22INFO%22%7d\n\x1b[2J\xff?q=\n\x1b[2J\"\xff";
    exchange.head.target = forged.to_vec();
    for format in [LogFormat::Json, LogFormat::Human] {
        let paper = Paper::default();
        let dispatch = paper.dispatch(format, "info");
        let built = built(Settings::default(), nowhere());
        tracing::dispatcher::with_default(&dispatch, || built.pipeline.log(&exchange, None));
        let text = paper.text();
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(!text.contains('\u{1b}'), "{text:?}");
    }
}

#[test]
fn health_leaves_no_line_and_the_log_can_be_switched_off() {
    for path in ["/liveness", "/readiness", "/health"] {
        assert_eq!(logged(Settings::default(), &get(path), None).text(), "");
    }
    let settings = Settings {
        access_log: false,
        ..Settings::default()
    };
    assert_eq!(logged(settings, &get("/x"), None).text(), "");
}

#[test]
fn people_can_read_it_too() {
    let paper = Paper::default();
    let dispatch = paper.dispatch(LogFormat::Human, "access=info");
    let mut exchange = get("/x%0a?token=hush");
    exchange.outcome.status = Some(StatusCode::OK);
    tracing::dispatcher::with_default(&dispatch, || {
        built(Settings::default(), nowhere())
            .pipeline
            .log(&exchange, None);
    });
    let text = paper.text();
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.contains(" INFO access: GET /x"), "{text}");
    assert!(
        text.contains("status=200") && !text.contains("hush"),
        "{text}"
    );
}

#[test]
fn spans_lend_their_fields_and_old_records_join_in() {
    let paper = Paper::default();
    paper.dispatch(LogFormat::Json, "info").try_init().unwrap();
    log::warn!(target: "engine", "said {}", "so");
    tracing::info_span!("outer", request_id = "7", place = "out").in_scope(|| {
        tracing::info_span!("inner", place = "in").in_scope(|| {
            tracing::info!(target: "house", count = 3, "done");
        });
    });
    log::debug!(target: "engine", "too fine");
    let mut lines = paper.lines();
    for line in &mut lines {
        line.as_object_mut().unwrap().remove("ts");
    }
    assert_eq!(
        lines,
        [
            json!({"level": "WARN", "logger": "engine", "msg": "said so"}),
            json!({
                "level": "INFO", "logger": "house", "msg": "done",
                "count": 3, "place": "in", "request_id": "7"
            }),
        ]
    );
}

#[test]
fn settings_that_cannot_work_say_what_would() {
    use portico_sdk::settings::{Duration, Place};
    use portico_sdk::{Plugin as _, Registry, Services};
    use portico_telemetry::Telemetry;

    let refused = |settings| {
        let services = Services::new(portico_sdk::clock::system(), nowhere());
        Telemetry::install(settings, &mut Registry::new(services)).unwrap_err()
    };
    let loud = refused(Settings {
        log_level: "info,x=loud".to_owned(),
        ..Settings::default()
    });
    assert_eq!(loud.place, Place::Key("log_level"));
    assert!(loud.message.contains("portico_s3=debug"), "{loud}");
    let restless = refused(Settings {
        probe_interval: Duration::from_secs(0),
        ..Settings::default()
    });
    assert_eq!(restless.place, Place::Key("probe_interval"));
}
