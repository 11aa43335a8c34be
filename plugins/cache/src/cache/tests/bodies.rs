//! Bodies that break, and bodies of HEAD.

use bytes::Bytes;
use portico_sdk::Reason;

use super::*;

#[tokio::test]
async fn a_body_that_breaks_off_is_an_error_and_not_kept() {
    let kit = Kit::new();
    let (writer, body) = body::channel();
    let broken = async {
        assert!(writer.write(Bytes::from_static(b"half")).await);
        writer.fail(Error::new(Reason::UpstreamFailed)).await;
    };
    let asked = kit.try_ask(mapi(), Ok(Response::new(body)));
    let (found, ()) = tokio::join!(asked, broken);
    assert_eq!(found.unwrap_err().reason(), Reason::UpstreamFailed);
    assert_eq!(kit.ask(mapi(), "whole").await.body, "whole");
}

#[tokio::test]
async fn a_body_that_is_shorter_than_it_says_is_an_error() {
    let kit = Kit::new();
    let short = response(200, &[("content-length", "9")], "half");
    let found = kit.try_ask(mapi(), Ok(short)).await;
    assert_eq!(found.unwrap_err().reason(), Reason::UpstreamFailed);
    assert_eq!(kit.ask(mapi(), "whole").await.body, "whole");
}

#[tokio::test]
async fn the_answer_to_a_head_keeps_the_length_of_what_it_tells_of() {
    let kit = Kit::new();
    let huge = [("content-length", "5000000000")];
    for origin in [Origin::Store, Origin::Kept] {
        let found = kit
            .try_ask(head_object(), Ok(response(200, &huge, "")))
            .await;
        let found = found.unwrap();
        assert_eq!(found.origin, origin);
        assert_eq!(found.response.headers()["content-length"], "5000000000");
    }
}

#[tokio::test]
async fn memory_is_bounded_by_bytes() {
    let settings = Settings {
        memory: portico_sdk::settings::Size(100 << 10),
        max_entry: portico_sdk::settings::Size(100 << 10),
        ..Settings::default()
    };
    let kit = Kit::with(settings);
    let kilobyte: &'static str = "x".repeat(1 << 10).leak();
    for number in 0..=u8::MAX {
        kit.ask(by(number, mapi()), kilobyte).await;
    }
    kit.cache.memory().settle();
    let (entries, bytes) = (kit.cache.memory().entries(), kit.cache.memory().bytes());
    assert!((20..100).contains(&entries), "{entries}");
    assert!((entries << 10..=100 << 10).contains(&bytes), "{bytes}");
}
