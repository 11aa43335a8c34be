//! The attributes of a request's span: OpenTelemetry's names for HTTP servers, and Portico's own. No
//! header is shown, and queries as in the access log.

use http::{StatusCode, Version};
use opentelemetry::KeyValue;
use portico_sdk::{Error, Exchange};

use crate::metrics::{method, route};
use crate::redact;

/// What there is to say of an exchange that has ended.
pub(super) fn of(exchange: &Exchange, error: Option<&Error>) -> Vec<KeyValue> {
    let mut all = Vec::with_capacity(24);
    request(exchange, &mut all);
    response(exchange, error, &mut all);
    house(exchange, &mut all);
    all
}

fn request(exchange: &Exchange, all: &mut Vec<KeyValue>) {
    let head = &exchange.head;
    let sent = head.method().as_str();
    let known = match method(exchange) {
        "other" => "_OTHER",
        known => known,
    };
    all.push(KeyValue::new("http.request.method", known));
    if known == "_OTHER" {
        all.push(KeyValue::new(
            "http.request.method_original",
            sent.to_owned(),
        ));
    }
    all.push(KeyValue::new("http.route", route(exchange).to_owned()));
    all.push(KeyValue::new("url.path", redact::path(head.raw_path())));
    if let Some(query) = head.raw_query().and_then(redact::query) {
        all.push(KeyValue::new("url.query", query));
    }
    let scheme = if exchange.arrival.tls {
        "https"
    } else {
        "http"
    };
    all.push(KeyValue::new("url.scheme", scheme));
    let (host, port) = authority(&head.authority);
    all.push(KeyValue::new("server.address", host.to_owned()));
    all.extend(port.map(|port| KeyValue::new("server.port", i64::from(port))));
    if let Some(client) = exchange.arrival.client {
        all.push(KeyValue::new("client.address", client.ip().to_string()));
    }
    let version = version(head.parts.version);
    all.extend(version.map(|version| KeyValue::new("network.protocol.version", version)));
}

fn response(exchange: &Exchange, error: Option<&Error>, all: &mut Vec<KeyValue>) {
    let outcome = &exchange.outcome;
    let code = |status: StatusCode| i64::from(status.as_u16());
    if let Some(status) = outcome.status {
        all.push(KeyValue::new("http.response.status_code", code(status)));
    }
    if let Some(status) = outcome.store_status {
        all.push(KeyValue::new("portico.store.status_code", code(status)));
    }
    for (name, bytes) in [
        ("http.request.body.size", outcome.bytes_in),
        ("http.response.body.size", outcome.bytes_out),
    ] {
        all.push(KeyValue::new(
            name,
            i64::try_from(bytes).unwrap_or(i64::MAX),
        ));
    }
    if let Some(error) = error {
        // The names of an enumeration.
        all.push(KeyValue::new("error.type", format!("{:?}", error.reason())));
    }
    if outcome.aborted {
        all.push(KeyValue::new("portico.aborted", true));
    }
}

fn house(exchange: &Exchange, all: &mut Vec<KeyValue>) {
    let listener = exchange.arrival.listener.label();
    all.push(KeyValue::new("portico.request_id", exchange.id.clone()));
    all.push(KeyValue::new("portico.listener", listener));
    all.push(KeyValue::new(
        "portico.operation",
        exchange.route.operation(),
    ));
    if let Some(tenant) = exchange.tenant() {
        all.push(KeyValue::new("portico.tenant", tenant.to_string()));
    }
    if let Some(principal) = &exchange.principal {
        all.push(KeyValue::new("portico.way", principal.way.label()));
        all.push(KeyValue::new("enduser.id", principal.user.clone()));
    }
}

/// Host and port of what a client asked for; a bare IPv6 address has no port.
fn authority(text: &str) -> (&str, Option<u16>) {
    let split = text.rsplit_once(':');
    let split = split.and_then(|(host, port)| Some((host, port.parse().ok()?)));
    match split {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    }
}

fn version(version: Version) -> Option<&'static str> {
    match version {
        Version::HTTP_10 => Some("1.0"),
        Version::HTTP_11 => Some("1.1"),
        Version::HTTP_2 => Some("2"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_told_from_ports() {
        assert_eq!(authority("h.test:9000"), ("h.test", Some(9000)));
        assert_eq!(authority("h.test"), ("h.test", None));
        assert_eq!(authority("[::1]:80"), ("[::1]", Some(80)));
        assert_eq!(authority("::1"), ("::1", None));
        assert_eq!(authority("h:99999"), ("h:99999", None));
    }
}
