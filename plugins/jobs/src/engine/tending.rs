//! What the engine does as long as the process lives: take jobs, put things in order, give up in time.

use std::time::Duration;

use portico_sdk::error::chain;
use portico_sdk::leaving::Leaving;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::{Engine, millis};
use crate::store::{Claimant, Claimed};

/// How often it is seen whether others have left or submitted a job.
const LOOK: Duration = Duration::from_secs(1);
/// How often what has expired is removed.
const SWEEP: Duration = Duration::from_secs(10);
/// How long the last word to the store may take.
const FAREWELL: Duration = Duration::from_secs(3);

impl Engine {
    /// Runs jobs until the process is about to go; then gives them up, so that others go on with them
    /// at once.
    pub async fn work(self, leaving: Leaving) {
        let mut running = JoinSet::new();
        let mut swept: Option<Instant> = None;
        let mut reachable = true;
        while !leaving.is_said() {
            if swept.is_none_or(|swept| swept.elapsed() >= SWEEP) {
                self.sweep().await;
                swept = Some(Instant::now());
            }
            reachable = self.fill(&mut running, reachable).await;
            self.count().await;
            tokio::select! {
                () = leaving.said() => {}
                () = self.0.wake.notified() => {}
                Some(ended) = running.join_next() => note(ended),
                () = sleep(LOOK) => {}
            }
        }
        running.shutdown().await;
        self.give_up().await;
    }

    /// Takes jobs while there is room.
    async fn fill(&self, running: &mut JoinSet<()>, reachable: bool) -> bool {
        while running.len() < self.terms().running {
            match self.claim().await {
                Ok(Some(claimed)) => {
                    let own = self.clone();
                    running.spawn(async move { own.run_one(claimed).await });
                }
                Ok(None) => break,
                Err(fault) => {
                    if reachable {
                        tracing::warn!(error = %chain(&*fault), "no jobs can be taken");
                    }
                    return false;
                }
            }
        }
        true
    }

    /// The next job, if there is one and it is this process's turn.
    async fn claim(&self) -> Result<Option<Claimed>, Box<dyn std::error::Error + Send + Sync>> {
        let by = Claimant {
            holder: self.0.holder.clone(),
            mark: self.files().await?.mark().to_owned(),
            kinds: self.0.known.names(),
            per_owner: self.terms().running_per_owner,
        };
        let now = self.now();
        let until = now.saturating_add(millis(self.terms().lease));
        Ok(self.store().claim(&by, now, until).await?)
    }

    /// Removes what has expired, and files that no job owns any more.
    async fn sweep(&self) {
        let kept = millis(self.terms().kept);
        if let Err(fault) = self.store().sweep(self.now(), kept).await {
            tracing::debug!(error = %chain(&fault), "jobs were not swept");
            return;
        }
        if let Err(error) = self.sweep_files().await {
            tracing::warn!(error = %chain(&*error), "files of jobs were not swept");
        }
    }

    async fn count(&self) {
        match self.store().census().await {
            Ok(counts) => self.figures().census(&self.0.known.names(), &counts),
            Err(fault) => tracing::debug!(error = %chain(&fault), "jobs were not counted"),
        }
    }

    async fn sweep_files(&self) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let files = self.files().await?;
        for job in files.jobs().await? {
            if self.store().look(job, self.now()).await?.is_none() {
                files.remove(job).await?;
            }
        }
        files.measure().await?;
        self.figures().disk(files.used());
        Ok(())
    }

    async fn give_up(&self) {
        match timeout(FAREWELL, self.store().release(&self.0.holder)).await {
            Ok(Ok(0)) => {}
            Ok(Ok(count)) => tracing::info!(count, "jobs left to others"),
            Ok(Err(fault)) => tracing::warn!(error = %chain(&fault), "jobs were not released"),
            Err(_) => tracing::warn!("jobs were not released in time"),
        }
    }
}

fn note(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a job broke");
    }
}
