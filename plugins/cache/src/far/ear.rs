//! Hears of the changes of others, so that Redis need not be asked each time.

use std::sync::atomic::{AtomicBool, Ordering};

use portico_redis::Event;

use super::Far;
use super::names::Bump;
use crate::near::Near;

/// Bytes of a change in a message: the tag's counter, and until when it is quiet, both big endian.
const CHANGE: usize = 16;

/// Whether every change is heard of at the moment.
#[derive(Debug, Default)]
pub(crate) struct Ear(AtomicBool);

impl Ear {
    pub(crate) fn hears(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    fn turn(&self, on: bool) {
        self.0.store(on, Ordering::SeqCst);
    }
}

impl Far {
    /// Listens for as long as the process lives.
    pub(crate) async fn listen(&self) {
        let Some(ear) = &self.ear else {
            return;
        };
        let mut subscription = self.redis.subscribe(&self.channel());
        loop {
            match subscription.next().await {
                Event::Connected => {
                    // What was told before may have been missed.
                    self.near.flush();
                    ear.turn(true);
                }
                Event::Message(words) => hear(&words, &self.near),
                Event::Lost => ear.turn(false),
            }
        }
    }
}

/// What was told, as a message.
pub(super) fn message(told: &[&Bump]) -> Vec<u8> {
    let mut words = Vec::with_capacity(told.len() * CHANGE);
    for bump in told {
        words.extend_from_slice(&bump.name.slot.to_be_bytes());
        words.extend_from_slice(&bump.quiet.to_be_bytes());
    }
    words
}

fn hear(words: &[u8], near: &Near) {
    let (changes, rest) = words.as_chunks::<CHANGE>();
    if !rest.is_empty() {
        // Words of somebody else: what they mean is unknown.
        return near.flush();
    }
    for change in changes {
        let number = |bytes: &[u8]| bytes.try_into().map_or(0, u64::from_be_bytes);
        let (slot, quiet) = (number(&change[..8]), number(&change[8..]));
        near.bump_at(slot, (quiet > 0).then_some(quiet));
    }
}
