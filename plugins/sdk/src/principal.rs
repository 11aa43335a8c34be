//! Who is asking, how they proved it, and the secret that the store wants from them.

use std::borrow::Cow;
use std::sync::Arc;

use crate::credential::{AccessKeys, Credential};
use crate::error::{Error, Reason};
use crate::rights::{Asked, Rights};
use crate::tenant::Tenant;

/// How a principal proved who they are; the label of authentication metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Way {
    /// A login token in `Authorization: Bearer` (RFC 6750).
    Bearer,
    /// A signature beside an S3 session token.
    SessionToken,
    /// A signature beside the grant of a presigned URL that Portico issued.
    Grant,
    /// A signature with HCP's own derived keys, which HCP has accepted lately.
    Keyring,
    /// A signature with keys written in the configuration.
    ConfiguredKeys,
}

impl Way {
    /// The metric label.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Bearer => "bearer",
            Self::SessionToken => "session_token",
            Self::Grant => "grant",
            Self::Keyring => "keyring",
            Self::ConfiguredKeys => "configured_keys",
        }
    }
}

/// An identity that has been proven to Portico.
#[derive(Debug, Clone)]
pub struct Principal {
    /// The user name as the store knows it; case is kept.
    pub user: String,
    /// The user's tenant; `None` for a system-level HCP user and on generic backends.
    pub tenant: Option<Tenant>,
    /// How the proof was given.
    pub way: Way,
    /// What is shown to the store in turn.
    pub credential: Credential,
    /// What they may do, where the store sees one account for everyone; `None`: the store decides.
    pub rights: Option<Arc<Rights>>,
}

impl Principal {
    /// The S3 keys that requests of this principal are signed with towards the store.
    #[must_use]
    pub fn s3_keys(&self) -> Cow<'_, AccessKeys> {
        self.credential.s3_keys(&self.user)
    }

    /// Lets an operation pass where no rules hold this principal, or they allow it.
    ///
    /// # Errors
    /// [`Reason::AccessDenied`].
    pub fn may(&self, asked: &Asked<'_>) -> Result<(), Error> {
        match &self.rights {
            Some(rights) if !rights.allow(asked) => {
                Err(Error::new(Reason::AccessDenied).because("no rule of the user allows it"))
            }
            _ => Ok(()),
        }
    }
}
