//! Deadlines on real connections.

use std::os::fd::AsRawFd as _;

use pingora::upstreams::peer::Tracing as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use super::*;

/// A connection that the wires know, its other end, and what follows it.
async fn connected(wires: &Wires) -> (TcpStream, TcpStream, Note) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let socket = TcpSocket::new_v4().unwrap();
    let note = wires.note();
    note.socket(&socket);
    let address = listener.local_addr().unwrap();
    let (near, far) = tokio::join!(socket.connect(address), listener.accept());
    note.on_connected();
    (near.unwrap(), far.unwrap().0, note)
}

const IDLE: Duration = Duration::from_secs(10);

/// A watch until a time over a connection that has not been cut.
fn watch(wires: &Wires, near: &TcpStream, end: Instant) -> Watch {
    wires.watch(near.as_raw_fd(), end, IDLE).unwrap()
}

#[tokio::test]
async fn a_connection_is_cut_when_its_time_is_over() {
    let wires = Wires::default();
    let (mut near, _far, _note) = connected(&wires).await;
    let watch = watch(&wires, &near, Instant::now() + Duration::from_millis(20));
    assert!(!watch.is_over());
    wires.keep_time().unwrap();
    assert_eq!(near.read(&mut [0; 1]).await.unwrap(), 0);
    assert!(watch.is_over());
}

#[tokio::test]
async fn a_deadline_that_is_lifted_cuts_nothing() {
    let wires = Wires::default();
    let (mut near, _far, _note) = connected(&wires).await;
    let (now, second) = (Instant::now(), Duration::from_secs(1));
    drop(watch(&wires, &near, now + second));
    wires.cut(now + 2 * second);
    let other = watch(&wires, &near, now + 3 * second);
    wires.cut(now + 2 * second);
    assert!(!other.is_over());
    wires.cut(now + 4 * second);
    assert!(other.is_over());
    assert_eq!(near.read(&mut [0; 1]).await.unwrap(), 0);
}

#[tokio::test]
async fn a_connection_is_cut_when_it_has_been_idle_for_too_long() {
    let wires = Wires::default();
    let (mut near, _far, _note) = connected(&wires).await;
    let now = Instant::now();
    wires.cut(now + 2 * IDLE);
    drop(watch(&wires, &near, now + TICK));
    wires.cut(now + IDLE / 2);
    drop(watch(&wires, &near, now + TICK));
    wires.cut(Instant::now() + IDLE + TICK);
    assert!(wires.watch(near.as_raw_fd(), now + IDLE, IDLE).is_none());
    assert_eq!(near.read(&mut [0; 1]).await.unwrap(), 0);
}

#[tokio::test]
async fn what_was_lifted_is_the_next_exchanges_own() {
    let wires = Wires::default();
    let (near, _far, _note) = connected(&wires).await;
    let now = Instant::now();
    let mut before = watch(&wires, &near, now + TICK);
    before.lift();
    let other = watch(&wires, &near, now + TICK);
    before.until(now + TICK * 100);
    drop(before);
    wires.cut(now + TICK * 2);
    assert!(other.is_over());
}

#[tokio::test]
async fn what_was_cut_stays_cut() {
    let wires = Wires::default();
    let (near, _far, _note) = connected(&wires).await;
    let now = Instant::now();
    let mut watch = watch(&wires, &near, now);
    wires.cut(now + TICK);
    watch.lift();
    watch.until(now + TICK * 100);
    assert!(watch.is_over());
    let next = wires.watch(near.as_raw_fd(), now + IDLE, IDLE);
    assert!(next.is_none());
}

#[tokio::test]
async fn the_next_connection_of_a_descriptor_is_left_alone() {
    let wires = Wires::default();
    let (near, _far, note) = connected(&wires).await;
    let now = Instant::now();
    let before = watch(&wires, &near, now);
    note.on_disconnected();
    wires.cut(now + TICK);
    assert!(!before.is_over());
    // The same descriptor again, for another connection.
    note.follow(near.as_raw_fd());
    note.on_connected();
    wires.cut(now + TICK);
    let next = watch(&wires, &near, now + IDLE);
    assert!(!before.is_over() && !next.is_over());
}

#[tokio::test]
async fn a_connection_that_somebody_follows_is_cut_until_it_is_left() {
    let wires = Wires::default();
    let (mut near, _far, _note) = connected(&wires).await;
    let standing = wires.standing(near.as_raw_fd());
    let (timer, now) = (standing.timer().unwrap(), Instant::now());
    timer.until(now);
    timer.lift();
    wires.cut(now + TICK);
    assert!(timer.try_until(now) && !timer.is_over());
    wires.cut(now + TICK);
    assert!(timer.is_over());
    assert_eq!(near.read(&mut [0; 1]).await.unwrap(), 0);
    drop(standing);
    assert!(wires.timer(near.as_raw_fd()).is_none());
}

#[tokio::test]
async fn what_is_held_back_leaves_together_or_with_its_connection() {
    let wires = Wires::default();
    let (mut near, mut far, note) = connected(&wires).await;
    let watch = watch(&wires, &near, Instant::now() + IDLE);
    let cork = watch.cork().unwrap();
    near.write_all(b"head").await.unwrap();
    near.write_all(b"body").await.unwrap();
    drop(cork);
    let mut read = [0; 16];
    let count = far.read(&mut read).await.unwrap();
    assert_eq!(&read[..count], b"headbody");
    // Whoever still has the watch holds the connection open no longer.
    note.on_disconnected();
    drop(near);
    assert_eq!(far.read(&mut read).await.unwrap(), 0);
    assert!(watch.cork().is_none());
}
