//! Uploads whose parts the client sends itself.

use serde_json::{Value, json};

use crate::desk::{Desk, escaped, form, refusal};
use crate::house::{Answer, BUCKET, Plan, Request};

const KEY: &str = "big/å file";
const MIB: usize = 1 << 20;

fn at(rest: &str) -> String {
    format!("/{BUCKET}/multipart/{}{rest}", escaped(KEY))
}

fn begin(desk: &Desk) -> String {
    let begun = desk.ask("POST", &at(""));
    assert_eq!(begun.status, 201, "{begun:?}");
    let begun = begun.json();
    assert_eq!(
        (&begun["bucket"], &begun["key"]),
        (&json!(BUCKET), &json!(KEY))
    );
    begun["upload_id"].as_str().unwrap().to_owned()
}

fn send(desk: &Desk, upload: &str, number: u32, data: &[u8]) -> Answer {
    let (kind, body) = form("file", data);
    let request = desk.request(
        "PUT",
        &at(&format!("?upload_id={upload}&part_number={number}")),
    );
    desk.house
        .rest(request.header("content-type", kind).body(body))
}

fn part(desk: &Desk, upload: &str, number: u32, data: &[u8]) -> Value {
    let sent = send(desk, upload, number, data);
    assert_eq!(sent.status, 200, "{sent:?}");
    assert_eq!(sent.json()["part_number"], number);
    json!({"PartNumber": number, "ETag": sent.json()["etag"]})
}

#[test]
fn an_upload_goes_from_its_beginning_to_its_end() {
    for desk in [Desk::hcp(), Desk::hcp10()] {
        let upload = begin(&desk);
        let (one, two) = (vec![1; 5 * MIB], vec![2; 10]);
        let parts = [part(&desk, &upload, 1, &one), part(&desk, &upload, 2, &two)];
        let told = desk.good("GET", &at(&format!("/parts?upload_id={upload}")));
        assert_eq!(
            (&told["upload_id"], &told["is_truncated"]),
            (&json!(upload), &json!(false))
        );
        assert_eq!(
            (&told["parts"][1]["PartNumber"], &told["parts"][1]["Size"]),
            (&json!(2), &json!(10))
        );
        let open = desk.good("GET", &format!("/{BUCKET}/uploads?prefix=big"));
        assert_eq!(
            (&open["uploads"][0]["Key"], &open["uploads"][0]["UploadId"]),
            (&json!(KEY), &json!(upload))
        );
        let wrong = json!({"upload_id": upload, "parts": [parts[1], parts[0]]});
        assert_eq!(desk.tell("POST", &at("/complete"), &wrong).status, 400);
        let document = json!({"upload_id": upload, "parts": parts});
        let done = desk.tell("POST", &at("/complete"), &document);
        assert_eq!(
            (done.status, &done.json()["key"]),
            (200, &json!(KEY)),
            "{done:?}"
        );
        assert!(done.json()["etag"].as_str().unwrap().ends_with("-2\""));
        assert_eq!(desk.house.store().object(KEY).unwrap(), [one, two].concat());
    }
}

#[test]
fn an_upload_is_given_up() {
    let desk = Desk::hcp();
    let upload = begin(&desk);
    part(&desk, &upload, 1, b"x");
    let gone = desk.tell("POST", &at("/abort"), &json!({"upload_id": upload}));
    assert_eq!(
        (gone.status, gone.json()),
        (200, json!({"status": "aborted"}))
    );
    let (status, words) = refusal(&send(&desk, &upload, 2, b"x"));
    assert_eq!(
        (status, words.starts_with("object 'big/å file' part 2: ")),
        (404, true),
        "{words}"
    );
    assert_eq!(
        desk.ask("GET", &at(&format!("/parts?upload_id={upload}")))
            .status,
        404
    );
    let again = desk.tell("POST", &at("/abort"), &json!({"upload_id": upload}));
    assert_eq!(again.status, 404);
}

#[test]
fn what_is_wrong_with_an_upload_is_told() {
    let desk = Desk::hcp();
    let (kind, body) = form("file", b"x");
    let request = desk
        .request("PUT", &at("?part_number=10001"))
        .header("content-type", &kind);
    let issues = desk.house.rest(request.body(body)).json();
    let kinds: Vec<_> = issues["detail"]
        .as_array()
        .unwrap()
        .iter()
        .map(|i| &i["type"])
        .collect();
    assert_eq!(kinds, ["missing", "less_than_equal"]);
    let few = desk.tell(
        "POST",
        &at("/complete"),
        &json!({"upload_id": "7", "parts": [{"ETag": "x"}]}),
    );
    assert_eq!(
        few.json()["detail"][0]["loc"],
        json!(["body", "parts", 0, "PartNumber"])
    );
    assert_eq!(desk.ask("GET", &at("")).status, 405);
    assert_eq!(desk.ask("DELETE", &at("")).status, 405);
    assert_eq!(
        desk.ask("POST", &format!("/{BUCKET}/multipart/")).status,
        400
    );
}

#[test]
fn every_part_can_have_a_link() {
    let desk = Desk::of(
        Plan::hcp()
            .with("auth.public_s3_url", "http://s3.test")
            .open(),
    );
    let size = json!({"file_size": 5 * MIB + 1, "part_size": 5 * MIB, "expires_in": 60});
    let answer = desk.tell("POST", &at("/presign"), &size);
    let told = answer.json();
    assert_eq!(
        (answer.status, &told["total_parts"]),
        (200, &json!(2)),
        "{told}"
    );
    let mut parts = Vec::new();
    for (number, data) in [(1, vec![7; 5 * MIB]), (2, vec![8; 1])] {
        let url = told["urls"][number - 1]["url"].as_str().unwrap();
        let target = url.strip_prefix("http://s3.test").unwrap();
        let put = Request::new("PUT", target)
            .header("host", "s3.test")
            .body(data);
        let put = desk.house.ask(&put);
        assert_eq!(put.status, 200, "{put:?}");
        parts.push(json!({"PartNumber": number, "ETag": put.header("etag").unwrap()}));
    }
    let document = json!({"upload_id": told["upload_id"], "parts": parts});
    assert_eq!(desk.tell("POST", &at("/complete"), &document).status, 200);
    assert_eq!(desk.house.store().object(KEY).unwrap().len(), 5 * MIB + 1);
    let many = desk.tell(
        "POST",
        &at("/presign"),
        &json!({"file_size": 5_242_880_i64 * 10_001, "part_size": 5_242_880}),
    );
    let words = "Too many parts (10001). Increase part_size or reduce file_size. S3 maximum is 10,000 parts.";
    assert_eq!(refusal(&many), (400, words.to_owned()));
    let none = desk.tell(
        "POST",
        &at("/presign"),
        &json!({"file_size": 0, "part_size": 1, "expires_in": 1}),
    );
    let issues = none.json();
    let kinds: Vec<_> = issues["detail"]
        .as_array()
        .unwrap()
        .iter()
        .map(|i| &i["type"])
        .collect();
    assert_eq!(
        kinds,
        ["greater_than", "greater_than_equal", "greater_than_equal"]
    );
}
