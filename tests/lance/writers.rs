//! Many who write to one table at once: nothing of anybody's is lost.

use hcp_simulator::Builder;
use serde_json::json;

use crate::desk::Desk;
use crate::house::Plan;

const WRITERS: u32 = 12;

/// All of them append, each one row.
fn all_append(builder: Builder) {
    let house = Plan::before_hcp_of(builder)
        .with("lance.max_uploads", 12)
        .open();
    let desk = Desk::of(&house, "research");
    desk.line("t", 1);
    std::thread::scope(|scope| {
        for id in 1..=WRITERS {
            let row = json!({"id": id, "name": "x", "vector": [id, 1.0]});
            let desk = &desk;
            scope.spawn(move || {
                let written = desk.write("t?mode=append", &[row]);
                assert_eq!(written.status, 200, "{}", written.text());
            });
        }
    });
    let page = desk.read("rows?table=t&columns=id&limit=200");
    let rows = page["rows"].as_array().unwrap();
    let mut ids: Vec<_> = rows.iter().map(|row| row["id"].as_u64().unwrap()).collect();
    ids.sort_unstable();
    assert_eq!(ids, (0..=u64::from(WRITERS)).collect::<Vec<_>>());
}

#[test]
fn where_the_store_heeds_conditions() {
    all_append(Builder::default().conditional_writes(true));
}

#[test]
fn where_it_does_not() {
    all_append(Builder::default());
}

#[test]
fn of_those_who_make_one_table_one_does() {
    let house = Plan::hcp().with("lance.max_uploads", 12).open();
    let desk = Desk::of(&house, "research");
    let made: Vec<_> = std::thread::scope(|scope| {
        let begun = (0..WRITERS).map(|id| {
            let desk = &desk;
            scope.spawn(move || desk.write("t", &[json!({"id": id})]).status)
        });
        let begun: Vec<_> = begun.collect();
        begun
            .into_iter()
            .map(|writer| writer.join().unwrap())
            .collect()
    });
    let count = |status| made.iter().filter(|each| **each == status).count();
    assert_eq!((count(201), count(409)), (1, 11), "{made:?}");
    assert_eq!(desk.read("rows?table=t")["total"], 1);
}

/// Has a table go while others write to it in these ways, several times over.
fn goes_while(modes: &[&str]) {
    let house = Plan::hcp().open();
    let desk = Desk::of(&house, "research");
    for _ in 0..6 {
        desk.line("t", 1);
        std::thread::scope(|scope| {
            let desk = &desk;
            for (id, mode) in modes.iter().enumerate() {
                let row = json!({"id": id, "name": "x", "vector": [id, 1.0]});
                scope.spawn(move || desk.write(&format!("t?mode={mode}"), &[row]));
            }
            scope.spawn(move || desk.house.rest(desk.request("DELETE", "tables/t")));
        });
        let (status, words) = desk.refused("rows?table=t");
        let is_gone = words.contains("there is no such table");
        assert!(status == 200 || is_gone, "{status} {words}");
        let left = house.rest(desk.request("DELETE", "tables/t"));
        assert!([204, 404].contains(&left.status), "{left:?}");
        assert_eq!(desk.read("tables"), json!({"tables": []}));
    }
}

#[test]
fn a_table_that_goes_while_others_append_is_whole_or_gone() {
    goes_while(&["append"; 3]);
}

#[test]
fn a_table_that_goes_while_others_make_it_is_whole_or_gone() {
    goes_while(&["create", "overwrite", "create", "overwrite"]);
}
