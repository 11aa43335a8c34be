//! The routes below `…/objects/`, as the contract words them.

mod chores;
mod count;
mod delete;
mod describe;
mod document;
mod events;
mod zip;

use std::time::Duration;

use async_trait::async_trait;
use axum::response::{IntoResponse as _, Response};
use portico_aws::{Clients, failure};
use portico_sdk::invalid::Refusal;
use portico_sdk::jobs::{JobPath, JobRequest, JobRoutes};
use portico_sdk::leaving::Leaving;
use portico_sdk::rest::Description;
use portico_sdk::rest::openapi::HttpMethod;
use portico_sdk::upstream::Backend;
use portico_sdk::{Error, Principal, Reason};

use crate::engine::Engine;

pub(crate) use zip::{PATH as ZIP_LINKS, Turns, routes as links};

/// What every route needs.
pub(crate) struct Desk {
    pub(crate) engine: Engine,
    pub(crate) clients: Clients,
    pub(crate) backend: Backend,
    /// Events end with the process: whoever reads them asks the next one.
    pub(crate) leaving: Leaving,
    /// Whether a finished archive can be fetched more than once.
    pub(crate) keep_zip: bool,
    /// How long a link is good.
    pub(crate) link_ttl: Duration,
    /// What links begin with.
    pub(crate) public_url: String,
    /// Instant archives on their way.
    pub(crate) turns: Turns,
}

#[async_trait]
impl JobRoutes for Desk {
    async fn serve(&self, asked: JobRequest) -> Response {
        let rest = asked.rest.clone();
        let Some(path) = JobPath::read(asked.request.method(), &rest) else {
            return Error::new(Reason::NotFound).into_response();
        };
        let answered = match path.word {
            "s3_stats" => count::serve(self, path, asked).await,
            "delete-task" => delete::serve(self, path, asked).await,
            "download" => zip::serve(self, path, asked).await,
            _ => Err(Error::new(Reason::NotFound).into()),
        };
        answered.unwrap_or_else(Refusal::into_response)
    }

    fn operations(&self, root: &str) -> Vec<(HttpMethod, String, Description)> {
        describe::operations(root)
    }
}

impl Desk {
    /// How long a store that does not answer is asked again.
    fn patience(&self) -> Duration {
        self.engine.terms().patience
    }

    /// Has the store accept the caller's credential: a login checks nothing on HCP, and whoever
    /// guesses one must not fill the house with jobs. A bucket that is not there is the job's affair.
    async fn admit(&self, caller: &Principal, bucket: &str) -> Result<(), Error> {
        if self.backend != Backend::Hcp {
            return Ok(());
        }
        let asked = self.clients.of(caller)?.head_bucket().bucket(bucket).send();
        match asked.await {
            Ok(_) => Ok(()),
            Err(error) => {
                let error = failure(error, &format!("bucket '{bucket}'"));
                Some(error)
                    .filter(|error| error.reason() != Reason::NotFound)
                    .map_or(Ok(()), Err)
            }
        }
    }
}

/// A refusal of the rules, in the words of those of objects.
fn refused(refused: Error, resource: &str) -> Error {
    let words = format!("{resource}: {refused}");
    Error::with_message(Reason::AccessDenied, words).because(refused)
}
