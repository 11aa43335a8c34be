//! What the store says to the data plane is heard by the rest of the house, and what caches say by the
//! client.

use crate::desk::{Desk, object};
use crate::house::{BUCKET, Keys, Plan, Request};

/// Ada's keys without a token, at a name of the tenant.
fn keys_alone(desk: &Desk) -> Request {
    let keys = Keys {
        token: None,
        ..desk.house.keys("research")
    };
    let request = Request::new("GET", &format!("/{BUCKET}?list-type=2"));
    keys.sign(request.header("host", "research.portico.test"))
}

#[test]
fn keys_that_hcp_has_accepted_here_need_no_token_at_the_s3_door() {
    let plan = Plan::hcp().with("route.domains", vec!["portico.test"]);
    let desk = Desk::of(plan.open());
    let request = keys_alone(&desk);
    assert_eq!(desk.house.ask(&request).error().0, 403);
    assert_eq!(desk.ask("GET", "/nowhere/objects").status, 404);
    assert_eq!(desk.house.ask(&request).error().0, 403, "404 says nothing");
    desk.store("k", b"x");
    // What is learnt is learnt before the line is written.
    let fits = |line: &serde_json::Value| line["way"] == "bearer" && line["status"] == 201;
    desk.house.portico.lines_with(1, fits);
    let listed = desk.house.ask(&request);
    assert!(listed.text().contains("<Key>k</Key>"), "{listed:?}");
}

/// A desk with a wrong password, where two failed proofs are free.
fn guessing() -> Desk {
    let house = Plan::hcp()
        .with("limits.failed_proofs_burst", 2)
        .with("limits.failed_proofs_per_minute", 60)
        .with("limits.slow_down_at_most", "100ms")
        .open();
    let token = house.token("username=ada&password=guess&tenant=research");
    Desk { house, token }
}

#[test]
fn guessing_a_password_through_the_data_plane_gets_slow() {
    for (method, path) in [
        ("GET", format!("/{BUCKET}/objects")),
        ("HEAD", object("k")),
        ("DELETE", object("k")),
    ] {
        let desk = guessing();
        let refused = (0..40).any(|_| desk.ask(method, &path).status == 429);
        assert!(refused, "{method}: guesses were never refused");
    }
}

#[test]
fn want_of_a_right_is_no_guess() {
    let desk = Desk {
        token: String::new(),
        ..guessing()
    };
    let token = desk.house.login("research");
    let desk = Desk { token, ..desk };
    let forbidden = hcp_simulator::Trouble::Status {
        status: 403,
        message: None,
    };
    let fault = hcp_simulator::Fault::new(forbidden).times(9);
    desk.house.store().add_fault(fault);
    for _ in 0..9 {
        let answer = desk.ask("GET", &format!("/{BUCKET}/objects"));
        assert_eq!(answer.status, 403, "{answer:?}");
    }
    desk.good("GET", &format!("/{BUCKET}/objects"));
}

#[test]
fn caches_say_what_they_did_and_hear_what_clients_want() {
    let desk = Desk::of(Plan::hcp().with("cache.enabled", true).open());
    desk.store("k", b"x");
    for (method, path) in [
        ("GET", format!("/{BUCKET}/versioning")),
        ("HEAD", object("k")),
    ] {
        let ask = |demand: &str| {
            let request = desk.request(method, &path);
            let answer = desk.house.rest(request.header("cache-control", demand));
            assert_eq!(answer.status, 200, "{answer:?}");
            let said = answer.header("cache-status").expect("a word of the cache");
            let kept = said.contains("hit");
            assert_eq!(answer.header("age").is_some(), kept, "{said}");
            kept
        };
        assert!(!ask("max-age=60") && ask("max-age=60"), "{method}");
        assert!(!ask("no-cache") && !ask("no-store") && !ask("max-age=0"));
        assert!(ask("max-age=60"), "{method}");
    }
    let got = desk.ask("GET", &object("k"));
    assert_eq!(got.header("cache-status"), None, "objects are not kept");
}
