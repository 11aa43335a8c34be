use super::*;

const LIMITS: ClientLimits = ClientLimits {
    head: 1000,
    body: Some(5),
};

fn request(headers: &[(&'static str, &'static str)]) -> RequestHeader {
    let mut request = RequestHeader::build("PUT", b"/bucket/key?x=1", None).unwrap();
    for (name, value) in headers {
        request.append_header(*name, *value).unwrap();
    }
    request
}

fn accept(request: &RequestHeader, raw: impl FnOnce() -> Bytes) -> Accepted {
    super::accept(request, raw, LIMITS, &LoopId::random())
}

#[test]
fn a_request_that_comes_back_is_refused() {
    let id = LoopId::random();
    let mut request = request(&[("host", "a"), ("cdn-loop", "other.example")]);
    let verdict = |request: &_| super::accept(request, Bytes::new, LIMITS, &id).verdict;
    assert!(verdict(&request).is_ok());
    request.append_header("cdn-loop", id.value()).unwrap();
    let error = verdict(&request).unwrap_err();
    assert_eq!(error.reason(), Reason::LoopDetected);
}

#[test]
fn a_plain_request_passes_with_its_target_as_sent() {
    let accepted = accept(&request(&[("host", "a.example:9000")]), Bytes::new);
    assert!(accepted.verdict.is_ok());
    assert_eq!(accepted.head.target, b"/bucket/key?x=1");
    assert_eq!(accepted.head.authority, "a.example:9000");
    assert_eq!(accepted.id.len(), 32);
}

#[test]
fn what_two_readers_could_read_differently_is_refused() {
    let head = b"PUT / HTTP/1.1\r\nHost: a\r\ncontent-length : 1\r\n\r\n";
    for (headers, reason) in [
        (&[("content-length", "1")][..], Reason::InvalidRequest),
        (
            &[("host", "a"), ("transfer-encoding", "chunked")],
            Reason::InvalidRequest,
        ),
        (
            &[("host", "a"), ("transfer-encoding", "gzip, chunked")],
            Reason::NotImplemented,
        ),
        (
            &[("host", "a"), ("connection", "close, x-amz-date")],
            Reason::InvalidRequest,
        ),
        (
            &[("host", "a"), ("content_length", "1")],
            Reason::InvalidRequest,
        ),
        (
            &[("host", "a"), ("transfer.encoding", "chunked")],
            Reason::InvalidRequest,
        ),
        (
            &[("host", "a"), ("content-length", "+1")],
            Reason::InvalidRequest,
        ),
        (
            &[("host", "a"), ("content-length", "1, 1")],
            Reason::InvalidRequest,
        ),
        (
            &[
                ("host", "a"),
                ("content-length", "1"),
                ("content-length", "1"),
            ],
            Reason::InvalidRequest,
        ),
    ] {
        let accepted = accept(&request(headers), || Bytes::from_static(head));
        assert_eq!(accepted.verdict.unwrap_err().reason(), reason);
    }
}

#[test]
fn what_is_too_large_is_refused() {
    let reason = |length: &'static str, head: &'static [u8]| {
        let request = request(&[("host", "a"), ("content-length", length)]);
        let accepted = accept(&request, || Bytes::from_static(head));
        accepted.verdict.map_err(|error| error.reason())
    };
    assert_eq!(reason("5", &[b'a'; 1000]), Ok(()));
    assert_eq!(reason("6", b""), Err(Reason::EntityTooLarge));
    assert_eq!(reason("5", &[b'a'; 1001]), Err(Reason::HeadTooLarge));
    let huge = "99999999999999999999999";
    assert_eq!(reason(huge, b""), Err(Reason::InvalidRequest));
}

#[test]
fn lines_end_in_one_way() {
    let verdict = |head: &'static [u8]| {
        let request = request(&[("host", "a")]);
        accept(&request, || Bytes::from_static(head)).verdict
    };
    assert!(verdict(b"PUT / HTTP/1.1\r\nhost: a\r\n\r\n").is_ok());
    assert!(verdict(b"PUT / HTTP/1.1\nhost: a\n\n").is_err());
    assert!(verdict(b"PUT / HTTP/1.1\r\nhost: a\n\r\n").is_err());
}

/// Metadata of any name is nobody's business.
#[test]
fn other_names_are_free() {
    let headers = [("host", "a"), ("x-amz-meta-my_key.1", "b")];
    let accepted = accept(&request(&headers), Bytes::new);
    assert!(accepted.verdict.is_ok());
}

#[test]
fn one_framing_is_fine() {
    let headers = [
        ("host", "a"),
        ("transfer-encoding", "Chunked"),
        ("connection", "Keep-Alive, TE"),
    ];
    let accepted = accept(&request(&headers), Bytes::new);
    assert!(accepted.verdict.is_ok());
}

#[test]
fn only_a_harmless_id_is_repeated() {
    let id = |value| {
        accept(
            &request(&[("host", "a"), ("x-request-id", value)]),
            Bytes::new,
        )
        .id
    };
    assert_eq!(id("abc-1"), "abc-1");
    assert_eq!(id("a\"b").len(), 32);
}
