//! How objects are fetched: many at a time, in order, within bounds, and again where a store fails.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::{FutureExt as _, StreamExt as _};
use portico_sdk::Reason;
use portico_zip::{Ahead, Event, Limits, Plan, instant};
use tokio::task::yield_now;

use crate::support::{Fault, Store, zipped};

/// Lets every task run until it waits.
async fn settle() {
    for _ in 0..2000 {
        yield_now().await;
    }
}

fn keys(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("k{n}")).collect()
}

fn filled(keys: &[String], size: usize) -> Store {
    keys.iter().fold(Store::default(), |store, key| {
        store.with(key, vec![b'x'; size], "text/plain")
    })
}

fn refs(keys: &[String]) -> Vec<&str> {
    keys.iter().map(String::as_str).collect()
}

#[tokio::test]
async fn no_more_than_twenty_small_ones_are_fetched_at_a_time_and_all_come_in_order() {
    let keys = keys(100);
    let store = Arc::new(filled(&keys, 1000));
    let mut ahead = Ahead::new(
        store.items(&refs(&keys)),
        Arc::clone(&store),
        Limits::default(),
    );
    let mut whole = Vec::new();
    assert!(ahead.next().await.is_some());
    settle().await;
    assert_eq!(store.asked.lock().unwrap().len(), 20);
    while let Some((index, event)) = ahead.next().await {
        if matches!(event, Event::Whole) {
            whole.push(index);
        }
    }
    assert_eq!(whole, (0..100).collect::<Vec<_>>());
    assert!(store.most_open.load(Ordering::SeqCst) <= 20);
}

#[tokio::test]
async fn large_ones_wait_at_the_store_and_not_in_memory() {
    let keys = keys(10);
    let store = Arc::new(filled(&keys, 4 << 20));
    let limits = Limits {
        buffer: 64 * 1024,
        ..Limits::default()
    };
    let mut ahead = Ahead::new(store.items(&refs(&keys)), Arc::clone(&store), limits);
    assert!(ahead.next().await.is_some());
    settle().await;
    assert_eq!(store.asked.lock().unwrap().len(), 2);
    // The room of two, the piece that each has in hand, and those that the test's bodies hold.
    let given = store.given.load(Ordering::SeqCst);
    assert!(given <= 2 * (64 + 6 * 16) * 1024, "{given}");
    drop(ahead);
    settle().await;
    assert_eq!(store.open.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn whoever_leaves_ends_every_fetch() {
    let keys = keys(30);
    let faults = keys.iter().fold(filled(&keys, 1000), |store, key| {
        store.failing(key, [Fault::Stuck])
    });
    let store = Arc::new(faults);
    let plan = Plan::new(store.items(&refs(&keys)));
    let mut stream = Box::pin(instant(plan, Arc::clone(&store), Limits::default()));
    assert!(stream.next().now_or_never().is_none());
    settle().await;
    assert_eq!(store.open.load(Ordering::SeqCst), 20);
    drop(stream);
    settle().await;
    assert_eq!(store.open.load(Ordering::SeqCst), 0);
}

#[tokio::test(start_paused = true)]
async fn a_fetch_goes_on_where_it_broke_off() {
    let faults = [
        Fault::Broken(20_000),
        Fault::Refused(Reason::StoreBusy),
        Fault::Broken(1),
    ];
    let store = Store::default().with("a", vec![1; 50_000], "text/plain");
    let store = Arc::new(store.failing("a", faults));
    let plan = Plan::new(store.items(&["a"]));
    let length = plan.length().unwrap();
    let stream = instant(plan, Arc::clone(&store), Limits::default());
    let pieces: Vec<_> = stream
        .map(|piece| piece.unwrap().len() as u64)
        .collect()
        .await;
    assert_eq!(pieces.iter().sum::<u64>(), length);
    let asked: Vec<_> = store
        .asked
        .lock()
        .unwrap()
        .iter()
        .map(|(_, from)| *from)
        .collect();
    assert_eq!(asked, [0, 20_000, 20_000, 20_001]);
}

#[tokio::test(start_paused = true)]
async fn patience_has_an_end() {
    let busy = std::iter::repeat_n(Fault::Refused(Reason::StoreBusy), 1000);
    let store = Store::default()
        .with("a", "x", "text/plain")
        .failing("a", busy);
    let begun = tokio::time::Instant::now();
    let error = zipped(store, &["a"]).await.unwrap_err();
    assert_eq!(error.reason(), Reason::StoreBusy);
    let waited = begun.elapsed().as_secs();
    assert!((50..=60).contains(&waited), "{waited}");
}

#[tokio::test]
async fn another_object_under_the_key_ends_an_instant_archive() {
    for (size, tag) in [(Some(4), None), (Some(5), Some("\"other\"".to_owned()))] {
        let store = Store::default().with("a", "hello", "text/plain");
        let mut items = store.items(&["a"]);
        items[0].size = size;
        items[0].e_tag = tag;
        let stream = instant(Plan::new(items), Arc::new(store), Limits::default());
        let last = stream.collect::<Vec<_>>().await.pop().unwrap();
        assert_eq!(last.unwrap_err().reason(), Reason::PreconditionFailed);
    }
}
