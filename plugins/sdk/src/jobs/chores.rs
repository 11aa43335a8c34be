//! Work of other plugins that is run as jobs: it outlives its request and survives a crash.

use std::sync::Arc;

use async_trait::async_trait;
use axum::response::Response;
use serde_json::Value;
use uuid::Uuid;

use super::State;
use crate::error::Error;
use crate::principal::Principal;

/// A kind of job that another plugin brings.
#[async_trait]
pub trait Chore: Send + Sync {
    /// The name in stores, metrics and logs.
    fn name(&self) -> &'static str;

    /// Does all of an order. Dropped where its owner cancels it, and begun anew where its process was
    /// killed, or the store was away: whatever is done must be harmless when it is done again.
    ///
    /// # Errors
    /// Why it is not done, in words for its owner.
    async fn run(&self, caller: &Principal, order: &Value) -> Result<(), Error>;
}

/// A chore that was ordered, as its owner sees it at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// Its name.
    pub id: Uuid,
    /// How it stands.
    pub state: State,
    /// Why it failed.
    pub error: Option<String>,
}

/// Runs chores; lent by the plugin that runs jobs.
#[async_trait]
pub trait Chores: Send + Sync {
    /// Makes a kind of chore known. To be called while plugins are installed: what nobody has made
    /// known by then is left to other processes.
    fn enroll(&self, chore: Arc<dyn Chore>);

    /// Takes an order in; it is run as soon as there is room for it.
    ///
    /// # Errors
    /// [`SlowDown`](crate::Reason::SlowDown) where there are too many,
    /// [`StoreBusy`](crate::Reason::StoreBusy) where none can be kept.
    async fn submit(
        &self,
        chore: &'static str,
        caller: &Principal,
        order: Value,
    ) -> Result<Task, Error>;

    /// An order of the caller's.
    ///
    /// # Errors
    /// [`NotFound`](crate::Reason::NotFound), the same whether there is none or it is somebody else's;
    /// [`StoreBusy`](crate::Reason::StoreBusy).
    async fn look(&self, chore: &'static str, id: &str, caller: &Principal) -> Result<Task, Error>;

    /// Has an order of the caller's end, wherever it runs; gives how it stood before.
    ///
    /// # Errors
    /// As [`Chores::look`].
    async fn cancel(
        &self,
        chore: &'static str,
        id: &str,
        caller: &Principal,
    ) -> Result<Task, Error>;

    /// How an order goes on, as it goes on: server-sent events, each with the document of the task.
    ///
    /// # Errors
    /// As [`Chores::look`].
    async fn events(
        &self,
        chore: &'static str,
        id: &str,
        caller: &Principal,
        document: for<'a> fn(&'a Task) -> Value,
    ) -> Result<Response, Error>;
}
