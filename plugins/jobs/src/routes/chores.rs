//! Work of other plugins as jobs.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::response::Response;
use portico_sdk::jobs::{Chore, Chores, Task};
use portico_sdk::{Error, Principal};
use serde_json::Value;

use super::{Desk, events};
use crate::job::{Report, Snapshot, not_found};
use crate::kind::{Halt, Kind};
use crate::work::Work;

/// A kind of job that does a chore.
struct ChoreKind {
    chore: Arc<dyn Chore>,
    kept: Duration,
}

#[async_trait]
impl Kind for ChoreKind {
    fn name(&self) -> &'static str {
        self.chore.name()
    }

    fn kept(&self) -> Duration {
        self.kept
    }

    async fn run(&self, work: &Work) -> Result<(), Halt> {
        let order: Value = work.order()?;
        let run = work.patiently(|| self.chore.run(work.caller(), &order));
        tokio::select! {
            done = run => done,
            () = work.canceled() => Err(Halt::Canceled),
        }
    }
}

#[async_trait]
impl Chores for Desk {
    fn enroll(&self, chore: Arc<dyn Chore>) {
        let kept = self.engine.terms().kept;
        self.engine.enroll(Arc::new(ChoreKind { chore, kept }));
    }

    async fn submit(
        &self,
        chore: &'static str,
        caller: &Principal,
        order: Value,
    ) -> Result<Task, Error> {
        let begun = self
            .engine
            .submit(chore, caller, &order, Report::default())
            .await?;
        Ok(task(&begun))
    }

    async fn look(&self, chore: &'static str, id: &str, caller: &Principal) -> Result<Task, Error> {
        Ok(task(&self.engine.look(chore, id, caller).await?))
    }

    async fn cancel(
        &self,
        chore: &'static str,
        id: &str,
        caller: &Principal,
    ) -> Result<Task, Error> {
        let found = self.engine.cancel(chore, id, caller).await?;
        Ok(task(&found.ok_or_else(not_found)?))
    }

    async fn events(
        &self,
        chore: &'static str,
        id: &str,
        caller: &Principal,
        document: for<'a> fn(&'a Task) -> Value,
    ) -> Result<Response, Error> {
        let told = move |snapshot: &Snapshot| document(&task(snapshot));
        events::tell(self, chore, id, caller.clone(), told).await
    }
}

fn task(snapshot: &Snapshot) -> Task {
    Task {
        id: snapshot.id,
        state: snapshot.state,
        error: snapshot.report.error.clone(),
    }
}
