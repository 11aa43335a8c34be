//! A store that goes on for ever, answers too early or talks too much: each is given up in time,
//! nobody takes half of anything for the whole, and the next exchange goes well.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

mod house;

use hcp_simulator::{Fault, Trouble};
use house::{BUCKET, Connection, House, Keys, Peer, Plan, Request, SECURED, Secured, Upstream};

const DATA: &[u8] = b"some bytes that are worth keeping";

fn target(key: &str) -> String {
    format!("/{BUCKET}/{key}")
}

/// A download, an upload, and a document that Portico reads whole and sends with its own client.
fn requests(house: &House) -> [Request; 3] {
    let keys = Keys::configured();
    let delete = house.request("POST", &format!("/{BUCKET}?delete="));
    let delete = delete.body("<Delete><Object><Key>k</Key></Object></Delete>");
    [
        house.get(&keys, &target("k")),
        house.put(&keys, &target("k"), DATA),
        keys.sign(delete),
    ]
}

/// An exchange on a connection of its own, all the way.
#[track_caller]
fn goes_well(house: &House, upstream: &Upstream) {
    let mut client = house.connect();
    client.send(house.get(&Keys::configured(), &target("next")).bytes());
    let mut peer = upstream.accept();
    let arrived = peer.request().expect("a request");
    assert_eq!(
        arrived.head.line,
        format!("GET {} HTTP/1.1", target("next"))
    );
    peer.answer_with("well");
    assert_eq!(client.answer().text(), "well");
}

/// Has a store do something that never comes to an end, to every kind of request.
#[track_caller]
fn is_given_up(plan: impl Fn(&Upstream) -> House, endless: impl Fn(&mut Peer)) {
    let upstream = Upstream::start();
    let house = plan(&upstream);
    for request in requests(&house) {
        let mut client = house.connect();
        client.send(request.bytes());
        let mut peer = upstream.accept();
        peer.request().expect("a request");
        endless(&mut peer);
        let answer = final_answer(&mut client);
        let wanted = (504, "ServiceUnavailable".to_owned());
        assert_eq!(answer, wanted, "{}", request.method);
        peer.until_gone();
        assert!(upstream.is_left_alone(), "asked twice");
    }
    let timeouts = |line: &serde_json::Value| line["status"] == 504 && line["reason"].is_string();
    assert_eq!(house.portico.lines_with(3, timeouts).len(), 3);
    goes_well(&house, &upstream);
}

/// Status and code of the answer behind the informational ones.
#[track_caller]
fn final_answer(client: &mut Connection) -> (u16, String) {
    loop {
        let answer = client.answer();
        if answer.status >= 200 {
            return answer.error();
        }
    }
}

fn impatient(upstream: &Upstream) -> House {
    Plan::before(upstream)
        .with("upstream.response_timeout", "500ms")
        .open()
}

#[test]
fn a_head_that_never_begins() {
    is_given_up(impatient, |_| {});
}

/// The engine would wait for ever: there is always another byte.
#[test]
fn a_head_that_comes_byte_by_byte() {
    is_given_up(impatient, |peer| {
        peer.send("HTTP/1.1 200 OK\r\nx-slow: ");
        peer.drip("a");
    });
}

#[test]
fn informational_answers_without_end() {
    is_given_up(impatient, |peer| {
        peer.drip("HTTP/1.1 102 Processing\r\n\r\n");
    });
}

/// It may have done what it was asked, wholly or not at all.
#[test]
fn a_store_that_takes_too_long() {
    let house = Plan::hcp()
        .with("upstream.response_timeout", "300ms")
        .open();
    let keys = house.keys("research");
    house.store().put("there", DATA);
    let slow = Fault::new(Trouble::Latency { millis: 2000 });
    house.store().add_fault(slow.times(2));
    let put = house.put(&keys, &target("k"), DATA);
    for request in [house.get(&keys, &target("there")), put] {
        let answer = house.ask(&request);
        let wanted = (504, "ServiceUnavailable".to_owned());
        assert_eq!(answer.error(), wanted, "{answer:?}");
    }
    let kept = house.store().object("k");
    assert!(kept.is_none_or(|kept| kept == DATA));
    let answer = house.ask(&house.get(&keys, &target("there")));
    assert_eq!((answer.status, answer.body.as_slice()), (200, DATA));
}

/// Steady, and never done: only the time of the whole exchange ends it. What has no length could
/// be taken for whole when it is cut.
#[test]
fn a_body_that_comes_byte_by_byte() {
    let upstream = Upstream::start();
    let house = Plan::before(&upstream)
        .with("upstream.total_timeout", "700ms")
        .open();
    for (framing, piece) in [
        ("Content-Length: 100000\r\n", "a"),
        ("Transfer-Encoding: chunked\r\n", "1\r\na\r\n"),
        ("", "a"),
    ] {
        for request in requests(&house) {
            let mut client = house.connect();
            client.send(request.bytes());
            let mut peer = upstream.accept();
            peer.request().expect("a request");
            peer.send(format!("HTTP/1.1 200 OK\r\n{framing}\r\n"));
            peer.drip(piece);
            let answer = client.try_answer(&request.method);
            assert!(answer.is_err(), "{framing:?}: {answer:?}");
        }
    }
    goes_well(&house, &upstream);
}

/// It is the client here that is slow; the store must not keep its place for ever.
#[test]
fn an_upload_that_comes_byte_by_byte() {
    let upstream = Upstream::start();
    let house = Plan::before(&upstream)
        .with("upstream.total_timeout", "700ms")
        .open();
    let request = house.put(&Keys::configured(), &target("k"), vec![7; 100_000]);
    let mut client = house.connect();
    client.send(request.head());
    client.drip([7; 10]);
    let answer = client.answer();
    assert_eq!(answer.error(), (504, "ServiceUnavailable".to_owned()));
    let mut peer = upstream.accept();
    let head = peer.head().expect("a head");
    // Cut by a reset: no store may take that for an object.
    assert!(peer.body_of(&head).is_err());
    goes_well(&house, &upstream);
}

/// The store has said no and does not want the rest; what it said is what the client gets.
#[test]
fn an_answer_before_the_upload_is_read() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    let request = house.put(&Keys::configured(), &target("k"), vec![7; 8 << 20]);
    let mut client = house.connect();
    let mut writer = client.writer();
    let bytes = request.bytes();
    let writing = std::thread::spawn(move || std::io::Write::write_all(&mut writer, &bytes));
    let mut peer = upstream.accept();
    peer.head().expect("a head");
    peer.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
    drop(peer);
    let answer = client.answer();
    assert_eq!((answer.status, answer.text().as_str()), (403, "no"));
    client.until_gone();
    // Taken or not: the client has its answer.
    let _ = writing.join().expect("a thread that ends");
    goes_well(&house, &upstream);
}

#[test]
fn an_informational_answer_before_the_final_one() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    for request in requests(&house) {
        let mut client = house.connect();
        client.send(request.bytes());
        let mut peer = upstream.accept();
        peer.request().expect("a request");
        peer.send("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n");
        peer.answer_with("final");
        let mut answer = client.answer();
        if answer.status == 103 {
            answer = client.answer();
        }
        assert_eq!((answer.status, answer.text().as_str()), (200, "final"));
        peer.send("");
        drop(peer);
    }
    goes_well(&house, &upstream);
}

/// Nobody knows the name: that is not the same as a store that is down, and is not asked about
/// for every request.
#[test]
fn a_name_that_is_gone() {
    let nowhere = ([127, 0, 0, 1], 1).into();
    let house = Plan::before_nobody(nowhere)
        .with("upstream.s3_endpoint", "http://gone.invalid")
        .open();
    for _ in 0..2 {
        for request in requests(&house) {
            let answer = house.ask(&request);
            assert_eq!(answer.error(), (502, "InternalError".to_owned()));
            assert_eq!(
                answer.element("Message"),
                "The name of the store is not found."
            );
        }
    }
    let told = |line: &serde_json::Value| {
        let cause = line["error"].as_str();
        cause.is_some_and(|cause| cause.contains("gone.invalid"))
    };
    house.portico.lines_with(2, told);
}

/// A house that believes the authority of a server, and connects to it under [`SECURED`].
fn before(secured: &Secured) -> House {
    let endpoint = format!("https://{SECURED}:{}", secured.address.port());
    let authority = secured.authority.to_str().expect("text");
    Plan::before_nobody(secured.address)
        .with("upstream.s3_endpoint", endpoint)
        .with("upstream.s3_addresses", vec![secured.address.to_string()])
        .with("upstream.ca_file", authority)
        .open()
}

#[track_caller]
fn is_not_believed(name: &str, change: impl FnOnce(&mut rcgen::CertificateParams)) {
    let folder = tempfile::tempdir().expect("a folder");
    let secured = Secured::start(folder.path(), name, change);
    let house = before(&secured);
    for request in requests(&house) {
        let answer = house.ask(&request);
        let wanted = (503, "ServiceUnavailable".to_owned());
        assert_eq!(answer.error(), wanted, "{answer:?}");
    }
    for heard in (0..3).map(|_| secured.heard()) {
        assert_eq!(heard, house::Heard::Nothing);
    }
}

/// Else the others would prove nothing.
#[test]
fn a_good_certificate() {
    let folder = tempfile::tempdir().expect("a folder");
    let secured = Secured::start(folder.path(), SECURED, |_| {});
    let house = before(&secured);
    for request in requests(&house) {
        let answer = house.ask(&request);
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    assert!(!secured.heard_so_far().contains(&house::Heard::Nothing));
}

#[test]
fn a_certificate_for_another_name() {
    is_not_believed("other.test", |_| {});
}

#[test]
fn a_certificate_that_has_expired() {
    is_not_believed(SECURED, |certificate| {
        certificate.not_before = rcgen::date_time_ymd(2019, 1, 1);
        certificate.not_after = rcgen::date_time_ymd(2020, 1, 1);
    });
}

#[test]
fn a_certificate_that_is_not_good_yet() {
    is_not_believed(SECURED, |certificate| {
        certificate.not_before = rcgen::date_time_ymd(2100, 1, 1);
        certificate.not_after = rcgen::date_time_ymd(2101, 1, 1);
    });
}
