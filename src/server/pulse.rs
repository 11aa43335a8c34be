//! Feels how far the process is behind: something is due at a steady pace on the runtime that serves.

use std::sync::Arc;

use portico_sdk::load::{EVERY, Load};
use tokio::time::{Instant, sleep_until};

/// Never ends.
pub(super) async fn feel(load: Arc<Load>) {
    loop {
        let due = Instant::now() + EVERY;
        sleep_until(due).await;
        load.note_lateness(due.elapsed());
    }
}
