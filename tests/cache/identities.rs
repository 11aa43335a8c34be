//! Whose answers they are: nobody reads what another was told.

use hcp_simulator::{Fault, Trouble};
use http::Method;

use super::house::{HASH, Request, SECOND_HASH, rule, user};
use super::{BUCKET, House, Keys, Plan, Reader, keeping};

fn open() -> House {
    let house = keeping().open();
    house.store().put("k", b"of research");
    house
}

#[test]
fn tenants_with_the_same_user_and_bucket_are_told_apart() {
    let house = open();
    let research = Reader::new(&house, "research");
    let archive = Reader::new(&house, "archive");
    assert_eq!(research.ask("HEAD /k").status, 200);
    assert!(research.is_kept("HEAD /k"));
    assert_eq!(archive.ask("HEAD /k").status, 404);
    assert!(!archive.is_kept("GET .?list-type=2"));
}

#[test]
fn a_wrong_password_reads_nothing() {
    let house = open();
    let right = Reader::new(&house, "research");
    for read in ["HEAD /k", "GET", "GET .?list-type=2"] {
        right.ask(read);
        assert!(right.is_kept(read));
    }
    let login = house.token("username=ada&password=a+guess&tenant=research");
    let wrong = Reader {
        house: &house,
        keys: house.session(&login),
    };
    for read in ["HEAD /k", "GET", "GET .?list-type=2"] {
        assert_eq!(wrong.ask(read).status, 403, "{read}");
    }
    assert!(
        right.is_kept("HEAD /k"),
        "nor does it drop what another was told"
    );
}

#[test]
fn ways_in_do_not_count_but_secrets_do() {
    let house = open();
    let signed = Reader::new(&house, "research");
    signed.ask("HEAD /k");
    house.store().clear_requests();
    let token = house.login("research");
    let bearer = house.request("HEAD", &format!("/{BUCKET}/k"));
    let answer = house.ask(&bearer.header("authorization", format!("Bearer {token}")));
    assert_eq!(answer.status, 200);
    let link = signed
        .keys
        .presign(house.request("HEAD", &format!("/{BUCKET}/k")));
    assert_eq!(house.ask(&link).status, 200);
    assert!(house.store().arrived().is_empty());
}

#[test]
fn the_first_refusal_drops_all_that_the_identity_was_told() {
    let house = open();
    let reader = Reader::new(&house, "research");
    let other = Reader::new(&house, "archive");
    for read in ["HEAD /k", "GET", "GET .?acl"] {
        reader.ask(read);
        assert!(reader.is_kept(read));
    }
    other.ask("GET");
    let status = 403;
    let message = None;
    let refusal = Fault::new(Trouble::Status { status, message }).method(&Method::GET);
    house.store().add_fault(refusal.path("/k"));
    assert_eq!(reader.ask("GET /k").status, 403);
    for read in ["HEAD /k", "GET", "GET .?acl"] {
        assert!(!reader.is_kept(read), "{read}");
    }
    assert!(other.is_kept("GET"));
}

#[test]
fn users_of_one_account_are_told_apart_by_the_house() {
    let users = vec![
        user("ada", HASH, vec![rule(&["*"], &[], false)]),
        user("bob", SECOND_HASH, vec![rule(&[BUCKET], &["open/"], true)]),
    ];
    let house = Plan::shared()
        .with("auth.users", users)
        .with("cache.enabled", true)
        .open();
    house.store().put("k", b"for ada");
    assert!(
        house
            .store()
            .create_bucket("research", "ada", "secret")
            .is_ok()
    );
    let reader = |form: &str| Reader {
        house: &house,
        keys: house.session(&house.token(form)),
    };
    let ada = reader("username=ada&password=hush");
    let bob = reader("username=bob&password=second+password");
    assert!(ada.ask("GET").text().contains("<Name>secret</Name>"));
    for _ in 0..2 {
        let seen = bob.ask("GET").text();
        assert!(
            seen.contains("<Name>data</Name>") && !seen.contains("secret"),
            "{seen}"
        );
    }
    assert!(bob.is_kept("GET"));
    assert_eq!(ada.ask("HEAD /k").status, 200);
    assert_eq!(bob.ask("HEAD /k").status, 403);
}

#[test]
fn nobodys_requests_are_not_kept() {
    let house = open();
    let known = Keys {
        token: None,
        ..house.keys("research")
    };
    let own = format!("research.{}", super::house::DOMAIN);
    for _ in 0..2 {
        house.store().clear_requests();
        let request = Request::new("HEAD", &format!("/{BUCKET}/k")).header("host", &own);
        let answer = house.ask(&known.sign(request));
        assert_eq!((answer.status, answer.header("cache-status")), (200, None));
        assert_eq!(house.store().arrived().len(), 1);
    }
    // But what nobody claims and writes is noticed.
    let reader = Reader::new(&house, "research");
    reader.ask("HEAD /k");
    assert!(reader.is_kept("HEAD /k"));
    let request = Request::new("PUT", &format!("/{BUCKET}/k")).header("host", &own);
    assert_eq!(
        house
            .ask(&known.sign(request.body("longer than before")))
            .status,
        200
    );
    assert_eq!(reader.ask("HEAD /k").header("content-length"), Some("18"));
}
