//! Where queries run: threads of their own, so many at a time, so long each, and none for nobody.

mod deadline;
#[cfg(test)]
mod tests;

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use portico_sdk::{Error, Reason};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{JoinError, JoinHandle};
use tracing::Instrument as _;

pub(crate) use deadline::Deadline;

use crate::priority;
use crate::settings::Settings;

/// Threads that wait for files: Lance has none here, so these are few.
const BLOCKING: usize = 4;
/// What a thread has for calls: filters and plans are trees, and gone through as such.
const STACK: usize = 16 << 20;
/// When whoever found no room may come again.
const COME_AGAIN: Duration = Duration::from_secs(1);

/// Runs queries beside the proxy.
pub(crate) struct Workshop {
    workers: usize,
    processors: usize,
    limit: Duration,
    room: Arc<Semaphore>,
    uploads: Arc<Semaphore>,
    builds: Semaphore,
    /// Made by the first query: most processes never have one.
    runtime: Mutex<Option<Runtime>>,
}

impl Workshop {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            workers: settings.workers(),
            processors: settings.processors(),
            limit: settings.max_time.0,
            room: Arc::new(Semaphore::new(settings.max_queries)),
            uploads: Arc::new(Semaphore::new(settings.max_uploads)),
            builds: Semaphore::new(settings.max_builds),
            runtime: Mutex::new(None),
        }
    }

    /// Does something on the workshop's threads. Dropping the future gives it up. Traces tell of it by
    /// what is done.
    ///
    /// # Errors
    /// [`Reason::SlowDown`] without room, [`Reason::GatewayTimeout`] when it takes too long, and
    /// whatever the work ends with.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        doing: &'static str,
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> impl Future<Output = Result<T, Error>> + Send {
        let work = Box::pin(work);
        async move {
            let room = Arc::clone(&self.room).try_acquire_owned();
            let room = room.map_err(|_| full())?;
            let work = async move {
                let done = work.await;
                drop(room);
                done
            };
            let deadline = Deadline::within(self.limit);
            self.run_within(doing, deadline, work).await
        }
    }

    /// As [`run`](Self::run), until then, and beside the queries: it takes no room of theirs.
    pub(crate) fn run_within<T: Send + 'static>(
        &self,
        doing: &'static str,
        deadline: Deadline,
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> impl Future<Output = Result<T, Error>> + Send {
        // Lance's futures are large.
        let work = Box::pin(work);
        async move {
            // Out here, where the clock goes on even while the work does not pause.
            deadline.keep(self.join(doing, work)).await?
        }
    }

    /// As [`run_within`](Self::run_within), and whether anybody waits for it or not: for what must not be
    /// left half done. Nothing is begun before the future is first asked.
    pub(crate) fn finish<T: Send + 'static>(
        &self,
        doing: &'static str,
        deadline: Deadline,
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> impl Future<Output = Result<T, Error>> + Send {
        let work = Box::pin(work);
        async move {
            let work = async move { deadline.keep(work).await? };
            let work = self.begin(doing, work)?;
            done(deadline.keep(work).await?)
        }
    }

    /// As [`run`](Self::run), for as long as it takes, once it is its turn among the builds.
    pub(crate) fn build<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> impl Future<Output = Result<T, Error>> + Send {
        let work = Box::pin(work);
        async move {
            let turn = self.builds.acquire().await;
            let _turn = turn.map_err(|error| Error::new(Reason::InternalError).because(error))?;
            self.join("build", work).await
        }
    }

    async fn join<T: Send + 'static>(
        &self,
        doing: &'static str,
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, Error> {
        let mut job = Job(self.begin(doing, work)?);
        done((&mut job.0).await)
    }

    fn begin<T: Send + 'static>(
        &self,
        doing: &'static str,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<JoinHandle<T>, Error> {
        let span = tracing::debug_span!("lance", otel.name = %format_args!("lance {doing}"));
        Ok(self.handle()?.spawn(work.instrument(span)))
    }

    /// Room for one write, which may hold a body in memory, as long as the permit is held.
    ///
    /// # Errors
    /// [`Reason::SlowDown`].
    pub(crate) fn room_for_write(&self) -> Result<OwnedSemaphorePermit, Error> {
        let room = Arc::clone(&self.uploads).try_acquire_owned();
        room.map_err(|_| full())
    }

    /// How many threads there are.
    pub(crate) fn threads(&self) -> usize {
        self.workers
    }

    /// Bounds the process's training of indices as its own work is.
    pub(crate) fn bound_training(&self) {
        priority::bound_training(self.workers, self.processors);
    }

    fn handle(&self) -> Result<Handle, Error> {
        let mut runtime = self.runtime.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runtime) = &*runtime {
            return Ok(runtime.handle().clone());
        }
        let processors = self.processors;
        let made = Builder::new_multi_thread()
            .worker_threads(self.workers)
            .max_blocking_threads(BLOCKING)
            .thread_name("lance")
            .thread_stack_size(STACK)
            .on_thread_start(move || priority::lower(processors))
            .enable_all()
            .build();
        let made = made.map_err(|error| Error::new(Reason::InternalError).because(error))?;
        Ok(runtime.insert(made).handle().clone())
    }
}

/// Work that somebody waits for; when nobody does any more it ends at its next pause.
struct Job<T>(JoinHandle<T>);

impl<T> Drop for Job<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        let runtime = self.runtime.get_mut();
        if let Some(runtime) = runtime.unwrap_or_else(PoisonError::into_inner).take() {
            // The last to leave may be a task, which must not wait.
            runtime.shutdown_background();
        }
    }
}

impl fmt::Debug for Workshop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workshop")
            .field("room", &self.room.available_permits())
            .finish_non_exhaustive()
    }
}

fn full() -> Error {
    let words = "Too many queries run at the moment; please come again";
    Error::with_message(Reason::SlowDown, words).retry_after(COME_AGAIN)
}

/// How a task ended; one that broke off is nobody's fault but the house's.
fn done<T>(ended: Result<Result<T, Error>, JoinError>) -> Result<T, Error> {
    ended.unwrap_or_else(|error| Err(Error::new(Reason::InternalError).because(error)))
}
