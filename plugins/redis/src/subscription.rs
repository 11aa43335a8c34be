//! Messages of a channel, over a connection that comes back by itself and says when it was gone.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use redis::aio::PubSub;
use redis::{RedisResult, Value};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::place::{CONNECT, Place};

/// Messages that may wait for their reader. With more the connection is given up: a reader that
/// slow is told [`Event::Lost`] rather than fed from an endless store.
const WAITING: usize = 1024;

/// A silence after which the other side is asked whether it is still there.
const SILENCE: Duration = Duration::from_secs(2);

/// How long it may take to say so.
const REPLY: Duration = Duration::from_secs(1);

/// The pauses between attempts to connect: the first, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// What happens on a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// From here on messages arrive. What was sent before, since the start or since
    /// [`Event::Lost`], did not.
    Connected,
    /// Somebody published this.
    Message(Bytes),
    /// From some moment in the last three seconds on, messages may be missing.
    Lost,
}

/// Listens to one channel until it is dropped.
#[derive(Debug)]
pub struct Subscription {
    events: mpsc::Receiver<Event>,
    task: JoinHandle<()>,
}

impl Subscription {
    pub(crate) fn begin(place: Arc<Place>, channel: String) -> Self {
        let (sender, events) = mpsc::channel(WAITING);
        let task = tokio::spawn(keep(place, channel, sender));
        Self { events, task }
    }

    /// The next event; waits as long as it takes. May be dropped at any time without a loss.
    pub async fn next(&mut self) -> Event {
        match self.events.recv().await {
            Some(event) => event,
            // The runtime is going down, and its users with it.
            None => std::future::pending().await,
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Connects again and again for as long as somebody wants to hear.
async fn keep(place: Arc<Place>, channel: String, events: mpsc::Sender<Event>) {
    let (shortest, longest) = PAUSES;
    let mut pause = shortest;
    for turn in 0.. {
        if let Ok(Ok(source)) = timeout(CONNECT, listen(&place, turn, &channel)).await {
            pause = shortest;
            if events.send(Event::Connected).await.is_err() {
                return;
            }
            hear(source, &events).await;
            if events.send(Event::Lost).await.is_err() {
                return;
            }
        }
        sleep(pause).await;
        pause = (pause * 2).min(longest);
    }
}

async fn listen(place: &Place, turn: usize, channel: &str) -> RedisResult<PubSub> {
    let mut source = place.listen(turn).await?;
    source.subscribe(channel).await?;
    Ok(source)
}

/// Passes messages on until the connection is gone, or silent for too long, or nobody keeps up.
async fn hear(source: PubSub, events: &mpsc::Sender<Event>) {
    let (mut sink, mut messages) = source.split();
    loop {
        let Ok(message) = timeout(SILENCE, messages.next()).await else {
            let reply = timeout(REPLY, sink.ping::<Value>()).await;
            if matches!(reply, Ok(Ok(_))) {
                continue;
            }
            return;
        };
        let Some(message) = message else {
            return;
        };
        let payload = Bytes::copy_from_slice(message.get_payload_bytes());
        if events.try_send(Event::Message(payload)).is_err() {
            return;
        }
    }
}
