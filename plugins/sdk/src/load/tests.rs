//! Who is refused, and in which words.

use http::Request;

use super::*;
use crate::testkit;

fn exchange(listener: Listener, public: bool, method: &str) -> Exchange {
    let request = Request::builder().method(method).uri("/x");
    let mut exchange = testkit::exchange(request.body(()).unwrap(), Door::Rest { public });
    exchange.arrival.listener = listener;
    exchange
}

fn refused(load: &Load, exchange: &Exchange, under_way: usize) -> Option<Reason> {
    let refusal = load.admit(exchange, under_way).err()?;
    assert_eq!(refusal.retry_delay(), Some(WAIT));
    Some(refusal.reason())
}

#[test]
fn beyond_the_limit_everybody_is_refused_but_health_and_operators() {
    let load = Load::default();
    let asking = exchange(Listener::Api, false, "GET");
    assert_eq!(refused(&load, &asking, 1_000_000), None);
    load.limit(LoadLimits {
        requests: 10,
        ..LoadLimits::default()
    });
    assert_eq!(refused(&load, &asking, 10), None);
    assert_eq!(refused(&load, &asking, 11), Some(Reason::Overloaded));
    let login = exchange(Listener::Api, true, "POST");
    assert_eq!(refused(&load, &login, 11), Some(Reason::Overloaded));
    let health = exchange(Listener::Api, true, "GET");
    assert_eq!(refused(&load, &health, 11), None);
    let operator = exchange(Listener::Admin, false, "PUT");
    assert_eq!(refused(&load, &operator, 11), None);
}

#[test]
fn a_process_that_is_behind_refuses_some() {
    let metrics = prometheus::Registry::new();
    let load = Load::new(&metrics).unwrap();
    let aim = Duration::from_millis(10);
    load.limit(LoadLimits {
        lateness: aim,
        ..LoadLimits::default()
    });
    let asking = exchange(Listener::Api, false, "GET");
    let count = || {
        (0..1000)
            .filter(|_| refused(&load, &asking, 1).is_some())
            .count()
    };
    assert_eq!(count(), 0);
    for _ in 0..1000 {
        load.note_lateness(aim * 2);
    }
    let some = count();
    assert!((900..1000).contains(&some), "{some}");
    let text = prometheus::TextEncoder::new();
    let text = text.encode_to_string(&metrics.gather()).unwrap();
    let line = format!("portico_requests_refused_total{{cause=\"lateness\"}} {some}");
    assert!(text.contains(&line), "{text}");
    assert!(text.contains("portico_lateness_seconds 0.02"), "{text}");
    let health = exchange(Listener::Api, true, "GET");
    assert!((0..1000).all(|_| refused(&load, &health, 1).is_none()));
}
