//! Which tenant's service a request means: the credential's, else the host's, else the one that a
//! header of ours asks for, else none: the system's.

use http::HeaderName;
use portico_sdk::{Error, Exchange, Reason, Tenant};

/// The label of HCP's system level, where tenants have their names.
pub(crate) const SYSTEM: &str = "admin";

/// Where a client whose credential and host say nothing of a tenant asks for one.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("x-tenant-name");

/// The tenant; `None`: the system.
///
/// # Errors
/// A header that is no tenant, or asks for another one than host or credential have decided on: it
/// is not overruled in silence, because the request may be for a resource that both tenants have.
pub(crate) fn of(exchange: &Exchange) -> Result<Option<Tenant>, Error> {
    let asked = asked(exchange)?;
    let principal = exchange.principal.as_ref();
    let own = principal.and_then(|principal| principal.tenant.as_ref());
    let decided = own.or(exchange.route.tenant.as_ref());
    let is_other = |asked: &Tenant| match decided {
        Some(decided) => decided != asked,
        None => exchange.route.system && asked.as_str() != SYSTEM,
    };
    if asked.as_ref().is_some_and(is_other) {
        let words = "X-Tenant-Name names another tenant than the credential or the host.";
        return Err(Error::with_message(Reason::AccessDenied, words));
    }
    Ok(decided.cloned().or(asked))
}

fn asked(exchange: &Exchange) -> Result<Option<Tenant>, Error> {
    let mut values = exchange.head.headers().get_all(HEADER).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let tenant = value.to_str().ok().and_then(|text| text.parse().ok());
    if tenant.is_none() || values.next().is_some() {
        let words = "X-Tenant-Name is one tenant's name.";
        return Err(Error::with_message(Reason::InvalidArgument, words));
    }
    Ok(tenant)
}
