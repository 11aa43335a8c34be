//! Whether the process has begun to go: another may be serving in its place already.

use std::sync::Arc;

use tokio::sync::watch;

/// Said once, before any other process can have taken over; cheap to clone, shared by all clones.
#[derive(Debug, Clone)]
pub struct Leaving(Arc<watch::Sender<bool>>);

impl Default for Leaving {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl Leaving {
    /// Says it.
    pub fn say(&self) {
        self.0.send_replace(true);
    }

    /// Whether it has been said. What is answered from now on may meet what the next process does.
    #[must_use]
    pub fn is_said(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is said; at once, if it has been.
    pub async fn said(&self) {
        let mut heard = self.0.subscribe();
        // An error means that the sender is gone, which it is not while `self` is there.
        let _ = heard.wait_for(|said| *said).await;
    }
}
