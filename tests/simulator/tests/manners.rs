//! The manners of the store: what HCP answers where AWS would answer otherwise, or the same.

#![allow(clippy::unwrap_used, reason = "a failure here is the test's")]

mod support;

use hcp_simulator::Simulator;
use http::Method;
use support::{call, get, put, start, start_with};

#[tokio::test]
async fn an_unreadable_range_is_ignored_and_an_impossible_one_is_not() {
    let hcp = start().await;
    hcp.put_object("europe", "maps", "k", "hello")
        .await
        .unwrap();
    let ranged = |range: &str| get(&hcp, "/maps/k").header("range", range);
    let part = ranged("bytes=1-3").send().await;
    assert_eq!((part.status.as_u16(), part.text()), (206, "ell"));
    assert_eq!(part.header("content-range"), "bytes 1-3/5");
    let whole = ranged("bytes=3-1").send().await;
    assert_eq!((whole.status.as_u16(), whole.text()), (200, "hello"));
    assert_eq!(
        ranged("bytes=5-").send().await.error(),
        (416, "InvalidRange")
    );
    assert_eq!(
        ranged("bytes=-0").send().await.error(),
        (416, "InvalidRange")
    );
}

#[tokio::test]
async fn completion_tells_faulty_parts_with_status_200() {
    let hcp = start().await;
    let begun = call(&hcp, Method::POST, "/maps/k?uploads=").send().await;
    let id = begun.element("UploadId").to_owned();
    assert!(id.parse::<u64>().is_ok(), "{id}");
    let complete = |id: &str, parts: &str| {
        let mut call = call(&hcp, Method::POST, &format!("/maps/k?uploadId={id}"));
        call.body = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>").into();
        call.header("content-type", "application/xml")
    };
    let part =
        "<Part><PartNumber>1</PartNumber><ETag>\"5d41402abc4b2a76b9719d911017c592\"</ETag></Part>";
    assert_eq!(
        complete(&id, part).send().await.error(),
        (200, "InvalidPart")
    );
    let sent = put(
        &hcp,
        &format!("/maps/k?partNumber=1&uploadId={id}"),
        "hello",
    )
    .send()
    .await;
    assert_eq!(sent.status, 200);
    assert_eq!(
        complete("1", part).send().await.error(),
        (404, "NoSuchUpload")
    );
    let done = complete(&id, part).send().await;
    assert_eq!(done.element("Location"), "https://europe.hcp.test/maps/k");
    assert!(done.element("ETag").contains("-1"), "{}", done.text());
    assert_eq!(get(&hcp, "/maps/k").send().await.text(), "hello");
}

#[tokio::test]
async fn without_overwriting_the_first_object_stays() {
    let hcp = start_with(Simulator::builder().unversioned_overwrite(false)).await;
    assert_eq!(put(&hcp, "/maps/k", "one").send().await.status, 200);
    assert_eq!(
        put(&hcp, "/maps/k", "two").send().await.error(),
        (409, "OperationAborted")
    );
    assert_eq!(get(&hcp, "/maps/k").send().await.text(), "one");
    // The one way to change metadata in place.
    let itself = call(&hcp, Method::PUT, "/maps/k").header("x-amz-copy-source", "/maps/k");
    let itself = itself
        .header("x-amz-metadata-directive", "REPLACE")
        .header("x-amz-meta-a", "b");
    assert_eq!(itself.send().await.status, 200);
    assert_eq!(
        get(&hcp, "/maps/k").send().await.header("x-amz-meta-a"),
        "b"
    );
}

#[tokio::test]
async fn what_hcp_does_not_do_is_not_implemented() {
    let hcp = start().await;
    hcp.put_object("europe", "maps", "k", "x").await.unwrap();
    for target in [
        "/maps?location=",
        "/maps?policy=",
        "/maps/k?tagging=",
        "/maps/k?partNumber=1",
    ] {
        assert_eq!(
            get(&hcp, target).send().await.error(),
            (501, "NotImplemented"),
            "{target}"
        );
    }
}

#[tokio::test]
async fn an_object_that_is_xml_stays_as_it_is() {
    let hcp = start().await;
    let document = "<Error><Code>NoSuchKey</Code></Error>";
    let stored = put(&hcp, "/maps/k", document).header("content-type", "application/xml");
    assert_eq!(stored.send().await.status, 200);
    let got = get(&hcp, "/maps/k").send().await;
    assert_eq!(got.text(), document);
    assert_eq!(got.header("content-type"), "application/xml");
    let head = call(&hcp, Method::HEAD, "/maps/k").send().await;
    assert_eq!(head.header("content-length"), document.len().to_string());
}

#[tokio::test]
async fn a_preflight_is_answered_by_the_rules_of_the_bucket() {
    let hcp = start().await;
    let rules = "<CORSConfiguration><CORSRule><AllowedOrigin>https://*.test</AllowedOrigin>\
                 <AllowedMethod>PUT</AllowedMethod><AllowedHeader>*</AllowedHeader>\
                 <ExposeHeader>ETag</ExposeHeader></CORSRule></CORSConfiguration>";
    let preflight = |origin: &str, method: &str| {
        let mut call = call(&hcp, Method::OPTIONS, "/maps/k");
        call.unsigned = true;
        call.header("origin", origin)
            .header("access-control-request-method", method)
            .header("access-control-request-headers", "content-type")
            .send()
    };
    assert_eq!(preflight("https://a.test", "PUT").await.status, 403);
    assert_eq!(put(&hcp, "/maps?cors=", rules).send().await.status, 200);
    let allowed = preflight("https://a.test", "PUT").await;
    assert_eq!(allowed.status, 200);
    assert_eq!(
        allowed.header("access-control-allow-origin"),
        "https://a.test"
    );
    assert_eq!(
        allowed.header("access-control-allow-headers"),
        "content-type"
    );
    assert_eq!(preflight("https://a.test", "GET").await.status, 403);
    assert_eq!(preflight("http://a.test", "PUT").await.status, 403);
    let stored = put(&hcp, "/maps/k", "x")
        .header("origin", "https://a.test")
        .send()
        .await;
    assert_eq!(stored.header("access-control-expose-headers"), "ETag");
    let refused = put(&hcp, "/maps/k", "x")
        .user("ann", "no")
        .header("origin", "https://a.test");
    let refused = refused.send().await;
    assert_eq!(refused.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn a_canned_acl_opens_a_bucket_and_reads_back() {
    let hcp = start().await;
    hcp.put_object("europe", "maps", "k", "x").await.unwrap();
    let open = put(&hcp, "/maps?acl=", "").header("x-amz-acl", "authenticated-read");
    assert_eq!(open.send().await.status, 200);
    let acl = get(&hcp, "/maps?acl=").send().await;
    assert!(
        acl.text().contains("groups/global/AuthenticatedUsers"),
        "{}",
        acl.text()
    );
    let bob = get(&hcp, "/maps/k").user("bob", "hush").send().await;
    assert_eq!(bob.text(), "x");
    let write = put(&hcp, "/maps/k", "y").user("bob", "hush").send().await;
    assert_eq!(write.error(), (403, "AccessDenied"));
}
