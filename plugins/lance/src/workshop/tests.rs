//! What the workshop does, with work that tells where it runs.

use std::future::pending;

use portico_sdk::settings;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::*;

fn workshop(max_queries: usize, max_time: Duration) -> Workshop {
    Workshop::new(&Settings {
        threads: 1,
        max_queries,
        max_time: settings::Duration(max_time),
        ..Settings::default()
    })
}

const HOUR: Duration = Duration::from_hours(1);

#[tokio::test]
async fn work_runs_on_threads_of_its_own() {
    let workshop = workshop(1, HOUR);
    let name = || async { Ok(std::thread::current().name().map(str::to_owned)) };
    let name = workshop
        .run("test", async move { name().await })
        .await
        .unwrap();
    assert_eq!(name.as_deref(), Some("lance"));
}

#[tokio::test]
async fn what_takes_too_long_is_given_up() {
    let workshop = workshop(1, Duration::from_millis(5));
    let error = workshop.run("test", pending::<Result<(), Error>>()).await;
    assert_eq!(error.unwrap_err().reason(), Reason::GatewayTimeout);
    // The room comes back once the work has noticed.
    let room = Arc::clone(&workshop.room).acquire_owned();
    drop(timeout(HOUR, room).await.unwrap().unwrap());
}

#[tokio::test]
async fn what_does_not_pause_keeps_nobody_waiting() {
    // Long enough for its thread to have begun.
    let workshop = workshop(1, Duration::from_secs(1));
    let (go, goes) = std::sync::mpsc::channel::<()>();
    let work = async move { goes.recv().map_err(|_| Error::new(Reason::InternalError)) };
    let error = workshop.run("test", work).await;
    assert_eq!(error.unwrap_err().reason(), Reason::GatewayTimeout);
    // It holds its room for as long as it lasts.
    assert_eq!(workshop.room.available_permits(), 0);
    go.send(()).unwrap();
    let room = Arc::clone(&workshop.room).acquire_owned();
    drop(timeout(HOUR, room).await.unwrap().unwrap());
}

#[tokio::test]
async fn what_must_be_finished_is_without_anybody_who_waits() {
    let workshop = Arc::new(workshop(1, HOUR));
    let (begun, begins) = oneshot::channel();
    let (go, goes) = oneshot::channel::<()>();
    let (last, finishes) = oneshot::channel();
    let first = Arc::clone(&workshop);
    let caller = tokio::spawn(async move {
        let work = async move {
            begun.send(()).unwrap();
            goes.await.unwrap();
            last.send(()).unwrap();
            Ok(())
        };
        first.finish("test", Deadline::within(HOUR), work).await
    });
    begins.await.unwrap();
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    go.send(()).unwrap();
    timeout(HOUR, finishes).await.unwrap().unwrap();
}

#[tokio::test]
async fn who_finds_no_room_is_asked_to_come_again() {
    let workshop = Arc::new(workshop(1, HOUR));
    let (begun, begins) = oneshot::channel();
    let first = Arc::clone(&workshop);
    let first = tokio::spawn(async move {
        let work = async move {
            begun.send(()).unwrap();
            pending::<Result<(), Error>>().await
        };
        first.run("test", work).await
    });
    begins.await.unwrap();
    let error = workshop.run("test", async { Ok(()) }).await.unwrap_err();
    assert_eq!(error.reason(), Reason::SlowDown);
    assert_eq!(error.retry_delay(), Some(COME_AGAIN));
    first.abort();
    // The room comes back once the task has noticed that nobody waits.
    let room = Arc::clone(&workshop.room).acquire_owned();
    drop(timeout(HOUR, room).await.unwrap().unwrap());
}
