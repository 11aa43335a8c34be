//! Ranges, and the bodies that they get.

use http_body_util::BodyExt as _;

use super::*;

async fn body(parts: Parts) -> (Response<()>, String) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "0123456789").unwrap();
    let file = File::open(file.path()).await.unwrap();
    let response = answer(parts, file, 10, "application/zip");
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
