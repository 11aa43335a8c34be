//! Bodies and filters that would end the process, or keep it busy for ever: they are refused, and whoever asks
//! next is served.

use serde_json::json;

use crate::desk::Desk;
use crate::house::Plan;
use crate::thrift::{file, group, leaf, list, long, number, page, structure, text};

const INT64: i64 = 2;
const BYTES: i64 = 6;
const DICTIONARY: i64 = 8;
const DELTA_LENGTHS: i64 = 6;

/// The largest number that a count can be.
const ALL: i64 = i32::MAX as i64;

/// A file with one page of data, and whatever stands before it.
fn with_page(kind: i64, before: &[u8], data: &[u8]) -> Vec<u8> {
    let body = [before, data].concat();
    let (all, start) = (i64::try_from(body.len()).unwrap(), 4);
    let data_at = start + i64::try_from(before.len()).unwrap();
    let mut column = [
        number(1, kind),
        list(1, 5, &[vec![0]]),
        list(1, 8, &[b"\x01n".to_vec()]),
        number(1, 0),
        long(1, 1),
        long(1, all),
        long(1, all),
        long(2, data_at),
    ]
    .concat();
    if !before.is_empty() {
        column.extend(long(2, start));
    }
    let chunk = [long(2, 4), structure(1, &column), vec![0]].concat();
    let rows = [list(1, 12, &[chunk]), long(1, 8), long(1, 1), vec![0]].concat();
    let foot = [
        number(1, 1),
        list(1, 12, &[group(1), leaf(kind)]),
        long(1, 1),
        list(1, 12, &[rows]),
        vec![0],
    ];
    file(&body, &foot.concat())
}

/// A file of no rows, whose columns lie in one another.
fn deep(levels: usize) -> Vec<u8> {
    let level = [number(3, 0), text(1, "a"), number(1, 1), vec![0]].concat();
    let mut columns = vec![group(1)];
    columns.resize(levels + 1, level);
    columns.push(leaf(INT64));
    let foot = [
        number(1, 1),
        list(1, 12, &columns),
        long(1, 0),
        list(1, 12, &[]),
        vec![0],
    ];
    file(&[], &foot.concat())
}

/// What each file says of itself, and is not.
fn files() -> Vec<(&'static str, Vec<u8>)> {
    let seven = [7, 0, 0, 0, 0, 0, 0, 0];
    let one = page(0, 5, 1, DICTIONARY, &[0, 2]);
    // A block of 128 lengths in one part, so many of them, the first of which is nothing.
    let lengths = [&[0x80, 1, 1][..], &thrift_plain(ALL), &[0]].concat();
    // A list of columns, of which there are none.
    let many = [number(1, 1), b"\x19\xfc".to_vec(), thrift_plain(ALL)].concat();
    vec![
        ("more columns than there is memory", file(&[], &many)),
        ("columns in columns", deep(30_000)),
        (
            "a dictionary of more values",
            with_page(INT64, &page(2, 7, ALL, 0, &seven), &one),
        ),
        (
            "more texts than there are",
            with_page(BYTES, &[], &page(0, 5, 1, DELTA_LENGTHS, &lengths)),
        ),
        (
            "a dictionary that is not there",
            with_page(INT64, &[], &one),
        ),
    ]
}

fn thrift_plain(number: i64) -> Vec<u8> {
    crate::thrift::plain(u64::try_from(number).unwrap())
}

#[test]
fn a_file_that_would_end_its_reader_ends_nobody_else() {
    let house = Plan::hcp().with("lance.max_decoded", "64MiB").open();
    let desk = Desk::of(&house, "research");
    for (name, file) in files() {
        let request = desk.request("POST", "tables/t");
        let request = request.header("content-type", "application/vnd.apache.parquet");
        let answer = house.rest(request.body(file));
        assert!(
            [400, 413].contains(&answer.status),
            "{name}: {answer:?} {}",
            answer.text()
        );
        assert!(
            answer.json()["detail"].is_string(),
            "{name}: {}",
            answer.text()
        );
    }
    assert_eq!(desk.read("tables"), json!({"tables": []}));
    desk.line("t", 2);
    assert_eq!(desk.read("rows?table=t")["total"], 2);
}

#[test]
fn a_whole_file_comes_in() {
    let house = Plan::hcp().open();
    let desk = Desk::of(&house, "research");
    let seven = page(0, 5, 1, 0, &[7, 0, 0, 0, 0, 0, 0, 0]);
    let request = desk.request("POST", "tables/t");
    let request = request.header("content-type", "application/vnd.apache.parquet");
    let answer = house.rest(request.body(with_page(INT64, &[], &seven)));
    assert_eq!(answer.status, 201, "{answer:?} {}", answer.text());
    assert_eq!(desk.read("rows?table=t")["rows"], json!([{"n": 7}]));
}

#[test]
fn a_filter_that_would_double_at_each_level_is_refused() {
    let house = Plan::hcp().open();
    let desk = Desk::of(&house, "research");
    desk.line("t", 2);
    let nested = format!("{}id{}", "coalesce(".repeat(45), ",id)".repeat(45));
    for filter in [format!("{nested}=1"), "id=$1".to_owned()] {
        let filter = filter.replace('=', "%3D");
        let (status, words) = desk.refused(&format!("rows?table=t&filter={filter}"));
        assert_eq!(status, 400, "{words}");
    }
    assert_eq!(
        desk.read("rows?table=t&filter=coalesce(id,2)%3E0")["total"],
        1
    );
}

#[test]
fn what_values_make_of_a_filter_is_told() {
    let house = Plan::hcp().open();
    let desk = Desk::of(&house, "research");
    desk.line("t", 2);
    for (filter, words) in [
        ("id/0%3D1", "Divide by zero"),
        ("CAST(name%20AS%20int)%3D1", "Cast error"),
    ] {
        let told = desk.refused(&format!("rows?table=t&filter={filter}"));
        assert!(told.0 == 400 && told.1.contains(words), "{told:?}");
    }
}
