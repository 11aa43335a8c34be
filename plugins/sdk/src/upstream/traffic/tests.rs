//! What Prometheus reads.

use super::*;

fn text(registry: &Registry) -> String {
    let encoder = prometheus::TextEncoder::new();
    encoder.encode_to_string(&registry.gather()).unwrap()
}

#[test]
fn a_request_counts_once_answered_or_not() {
    let registry = Registry::new();
    let traffic = Traffic::new(&registry).unwrap();
    let (first, second) = (traffic.ask(Stack::Forward), traffic.ask(Stack::Forward));
    let name = "portico_upstream_requests_in_flight{stack=\"forward\"}";
    assert!(text(&registry).contains(&format!("{name} 2")));
    first.answered();
    drop(second);
    traffic.opened(Stack::Client);
    let text = text(&registry);
    for line in [
        format!("{name} 0"),
        r#"portico_upstream_requests_total{outcome="answered",stack="forward"} 1"#.to_owned(),
        r#"portico_upstream_requests_total{outcome="unanswered",stack="forward"} 1"#.to_owned(),
        r#"portico_upstream_requests_total{outcome="answered",stack="client"} 0"#.to_owned(),
        r#"portico_upstream_response_head_seconds_count{stack="forward"} 1"#.to_owned(),
        r#"portico_upstream_connections_opened_total{stack="client"} 1"#.to_owned(),
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in {text}");
    }
}

#[test]
fn causes_are_there_before_anything_happens() {
    let registry = Registry::new();
    let traffic = Traffic::new(&registry).unwrap();
    traffic.failed(Failure::Timeout);
    traffic.repeated(Retry::Address);
    traffic.looked_up(Lookup::Gone, Duration::from_millis(3));
    let text = text(&registry);
    for line in [
        r#"portico_upstream_failures_total{cause="timeout"} 1"#,
        r#"portico_upstream_failures_total{cause="tls"} 0"#,
        r#"portico_upstream_retries_total{cause="address"} 1"#,
        r#"portico_upstream_retries_total{cause="connection"} 0"#,
        r#"portico_upstream_lookups_total{outcome="gone"} 1"#,
        "portico_upstream_lookup_seconds_count 1",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in {text}");
    }
}
