//! How long a signature is good.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

mod common;

use common::{ACCESS_KEY, NOW, Request, at, secret};
use portico_sigv2::{ProofError, presign};

fn get() -> Request {
    Request::new("GET", "/bucket/key", None)
}

#[test]
fn the_header_form_is_good_for_fifteen_minutes_either_way() {
    let signed = get().signed();
    let now = u64::from(NOW);
    for good in [now - 900, now, now + 900] {
        signed.verify_at(at(good)).unwrap();
    }
    for bad in [now - 901, now + 901, 0, u64::MAX / 1_000_000_000] {
        assert_eq!(
            signed.verify_at(at(bad)).unwrap_err(),
            ProofError::Skewed,
            "{bad}"
        );
    }
    let mut undated = signed.clone();
    undated.headers.remove("date");
    assert_eq!(undated.proof().unwrap_err(), ProofError::MissingDate);
    undated.set("date", b"soon");
    assert_eq!(undated.proof().unwrap_err(), ProofError::InvalidDate);
    undated.set("date", b"1175024202"); // what `Expires` of a link would be
    assert_eq!(undated.proof().unwrap_err(), ProofError::InvalidDate);
}

#[test]
fn a_link_is_good_until_its_end_and_for_any_time() {
    let end = u64::from(NOW) + 3600;
    let link = get().presigned();
    assert_eq!(
        link.proof().unwrap().expires(),
        Some(end.try_into().unwrap())
    );
    for good in [0, end - 1, end] {
        link.verify_at(at(good)).unwrap();
    }
    assert_eq!(
        link.verify_at(at(end + 1)).unwrap_err(),
        ProofError::Expired
    );
    let query = presign(&get().outgoing(), ACCESS_KEY, &secret(), u32::MAX).unwrap();
    Request::new("GET", "/bucket/key", Some(&query))
        .verify()
        .unwrap();
    assert_eq!(get().signed().proof().unwrap().expires(), None);
}
