//! What the store gets to see of a request: nothing that was between the client and Portico.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

mod house;

use hcp_simulator::RequestRecord;
use house::{BUCKET, Chunked, House, Keys, Plan, Request, Upstream, crc32};

const DATA: &[u8] = b"some bytes that are worth keeping";

fn target(key: &str) -> String {
    format!("/{BUCKET}/{key}")
}

/// Sends a request that must be done, and gives what the store got.
#[track_caller]
fn arrived(house: &House, request: &Request) -> RequestRecord {
    let answer = house.ask(request);
    assert_eq!(answer.status, 200, "{answer:?}");
    house.store().only_request()
}

/// Names of headers and query parameters, in lower case, that are still there.
fn names(request: &RequestRecord) -> Vec<String> {
    let query = request.path.split_once('?').map_or("", |(_, query)| query);
    let parameters = query.split('&').filter_map(|pair| pair.split('=').next());
    let headers = request.headers.iter().map(|(name, _)| name.as_str());
    let names = headers.chain(parameters);
    names.map(str::to_ascii_lowercase).collect()
}

/// Names that no store of ours may see.
#[track_caller]
fn holds_nothing_of_ours(request: &RequestRecord) {
    let own = ["x-amz-date", "x-amz-content-sha256"];
    for name in names(request) {
        let ours = [
            "token",
            "signature",
            "credential",
            "expires",
            "signedheaders",
            "trailer",
        ];
        let amz = name.starts_with("x-amz-") && !own.contains(&name.as_str());
        let leaked = ours.iter().any(|part| name.contains(part)) || name == "x-amz-algorithm";
        assert!(!(amz && leaked), "{name} in {request:?}");
        assert_ne!(name, "x-amz-decoded-content-length");
        assert_ne!(name, "cookie");
    }
    assert_eq!(request.header("content-encoding"), None, "{request:?}");
    let authorization = request.header("authorization").unwrap_or_default();
    // base64("ada"): HCP's own access key, for HCP's own host.
    assert!(
        authorization.starts_with("AWS4-HMAC-SHA256 Credential=YWRh/"),
        "{request:?}"
    );
    assert_eq!(request.host, "research.hcp.test");
}

#[track_caller]
fn holds_no_checksum(request: &RequestRecord) {
    let names = names(request);
    let checksum = names.iter().find(|name| name.contains("checksum"));
    assert_eq!(checksum, None, "{request:?}");
}

#[test]
fn a_signed_request() {
    let house = House::hcp();
    let keys = house.keys("research");
    house.store().put("k", DATA);
    let request = house.request("GET", &target("k"));
    let request = request.header("cookie", "hcp-ns-auth=YWRh:00");
    let request = keys.sign(request.header("x-amz-checksum-mode", "ENABLED"));
    let arrived = arrived(&house, &request);
    holds_nothing_of_ours(&arrived);
    holds_no_checksum(&arrived);
    assert_eq!(arrived.path, target("k"));
}

#[test]
fn a_presigned_request() {
    let house = House::hcp();
    let keys = house.keys("research");
    house.store().put("k", DATA);
    let plain = format!("{}?response-content-type=text%2Fplain", target("k"));
    let arrived = arrived(&house, &keys.presign(house.request("GET", &plain)));
    holds_nothing_of_ours(&arrived);
    assert_eq!(arrived.path, plain);
}

/// SDKs move checksum headers into the queries of presigned uploads.
#[test]
fn a_presigned_upload_with_a_checksum() {
    let house = House::hcp();
    let keys = house.keys("research");
    let query = "x-amz-checksum-algorithm=CRC32&x-amz-sdk-checksum-algorithm=CRC32";
    let request = house.request("PUT", &format!("{}?{query}", target("k")));
    let arrived = arrived(&house, &keys.presign(request).body(DATA));
    holds_nothing_of_ours(&arrived);
    holds_no_checksum(&arrived);
    assert_eq!(house.store().object("k").as_deref(), Some(DATA));
}

#[test]
fn a_chunked_upload() {
    let house = House::hcp();
    let keys = house.keys("research");
    let chunked = Chunked::new(DATA);
    let arrived = arrived(
        &house,
        &chunked.put(&keys, house.request("PUT", &target("k"))),
    );
    holds_nothing_of_ours(&arrived);
    holds_no_checksum(&arrived);
    let length = DATA.len().to_string();
    assert_eq!(arrived.header("content-length"), Some(length.as_str()));
    assert_eq!(house.store().object("k").as_deref(), Some(DATA));
}

/// The object's own encoding is none of the transfer's.
#[test]
fn an_encoding_of_the_object_stays() {
    let house = House::hcp();
    let keys = house.keys("research");
    let mut request = Chunked::new(DATA).put(&keys, house.request("PUT", &target("k")));
    request = request.instead("content-encoding", "aws-chunked,gzip");
    let arrived = arrived(&house, &request);
    assert_eq!(arrived.header("content-encoding"), Some("gzip"));
}

#[test]
fn an_upload_with_a_checksum_in_its_head() {
    let house = House::hcp();
    let keys = house.keys("research");
    let request = house
        .request("PUT", &target("k"))
        .body(DATA)
        .header("x-amz-checksum-crc32", crc32(DATA))
        .header("x-amz-sdk-checksum-algorithm", "CRC32")
        .header("x-amz-meta-colour", "green");
    let arrived = arrived(&house, &keys.sign(request));
    holds_nothing_of_ours(&arrived);
    holds_no_checksum(&arrived);
    assert_eq!(arrived.header("x-amz-meta-colour"), Some("green"));
}

#[test]
fn release_10_takes_checksums() {
    let house = Plan::hcp10().open();
    let keys = house.keys("research");
    let sum = crc32(DATA);
    let request = house.request("PUT", &target("k")).body(DATA);
    let request = keys.sign(request.header("x-amz-checksum-crc32", &sum));
    let record = arrived(&house, &request);
    holds_nothing_of_ours(&record);
    assert_eq!(record.header("x-amz-checksum-crc32"), Some(sum.as_str()));
    let chunked = Chunked::new(DATA);
    let record = arrived(
        &house,
        &chunked.put(&keys, house.request("PUT", &target("c"))),
    );
    holds_nothing_of_ours(&record);
    assert_eq!(house.store().object("c").as_deref(), Some(DATA));
}

/// HCP wants an MD5 that today's SDKs no longer send.
#[test]
fn documents_get_the_md5_that_hcp_wants() {
    let house = House::hcp();
    let keys = house.keys("research");
    for key in ["a", "b"] {
        house.store().put(key, DATA);
    }
    let document = "<Delete><Object><Key>a</Key></Object><Object><Key>b</Key></Object></Delete>";
    let request = house
        .request("POST", &format!("/{BUCKET}?delete="))
        .body(document)
        .header("x-amz-checksum-crc32", crc32(document.as_bytes()))
        .header("x-amz-sdk-checksum-algorithm", "CRC32");
    let record = arrived(&house, &keys.sign(request));
    holds_nothing_of_ours(&record);
    holds_no_checksum(&record);
    assert!(record.header("content-md5").is_some(), "{record:?}");
    assert_eq!(
        (house.store().object("a"), house.store().object("b")),
        (None, None)
    );

    let rules = "<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod>\
         <AllowedOrigin>*</AllowedOrigin></CORSRule></CORSConfiguration>";
    let request = house.put(&keys, &format!("/{BUCKET}?cors="), rules);
    let record = arrived(&house, &request);
    assert!(record.header("content-md5").is_some(), "{record:?}");
    let read = house.ask(&house.get(&keys, &format!("/{BUCKET}?cors=")));
    assert_eq!(read.element("AllowedMethod"), "GET", "{read:?}");
}

/// HCP's cookies are credentials: whoever sends them is let in without a signature.
#[test]
fn cookies_of_the_store_stay_here() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    let mut client = house.connect();
    client.send(house.get(&Keys::configured(), "/data/k").bytes());
    let mut peer = upstream.accept();
    peer.request().expect("a request");
    peer.send("HTTP/1.1 200 OK\r\nSet-Cookie: hcp-ns-auth=YWRh:00\r\nContent-Length: 0\r\n\r\n");
    let answer = client.answer();
    assert_eq!((answer.status, answer.header("set-cookie")), (200, None));
}

/// Headers for one connection end with it, whichever way they go.
#[test]
fn headers_of_one_connection_go_no_further() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    let request = house
        .get(&Keys::configured(), "/data/k")
        .header("connection", "keep-alive")
        .header("keep-alive", "timeout=5")
        .header("proxy-authorization", "Basic YTpi")
        .header("proxy-connection", "keep-alive")
        .header("te", "trailers");
    let mut client = house.connect();
    client.send(request.bytes());
    let mut peer = upstream.accept();
    let arrived = peer.request().expect("a request");
    for name in [
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
    ] {
        assert_eq!(arrived.header(name), None, "{name}");
    }
    peer.send("HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(client.answer().header("keep-alive"), None);
}

/// A bare plus is a blank for AWS, and clients write it so; for other stores it is a plus.
#[test]
fn the_source_of_a_copy_can_be_read_in_one_way() {
    let house = House::hcp();
    house.store().put("a b+c", DATA);
    let keys = house.keys("research");
    for (sent, stored) in [
        (format!("{BUCKET}/a+b%2Bc"), format!("/{BUCKET}/a%20b%2Bc")),
        (target("a%20b%2bc"), target("a%20b%2bc")),
    ] {
        let copy = house.request("PUT", &target("copy")).body("");
        let copy = keys.sign(copy.header("x-amz-copy-source", sent));
        let arrived = arrived(&house, &copy);
        assert_eq!(arrived.header("x-amz-copy-source"), Some(stored.as_str()));
        assert_eq!(house.store().object("copy").as_deref(), Some(DATA));
    }
}
