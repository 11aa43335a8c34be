//! Where queries run: threads of their own, so many at a time, so long each, and none for nobody.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use portico_sdk::{Error, Reason};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tracing::Instrument as _;

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
            self.run_within(doing, self.limit, work).await
        }
    }

    /// As [`run`](Self::run), for so long, and beside the queries: it takes no room of theirs.
    pub(crate) fn run_within<T: Send + 'static>(
        &self,
        doing: &'static str,
        limit: Duration,
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> impl Future<Output = Result<T, Error>> + Send {
        // Lance's futures are large.
        let work = Box::pin(work);
        async move {
            let work = async move {
                let done = timeout(limit, work).await;
                done.unwrap_or_else(|_| Err(late(limit)))
            };
            self.join(doing, work).await
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
        let span = tracing::debug_span!("lance", otel.name = %format_args!("lance {doing}"));
        let mut job = Job(self.handle()?.spawn(work.instrument(span)));
        (&mut job.0)
            .await
            .unwrap_or_else(|error| Err(Error::new(Reason::InternalError).because(error)))
    }

    /// Room for one body in memory, as long as the permit is held.
    ///
    /// # Errors
    /// [`Reason::SlowDown`].
    pub(crate) fn room_for_upload(&self) -> Result<OwnedSemaphorePermit, Error> {
        let room = Arc::clone(&self.uploads).try_acquire_owned();
        room.map_err(|_| full())
    }

    /// How many threads there are.
    pub(crate) fn threads(&self) -> usize {
        self.workers
    }

    fn handle(&self) -> Result<Handle, Error> {
        let mut runtime = self.runtime.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runtime) = &*runtime {
            return Ok(runtime.handle().clone());
        }
        let made = Builder::new_multi_thread()
            .worker_threads(self.workers)
            .max_blocking_threads(BLOCKING)
            .thread_name("lance")
            .thread_stack_size(STACK)
            .on_thread_start(priority::lower)
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

fn late(limit: Duration) -> Error {
    let words = format!("The query was given up after {} seconds", limit.as_secs());
    Error::with_message(Reason::GatewayTimeout, words)
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use portico_sdk::settings;
    use tokio::sync::oneshot;

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
        assert!(
            workshop.run("test", async { Ok(()) }).await.is_err()
                || workshop.room.available_permits() == 1
        );
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
}
