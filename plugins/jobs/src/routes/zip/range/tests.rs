//! Ranges, and the bodies that they get.

use http_body_util::BodyExt as _;

use super::*;

fn asked(range: &str, if_range: Option<&'static str>) -> Option<Parts> {
    let mut headers = HeaderMap::new();
    headers.insert(RANGE, HeaderValue::from_str(range).unwrap());
    if let Some(value) = if_range {
        headers.insert(IF_RANGE, HeaderValue::from_static(value));
    }
    Parts::asked(&headers, 10, &["\"tag\"", "a date"])
}

#[test]
fn ranges_are_read_as_the_standard_has_them() {
    for (range, parts) in [
        ("bytes=0-4", Some(Parts::One(0..=4))),
        ("Bytes=5-", Some(Parts::One(5..=9))),
        ("bytes=-3", Some(Parts::One(7..=9))),
        ("bytes=-30", Some(Parts::One(0..=9))),
        ("bytes=8-99", Some(Parts::One(8..=9))),
        ("bytes=0-0, -1", Some(Parts::Many(vec![0..=0, 9..=9]))),
        ("bytes=20-,1-2", Some(Parts::One(1..=2))),
        ("bytes=10-", None),
        ("bytes=-0", None),
        ("bytes=4-2", Some(Parts::Whole)),
        ("bytes=+1-2", Some(Parts::Whole)),
        ("bytes=", Some(Parts::Whole)),
        ("lines=1-2", Some(Parts::Whole)),
        ("bytes=1-99999999999999999999", Some(Parts::Whole)),
    ] {
        assert_eq!(asked(range, None), parts, "{range}");
    }
    let many = format!("bytes={}", "0-1,".repeat(17));
    assert_eq!(asked(&many, None), Some(Parts::Whole));
}

#[test]
fn a_range_of_another_state_is_the_whole() {
    assert_eq!(asked("bytes=1-2", Some("\"tag\"")), Some(Parts::One(1..=2)));
    assert_eq!(asked("bytes=1-2", Some("a date")), Some(Parts::One(1..=2)));
    assert_eq!(asked("bytes=1-2", Some("\"other\"")), Some(Parts::Whole));
}

async fn body(parts: Parts) -> (Response<()>, String) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "0123456789").unwrap();
    let file = File::open(file.path()).await.unwrap();
    let response = parts.of(file, 10, "application/zip");
    let (head, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (
        Response::from_parts(head, ()),
        String::from_utf8(body.to_vec()).unwrap(),
    )
}

#[tokio::test]
async fn bodies_have_the_parts_and_tell_their_lengths() {
    let (head, text) = body(Parts::Whole).await;
    assert_eq!(
        (head.status(), text.as_str()),
        (StatusCode::OK, "0123456789")
    );
    let (head, text) = body(Parts::One(2..=4)).await;
    assert_eq!(text, "234");
    assert_eq!(head.headers()[CONTENT_RANGE], "bytes 2-4/10");
    let (head, text) = body(Parts::Many(vec![0..=0, 8..=9])).await;
    assert_eq!(head.status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(
        head.headers()[CONTENT_LENGTH],
        text.len().to_string().as_str()
    );
    assert!(
        head.headers()[CONTENT_TYPE]
            .to_str()
            .unwrap()
            .starts_with("multipart/byteranges")
    );
    let parts: Vec<_> = text.split(&format!("\r\n--{BOUNDARY}")).collect();
    assert!(
        parts[1].ends_with("Content-Range: bytes 0-0/10\r\n\r\n0"),
        "{text}"
    );
    assert!(
        parts[2].ends_with("Content-Range: bytes 8-9/10\r\n\r\n89"),
        "{text}"
    );
    assert_eq!(parts[3], "--\r\n");
}
