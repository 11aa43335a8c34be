//! S3: what is kept, for how long, which writes drop it, and which must not.

use std::thread;
use std::time::Duration;

use hcp_simulator::{Fault, Trouble};
use http::Method;

use super::{Answer, BUCKET, House, Plan, Reader, keeping};

/// Every read that is kept.
const READS: [&str; 8] = [
    "GET",
    "HEAD .",
    "GET .?list-type=2",
    "GET .?prefix=k",
    "GET .?versioning",
    "GET .?acl",
    "HEAD /k",
    "GET /k?acl",
];

/// What depends on one object alone.
const OF_THE_OBJECT: [&str; 2] = ["HEAD /k", "GET /k?acl"];
const LISTINGS: [&str; 2] = ["GET .?list-type=2", "GET .?prefix=k"];

fn open(plan: Plan<'_>) -> House {
    let house = plan.open();
    for key in ["k", "other"] {
        house.store().put(key, b"twelve bytes");
    }
    house
}

/// Brings every read into the cache.
fn warm(reader: &Reader<'_>) {
    for read in READS {
        reader.is_kept(read);
        assert!(reader.is_kept(read), "{read} is not kept");
    }
}

/// The reads that a write has dropped.
fn dropped(reader: &Reader<'_>) -> Vec<&'static str> {
    READS
        .into_iter()
        .filter(|read| !reader.is_kept(read))
        .collect()
}

const VERSIONING: &str = "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
                          <Status>Enabled</Status></VersioningConfiguration>";
const DELETE: &str = "<Delete><Object><Key>other</Key></Object></Delete>";

#[test]
fn every_write_drops_what_it_changes_and_nothing_else() {
    let house = open(keeping());
    let reader = Reader::new(&house, "research");
    let everything = &READS[1..];
    let object = [&LISTINGS[..], &OF_THE_OBJECT].concat();
    for (write, body, status, expected) in [
        ("PUT /new", "words", 200, &LISTINGS[..]),
        ("PUT /k", "twelve bytes", 200, &object),
        ("DELETE /new", "", 204, &LISTINGS),
        ("POST .?delete", DELETE, 200, everything),
        (
            "PUT .?versioning",
            VERSIONING,
            200,
            &["HEAD .", "GET .?versioning", "GET .?acl"],
        ),
        ("POST /up?uploads", "", 200, &[]),
        ("DELETE .?cors", "", 204, &[]),
        ("GET /k", "", 200, &[]),
        ("GET /none", "", 404, &[]),
        ("HEAD /none", "", 404, &[]),
    ] {
        warm(&reader);
        let answer = reader.send(reader.request(write).body(body));
        assert_eq!(answer.status, status, "{write}: {answer:?}");
        assert_eq!(dropped(&reader), expected, "{write}");
    }
}

#[test]
fn copies_and_uploads_of_parts_drop_their_object() {
    let house = open(keeping());
    let reader = Reader::new(&house, "research");
    warm(&reader);
    let copy = reader
        .request("PUT /k")
        .header("x-amz-copy-source", format!("/{BUCKET}/other"));
    assert_eq!(reader.send(copy).status, 200);
    let begun = reader.ask("POST /k?uploads").element("UploadId");
    let part = reader.request(&format!("PUT /k?partNumber=1&uploadId={begun}"));
    let etag = reader.send(part.body("all of it"));
    let etag = etag.header("etag").expect("an ETag").to_owned();
    reader.ask("HEAD /k");
    let parts = format!(
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part>\
         </CompleteMultipartUpload>"
    );
    let whole = reader
        .request(&format!("POST /k?uploadId={begun}"))
        .body(parts);
    assert_eq!(reader.send(whole).status, 200);
    let head = reader.ask("HEAD /k");
    assert_eq!(head.header("content-length"), Some("9"));
    assert!(
        reader
            .ask("GET .?list-type=2")
            .text()
            .contains("<Size>9</Size>")
    );
}

#[test]
fn buckets_that_come_and_go_are_seen_at_once() {
    let house = open(keeping());
    let reader = Reader::new(&house, "research");
    let names = || reader.ask("GET").text();
    assert!(!names().contains("<Name>more</Name>"));
    assert!(!names().contains("<Name>more</Name>"));
    let change = |method| reader.send(house.request(method, "/more")).status;
    assert_eq!(change("PUT"), 200);
    assert!(names().contains("<Name>more</Name>"));
    assert!(reader.is_kept("GET"));
    assert_eq!(change("DELETE"), 204);
    assert!(!names().contains("<Name>more</Name>"));
}

#[test]
fn a_write_of_unknown_outcome_drops_and_a_refused_one_does_not() {
    let house = open(keeping());
    let reader = Reader::new(&house, "research");
    let put = || reader.send(reader.request("PUT /k").body("other words"));
    warm(&reader);
    let wrong = reader
        .request("PUT /k")
        .body("words")
        .header("content-md5", "AAAAAAAAAAAAAAAAAAAAAA==");
    assert_eq!(reader.send(wrong).status, 400);
    assert_eq!(dropped(&reader), [""; 0]);
    let fault = |trouble| {
        let fault = Fault::new(trouble).method(&Method::PUT);
        house.store().add_fault(fault);
    };
    fault(Trouble::Unavailable);
    assert_eq!(put().status, 503);
    assert!(
        !reader.is_kept("HEAD /k") && !reader.is_kept("HEAD /k"),
        "not trusted for a while"
    );
    assert!(reader.is_kept("GET .?acl"));
    fault(Trouble::CutHead);
    // On a kept connection it is tried once more.
    assert!(matches!(put().status, 200 | 502));
    let head = reader.ask("HEAD /k");
    assert_eq!(
        head.header("content-length"),
        Some("11"),
        "the store did it all the same"
    );
}

#[test]
fn listings_are_not_trusted_for_a_while_after_a_delete() {
    let house = open(
        Plan::hcp()
            .with("cache.enabled", true)
            .with("cache.s3_list_quiet", "1s"),
    );
    let reader = Reader::new(&house, "research");
    warm(&reader);
    house.store().add_fault(Fault::new(Trouble::ListingLag));
    assert_eq!(reader.ask("DELETE /other").status, 204);
    let shows = |answer: Answer| answer.text().contains("<Key>other</Key>");
    assert!(shows(reader.ask("GET .?list-type=2")), "HCP still lists it");
    assert!(
        !shows(reader.ask("GET .?list-type=2")),
        "and that was not kept"
    );
    thread::sleep(Duration::from_secs(1));
    reader.is_kept("GET .?list-type=2");
    assert!(reader.is_kept("GET .?list-type=2"));
}

#[test]
fn what_is_kept_ends() {
    let house = open(keeping().with("cache.s3_meta_ttl", "1s"));
    let reader = Reader::new(&house, "research");
    warm(&reader);
    house.store().put("k", b"behind our back");
    assert_eq!(reader.ask("HEAD /k").header("content-length"), Some("12"));
    thread::sleep(Duration::from_millis(1100));
    assert_eq!(reader.ask("HEAD /k").header("content-length"), Some("15"));
    assert!(reader.is_kept("GET"), "lists have another time");
}

#[test]
fn what_sdks_add_without_effect_is_the_same_question() {
    let house = open(keeping());
    let reader = Reader::new(&house, "research");
    warm(&reader);
    for same in [
        "GET .?list-type=2&x-id=ListObjectsV2",
        "GET .?list-type=2&max-keys=1000&fetch-owner=false",
        "GET ?x-id=ListBuckets",
        "HEAD /k?x-id=HeadObject",
    ] {
        assert!(reader.is_kept(same), "{same}");
    }
    for other in [
        "GET .?list-type=2&encoding-type=url",
        "GET .?list-type=2&max-keys=1",
    ] {
        assert!(!reader.is_kept(other), "{other}");
    }
}

#[test]
fn an_absent_object_is_known_as_such_for_a_moment_if_one_wants_that() {
    let house = open(keeping().with("cache.absent_ttl", "10s"));
    let reader = Reader::new(&house, "research");
    let asked = || {
        house.store().clear_requests();
        assert_eq!(reader.ask("HEAD /folder/").status, 404);
        house.store().arrived().len()
    };
    assert_eq!((asked(), asked()), (1, 0));
    // HCP makes the folder by itself.
    assert_eq!(
        reader
            .send(reader.request("PUT /folder/k").body("x"))
            .status,
        200
    );
    assert_eq!(reader.ask("HEAD /folder/").status, 200);
}
