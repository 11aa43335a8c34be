//! What every route needs.

use std::sync::Arc;

use portico_aws::Clients;
use portico_sdk::presign::Presigner;
use portico_sdk::upstream::Backend;
use portico_sdk::{Error, Reason};

use crate::upload::Memory;

pub(crate) struct Desk {
    pub(crate) clients: Clients,
    pub(crate) backend: Backend,
    pub(crate) memory: Memory,
    /// Lent by the S3 door.
    pub(crate) presigner: Option<Arc<dyn Presigner>>,
}

impl Desk {
    /// Who makes links.
    pub(crate) fn presigner(&self) -> Result<&dyn Presigner, Error> {
        let words = "There is no S3 door that a link could lead to";
        let none = || Error::with_message(Reason::NotImplemented, words);
        self.presigner.as_deref().ok_or_else(none)
    }
}
