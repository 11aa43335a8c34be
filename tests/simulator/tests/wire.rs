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
