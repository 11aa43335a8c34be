//! What the plugins agree on about the users of the configuration, who exist on generic stores
//! alone.

use std::sync::Arc;

use crate::credential::AccessKeys;
use crate::error::Error;
use crate::rights::Rights;

/// The users of the configuration; lent on the backends `generic` and `minio` only.
pub trait Users: Send + Sync {
    /// Fresh S3 keys for a user, to be sealed into a session token or a grant: the access key is
    /// `base64(user)`, the secret a new one, bound to the user's present password.
    ///
    /// # Errors
    /// [`Reason::InvalidToken`](crate::Reason::InvalidToken): there is no such user.
    fn issue(&self, user: &str) -> Result<AccessKeys, Error>;

    /// The rights of a user with keys that were issued and came back in a token.
    ///
    /// The signature must be checked besides.
    ///
    /// # Errors
    /// [`Reason::InvalidToken`](crate::Reason::InvalidToken): the user is gone, or has another
    /// password since.
    fn recognize(&self, user: &str, keys: &AccessKeys) -> Result<Arc<Rights>, Error>;

    /// The rights of a user, for whoever shares them; `None`: there is no such user.
    fn rights(&self, user: &str) -> Option<Arc<Rights>>;
}
