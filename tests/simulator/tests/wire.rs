//! The S3 door: who gets in, and what a dishonest or cut body leaves behind.

#![allow(clippy::unwrap_used, reason = "a failure here is the test's")]

mod support;

use hcp_simulator::{Release, Simulator, User};
use http::Method;
use support::{call, get, put, start, start_with};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

#[tokio::test]
async fn an_object_comes_back_as_it_was_put() {
    let hcp = start().await;
    let stored = put(&hcp, "/maps/a%20b/%C3%A9", "hello").header("x-amz-meta-color", "red");
    let stored = stored.send().await;
    assert_eq!(stored.status, 200, "{}", stored.text());
    assert_eq!(
        stored.header("etag"),
        "\"5d41402abc4b2a76b9719d911017c592\""
    );
    assert_eq!(stored.header("x-amz-version-id"), "");
    let got = get(&hcp, "/maps/a%20b/%C3%A9").send().await;
    assert_eq!(got.text(), "hello");
    assert_eq!(got.header("x-amz-meta-color"), "red");
    assert_eq!(got.header("x-frame-options"), "SAMEORIGIN");
    assert_eq!(got.header("server"), "");
    let bucket = format!("maps.europe.{}", hcp.domain());
    let got = get(&hcp, "/a%20b/%C3%A9").host(&bucket).send().await;
    assert_eq!(got.text(), "hello", "virtual style");
}

#[tokio::test]
async fn only_the_right_secret_of_an_enabled_user_of_this_tenant_gets_in() {
    let hcp = start_with(Simulator::builder().user("asia", "ann", "other")).await;
    let wrong = get(&hcp, "/").user("ann", "wrong").send().await;
    assert_eq!(wrong.error(), (403, "SignatureDoesNotMatch"));
    let unknown = get(&hcp, "/").user("zoe", "secret").send().await;
    assert_eq!(unknown.error(), (403, "InvalidAccessKeyId"));
    let asia = format!("asia.{}", hcp.domain());
    let elsewhere = get(&hcp, "/").host(&asia).send().await;
    assert_eq!(elsewhere.error(), (403, "SignatureDoesNotMatch"));
    let mars = format!("mars.{}", hcp.domain());
    assert_eq!(
        get(&hcp, "/").host(&mars).send().await.error(),
        (403, "AccessDenied")
    );
    let mut anonymous = get(&hcp, "/maps/k");
    anonymous.unsigned = true;
    assert_eq!(anonymous.send().await.error(), (403, "AccessDenied"));

    assert_eq!(get(&hcp, "/").send().await.status, 200);
    hcp.set_user("europe", User::new("ann", "changed"));
    assert_eq!(
        get(&hcp, "/").send().await.error(),
        (403, "SignatureDoesNotMatch")
    );
    let mut disabled = User::new("ann", "changed");
    disabled.enabled = false;
    hcp.set_user("europe", disabled);
    let refused = get(&hcp, "/").user("ann", "changed").send().await;
    assert_eq!(refused.error(), (403, "AccessDenied"));
}

#[tokio::test]
async fn a_bucket_is_its_owners_until_somebody_is_let_in() {
    let hcp = start().await;
    hcp.put_object("europe", "maps", "k", "x").await.unwrap();
    let bob = || get(&hcp, "/maps/k").user("bob", "hush");
    assert_eq!(bob().send().await.error(), (403, "AccessDenied"));
    hcp.grant("europe", "maps", "bob").unwrap();
    assert_eq!(bob().send().await.text(), "x");
    let listed = get(&hcp, "/").user("bob", "hush").send().await;
    assert!(
        !listed.text().contains("<Name>maps</Name>"),
        "not owned, not listed"
    );
}

#[tokio::test]
async fn a_body_that_is_not_the_signed_one_is_refused_and_not_stored() {
    let hcp = start().await;
    let mut tampered = put(&hcp, "/maps/k", "honest");
    tampered.sent = Some("h0nest".into());
    assert_eq!(
        tampered.send().await.error(),
        (400, "XAmzContentSHA256Mismatch")
    );
    let md5 = put(&hcp, "/maps/k", "hello").header("content-md5", "AAAAAAAAAAAAAAAAAAAAAA==");
    assert_eq!(md5.send().await.error(), (400, "BadDigest"));
    let md5 = put(&hcp, "/maps/k", "hello").header("content-md5", "short");
    assert_eq!(md5.send().await.error(), (400, "InvalidDigest"));
    let empty_sha = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let empty = put(&hcp, "/maps/k", "x").header("x-amz-content-sha256", empty_sha);
    assert_eq!(
        empty.send().await.error(),
        (400, "XAmzContentSHA256Mismatch")
    );
    let zero = put(&hcp, "/maps/k", "").header("x-amz-content-sha256", &"0".repeat(64));
    assert_eq!(
        zero.send().await.error(),
        (400, "XAmzContentSHA256Mismatch")
    );
    assert_eq!(hcp.object("europe", "maps", "k").await.unwrap(), None);

    // The bodies of operations are looked at as closely as those of objects.
    let versioning = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    let mut tampered = put(&hcp, "/maps?versioning=", versioning);
    tampered.sent = Some(versioning.replace("Enabled", "enabled").into());
    assert_eq!(
        tampered.send().await.error(),
        (400, "XAmzContentSHA256Mismatch")
    );
}

#[tokio::test]
async fn a_body_that_breaks_off_is_not_stored() {
    let hcp = start().await;
    let whole = put(&hcp, "/maps/k", "0123456789").request();
    let mut head = "PUT /maps/k HTTP/1.1\r\n".to_owned();
    for (name, value) in whole.headers() {
        head.extend([name.as_str(), ": ", value.to_str().unwrap(), "\r\n"]);
    }
    let mut stream = TcpStream::connect(hcp.plain_address()).await.unwrap();
    stream
        .write_all(format!("{head}\r\n01234").as_bytes())
        .await
        .unwrap();
    stream.shutdown().await.unwrap();
    let mut rest = Vec::new();
    // The connection is closed when the server has given the request up.
    let _ = stream.read_to_end(&mut rest).await;
    assert!(
        !rest.starts_with(b"HTTP/1.1 200"),
        "{}",
        String::from_utf8_lossy(&rest)
    );
    assert_eq!(hcp.object("europe", "maps", "k").await.unwrap(), None);
}

#[tokio::test]
async fn a_put_needs_a_length_and_a_multi_delete_a_digest() {
    let hcp = start().await;
    let unsized_put = call(&hcp, Method::PUT, "/maps/k").header("transfer-encoding", "chunked");
    assert_eq!(
        unsized_put.send().await.error(),
        (411, "MissingContentLength")
    );
    let list = "<Delete><Object><Key>k</Key></Object></Delete>";
    let mut delete = call(&hcp, Method::POST, "/maps?delete=");
    delete.body = list.into();
    let refused = delete.send().await;
    assert_eq!(refused.error(), (400, "MissingSecurityHeader"));
    assert_eq!(
        refused.element("Message"),
        "Missing required header for this request: Content-MD5"
    );
}

#[tokio::test]
async fn release_9_refuses_checksums_and_release_10_verifies_them() {
    let v9 = start().await;
    let crc = |hcp: &Simulator, value: &str| {
        put(hcp, "/maps/k", "hello").header("x-amz-checksum-crc32", value)
    };
    assert_eq!(
        crc(&v9, "NhCmhg==").send().await.error(),
        (400, "InvalidRequest")
    );
    let v10 = start_with(Simulator::builder().release(Release::V10)).await;
    assert_eq!(
        crc(&v10, "AAAAAA==").send().await.error(),
        (400, "BadDigest")
    );
    assert_eq!(v10.object("europe", "maps", "k").await.unwrap(), None);
    assert_eq!(crc(&v10, "NhCmhg==").send().await.status, 200);
    let head = call(&v10, Method::HEAD, "/maps/k").send().await;
    assert_eq!(head.header("x-amz-checksum-crc32"), "", "stores none");
}

#[tokio::test]
async fn trailers_are_verified_too() {
    let hcp = start_with(Simulator::builder().release(Release::V10)).await;
    let chunked = |value: &str| {
        let body = format!("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:{value}\r\n\r\n");
        let call = put(&hcp, "/maps/k", body);
        call.header("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
            .header("x-amz-decoded-content-length", "5")
            .header("x-amz-trailer", "x-amz-checksum-crc32")
            .header("content-encoding", "aws-chunked")
    };
    assert_eq!(chunked("AAAAAA==").send().await.error(), (400, "BadDigest"));
    assert_eq!(hcp.object("europe", "maps", "k").await.unwrap(), None);
    let stored = chunked("NhCmhg==").send().await;
    assert_eq!(stored.status, 200, "{}", stored.text());
    assert_eq!(
        hcp.object("europe", "maps", "k").await.unwrap().unwrap(),
        "hello"
    );
}

#[tokio::test]
async fn no_release_knows_session_tokens() {
    for release in [Release::V9, Release::V10] {
        let hcp = start_with(Simulator::builder().release(release)).await;
        let mut with_token = get(&hcp, "/");
        with_token.token = Some("token".to_owned());
        assert_eq!(with_token.send().await.error(), (403, "InvalidAccessKeyId"));
        let mut presigned = get(&hcp, "/maps/k");
        presigned.token = Some("token".to_owned());
        assert_eq!(
            presigned.presign().send().await.error(),
            (403, "InvalidAccessKeyId")
        );
    }
}

#[tokio::test]
async fn long_keys_are_signed_by_their_own_name() {
    let hcp = start().await;
    let key = "%C3%BC".repeat(2000);
    let target = format!("/maps/{key}");
    assert_eq!(put(&hcp, &target, "long").send().await.status, 200);
    assert_eq!(get(&hcp, &target).send().await.text(), "long");
    assert_eq!(get(&hcp, &target).presign().send().await.text(), "long");
    let copy = call(&hcp, Method::PUT, "/maps/short").header("x-amz-copy-source", &target);
    let copied = copy.send().await;
    assert_eq!(copied.status, 200, "{}", copied.text());
    assert_eq!(get(&hcp, "/maps/short").send().await.text(), "long");
    let wrong = get(&hcp, &target).user("ann", "wrong").send().await;
    assert_eq!(wrong.error(), (403, "SignatureDoesNotMatch"));
    let mut bent = get(&hcp, &target).presign();
    bent.target = bent.target.replacen("%C3%BC", "%C3%BD", 1);
    assert_eq!(bent.send().await.error(), (403, "SignatureDoesNotMatch"));
    let listed = get(&hcp, "/maps?encoding-type=url").send().await;
    assert!(listed.text().contains(&format!("<Key>{key}</Key>")));
    let missing = get(&hcp, &format!("/maps/{}", "k".repeat(1025)))
        .send()
        .await;
    assert_eq!(missing.error(), (404, "NoSuchKey"));
    let too_long = get(&hcp, &format!("/maps/{}", "k".repeat(4096)))
        .send()
        .await;
    assert_eq!(too_long.error(), (400, "KeyTooLong"));
}

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
