//! What is kept of tables, and until when.

use hcp_simulator::{Builder, RequestRecord, User};
use serde_json::json;

use crate::desk::Desk;
use crate::house::{BUCKET, House, Plan, Request};

fn open() -> House {
    Plan::hcp().with("cache.enabled", true).open()
}

fn is_kept(desk: &Desk<'_>, target: &str) -> bool {
    let answer = desk.get(target);
    assert_eq!(answer.status, 200, "{answer:?}");
    answer
        .header("cache-status")
        .is_some_and(|said| said.contains("hit"))
}

#[test]
fn names_and_columns_are_kept_until_something_is_written() {
    let house = open();
    let desk = Desk::of(&house, "research");
    desk.line("t", 2);
    for target in ["tables", "schema?table=t"] {
        assert!(!is_kept(&desk, target), "{target}");
        assert!(is_kept(&desk, target), "{target}");
    }
    // Through the S3 door, by whatever client.
    let keys = house.keys("research");
    let put = house.put(&keys, &format!("/{BUCKET}/t.lance/data/x"), "x");
    assert_eq!(house.ask(&put).status, 200);
    for target in ["tables", "schema?table=t"] {
        assert!(!is_kept(&desk, target), "{target}");
    }
    desk.line("u", 1);
    assert_eq!(desk.read("tables"), json!({"tables": ["t", "u"]}));
}

#[test]
fn rows_are_never_kept() {
    let house = open();
    let desk = Desk::of(&house, "research");
    desk.line("t", 2);
    assert_eq!(desk.read("rows?table=t")["total"], 2);
    let more = desk.write(
        "t?mode=append",
        &[json!({"id": 7, "name": "x", "vector": [1, 1]})],
    );
    assert_eq!(more.status, 200, "{}", more.text());
    assert_eq!(desk.read("rows?table=t")["total"], 3);
    assert!(!is_kept(&desk, "rows?table=t"));
}

#[test]
fn what_is_written_through_the_routes_is_new_at_the_door() {
    let house = open();
    let desk = Desk::of(&house, "research");
    let keys = house.keys("research");
    let list = || {
        let listing = house.get(
            &keys,
            &format!("/{BUCKET}?list-type=2&prefix=t.lance/_versions/"),
        );
        let answer = house.ask(&listing);
        assert_eq!(answer.status, 200);
        answer.text().matches("<Key>").count()
    };
    assert_eq!(list(), 0);
    desk.line("t", 2);
    let first = list();
    assert!(first > 0);
    desk.line("t?mode=overwrite", 2);
    assert!(list() > first);
}

/// What the store was asked for since the last look: of tables' data, and of their versions.
fn reads(house: &House) -> (usize, usize) {
    let arrived = house.store().arrived();
    house.store().clear_requests();
    let count = |folder: &str| {
        let below = |request: &&RequestRecord| request.path.contains(folder);
        arrived.iter().filter(below).count()
    };
    (count("/data/"), count("_versions"))
}

#[test]
fn data_is_read_once_for_each_caller_and_versions_every_time() {
    let builder = Builder::default().account("research", User::new("ben", "brunel"));
    let house = Plan::before_hcp_of(builder).open();
    let ada = Desk::of(&house, "research");
    // A file that Lance reads whole, and one of which it reads parts.
    ada.line("small", 20);
    ada.line("large", 10_000);
    let target =
        |table: &str| format!("search?table={table}&query_type=vector&vector=[3,1]&limit=2");
    for table in ["small", "large"] {
        reads(&house);
        let first = ada.read(&target(table));
        let (data, versions) = reads(&house);
        assert!(data > 0 && versions > 0, "{table} {data} {versions}");
        assert_eq!(ada.read(&target(table)), first);
        let (data, versions) = reads(&house);
        assert!(data == 0 && versions > 0, "{table} {data} {versions}");
    }
    // Somebody else's are somebody else's.
    house.store().grant("research", BUCKET, "ben").unwrap();
    let token = house.token("username=ben&password=brunel&tenant=research");
    let ben = Desk {
        house: &house,
        token,
    };
    reads(&house);
    assert_eq!(ben.read(&target("large")), ada.read(&target("large")));
    let (data, _) = reads(&house);
    assert!(data > 0, "what ada was given");
    let metrics = house.admin(Request::new("GET", "/metrics")).text();
    for named in [
        "portico_lance_read_bytes_total{source=\"memory\"}",
        "portico_lance_read_bytes_total{source=\"store\"}",
        "portico_lance_data_cache_bytes",
    ] {
        let line = metrics.lines().find(|line| line.starts_with(named));
        let value = line.and_then(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
        assert!(value.is_some_and(|value| value > 0.0), "{named} {line:?}");
    }
    // The store is the one who says whether somebody may still read.
    house
        .store()
        .set_user("research", User::new("ben", "changed"));
    assert_eq!(ben.get(&target("large")).status, 403);
}

#[test]
fn nothing_is_kept_where_the_operator_says_so() {
    let house = Plan::hcp().with("lance.data_cache", "0").open();
    let desk = Desk::of(&house, "research");
    desk.line("t", 20);
    for _ in 0..2 {
        reads(&house);
        desk.read("search?table=t&query_type=vector&vector=[3,1]&limit=2");
        assert!(reads(&house).0 > 0);
    }
}

/// Its manifests have the same names as before, and lie where a careless look would see a table's data.
#[test]
fn a_table_that_was_written_anew_is_read_anew() {
    let house = open();
    let desk = Desk::of(&house, "research");
    desk.line("t?path=x.lance/data", 2);
    assert_eq!(
        desk.read("rows?table=t&path=x.lance/data")["rows"][1]["id"],
        1
    );
    let gone = house.rest(desk.request("DELETE", "tables/t?path=x.lance/data"));
    assert_eq!(gone.status, 204, "{}", gone.text());
    let again = desk.write("t?path=x.lance/data", &[json!({"id": 7}), json!({"id": 8})]);
    assert_eq!(again.status, 201);
    assert_eq!(
        desk.read("rows?table=t&path=x.lance/data")["rows"][1],
        json!({"id": 8})
    );
}
