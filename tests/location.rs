//! Where things are: the client reads Portico's own addresses in what the store answers, and learns
//! the region of a bucket from a store that cannot say.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

mod house;

use house::{BUCKET, House, Keys, Plan, Upstream};

#[test]
fn the_location_of_an_upload_in_parts() {
    let house = House::hcp();
    let keys = house.keys("research");
    let target = format!("/{BUCKET}/k");
    let begun = house.ask(&keys.sign(house.request("POST", &format!("{target}?uploads="))));
    let upload = begun.element("UploadId");
    assert!(!upload.is_empty(), "{begun:?}");
    let part = format!("{target}?partNumber=1&uploadId={upload}");
    let stored = house.ask(&house.put(&keys, &part, "the only part"));
    let tag = stored.header("etag").expect("an ETag").to_owned();
    let document = format!(
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{tag}</ETag></Part>\
         </CompleteMultipartUpload>"
    );
    let request = house.request("POST", &format!("{target}?uploadId={upload}"));
    let answer = house.ask(&keys.sign(request.body(document)));
    assert_eq!(answer.status, 200, "{answer:?}");
    let location = answer.element("Location");
    let own = format!("http://{}/", house.s3);
    assert!(location.starts_with(&own), "{location}");
    assert!(location.ends_with("/data/k"), "{location}");
    assert!(!answer.text().contains("hcp.test"), "{answer:?}");
    assert_eq!(
        house.store().object("k").as_deref(),
        Some(&b"the only part"[..])
    );
}

/// Answers a request of the client with this location, and gives what the client reads.
#[track_caller]
fn read(upstream: &Upstream, house: &House, host: &str, location: &str) -> String {
    let request = house.request("GET", "/data/k").instead("host", host);
    let mut client = house.connect();
    client.send(Keys::configured().sign(request).bytes());
    let mut peer = upstream.accept();
    peer.request().expect("a request");
    peer.send(format!(
        "HTTP/1.1 307 Temporary Redirect\r\nLocation: {location}\r\nContent-Length: 0\r\n\
         Connection: close\r\n\r\n"
    ));
    let answer = client.answer();
    assert_eq!(answer.status, 307);
    answer.header("location").expect("a Location").to_owned()
}

#[test]
fn the_location_in_a_head() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    let store = upstream.address;
    let own = format!("http://{store}/data/k?x=1");
    let host = house.s3.to_string();
    assert_eq!(
        read(&upstream, &house, &host, &own),
        format!("http://{host}/data/k?x=1")
    );
    // As the client knows it, not as the socket does.
    assert_eq!(
        read(&upstream, &house, "s3.example.com", &own),
        "http://s3.example.com/data/k?x=1"
    );
    // Addresses of others, and paths, are as they are.
    for other in [
        format!("http://{store}.evil.test/k"),
        "https://elsewhere.test/k".to_owned(),
        "/data/k".to_owned(),
    ] {
        assert_eq!(read(&upstream, &house, &host, &other), other);
    }
}

/// An answer that says failure is left as it is, whatever it holds.
#[test]
fn a_refusal_keeps_its_words() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    let request = house.request("POST", "/data/k?uploadId=7");
    let request = Keys::configured().sign(request.body("<CompleteMultipartUpload/>"));
    let words = format!(
        "<Error><Location>http://{}/k</Location></Error>",
        upstream.address
    );
    let mut client = house.connect();
    client.send(request.bytes());
    let mut peer = upstream.accept();
    peer.request().expect("a request");
    let length = words.len();
    peer.send(format!(
        "HTTP/1.1 400 Bad Request\r\nContent-Length: {length}\r\n\r\n{words}"
    ));
    let answer = client.answer();
    assert_eq!((answer.status, answer.text()), (400, words));
    assert_eq!(
        answer.header("content-length"),
        Some(length.to_string().as_str())
    );
}

/// Who speaks HTTP/1.0 knows no chunks: the end of the connection is the end of the answer.
#[test]
fn a_changed_answer_for_an_old_client() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    let request = house.request("POST", "/data/k?uploadId=7");
    let request = Keys::configured().sign(request.body("<CompleteMultipartUpload/>"));
    let bytes = String::from_utf8(request.bytes()).expect("text");
    let mut client = house.connect();
    client.send(bytes.replacen("HTTP/1.1", "HTTP/1.0", 1));
    let mut peer = upstream.accept();
    peer.request().expect("a request");
    let location = format!(
        "<R><Location>http://{}/data/k</Location></R>",
        upstream.address
    );
    peer.answer_with(&location);
    let heard = String::from_utf8(client.until_gone()).expect("text");
    let own = format!(
        "\r\n\r\n<R><Location>http://{}/data/k</Location></R>",
        house.s3
    );
    assert!(heard.ends_with(&own), "{heard}");
    assert!(!heard.to_ascii_lowercase().contains("chunked"), "{heard}");
}

/// What a house says of the region of a bucket.
#[track_caller]
fn region(house: &House, keys: &Keys, bucket: &str) -> house::Answer {
    let request = house.request("GET", &format!("/{bucket}?location"));
    house.ask(&keys.sign(request.header("accept-encoding", "gzip")))
}

#[test]
fn the_region_of_a_bucket_on_a_store_that_cannot_say() {
    let root = "LocationConstraint xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"";
    for (name, said) in [("us-east-1", ""), ("eu-north-1", "eu-north-1")] {
        let house = Plan::hcp().with("upstream.region", name).open();
        house.store().put("k", "not to be seen");
        let keys = house.keys("research");
        let answer = region(&house, &keys, BUCKET);
        let document = format!("<{root}>{said}</LocationConstraint>");
        assert!(answer.text().ends_with(&document), "{answer:?}");
        assert_eq!(
            (answer.status, answer.text().contains("Contents")),
            (200, false)
        );
        let asked = house.store().only_request();
        assert_eq!(asked.path, format!("/{BUCKET}?max-keys=1"));
        // Refusals are the store's own: they say why, and guesses are counted.
        let answer = region(&house, &keys, "nowhere");
        assert_eq!(answer.error(), (404, "NoSuchBucket".to_owned()));
        let guess = house.token("username=ada&password=guess&tenant=research");
        let answer = region(&house, &house.session(&guess), BUCKET);
        assert_eq!(answer.error(), (403, "SignatureDoesNotMatch".to_owned()));
    }
}

#[test]
fn a_store_that_knows_its_regions_is_asked() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    let request = Keys::configured().sign(house.request("GET", "/data?location"));
    let mut client = house.connect();
    client.send(request.bytes());
    let mut peer = upstream.accept();
    let asked = peer.request().expect("a request");
    assert_eq!(asked.head.line, "GET /data?location HTTP/1.1");
    peer.answer_with("<LocationConstraint>elsewhere</LocationConstraint>");
    assert_eq!(client.answer().element("LocationConstraint"), "elsewhere");
}
