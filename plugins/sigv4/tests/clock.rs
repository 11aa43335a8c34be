//! When a proof is good, and which date counts.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

mod common;

use std::time::Duration;

use common::{Request, example_time, system_time};
use portico_sigv4::{PayloadMode, ProofError, Style};

fn get() -> Request {
    Request::new("GET", "s3.example.com", "/bucket/key", None)
}

fn signed() -> Request {
    get().signed(PayloadMode::of(b""))
}

#[test]
fn a_header_is_good_for_fifteen_minutes_around_its_time() {
    let (request, at) = (signed(), system_time(example_time()));
    for seconds in [0, 1, 900] {
        assert!(request.verify_at(at + Duration::from_secs(seconds)).is_ok());
        assert!(request.verify_at(at - Duration::from_secs(seconds)).is_ok());
    }
    let off = Duration::from_secs(901);
    assert_eq!(request.verify_at(at + off).unwrap_err(), ProofError::Skewed);
    assert_eq!(request.verify_at(at - off).unwrap_err(), ProofError::Skewed);
}

#[test]
fn a_presigned_url_is_good_until_it_expires() {
    let (request, at) = (get().presigned(&[]), system_time(example_time()));
    let after = |seconds| {
        request
            .verify_at(at + Duration::from_secs(seconds))
            .map(drop)
    };
    let before = |seconds| {
        request
            .verify_at(at - Duration::from_secs(seconds))
            .map(drop)
    };
    assert_eq!(before(900), Ok(()));
    assert_eq!(before(901), Err(ProofError::NotYetValid));
    assert_eq!(after(86400), Ok(()));
    assert_eq!(after(86401), Err(ProofError::Expired));
}

#[test]
fn the_date_header_counts_where_x_amz_date_is_absent() {
    let at = example_time();
    let date_only = |date: &str| {
        let mut request = get()
            .with("date", date)
            .with("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
        request.authorize(
            "date;host;x-amz-content-sha256",
            Style::S3,
            PayloadMode::Unsigned,
        );
        request
    };
    for date in ["Fri, 24 May 2013 00:00:00 GMT", "20130524T000000Z"] {
        assert_eq!(date_only(date).proof().unwrap().timestamp(), at);
        date_only(date).verify().unwrap();
    }
    assert_eq!(
        date_only("today").verify().unwrap_err(),
        ProofError::InvalidDate
    );

    let x_amz_date_wins = signed().with("date", "Mon, 01 Jan 2001 00:00:00 GMT");
    x_amz_date_wins.verify().unwrap();
    let mut undated = signed();
    undated.headers.remove("x-amz-date");
    assert_eq!(undated.verify().unwrap_err(), ProofError::MissingDate);
    undated.set("x-amz-date", b"Fri, 24 May 2013 00:00:00 GMT");
    assert_eq!(undated.verify().unwrap_err(), ProofError::InvalidDate);
}
