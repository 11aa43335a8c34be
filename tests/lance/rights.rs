//! Whose tables are whose.

use hcp_simulator::{Builder, User};
use serde_json::json;

use crate::desk::Desk;
use crate::house::{BUCKET, HASH, OTHER_HASH, Plan, Request, rule, user};

#[test]
fn who_has_no_right_to_the_bucket_is_told_so() {
    let builder = Builder::default().account("research", User::new("ben", "brunel"));
    let house = Plan::before_hcp_of(builder).open();
    Desk::of(&house, "research").line("t", 2);
    let token = house.token("username=ben&password=brunel&tenant=research");
    let ben = Desk {
        house: &house,
        token,
    };
    for target in [
        "tables",
        "schema?table=t",
        "rows?table=t",
        "search?table=t&query=a",
        "versions?table=t",
    ] {
        assert_eq!(ben.get(target).status, 403, "{target}");
    }
    assert_eq!(ben.write("t?mode=append", &[json!({"id": 1})]).status, 403);
    assert_eq!(house.rest(ben.request("DELETE", "tables/t")).status, 403);
    house.store().grant("research", BUCKET, "ben").unwrap();
    assert_eq!(ben.read("rows?table=t")["total"], 2);
}

#[test]
fn two_tenants_with_one_name_for_a_bucket_read_their_own() {
    let house = Plan::hcp().with("cache.enabled", true).open();
    let (mine, theirs) = (Desk::of(&house, "research"), Desk::of(&house, "archive"));
    mine.line("t", 2);
    assert_eq!(theirs.get("rows?table=t").status, 422);
    assert_eq!(theirs.read("tables"), json!({"tables": []}));
    assert_eq!(theirs.write("t", &[json!({"whose": "theirs"})]).status, 201);
    for _ in 0..2 {
        assert_eq!(mine.read("rows?table=t")["total"], 2);
        assert_eq!(mine.read("schema?table=t")["fields"][0]["name"], "id");
        assert_eq!(
            theirs.read("rows?table=t")["rows"],
            json!([{"whose": "theirs"}])
        );
        assert_eq!(theirs.read("schema?table=t")["fields"][0]["name"], "whose");
    }
    let elsewhere = Request::new("GET", "/api/v1/lance/tables?bucket=no-such-bucket")
        .header("authorization", format!("Bearer {}", mine.token));
    assert_eq!(house.rest(elsewhere).status, 404);
}

#[test]
fn a_wrong_password_reads_nothing_that_the_right_one_read() {
    let house = Plan::hcp().with("cache.enabled", true).open();
    let desk = Desk::of(&house, "research");
    desk.line("t", 2);
    assert_eq!(desk.read("tables"), json!({"tables": ["t"]}));
    let token = house.token("username=ada&password=wrong&tenant=research");
    let wrong = Desk {
        house: &house,
        token,
    };
    for target in ["tables", "rows?table=t", "schema?table=t"] {
        assert!([401, 403].contains(&wrong.get(target).status), "{target}");
    }
}

#[test]
fn where_the_house_decides_its_rules_hold() {
    let users = vec![
        user("ada", HASH, vec![rule(&["*"], &[], false)]),
        user("ben", OTHER_HASH, vec![rule(&[BUCKET], &["team/"], true)]),
    ];
    let house = Plan::shared().users(users).open();
    let desk = |name: &str, password: &str| Desk {
        house: &house,
        token: house.token(&format!("username={name}&password={password}")),
    };
    let ada = desk("ada", "hush");
    ada.line("t?path=team", 2);
    ada.line("t?path=other", 3);
    let ben = desk("ben", "hush");
    assert_eq!(ben.read("rows?table=t&path=team")["total"], 2);
    assert_eq!(ben.get("rows?table=t&path=other").status, 403);
    assert_eq!(ben.get("tables").status, 403);
    assert_eq!(
        ben.write("t?path=team&mode=append", &[json!({"id": 1})])
            .status,
        403
    );
}
