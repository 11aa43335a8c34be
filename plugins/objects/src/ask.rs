//! One request: who asks, and for which bucket.

use std::sync::Arc;

use aws_sdk_s3::Client;
use axum::extract::FromRequestParts;
use http::request::Parts;
use portico_sdk::rest::Caller;
use portico_sdk::rights::Asked;
use portico_sdk::s3::Operation;
use portico_sdk::upstream::Backend;
use portico_sdk::{Error, Principal, Reason};

use crate::desk::Desk;
use crate::{keys, labels};

/// A request about a bucket, or about what is in it.
#[derive(Clone)]
pub(crate) struct Ask {
    pub(crate) desk: Arc<Desk>,
    pub(crate) caller: Principal,
    pub(crate) bucket: String,
}

impl FromRequestParts<Arc<Desk>> for Ask {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, desk: &Arc<Desk>) -> Result<Self, Error> {
        let Caller(caller) = Caller::from_request_parts(parts, desk).await?;
        Ok(Self {
            desk: Arc::clone(desk),
            caller,
            bucket: keys::bucket(parts.uri.path())?,
        })
    }
}

impl Ask {
    /// The store as this caller sees it.
    pub(crate) fn store(&self) -> Result<Client, Error> {
        self.desk.clients.of(&self.caller)
    }

    /// Lets an operation on the bucket as a whole pass, if the caller's rules do.
    pub(crate) fn may(&self, operation: Operation) -> Result<(), Error> {
        self.allow(&Asked::bucket(operation, &self.bucket), &self.label())
    }

    /// Lets an operation on one key pass.
    pub(crate) fn may_with(&self, operation: Operation, key: &str) -> Result<(), Error> {
        let asked = Asked::bucket(operation, &self.bucket).key(key);
        self.allow(&asked, &labels::object(key))
    }

    /// Lets an operation pass; `resource` is what a refusal speaks of.
    pub(crate) fn allow(&self, asked: &Asked<'_>, resource: &str) -> Result<(), Error> {
        self.caller.may(asked).map_err(|refused| {
            let words = format!("{resource}: {refused}");
            Error::with_message(Reason::AccessDenied, words).because(refused)
        })
    }

    /// Refuses what the contract has for HCP alone, in its words for every other store.
    pub(crate) fn only_on_hcp(&self, operation: &str, resource: &str) -> Result<(), Error> {
        if self.desk.backend == Backend::Hcp {
            return Ok(());
        }
        let words = format!("{resource}: '{operation}' is not supported by the minio backend");
        Err(Error::with_message(Reason::NotImplemented, words))
    }

    pub(crate) fn label(&self) -> String {
        labels::bucket(&self.bucket)
    }
}
