//! Where a connection is, and what the polls of its task have in common.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::Poll;
use std::time::Duration;

use crate::wires::{Cork, Timer};

tokio::task_local! {
    static WATCH: Arc<Watch>;
}

/// Where a connection is.
#[derive(Debug)]
pub(in crate::server) struct Watch {
    state: AtomicU8,
    over: OnceLock<Cause>,
    /// Cuts it when it is idle for too long.
    timer: Option<Timer>,
    idle: Duration,
    /// What holds back the writing to the store until the end of this poll, and whether anything does.
    cork: Mutex<Option<Cork>>,
    corked: AtomicBool,
}

/// A head is being read.
pub(super) const HEAD: u8 = 0;
/// An exchange is going on; its own limits hold.
pub(super) const EXCHANGE: u8 = 1;
/// So it is, and all of the request has been read.
pub(super) const ANSWER: u8 = 3;
/// Nothing has come since the last exchange; the idle time holds.
pub(super) const IDLE: u8 = 2;

/// Why a connection was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server) enum Cause {
    /// The head did not come in time.
    Slow,
    /// The head had no end.
    Large,
}

/// The exchange of this connection begins. Nothing happens on connections with many at once.
pub(crate) fn exchange_begins() {
    let _ = WATCH.try_with(|watch| watch.set(EXCHANGE));
}

/// All of the request of this connection has been read, its answer is to come.
pub(crate) fn request_ends() {
    let _ = WATCH.try_with(|watch| watch.set(ANSWER));
}

/// The exchange of this connection is over.
pub(crate) fn exchange_ends() {
    let _ = WATCH.try_with(|watch| watch.set(IDLE));
}

/// What is written to the store from now to the end of this poll leaves together: the head of a
/// request and the body that came with it, which the engine writes one after the other.
///
/// Nothing happens on connections with many exchanges at once.
pub(crate) fn together(cork: impl FnOnce() -> Option<Cork>) {
    let _ = WATCH.try_with(|watch| watch.hold(cork()));
}

impl Watch {
    /// Watches a connection whose first head is awaited, and which may be idle for so long between
    /// two exchanges.
    pub(in crate::server) fn new(timer: Option<Timer>, idle: Duration) -> Self {
        Self {
            state: AtomicU8::new(HEAD),
            over: OnceLock::new(),
            timer,
            idle,
            cork: Mutex::default(),
            corked: AtomicBool::new(false),
        }
    }

    fn hold(&self, cork: Option<Cork>) {
        self.corked.store(cork.is_some(), Ordering::Relaxed);
        let mut held = self.cork.lock().unwrap_or_else(PoisonError::into_inner);
        *held = cork;
    }

    pub(super) fn set(&self, state: u8) {
        let before = self.state.swap(state, Ordering::Relaxed);
        match &self.timer {
            Some(timer) if state == IDLE => {
                timer.until(std::time::Instant::now() + self.idle);
            }
            Some(timer) if before == IDLE => timer.lift(),
            _ => {}
        }
    }

    pub(super) fn state(&self) -> u8 {
        self.state.load(Ordering::Relaxed)
    }

    /// Whether it was idle for too long.
    pub(super) fn is_cut(&self) -> bool {
        self.timer.as_ref().is_some_and(Timer::is_over)
    }

    pub(super) fn give_up(&self, cause: Cause) {
        // The first cause counts.
        let _ = self.over.set(cause);
    }

    /// Runs the exchanges of a connection, or says why it had to be given up.
    pub(in crate::server) async fn over<T>(
        self: &Arc<Self>,
        work: impl Future<Output = T>,
    ) -> Result<T, Cause> {
        let mut work = pin!(WATCH.scope(Arc::clone(self), work));
        // It is given up within this very poll, by whoever reads from the connection: nobody has
        // to be woken.
        poll_fn(|cx| {
            let done = work.as_mut().poll(cx);
            if self.corked.load(Ordering::Relaxed) {
                self.hold(None);
            }
            match self.over.get() {
                Some(cause) => Poll::Ready(Err(*cause)),
                None => done.map(Ok),
            }
        })
        .await
    }
}
