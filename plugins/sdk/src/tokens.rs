//! What the plugins agree on about tokens: what one holds, and who reads and writes them.

use std::fmt;
use std::time::SystemTime;

use http::Method;
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

/// What a grant says: the one request that the holder of a presigned URL may send, and the keys
/// that sign it.
#[derive(Clone)]
pub struct Grant {
    /// The user who gave it, `sub`.
    pub user: String,
    /// The tenant, if the user has one.
    pub tenant: Option<Tenant>,
    /// The keys that the URL is signed with.
    pub keys: AccessKeys,
    /// What it is for.
    pub permit: Permit,
    /// When the grant ends; at most seven days after it was given, whatever the login's end.
    pub expires: SystemTime,
}

/// One method on one key, or on one part of an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit {
    /// The method, and no other: a grant to GET is none to HEAD.
    pub method: Method,
    /// The bucket.
    pub bucket: String,
    /// The key, decoded; not empty.
    pub key: String,
    /// The part of a multipart upload, when the grant is for `UploadPart`.
    pub part: Option<Part>,
}

/// One part of a multipart upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// `uploadId`.
    pub upload_id: String,
    /// `partNumber`, from 1 to 10 000.
    pub number: u16,
}

/// A token that accompanies a signature, in `X-Amz-Security-Token`.
#[derive(Debug, Clone)]
pub enum Companion {
    /// For every request of its user.
    Session(Session),
    /// For one request.
    Grant(Grant),
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

    /// Reads what accompanies a signature: a session token or a grant.
    ///
    /// # Errors
    /// As [`Tokens::read_login`].
    fn read_companion(&self, token: &str) -> Result<Companion, Error>;

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

    /// Writes a grant.
    ///
    /// # Errors
    /// As [`Tokens::write_login`].
    fn write_grant(&self, grant: &Grant) -> Result<String, Error>;
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

impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grant")
            .field("user", &self.user)
            .field("tenant", &self.tenant)
            .field("permit", &self.permit)
            .finish_non_exhaustive()
    }
}
