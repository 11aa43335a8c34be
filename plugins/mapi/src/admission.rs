//! Who may come in: a login token, which was proven before, or a proof that is HCP's to judge.

use async_trait::async_trait;
use http::header::AUTHORIZATION;
use portico_sdk::exchange::Head;
use portico_sdk::native::NativeProof;
use portico_sdk::{Authorize, Door, Error, Exchange, Principal, Reason};

use crate::tenant;

const TOKEN: &str = "x-amz-security-token";

/// Guards the management doors; everything else it lets pass.
pub(crate) struct Admission {
    /// Whether proofs of HCP's own kinds go on for HCP to judge.
    pub(crate) passthrough: bool,
}

#[async_trait]
impl Authorize for Admission {
    async fn authorize(&self, exchange: &Exchange) -> Result<(), Error> {
        if !matches!(exchange.route.door, Door::Management(_)) {
            return Ok(());
        }
        refuse_ours(&exchange.head)?;
        match &exchange.principal {
            Some(principal) => of_this_level(exchange, principal),
            None if self.passthrough => native(&exchange.head),
            None => Err(Error::new(Reason::NotAuthenticated)),
        }
    }
}

/// Of two proofs HCP might read the other one; and what proves an S3 request proves nothing here,
/// and must not reach HCP.
fn refuse_ours(head: &Head) -> Result<(), Error> {
    if head.headers().get_all(AUTHORIZATION).iter().count() > 1 {
        let words = "The request needs exactly one Authorization header.";
        return Err(Error::with_message(Reason::InvalidRequest, words));
    }
    if head.headers().contains_key(TOKEN) || head.parameter_names().any(|name| name == TOKEN) {
        let words = "Tokens of S3 sessions and links are no proof for management.";
        return Err(Error::with_message(Reason::InvalidToken, words));
    }
    Ok(())
}

/// The pipeline itself refuses a tenant's user at another tenant's host; the system's host is
/// nobody's tenant.
fn of_this_level(exchange: &Exchange, principal: &Principal) -> Result<(), Error> {
    let own = principal.tenant.as_ref();
    if exchange.route.system && own.is_some_and(|own| own.as_str() != tenant::SYSTEM) {
        return Err(Error::with_message(
            Reason::AccessDenied,
            "The credential belongs to a tenant, and this host to the system.",
        ));
    }
    Ok(())
}

fn native(head: &Head) -> Result<(), Error> {
    if NativeProof::of(head.headers()).is_some() {
        return Ok(());
    }
    if head.headers().contains_key(AUTHORIZATION) {
        let words = "Management takes a login token as bearer, or HCP's own credentials.";
        return Err(Error::with_message(Reason::NotAuthenticated, words));
    }
    Err(Error::new(Reason::NotAuthenticated))
}
