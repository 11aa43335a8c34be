//! The examples of *Signing and authenticating REST requests (AWS Signature Version 2)*.
//!
//! Where two editions of the page differ, the one whose example follows its own rules is
//! taken: the later one writes `x-amz-date` into the line of `Date` in its DELETE example.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

mod common;

use common::{ACCESS_KEY, Request, at, secret};
use portico_sigv2::{date, sign};

const BUCKET: &str = "awsexamplebucket1";

/// The example verifies, and our signer makes the same signature of it.
fn check(request: &Request, signature: &str) {
    let authorization = format!("AWS {ACCESS_KEY}:{signature}");
    let sent = request.clone().with("authorization", &authorization);
    let date = ["x-amz-date", "date"]
        .into_iter()
        .find_map(|name| sent.headers.get(name))
        .and_then(|value| date::parse(value.as_bytes()))
        .unwrap();
    let now = at(date.unix().try_into().unwrap());
    assert_eq!(sent.proof().unwrap().access_key(), ACCESS_KEY);
    sent.verify_at(now).unwrap();
    // Our signer writes GMT where the examples write +0000, so only one date can be signed.
    if sent.headers.contains_key("x-amz-date") {
        let made = sign(&request.outgoing(), ACCESS_KEY, &secret(), now).unwrap();
        assert_eq!(made.authorization, authorization);
        assert_eq!(made.date, None);
    }
}

#[test]
fn object_get() {
    check(
        &Request::new("GET", "/photos/puppy.jpg", None)
            .at_bucket(BUCKET)
            .with("date", "Tue, 27 Mar 2007 19:36:42 +0000"),
        "qgk2+6Sv9/oM7G3qLEjTH1a1l1g=",
    );
}

#[test]
fn object_put() {
    check(
        &Request::new("PUT", "/photos/puppy.jpg", None)
            .at_bucket(BUCKET)
            .with("content-type", "image/jpeg")
            .with("content-length", "94328")
            .with("date", "Tue, 27 Mar 2007 21:15:45 +0000"),
        "iqRzw+ileNPu1fhspnRs8nOjjIA=",
    );
}

#[test]
fn list() {
    check(
        &Request::new("GET", "/", Some("prefix=photos&max-keys=50&marker=puppy"))
            .at_bucket(BUCKET)
            .with("user-agent", "Mozilla/5.0")
            .with("date", "Tue, 27 Mar 2007 19:42:41 +0000"),
        "m0WP8eCtspQl5Ahe6L1SozdX9YA=",
    );
}

#[test]
fn fetch() {
    check(
        &Request::new("GET", "/", Some("acl"))
            .at_bucket(BUCKET)
            .with("date", "Tue, 27 Mar 2007 19:44:46 +0000"),
        "82ZHiFIjc+WbcwFKGUVEQspPn+0=",
    );
}

#[test]
fn delete_with_two_dates() {
    check(
        &Request::new("DELETE", "/johnsmith/photos/puppy.jpg", None)
            .with("date", "Tue, 27 Mar 2007 21:20:27 +0000")
            .with("x-amz-date", "Tue, 27 Mar 2007 21:20:26 +0000"),
        "R4dJ53KECjStyBO5iTBJZ4XVOaI=",
    );
}

#[test]
fn upload_with_metadata() {
    check(
        &Request::new("PUT", "/db-backup.dat.gz", None)
            .at_bucket("static.johnsmith.net")
            .with("user-agent", "curl/7.15.5")
            .with("date", "Tue, 27 Mar 2007 21:06:08 +0000")
            .with("x-amz-acl", "public-read")
            .with("content-type", "application/x-download")
            .with("content-md5", "4gJE4saaMU4BqNR0kLY+lw==")
            .with("x-amz-meta-reviewedby", "joe@johnsmith.net")
            .with("x-amz-meta-reviewedby", "jane@johnsmith.net")
            .with("x-amz-meta-filechecksum", "0x02661779")
            .with("x-amz-meta-checksumalgorithm", "crc32")
            .with("content-disposition", "attachment; filename=database.dat")
            .with("content-encoding", "gzip")
            .with("content-length", "5913339"),
        "ilyl83RwaSoYIEdixDQcA4OnAnc=",
    );
}

#[test]
fn list_all_buckets() {
    check(
        &Request::new("GET", "/", None).with("date", "Wed, 28 Mar 2007 01:29:59 +0000"),
        "qGdzdERIC03wnaRNKh6OqZehG9s=",
    );
}

#[test]
fn unicode_keys() {
    check(
        &Request::new("GET", "/dictionary/fran%C3%A7ais/pr%c3%a9f%c3%a8re", None)
            .with("date", "Wed, 28 Mar 2007 01:49:49 +0000"),
        "DNEZGsoieTZ92F3bUfSPQcbGmlM=",
    );
}

#[test]
fn query_string() {
    let query = "AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE\
        &Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D&Expires=1175139620";
    let request = Request::new("GET", "/photos/puppy.jpg", Some(query)).at_bucket("johnsmith");
    assert_eq!(request.proof().unwrap().expires(), Some(1_175_139_620));
    request.verify_at(at(1_175_139_620)).unwrap();
    let mut unsigned = request;
    unsigned.query = None;
    let made = portico_sigv2::presign(&unsigned.outgoing(), ACCESS_KEY, &secret(), 1_175_139_620);
    assert_eq!(
        made.unwrap(),
        "AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Expires=1175139620\
         &Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D"
    );
}
