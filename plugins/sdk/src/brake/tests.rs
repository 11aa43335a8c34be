//! The brake, with time that is set by hand where a wait is the point.

use super::*;

const RATE: Rate = Rate {
    burst: 2,
    per_minute: 60,
    at_most: Duration::from_secs(3),
};

fn brake() -> Brake {
    Brake::new(Some(RATE), &prometheus::Registry::new()).unwrap()
}

fn counters(brake: &Brake) -> &Counters {
    brake.counters.as_ref().unwrap()
}

fn client(text: &str) -> Option<SocketAddr> {
    text.parse().ok().map(|address| SocketAddr::new(address, 7))
}

fn refused() -> Error {
    Error::new(Reason::SignatureDoesNotMatch)
}

#[test]
fn only_what_smells_of_guessing_counts() {
    use Reason as R;
    for reason in [
        R::SignatureDoesNotMatch,
        R::InvalidAccessKeyId,
        R::InvalidToken,
        R::LoginRefused,
    ] {
        assert!(Failed::of(reason).is_some(), "{reason:?}");
    }
    for reason in [
        R::ExpiredToken,
        R::RequestTimeTooSkewed,
        R::NotAuthenticated,
        R::AccessDenied,
        R::SlowDown,
    ] {
        assert_eq!(Failed::of(reason), None, "{reason:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn failures_wait_longer_and_longer_up_to_the_end() {
    let brake = brake();
    let mut waits = Vec::new();
    for _ in 0..8 {
        let before = tokio::time::Instant::now();
        brake.slow(refused(), client("192.0.2.1")).await;
        waits.push(before.elapsed().as_secs_f32().round());
    }
    // Only the clock of the waits stands still.
    assert_eq!(waits[..2], [0.0, 0.0]);
    assert_eq!(waits[2..5], [1.0, 2.0, 3.0]);
    assert!(
        waits[5..].iter().all(|&wait| (wait - 3.0).abs() < 0.1),
        "{waits:?}"
    );
    assert_eq!(
        counters(&brake)
            .failed
            .with_label_values(&["signature"])
            .get(),
        8
    );
    assert_eq!(counters(&brake).slowed.get(), 6);
}

#[tokio::test(start_paused = true)]
async fn an_address_that_owes_much_is_refused_unseen_and_no_other() {
    let brake = brake();
    for _ in 0..10 {
        brake.slow(refused(), client("192.0.2.1")).await;
    }
    let error = brake.admit(client("192.0.2.1")).unwrap_err();
    assert_eq!(error.reason(), Reason::SlowDown);
    assert!(error.retry_delay().unwrap() > RATE.at_most);
    assert!(brake.admit(client("::ffff:192.0.2.1")).is_err());
    assert!(brake.admit(client("192.0.2.2")).is_ok());
    assert!(brake.admit(None).is_ok());
}

#[test]
fn an_ipv6_client_is_its_network() {
    let brake = brake();
    for host in 1..=10 {
        brake.charge(
            Failed::Token,
            client(&format!("2001:db8:0:1::{host}")),
            None,
        );
    }
    assert!(brake.admit(client("2001:db8:0:1:ffff::1")).is_err());
    assert!(brake.admit(client("2001:db8:0:2::1")).is_ok());
}

#[test]
fn a_user_is_slowed_wherever_the_guesses_come_from_but_never_refused() {
    let brake = brake();
    let ann = Claimed::user(None, "ann");
    let guess = |host: u8, who: &Claimed| {
        brake.charge(Failed::Login, client(&format!("192.0.2.{host}")), Some(who))
    };
    let waits: Vec<_> = (1..=9).map(|host| guess(host, &ann)).collect();
    assert_eq!(waits[8], RATE.at_most);
    assert!(brake.admit(client("192.0.2.1")).is_ok());
    let other = Claimed::access_key(Some(&"t".parse().unwrap()), "YW5u");
    assert_eq!(guess(100, &other), Duration::ZERO);
}

#[tokio::test]
async fn switched_off_it_only_counts() {
    let brake = Brake::new(None, &prometheus::Registry::new()).unwrap();
    for _ in 0..100 {
        brake.slow(refused(), client("192.0.2.1")).await;
    }
    assert!(brake.admit(client("192.0.2.1")).is_ok());
    assert_eq!(
        counters(&brake)
            .failed
            .with_label_values(&["signature"])
            .get(),
        100
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_no_failed_proof_waits_for_nothing() {
    let brake = brake();
    for _ in 0..10 {
        brake.slow(refused(), client("192.0.2.1")).await;
    }
    let before = tokio::time::Instant::now();
    brake
        .slow(Error::new(Reason::ExpiredToken), client("192.0.2.1"))
        .await;
    assert!(before.elapsed().is_zero());
}
