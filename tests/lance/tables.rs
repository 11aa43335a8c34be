//! Rows come in, are read and searched, and go.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::desk::Desk;
use crate::house::{BUCKET, House};

/// A stream of Arrow with the columns `id` (int64) and `name` (utf8), and without rows.
const NO_ROWS: &str = "/////6gAAAAQAAAAAAAKAAwABgAFAAgACgAAAAABBAAMAAAACAAIAAAABAAIAAAABAAAAAIAAABEAAAABAAAANT///8A\
                       AAEFEAAAABwAAAAEAAAAAAAAAAQAAABuYW1lAAAAAAQABAAEAAAAEAAUAAgABgAHAAwAAAAQABAAAAAAAAECEAAAABwA\
                       AAAEAAAAAAAAAAIAAABpZAAACAAMAAgABwAIAAAAAAAAAUAAAAD/////AAAAAA==";

#[test]
fn a_table_from_its_first_row_to_its_end() {
    let house = House::hcp();
    let desk = Desk::of(&house, "research");
    assert_eq!(desk.read("tables"), json!({"tables": []}));
    desk.line("life?path=a%20folder", 5);
    let place = "path=a%20folder&table=life";
    assert_eq!(
        desk.read("tables?path=a%20folder"),
        json!({"tables": ["life"]})
    );
    let page = desk.read(&format!("rows?{place}&columns=id,name&limit=2&offset=3"));
    let rows = json!([{"id": 3, "name": "row 3"}, {"id": 4, "name": "row 4"}]);
    assert_eq!(
        page,
        json!({"rows": rows, "total": 5, "limit": 2, "offset": 3})
    );

    let more = desk.write(
        "life?path=a%20folder&mode=append",
        &[json!({"id": 9, "name": "row 9", "vector": [9.0, 1.0]})],
    );
    assert_eq!((more.status, more.json()["rows"].clone()), (200, json!(1)));
    let near = desk.read(&format!(
        "search?{place}&query_type=vector&vector=[9,1]&limit=1"
    ));
    assert_eq!(near["rows"][0]["id"], 9);
    assert_eq!(near["rows"][0]["_distance"], 0.0);
    assert_eq!(near["rows"][0]["vector"]["dim"], 2);
    let old = desk.read(&format!("rows?{place}&version=1"));
    assert_eq!(old["total"], 5);
    let cell = desk.get(&format!("cell?{place}&column=name&row=1"));
    assert_eq!((cell.status, &*cell.text()), (200, "row 1"));

    let gone = house.rest(desk.request("DELETE", "tables/life?path=a%20folder"));
    assert_eq!(gone.status, 204, "{gone:?} {}", gone.text());
    assert_eq!(desk.get(&format!("rows?{place}")).status, 422);
    let again = house.rest(desk.request("DELETE", "tables/life?path=a%20folder"));
    assert_eq!(again.status, 404);
}

#[test]
fn a_table_is_made_once_unless_it_is_to_be_replaced() {
    let house = House::hcp();
    let desk = Desk::of(&house, "research");
    desk.line("t", 3);
    let again = desk.write("t", &[json!({"id": 1})]);
    assert_eq!(again.status, 409, "{}", again.text());
    let other = desk.write("t?mode=overwrite", &[json!({"other": "x"})]);
    assert_eq!(other.status, 201, "{}", other.text());
    assert_eq!(desk.read("rows?table=t")["rows"], json!([{"other": "x"}]));
    let versions = desk.read("versions?table=t");
    assert_eq!(versions["versions"].as_array().unwrap().len(), 2);
    let misfit = desk.write("t?mode=append", &[json!({"third": 1})]);
    assert_eq!(misfit.status, 400, "{}", misfit.text());
    assert!(!misfit.text().contains(".rs"), "{}", misfit.text());
}

#[test]
fn what_is_no_table_is_refused_in_words() {
    let house = House::hcp();
    let desk = Desk::of(&house, "research");
    desk.line("t", 3);
    let (status, words) =
        desk.refused("rows?table=t&filter=id%20%3D%201%20AND%20nothing%20%3D%202");
    assert_eq!(status, 400);
    assert!(words.contains("line 1, column 12"), "{words}");
    let (status, words) = desk.refused("rows?table=missing");
    assert_eq!(
        (status, &*words),
        (422, "Cannot open table 'missing': there is no such table")
    );
    house
        .store()
        .put("broken.lance/_versions/1.manifest", "no manifest");
    let (status, words) = desk.refused("rows?table=broken");
    assert_eq!(status, 422, "{words}");
    assert!(!words.contains("://") && !words.contains(".rs"), "{words}");
    let answer = desk.write("t?mode=append", &[]);
    assert_eq!(answer.status, 400, "{}", answer.text());
}

#[test]
fn what_is_left_of_a_table_goes_too() {
    let house = House::hcp();
    let desk = Desk::of(&house, "research");
    desk.line("t", 2);
    let keys = house.keys("research");
    let below = |prefix: &str| -> Vec<String> {
        let listing = house.get(&keys, &format!("/{BUCKET}?list-type=2&prefix={prefix}"));
        let text = house.ask(&listing).text();
        let keys = text.split("<Key>").skip(1);
        let keys = keys.filter_map(|rest| rest.split_once("</Key>"));
        keys.map(|(key, _)| key.to_owned()).collect()
    };
    for version in below("t.lance/_versions/") {
        if !version.ends_with('/') {
            let gone = house.request("DELETE", &format!("/{BUCKET}/{version}"));
            assert_eq!(house.ask(&keys.sign(gone)).status, 204, "{version}");
        }
    }
    assert_eq!(desk.get("rows?table=t").status, 422);
    let delete = || house.rest(desk.request("DELETE", "tables/t"));
    let gone = delete();
    assert_eq!(gone.status, 204, "{gone:?} {}", gone.text());
    assert_eq!(below("t.lance/"), Vec::<String>::new());
    assert_eq!(desk.read("tables"), json!({"tables": []}));
    assert_eq!(delete().status, 404);
}

#[test]
fn no_rows_can_be_appended() {
    let house = House::hcp();
    let desk = Desk::of(&house, "research");
    let written = desk.write("t", &[json!({"id": 1, "name": "a"})]);
    assert_eq!(written.status, 201, "{}", written.text());
    let request = desk.request("POST", "tables/t?mode=append");
    let request = request.header("content-type", "application/vnd.apache.arrow.stream");
    let answer = house.rest(request.body(STANDARD.decode(NO_ROWS).unwrap()));
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["rows"], 0);
    assert_eq!(desk.read("rows?table=t")["total"], 1);
}

#[test]
fn a_cell_may_lie_within_a_column() {
    let house = House::hcp();
    let desk = Desk::of(&house, "research");
    let written = desk.write("t", &[json!({"id": 1, "deep": {"part": "x", "other": 2}})]);
    assert_eq!(written.status, 201, "{}", written.text());
    let cell = |column: &str| desk.get(&format!("cell?table=t&row=0&column={column}"));
    assert_eq!(&*cell("deep.part").text(), "x");
    assert_eq!(&*cell("deep.other").text(), "2");
    assert_eq!(cell("deep").json()["part"], "x");
    assert_eq!(cell("deep.nothing").status, 404);
}
