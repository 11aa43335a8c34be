//! What HCP takes for the login token of a caller.

use http::HeaderValue;
use portico_sdk::credential::AuthType;
use portico_sdk::{Error, Principal, Reason};

/// The value of `Authorization` that proves the principal to HCP's services.
///
/// # Errors
/// [`Reason::AccessDenied`] where the credential is for S3 alone.
pub(crate) fn proof(auth_type: AuthType, principal: &Principal) -> Result<HeaderValue, Error> {
    let proof = auth_type.authorization(&principal.user, &principal.credential);
    proof.map_err(|error| {
        let words = "The credential is no proof for management.";
        Error::with_message(Reason::AccessDenied, words).because(error)
    })
}
