//! What readers make of kept answers.

use bytes::Bytes;
use portico_sdk::cache::Derived;

use super::*;

const WORDS: &str = r#"{"name":"data"}"#;

async fn place(kit: &Kit, question: Question) -> Option<Derived> {
    let json = response(200, &[("content-type", "application/json")], WORDS);
    kit.try_ask(question, Ok(json)).await.unwrap().derived
}

fn made(place: Option<Derived>) -> Option<Bytes> {
    place.unwrap().get("test")
}

/// The place of a kept answer, in which something is.
async fn filled(kit: &Kit, question: Question) {
    place(kit, question.clone()).await;
    let place = place(kit, question.clone()).await.unwrap();
    place.keep("test", &Bytes::from_static(b"made"));
    assert_eq!(made(self::place(kit, question).await).unwrap(), "made");
}

#[tokio::test]
async fn what_is_made_of_an_answer_ends_with_it() {
    let kit = Kit::new();
    filled(&kit, mapi()).await;
    kit.change(Change::default().mapi(&home())).await;
    assert!(place(&kit, mapi()).await.is_none(), "fetched");
    assert_eq!(made(place(&kit, mapi()).await), None);
    filled(&kit, mapi()).await;
    kit.clock.advance(3600);
    assert!(place(&kit, mapi()).await.is_none(), "too old");
    assert_eq!(made(place(&kit, mapi()).await), None);
}

#[tokio::test]
async fn nobody_sees_what_is_made_of_anothers_answer() {
    let kit = Kit::new();
    filled(&kit, mapi()).await;
    let other = by(2, mapi());
    assert!(place(&kit, other.clone()).await.is_none());
    assert_eq!(made(place(&kit, other).await), None);
}

#[tokio::test]
async fn there_is_room_beside_documents_alone_and_it_counts_as_memory() {
    let kit = Kit::new();
    kit.ask(head_object(), "").await;
    let other = kit.try_ask(head_object(), Ok(response(200, &[], ""))).await;
    assert!(other.unwrap().derived.is_none());
    kit.cache.memory().settle();
    let before = kit.cache.memory().bytes();
    filled(&kit, mapi()).await;
    kit.cache.memory().settle();
    let room = place(&kit, mapi()).await.unwrap().room();
    assert_eq!(room, 2 * WORDS.len());
    let least = u64::try_from(WORDS.len() + room).unwrap();
    assert!(kit.cache.memory().bytes() >= before + least);
}
