//! Which address is chosen.

use super::*;

fn addresses(count: u16) -> Vec<SocketAddr> {
    (1..=count)
        .map(|port| ([127, 0, 0, 1], port).into())
        .collect()
}

fn chosen(health: &Health, addresses: &[SocketAddr]) -> SocketAddr {
    health.choose(addresses, &[]).unwrap().address()
}

/// Lets the time out of an address end.
fn end_time_out(health: &Health, address: SocketAddr) {
    let mut known = health.known();
    let condition = &mut known.get_mut(&address).unwrap().condition;
    condition.begin_trial();
    condition.give_up_trial(Instant::now());
}

#[test]
fn idle_addresses_take_turns() {
    let (health, all) = (Health::default(), addresses(3));
    let turns: Vec<_> = (0..6).map(|_| chosen(&health, &all).port()).collect();
    assert_eq!(turns, [1, 2, 3, 1, 2, 3]);
}

#[test]
fn a_busy_address_gets_less() {
    let (health, all) = (Health::default(), addresses(3));
    let held: Vec<_> = (0..9).map(|_| health.choose(&all, &[]).unwrap()).collect();
    let on = |port| held.iter().filter(|it| it.address().port() == port).count();
    assert_eq!((on(1), on(2), on(3)), (3, 3, 3));
    // Those of the second end; it gets all until the others are no busier.
    let held: Vec<_> = held
        .into_iter()
        .filter(|it| it.address().port() != 2)
        .collect();
    let more: Vec<_> = (0..3).map(|_| health.choose(&all, &[]).unwrap()).collect();
    assert!(more.iter().all(|it| it.address().port() == 2));
    drop((held, more));
    assert!(health.known().values().all(|known| known.in_flight == 0));
}

#[test]
fn an_address_that_fails_is_passed_over_until_one_finds_it_back() {
    let (health, all) = (Health::default(), addresses(2));
    let mut lease = health.choose(&all, &[]).unwrap();
    lease.failed(Failure::Unreachable);
    let out = lease.address();
    drop(lease);
    assert!((0..10).all(|_| chosen(&health, &all) != out));
    end_time_out(&health, out);
    let mut trial = health.choose(&all, &[]).unwrap();
    assert_eq!(trial.address(), out);
    assert!((0..10).all(|_| chosen(&health, &all) != out), "one tries");
    trial.reached();
    drop(trial);
    assert!((0..2).any(|_| chosen(&health, &all) == out));
}

#[test]
fn a_trial_that_ends_without_news_is_followed_by_another() {
    let (health, all) = (Health::default(), addresses(2));
    health.failed(all[0], Failure::Timeout);
    end_time_out(&health, all[0]);
    assert_eq!(chosen(&health, &all), all[0]);
    assert_eq!(chosen(&health, &all), all[0]);
}

#[test]
fn where_checks_find_out_no_request_does() {
    let (health, all) = (Health::default(), addresses(2));
    drop(health.choose(&all[..1], &[]));
    health.checked(all[0], Err(Failure::Timeout));
    end_time_out(&health, all[0]);
    assert!((0..4).all(|_| chosen(&health, &all) == all[1]));
    health.checked(all[0], Ok(()));
    assert!((0..2).any(|_| chosen(&health, &all) == all[0]));
}

#[test]
fn a_check_brings_nothing_back_before_its_time() {
    let (health, all) = (Health::default(), addresses(2));
    health.failed(all[0], Failure::NoAnswer);
    health.failed(all[0], Failure::NoAnswer);
    health.failed(all[0], Failure::NoAnswer);
    health.checked(all[0], Ok(()));
    assert!((0..4).all(|_| chosen(&health, &all) == all[1]));
}

#[test]
fn when_all_are_out_all_are_used() {
    let (health, all) = (Health::default(), addresses(2));
    for address in &all {
        health.failed(*address, Failure::Timeout);
    }
    let turns: Vec<_> = (0..4).map(|_| chosen(&health, &all).port()).collect();
    assert_eq!(turns, [1, 2, 1, 2]);
}

#[test]
fn what_was_tried_is_not_tried_again() {
    let (health, all) = (Health::default(), addresses(2));
    let next = health.choose(&all, &all[..1]).unwrap();
    assert_eq!(next.address(), all[1]);
    assert!(health.choose(&all, &all).is_none());
    assert!(health.choose(&[], &[]).is_none());
}

#[test]
fn the_memory_is_bounded_and_no_address_is_refused_for_that() {
    let health = Health::default();
    for port in 1..=2000 {
        let lease = health.choose(&[([127, 0, 0, 1], port).into()], &[]);
        assert!(lease.is_some());
    }
    assert_eq!(health.known().len(), ADDRESSES);
}

#[test]
fn prometheus_is_told() {
    let (health, registry) = (Health::default(), Registry::new());
    health.register(&registry).unwrap();
    let all = addresses(2);
    drop(health.choose(&all[..1], &[]));
    health.failed(all[1], Failure::Unreachable);
    let text = prometheus::TextEncoder::new()
        .encode_to_string(&registry.gather())
        .unwrap();
    for line in [
        r#"portico_upstream_address_healthy{address="127.0.0.1:1"} 1"#,
        r#"portico_upstream_address_healthy{address="127.0.0.1:2"} 0"#,
        r#"portico_upstream_ejections_total{address="127.0.0.1:2",cause="unreachable"} 1"#,
    ] {
        assert!(text.contains(line), "{text}");
    }
}

#[test]
fn an_answer_is_counted_though_the_address_was_forgotten() {
    let (health, all) = (Health::default(), addresses(1));
    health.break_by(Some(Breaker {
        failures: 3,
        faults_percent: 50,
        longest: Duration::from_mins(1),
    }));
    for _ in 0..20 {
        assert_eq!((health.openings(), health.is_resting(all[0])), (0, false));
        health.heard(all[0], 500);
    }
    assert_eq!((health.openings(), health.is_resting(all[0])), (1, true));
    assert!(health.refusal(&all).is_some());
}
