//! One request: who asks, with which parameters, and whether they may.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::request::Parts;
use lance::session::Session;
use portico_hcp::document::Given;
use portico_sdk::rest::Caller;
use portico_sdk::s3::Operation;
use portico_sdk::{Error, Principal};

use crate::desk::Desk;
use crate::place::{Dataset, Place};

/// A request about tables.
pub(crate) struct Ask {
    pub(crate) desk: Arc<Desk>,
    pub(crate) caller: Principal,
    pub(crate) head: Parts,
}

impl FromRequestParts<Arc<Desk>> for Ask {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, desk: &Arc<Desk>) -> Result<Self, Error> {
        let Caller(caller) = Caller::from_request_parts(parts, desk).await?;
        Ok(Self {
            desk: Arc::clone(desk),
            caller,
            head: parts.clone(),
        })
    }
}

impl Ask {
    /// The parameters of the address.
    pub(crate) fn given(&self) -> Given {
        Given::read(&self.head.uri)
    }

    /// As [`Desk::folder`].
    pub(crate) fn folder(&self, dataset: &Dataset) -> Result<Arc<Session>, Error> {
        self.desk.folder(&self.caller, dataset)
    }

    /// The caller's session for a table, if they may read it.
    pub(crate) fn reader(&self, place: &Place) -> Result<Arc<Session>, Error> {
        self.table(place, Operation::GetObject)
    }

    /// As [`Desk::table`].
    pub(crate) fn table(&self, place: &Place, operation: Operation) -> Result<Arc<Session>, Error> {
        self.desk.table(&self.caller, place, operation)
    }
}
