//! What Prometheus is told: figures that move with what clients do, labels that stay few.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

mod house;

use std::time::Instant;

use house::{BUCKET, House, Keys, PATIENCE, Plan, Request, Upstream};

/// A series as Prometheus reads it; `None`: it is not there.
#[track_caller]
fn figure(house: &House, series: &str) -> Option<f64> {
    let metrics = house.admin(Request::new("GET", "/metrics"));
    let text = metrics.text();
    let found = text.lines().find_map(|line| {
        let (name, value) = line.rsplit_once(' ')?;
        (name == series).then_some(value)
    });
    found.map(|value| value.parse().expect("a number"))
}

/// Waits for a figure: an exchange is counted after its answer has left.
#[track_caller]
fn becomes(house: &House, series: &str, wanted: f64) {
    let end = Instant::now() + PATIENCE;
    loop {
        let found = figure(house, series).unwrap_or_default();
        if (found - wanted).abs() < 1e-9 {
            return;
        }
        assert!(Instant::now() < end, "{series} is {found}, not {wanted}");
    }
}

fn requests(listener: &str, method: &str, route: &str, operation: &str, class: &str) -> String {
    format!(
        "portico_requests_total{{listener=\"{listener}\",method=\"{method}\",\
         operation=\"{operation}\",route=\"{route}\",status_class=\"{class}\"}}"
    )
}

#[test]
fn requests_are_told_by_route_and_operation() {
    let house = House::hcp();
    house.store().put("there", "data");
    let keys = house.keys("research");
    let token = house.login("research");
    let bearer = |method: &str, path: &str| {
        let authorization = format!("Bearer {token}");
        house.rest(Request::new(method, path).header("authorization", authorization))
    };
    assert_eq!(bearer("GET", "/api/v1/buckets").status, 200);
    assert_eq!(
        bearer("HEAD", &format!("/api/v1/buckets/{BUCKET}")).status,
        200
    );
    assert_eq!(
        bearer("HEAD", "/api/v1/buckets/nowhere-to-be-found").status,
        404
    );
    assert_eq!(bearer("GET", "/api/v1/a/made-up/path").status, 404);
    for (key, status) in [("there", 200), ("gone", 404)] {
        let get = house.get(&keys, &format!("/{BUCKET}/{key}"));
        assert_eq!(house.ask(&get).status, status);
    }
    let rest = |method, route, class| requests("api", method, route, "rest", class);
    for (series, count) in [
        (rest("GET", "/api/v1/buckets", "2xx"), 1.0),
        (rest("HEAD", "/api/v1/buckets/{bucket}", "2xx"), 1.0),
        (rest("HEAD", "/api/v1/buckets/{bucket}", "4xx"), 1.0),
        (rest("GET", "unmatched", "4xx"), 1.0),
        (requests("s3", "GET", "s3", "GetObject", "2xx"), 1.0),
        (requests("s3", "GET", "s3", "GetObject", "4xx"), 1.0),
        (rest("POST", "/api/v1/auth/token", "2xx"), 2.0),
    ] {
        becomes(&house, &series, count);
    }
}

#[test]
fn a_tenant_has_a_name_once_the_store_has_served_it() {
    let house = Plan::hcp().with("telemetry.tenants", 1).open();
    house.store().put("there", "data");
    let tenant = |name: &str, class: &str| {
        format!("portico_tenant_requests_total{{status_class=\"{class}\",tenant=\"{name}\"}}")
    };
    // Anybody may log in under a name that they make up: a login checks nothing.
    let token = house.token("username=ada&password=wrong&tenant=made-up");
    let bearer = Request::new("GET", "/api/v1/credentials");
    let answer = house.rest(bearer.header("authorization", format!("Bearer {token}")));
    assert_eq!(answer.status, 200);
    becomes(&house, &tenant("other", "2xx"), 1.0);

    let get = |who| house.get(&house.keys(who), &format!("/{BUCKET}/there"));
    assert_eq!(house.ask(&get("research")).status, 200);
    becomes(&house, &tenant("research", "2xx"), 1.0);
    let out = "portico_tenant_bytes_total{direction=\"out\",tenant=\"research\"}";
    becomes(&house, out, 4.0);
    // There is room for one.
    house.ask(&get("archive"));
    let text = house.admin(Request::new("GET", "/metrics")).text();
    assert!(!text.contains("made-up") && !text.contains("tenant=\"archive\""));
}

#[test]
fn what_the_store_has_not_answered_is_in_flight() {
    let upstream = Upstream::start();
    let house = Plan::before(&upstream).open();
    let of = |name: &str| format!("portico_upstream_{name}{{stack=\"forward\"}}");
    let in_flight = of("requests_in_flight");
    assert_eq!(figure(&house, &in_flight), Some(0.0));
    let mut client = house.connect();
    client.send(house.get(&Keys::configured(), "/data/k").bytes());
    let mut peer = upstream.accept();
    peer.request().expect("a request");
    becomes(&house, &in_flight, 1.0);
    // The one that asks is under way too.
    becomes(&house, "portico_requests_in_flight", 2.0);
    peer.answer_with("done");
    assert_eq!(client.answer().text(), "done");
    becomes(&house, &in_flight, 0.0);
    becomes(&house, "portico_requests_in_flight", 1.0);
    assert_eq!(
        figure(&house, &of("response_head_seconds_count")),
        Some(1.0)
    );
    assert_eq!(figure(&house, &of("connections_opened_total")), Some(1.0));

    client.send(house.get(&Keys::configured(), "/data/k").bytes());
    peer.request().expect("a request on the kept connection");
    drop(client);
    let unanswered = "portico_upstream_requests_total{outcome=\"unanswered\",stack=\"forward\"}";
    becomes(&house, unanswered, 1.0);
    becomes(&house, &in_flight, 0.0);
    assert_eq!(figure(&house, &of("connections_opened_total")), Some(1.0));
}

#[test]
fn limits_are_told_beside_what_they_limit() {
    let plan = Plan::hcp().with("limits.max_connections", 77);
    let house = plan.with("jobs.disk", "3MiB").open();
    assert_eq!(figure(&house, "portico_connections_limit"), Some(77.0));
    let disk = 3.0 * 1024.0 * 1024.0;
    assert_eq!(figure(&house, "portico_jobs_disk_limit_bytes"), Some(disk));
    house.portico.line("the store can be reached");
    becomes(&house, "portico_ready", 1.0);
    becomes(&house, "portico_check_ready{check=\"hcp\"}", 1.0);
}
