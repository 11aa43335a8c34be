//! Answers that are kept until something beneath their bucket is written through the house.

use std::future::Future;

use axum::response::{IntoResponse as _, Response};
use http::header::{CONTENT_TYPE, HeaderValue};
use portico_sdk::cache::{Demand, Home, Identity, Lifetime, Question, get_or_await};
use portico_sdk::{Error, Reason, body};
use serde::Serialize;

use crate::ask::Ask;
use crate::place::Dataset;

/// What tells an answer from others.
pub(super) struct Kept<'a> {
    pub(super) operation: &'static str,
    pub(super) lifetime: Lifetime,
    pub(super) dataset: &'a Dataset,
    pub(super) parts: &'a [&'a str],
}

impl Kept<'_> {
    /// The answer that is kept for this caller, or else what the work gives.
    pub(super) async fn or<T: Serialize + Send + 'static>(
        self,
        ask: &Ask,
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<Response, Error> {
        let Some(cache) = &ask.desk.cache else {
            return Ok(axum::Json(work.await?).into_response());
        };
        let home = Home::in_store(&ask.desk.upstreams, ask.caller.tenant.as_ref());
        let identity = Identity::data(&**cache, &ask.caller);
        let bucket = &self.dataset.bucket;
        let asked = (home, identity);
        let question = Question::made_of(bucket, self.operation, asked, self.lifetime, self.parts);
        let question = Question {
            demand: Demand::of(&ask.head.headers),
            ..question
        };
        let fetch = async move { written(&work.await?) };
        let found = get_or_await(&**cache, question, fetch).await?;
        Ok(found.response.map(axum::body::Body::new))
    }
}

fn written<T: Serialize>(value: &T) -> Result<http::Response<body::Body>, Error> {
    let failed = |error| Error::new(Reason::InternalError).because(error);
    let text = serde_json::to_vec(value).map_err(failed)?;
    let mut response = http::Response::new(body::full(text));
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    Ok(response)
}
