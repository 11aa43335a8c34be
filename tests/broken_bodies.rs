//! Bodies that do not keep what they promise: the store never sees a whole request, nothing is
//! stored, and the client gets to read why.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

mod house;

use house::{Answer, BUCKET, Chunked, House, Keys, Request, Upstream, crc32};
use portico_sigv4::PayloadMode;

const DATA: &[u8] = b"some bytes that are worth keeping";
const MIB: usize = 1 << 20;

fn target(key: &str) -> String {
    format!("/{BUCKET}/{key}")
}

/// Sends everything before it reads anything, as simple clients do.
#[track_caller]
fn send_then_read(house: &House, request: &Request) -> Answer {
    let mut client = house.connect();
    // Portico may close before all is sent; the answer is there all the same.
    let _ = client.try_send(request.bytes());
    client.answer()
}

/// The answer to a broken upload that left nothing behind.
#[track_caller]
fn refusal(house: &House, request: &Request) -> (u16, String) {
    let answer = send_then_read(house, request);
    assert_eq!(house.store().object("k"), None, "{answer:?}");
    answer.error()
}

fn code(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[test]
fn a_wrong_checksum_behind_the_body() {
    let house = House::hcp();
    let keys = house.keys("research");
    for mode in [
        PayloadMode::StreamingUnsignedTrailer,
        PayloadMode::StreamingSignedTrailer,
    ] {
        for data in [DATA.to_vec(), Vec::new(), vec![7; 300_000]] {
            let wrong = Chunked {
                mode,
                checksum: crc32(b"other"),
                ..Chunked::new(&data)
            };
            let request = wrong.put(&keys, house.request("PUT", &target("k")));
            assert_eq!(refusal(&house, &request), code(400, "BadDigest"));
        }
        let right = Chunked {
            mode,
            ..Chunked::new(DATA)
        };
        let request = right.put(&keys, house.request("PUT", &target("good")));
        assert_eq!(house.ask(&request).status, 200);
    }
}

#[test]
fn a_wrong_checksum_in_the_head() {
    let house = House::hcp();
    let keys = house.keys("research");
    let request = house.request("PUT", &target("k")).body(DATA);
    let request = keys.sign(request.header("x-amz-checksum-crc32", crc32(b"other")));
    assert_eq!(refusal(&house, &request), code(400, "BadDigest"));
}

/// The store checks this hash itself, since it is told the same.
#[test]
fn another_body_than_was_signed() {
    let house = House::hcp();
    let keys = house.keys("research");
    let mut request = house.put(&keys, &target("k"), DATA);
    request.body[3] ^= 1;
    assert_eq!(
        refusal(&house, &request),
        code(400, "XAmzContentSHA256Mismatch")
    );
}

#[test]
fn a_forged_chunk_in_the_middle_of_a_large_body() {
    let house = House::hcp();
    let keys = house.keys("research");
    let data = vec![7; 5 * MIB];
    let chunked = |forged| Chunked {
        forged,
        ..Chunked::signed(&data)
    };
    let request = chunked(Some(40)).put(&keys, house.request("PUT", &target("k")));
    assert_eq!(
        refusal(&house, &request),
        code(403, "SignatureDoesNotMatch")
    );
    let request = chunked(None).put(&keys, house.request("PUT", &target("good")));
    assert_eq!(house.ask(&request).status, 200);
}

#[test]
fn a_forged_last_chunk() {
    let house = House::hcp();
    let keys = house.keys("research");
    let chunked = Chunked {
        forged: Some(1),
        ..Chunked::signed(DATA)
    };
    let request = chunked.put(&keys, house.request("PUT", &target("k")));
    assert_eq!(
        refusal(&house, &request),
        code(403, "SignatureDoesNotMatch")
    );
}

#[test]
fn another_length_than_was_said() {
    let house = House::hcp();
    let keys = house.keys("research");
    for length in [0, DATA.len() - 1, DATA.len() + 1, DATA.len() * 1000] {
        let chunked = Chunked {
            length,
            ..Chunked::new(DATA)
        };
        let request = chunked.put(&keys, house.request("PUT", &target("k")));
        assert_eq!(
            refusal(&house, &request),
            code(400, "IncompleteBody"),
            "{length}"
        );
    }
}

#[test]
fn framing_that_breaks_off() {
    let house = House::hcp();
    let keys = house.keys("research");
    let whole = Chunked::new(DATA).put(&keys, house.request("PUT", &target("k")));
    for cut in [1, 4, whole.body.len() / 2, whole.body.len() - 2] {
        let framed = &whole.body[..whole.body.len() - cut];
        let request = whole.clone().body(framed);
        assert_eq!(
            refusal(&house, &request),
            code(400, "IncompleteBody"),
            "{cut}"
        );
    }
}

#[test]
fn a_client_that_breaks_off() {
    let house = House::hcp();
    let keys = house.keys("research");
    let data = vec![7; 2 * MIB];
    let plain = house.put(&keys, &target("k"), data.as_slice());
    let chunked = Chunked::new(&data).put(&keys, house.request("PUT", &target("k")));
    for request in [plain, chunked] {
        let bytes = request.bytes();
        let mut client = house.connect();
        client.send(&bytes[..bytes.len() - 10]);
        client.shut();
        // Whether it hears of its own fault or not, it is not told that all went well.
        let heard = client.until_gone();
        assert!(
            !heard.starts_with(b"HTTP/1.1 2"),
            "{:?}",
            String::from_utf8_lossy(&heard)
        );
        assert_eq!(house.store().object("k"), None);
    }
}

/// What the store itself sees: the connection ends before the request does.
#[test]
fn the_store_sees_no_whole_request() {
    let upstream = Upstream::start();
    let house = House::before(&upstream);
    let keys = Keys::configured();
    let request = |key: &str| house.request("PUT", &format!("/data/{key}"));
    let checksum = Chunked {
        checksum: crc32(b"other"),
        ..Chunked::new(DATA)
    };
    let forged = Chunked {
        size: 10,
        forged: Some(2),
        ..Chunked::signed(DATA)
    };
    let long = Chunked {
        length: DATA.len() + 1,
        ..Chunked::new(DATA)
    };
    let header = request("header").body(DATA);
    let header = keys.sign(header.header("x-amz-checksum-crc32", crc32(b"other")));
    let cases = [
        (
            checksum.put(&keys, request("checksum")),
            code(400, "BadDigest"),
        ),
        (
            forged.put(&keys, request("forged")),
            code(403, "SignatureDoesNotMatch"),
        ),
        (
            long.put(&keys, request("long")),
            code(400, "IncompleteBody"),
        ),
        (header, code(400, "BadDigest")),
    ];
    for (request, expected) in cases {
        let mut client = house.connect();
        client.send(request.bytes());
        let mut peer = upstream.accept();
        let arrived = peer.request();
        assert!(arrived.is_err(), "{arrived:?}");
        assert_eq!(client.answer().error(), expected);
    }
}

/// A body much larger than any buffer, refused at its head: the answer must not be lost in a
/// reset, whether the client reads while it writes or only afterwards.
#[test]
fn a_large_body_refused_at_its_head() {
    let house = House::hcp();
    let mut keys = house.keys("research");
    keys.secret_key.push('x');
    let request = house.put(&keys, &target("k"), vec![7; 20 * MIB]);
    let expected = code(403, "SignatureDoesNotMatch");
    assert_eq!(refusal(&house, &request), expected);

    let mut client = house.connect();
    let mut writer = client.writer();
    let bytes = request.bytes();
    let writing = std::thread::spawn(move || std::io::Write::write_all(&mut writer, &bytes));
    assert_eq!(client.answer().error(), expected);
    drop(client);
    // Sent or not: the client has its answer.
    let _ = writing.join().expect("a thread that ends");
}

/// The same where the store is the one who refuses.
#[test]
fn a_large_body_refused_by_the_store() {
    let house = House::hcp();
    let keys = house.keys("research");
    let request = house.put(&keys, "/no-such-bucket/k", vec![7; 20 * MIB]);
    let answer = send_then_read(&house, &request);
    assert_eq!(answer.error(), code(404, "NoSuchBucket"));
}
