//! Sealing of what is kept at rest or shared: nobody reads it, and nobody moves it elsewhere.

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::error::Error;

/// Makes seals under keys that derive from the secrets of the configuration.
pub trait Seals: Send + Sync {
    /// The seal for one purpose; what one purpose sealed, no other opens.
    fn seal(&self, purpose: &'static str) -> Arc<dyn Seal>;
}

/// An AEAD under a key of its own. After a change of secrets, what the older ones that are still
/// accepted have sealed opens too.
pub trait Seal: Send + Sync {
    /// Seals some bytes for the place that `bound` describes.
    ///
    /// # Errors
    /// The system has no random numbers.
    fn close(&self, plain: &[u8], bound: &[u8]) -> Result<Vec<u8>, Error>;

    /// Opens what was sealed for this very place; `None` when it was not, or was changed.
    fn open(&self, sealed: &[u8], bound: &[u8]) -> Option<Zeroizing<Vec<u8>>>;

    /// A keyed hash (HMAC-SHA256), to name what must not be read from its name. The parts are
    /// taken with their lengths, so none runs into the next.
    fn tag(&self, parts: &[&[u8]]) -> [u8; 32];
}

impl fmt::Debug for dyn Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seal(..)")
    }
}
