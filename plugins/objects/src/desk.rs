//! What every route needs.

use std::sync::Arc;

use portico_aws::Clients;
use portico_hcp::Hcp;
use portico_sdk::jobs::JobRoutes;
use portico_sdk::presign::Presigner;
use portico_sdk::upstream::Backend;
use portico_sdk::{Error, Reason};

use crate::upload::{Memory, Progress};

pub(crate) struct Desk {
    pub(crate) clients: Clients,
    pub(crate) backend: Backend,
    pub(crate) memory: Memory,
    /// How far uploads have come.
    pub(crate) progress: Progress,
    /// HCP's management, where it is open.
    pub(crate) hcp: Option<Hcp>,
    /// Lent by the S3 door.
    pub(crate) presigner: Option<Arc<dyn Presigner>>,
    /// Lent by the plugin that runs jobs.
    pub(crate) jobs: Option<Arc<dyn JobRoutes>>,
}

impl Desk {
    /// Who makes links.
    pub(crate) fn presigner(&self) -> Result<&dyn Presigner, Error> {
        let words = "There is no S3 door that a link could lead to";
        let none = || Error::with_message(Reason::NotImplemented, words);
        self.presigner.as_deref().ok_or_else(none)
    }
}
