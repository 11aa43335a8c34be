//! Parts of objects, conditions, and what headers tell.

use crate::desk::{Desk, object};

#[test]
fn a_part_of_an_object_can_be_had() {
    let desk = Desk::hcp();
    desk.store("k", b"0123456789");
    let ask = |range: &str| {
        let request = desk.request("GET", &object("k")).header("range", range);
        desk.house.rest(request)
    };
    let part = ask("bytes=2-4");
    assert_eq!((part.status, part.text().as_str()), (206, "234"));
    assert_eq!(part.header("content-range"), Some("bytes 2-4/10"));
    assert_eq!(part.header("content-length"), Some("3"));
    assert_eq!(part.header("accept-ranges"), Some("bytes"));
    assert_eq!(ask("bytes=-3").text(), "789");
    let beyond = ask("bytes=10-");
    assert_eq!(beyond.status, 416, "{beyond:?}");
}

#[test]
fn conditions_are_heeded() {
    let desk = Desk::hcp();
    desk.store("k", b"hello");
    let tag = "\"5d41402abc4b2a76b9719d911017c592\"";
    let ask = |name: &str, value: &str| {
        let request = desk.request("GET", &object("k")).header(name, value);
        desk.house.rest(request)
    };
    let same = ask("if-none-match", tag);
    assert_eq!((same.status, same.header("etag")), (304, Some(tag)));
    assert!(same.body.is_empty());
    assert_eq!(ask("if-none-match", "\"other\"").status, 200);
    assert_eq!(ask("if-match", tag).status, 200);
    assert_eq!(ask("if-match", "\"other\"").status, 412);
    let past = "Sun, 06 Nov 1994 08:49:37 GMT";
    assert_eq!(ask("if-modified-since", past).status, 200);
    assert_eq!(ask("if-unmodified-since", past).status, 412);
    assert_eq!(ask("if-modified-since", "no date").status, 200);
    let later = "Sun, 06 Nov 2094 08:49:37 GMT";
    assert_eq!(ask("if-unmodified-since", later).status, 200);
}

#[test]
fn a_part_is_only_of_what_the_client_has() {
    let desk = Desk::hcp();
    desk.store("k", b"hello");
    let tag = "\"5d41402abc4b2a76b9719d911017c592\"";
    let whole = desk.ask("GET", &object("k"));
    let date = whole.header("last-modified").unwrap();
    let ask = |range: &str, known: &str| {
        let request = desk.request("GET", &object("k")).header("range", range);
        let answer = desk.house.rest(request.header("if-range", known));
        (answer.status, answer.text())
    };
    for same in [tag, date] {
        assert_eq!(ask("bytes=1-2", same), (206, "el".to_owned()), "{same}");
        assert_eq!(ask("bytes=9-", same).0, 416, "{same}");
    }
    let past = "Sun, 06 Nov 1994 08:49:37 GMT";
    let future = "Sun, 06 Nov 2094 08:49:37 GMT";
    let weak = format!("W/{tag}");
    for other in ["\"other\"", &weak, past, future, "no validator"] {
        let whole = (200, "hello".to_owned());
        assert_eq!(ask("bytes=1-2", other), whole, "{other}");
        assert_eq!(ask("bytes=9-", other), whole, "{other}");
    }
}

#[test]
fn a_download_tells_what_to_save_it_as() {
    let desk = Desk::hcp();
    desk.store("a/ö \"b\".txt", b"x");
    let got = desk.ask("GET", &object("a/ö \"b\".txt"));
    assert_eq!(
        got.header("content-disposition"),
        Some("inline; filename=\"_ _b_.txt\"; filename*=UTF-8''%C3%B6%20%22b%22.txt")
    );
    assert_eq!(got.header("content-type"), Some("application/octet-stream"));
    let request = desk
        .request("POST", &object("t"))
        .header("content-type", "text/plain");
    assert_eq!(desk.house.rest(request.body("t")).status, 201);
    let got = desk.ask("GET", &object("t"));
    assert_eq!(
        got.header("content-type"),
        Some("text/plain; charset=utf-8")
    );
}
