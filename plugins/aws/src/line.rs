//! The way of one identity's requests, without AWS's client in front of it.

use std::sync::Arc;

use http::{Request, Response};
use portico_sdk::{Body, Error};

use crate::identity::Identity;
use crate::wire::Wire;

/// Sends what somebody has signed with the keys of one identity. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Line {
    pub(crate) wire: Wire,
    pub(crate) who: Arc<Identity>,
}

impl Line {
    /// Whose it is, and where the store is for them.
    #[must_use]
    pub fn who(&self) -> &Identity {
        &self.who
    }

    /// One request, path style, signed already.
    ///
    /// # Errors
    /// As [`Wire::exchange`].
    pub async fn exchange(&self, request: Request<Body>) -> Result<Response<Body>, Error> {
        self.wire.exchange(&self.who, request).await
    }
}
