//! The answers to orchestrators and to Prometheus.

use std::time::Duration;

use http::{Request, StatusCode};
use portico_sdk::credential::Credential;
use portico_sdk::exchange::Matched;
use portico_sdk::principal::{Principal, Way};
use portico_sdk::readiness::Check;
use portico_sdk::route::Listener;
use portico_sdk::{Error, Reason};
use portico_telemetry::Settings;

use crate::house::{arrived, ask, built, nowhere};

#[tokio::test]
async fn liveness_and_health_answer_on_both_listeners() {
    let built = built(Settings::default(), nowhere());
    for listener in [Listener::Api, Listener::Admin] {
        let answer = ask(&built, "GET", "/liveness", listener).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "application/json");
        assert_eq!(answer.body(), r#"{"status":"ok"}"#);
        let answer = ask(&built, "GET", "/health", listener).await;
        assert_eq!(answer.body(), r#"{"status":"ok","cache":"disabled"}"#);
    }
    let connected = Check {
        word: "connected",
        ready: true,
    };
    built.services.readiness.set("cache", connected);
    let answer = ask(&built, "GET", "/health", Listener::Api).await;
    assert_eq!(answer.body(), r#"{"status":"ok","cache":"connected"}"#);
}

#[tokio::test]
async fn readiness_holds_back_until_every_check_is_in_order() {
    let built = built(Settings::default(), nowhere());
    let answer = ask(&built, "GET", "/readiness", Listener::Api).await;
    assert_eq!(answer.status(), 503);
    assert_eq!(
        answer.body(),
        r#"{"status":"not ready","checks":{"cache":"disabled","hcp":"unreachable"}}"#
    );
    let reachable = Check {
        word: "reachable",
        ready: true,
    };
    built.services.readiness.set("hcp", reachable);
    let answer = ask(&built, "GET", "/readiness", Listener::Api).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(
        answer.body(),
        r#"{"status":"ready","checks":{"cache":"disabled","hcp":"reachable"}}"#
    );
}

#[tokio::test]
async fn every_other_method_is_refused_head_among_them() {
    let built = built(Settings::default(), nowhere());
    for path in ["/liveness", "/readiness", "/health", "/metrics"] {
        for method in ["HEAD", "POST", "OPTIONS"] {
            let answer = ask(&built, method, path, Listener::Admin).await;
            assert_eq!(answer.status(), 405, "{method} {path}");
            assert_eq!(answer.headers()["allow"], "GET");
        }
    }
}

#[tokio::test]
async fn metrics_exist_on_the_admin_listener_alone() {
    let built = built(Settings::default(), nowhere());
    for method in ["GET", "POST"] {
        for listener in [Listener::Api, Listener::S3] {
            let answer = ask(&built, method, "/metrics", listener).await;
            assert_eq!(answer.status(), 404, "{method} {listener}");
            assert_eq!(answer.body(), r#"{"detail":"Not Found"}"#);
        }
    }
    let answer = ask(&built, "GET", "/metrics", Listener::Admin).await;
    assert_eq!(answer.status(), 200);
    let kind = answer.headers()["content-type"].to_str().unwrap();
    assert!(kind.starts_with("text/plain; version=0.0.4"), "{kind}");
    assert!(answer.body().contains("\nprocess_resident_memory_bytes "));
    assert!(answer.body().contains("portico_build_info{version=\""));
}

#[tokio::test]
async fn metrics_tell_what_readiness_and_the_runtime_are_like() {
    let built = built(Settings::default(), nowhere());
    let lines = async || {
        let answer = ask(&built, "GET", "/metrics", Listener::Admin).await;
        answer.into_body()
    };
    let before = lines().await;
    assert!(before.contains("\nportico_ready 0\n"), "{before}");
    assert!(before.contains("\nportico_check_ready{check=\"hcp\"} 0\n"));
    assert!(before.contains("\nportico_check_ready{check=\"cache\"} 1\n"));
    let word = "reachable";
    let services = &built.services;
    services.readiness.set("hcp", Check { word, ready: true });
    let after = lines().await;
    assert!(after.contains("\nportico_ready 1\n"), "{after}");
    assert!(after.contains("\nportico_check_ready{check=\"hcp\"} 1\n"));
    assert!(after.contains("\nportico_runtime_workers 1\n"), "{after}");
    for name in ["tasks", "queue_length"] {
        assert!(after.contains(&format!("\nportico_runtime_{name} ")));
    }
}

#[tokio::test]
async fn every_exchange_is_counted_once() {
    let built = built(Settings::default(), nowhere());
    let request = Request::get("/api/v1/buckets").body(()).unwrap();
    let mut good = arrived(request, Listener::Api);
    good.outcome.status = Some(StatusCode::OK);
    good.outcome.to_head = Some(Duration::from_millis(3));
    good.outcome.bytes_in = 5;
    good.outcome.bytes_out = 7;
    good.extensions.insert(Matched("/api/v1/buckets".into()));
    good.principal = Some(Principal {
        user: "lgreen".to_owned(),
        tenant: None,
        way: Way::Bearer,
        credential: Credential::Password("hush".into()),
        rights: None,
    });
    built.pipeline.log(&good, None);

    let mut bad = arrived(
        Request::get("/b?X-Amz-Signature=0").body(()).unwrap(),
        Listener::Api,
    );
    bad.outcome.status = Some(StatusCode::FORBIDDEN);
    bad.outcome.aborted = true;
    bad.head.parts.method = "BREW".parse().unwrap();
    let error = Error::new(Reason::SignatureDoesNotMatch);
    built.pipeline.log(&bad, Some(&error));

    let answer = ask(&built, "GET", "/metrics", Listener::Admin).await;
    let rest = r#"listener="api",operation="rest""#;
    let counted = |method, route, class| {
        format!(
            "portico_requests_total{{listener=\"api\",method=\"{method}\",operation=\"rest\",\
             route=\"{route}\",status_class=\"{class}\"}} 1"
        )
    };
    for line in [
        counted("GET", "/api/v1/buckets", "2xx"),
        counted("other", "unmatched", "4xx"),
        r#"portico_tenant_requests_total{status_class="4xx",tenant="none"} 1"#.to_owned(),
        r#"portico_tenant_bytes_total{direction="out",tenant="none"} 7"#.to_owned(),
        format!("portico_request_duration_seconds_count{{{rest}}} 2"),
        format!("portico_response_head_seconds_count{{{rest}}} 1"),
        format!("portico_response_head_seconds_bucket{{{rest},le=\"0.005\"}} 1"),
        r#"portico_request_bytes_total{listener="api"} 5"#.to_owned(),
        r#"portico_response_bytes_total{listener="api"} 7"#.to_owned(),
        r#"portico_aborted_total{listener="api"} 1"#.to_owned(),
        r#"portico_authentications_total{outcome="accepted",way="bearer"} 1"#.to_owned(),
        r#"portico_authentications_total{outcome="refused",way="signature"} 1"#.to_owned(),
        r#"portico_errors_total{reason="SignatureDoesNotMatch"} 1"#.to_owned(),
    ] {
        let found = answer.body().lines().any(|found| found == line);
        assert!(found, "no line {line} in\n{}", answer.body());
    }
}
