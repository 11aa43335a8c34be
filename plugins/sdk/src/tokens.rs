//! What the plugins agree on about tokens: what one holds, and who reads and writes them.

use std::fmt;
use std::time::SystemTime;

use secrecy::SecretString;

use crate::credential::AccessKeys;
use crate::error::Error;
use crate::tenant::Tenant;

/// What a login token says: enough to act as the user until it expires.
#[derive(Clone)]
pub struct Login {
    /// The user name, `sub`.
    pub user: String,
    /// The tenant, if the user has one.
    pub tenant: Option<Tenant>,
    /// The password that HCP's credentials derive from.
    pub password: SecretString,
    /// When the token ends.
    pub expires: SystemTime,
}

/// What an S3 session token says: whose requests it accompanies, and the keys that sign them.
#[derive(Clone)]
pub struct Session {
    /// The user name, `sub`.
    pub user: String,
    /// The tenant, if the user has one.
    pub tenant: Option<Tenant>,
    /// The keys that both the client and Portico sign with.
    pub keys: AccessKeys,
    /// When the token ends.
    pub expires: SystemTime,
}

/// Reads and writes Portico's tokens.
///
/// Each kind is refused where another is meant.
pub trait Tokens: Send + Sync {
    /// Reads a login token.
    ///
    /// # Errors
    /// [`Reason::InvalidToken`](crate::Reason::InvalidToken) or
    /// [`Reason::ExpiredToken`](crate::Reason::ExpiredToken).
    fn read_login(&self, token: &str) -> Result<Login, Error>;

    /// Reads an S3 session token.
    ///
    /// # Errors
    /// As [`Tokens::read_login`].
    fn read_session(&self, token: &str) -> Result<Session, Error>;

    /// Writes a login token.
    ///
    /// # Errors
    /// [`Reason::InternalError`](crate::Reason::InternalError) when it cannot be sealed.
    fn write_login(&self, login: &Login) -> Result<String, Error>;

    /// Writes an S3 session token.
    ///
    /// # Errors
    /// As [`Tokens::write_login`].
    fn write_session(&self, session: &Session) -> Result<String, Error>;
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("user", &self.user)
            .field("tenant", &self.tenant)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("user", &self.user)
            .field("tenant", &self.tenant)
            .finish_non_exhaustive()
    }
}
