//! `GET /api/v1/credentials`: the caller's S3 keys, with a session token to use them here.

use std::sync::Arc;
use std::time::SystemTime;

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use http::HeaderMap;
use http::header::CACHE_CONTROL;
use portico_sdk::credential::AccessKeys;
use portico_sdk::presign::PublicAddress;
use portico_sdk::rest::Caller;
use portico_sdk::tokens::Session;
use portico_sdk::users::Users as _;
use portico_sdk::{Error, Principal, Reason, Tenant};
use secrecy::ExposeSecret as _;
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use utoipa::ToSchema;

use crate::bearer;
use crate::plugin::Desk;

/// The answer: the contract's fields, then Portico's own two.
#[derive(Serialize, ToSchema)]
#[schema(as = S3CredentialsResponse)]
pub(crate) struct S3Credentials {
    access_key_id: String,
    secret_access_key: String,
    username: String,
    #[schema(required)]
    tenant: Option<String>,
    /// The address of the S3 door for this tenant.
    #[schema(required)]
    endpoint_url: Option<String>,
    /// To be sent beside every signature that these keys make (`X-Amz-Security-Token`).
    session_token: String,
    /// RFC 3339, in UTC, whole seconds.
    #[schema(format = DateTime)]
    expires_at: String,
}

/// Hands the keys to whoever shows a login token.
///
/// A session token would not do: it could renew itself for ever.
pub(crate) async fn get(
    State(desk): State<Arc<Desk>>,
    Caller(caller): Caller,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Error> {
    let token = bearer::token(&headers)?.ok_or_else(|| Error::new(Reason::NotAuthenticated))?;
    let login = desk.tokens.read_login(token)?;
    let expires = login.expires.min(desk.session_end());
    let session = Session {
        keys: keys(&desk, &caller)?,
        user: login.user,
        tenant: login.tenant,
        expires,
    };
    let session_token = desk.tokens.write_session(&session)?;
    let answer = S3Credentials {
        endpoint_url: desk.endpoint(session.tenant.as_ref()),
        access_key_id: session.keys.access_key,
        secret_access_key: session.keys.secret_key.expose_secret().to_owned(),
        username: session.user,
        tenant: session.tenant.map(|tenant| tenant.to_string()),
        session_token,
        expires_at: rfc3339(expires)?,
    };
    Ok(([(CACHE_CONTROL, "no-store")], Json(answer)))
}

/// HCP's keys follow from the password. Elsewhere they are made for this session: those of the
/// house's own account are told to nobody.
fn keys(desk: &Desk, caller: &Principal) -> Result<AccessKeys, Error> {
    match &desk.users {
        None => Ok(caller.s3_keys().into_owned()),
        Some(users) => users.issue(&caller.user),
    }
}

fn rfc3339(at: SystemTime) -> Result<String, Error> {
    let failed = |error| Error::new(Reason::InternalError).because(error);
    let whole = OffsetDateTime::from(at).truncate_to_second();
    whole.format(&Rfc3339).map_err(failed)
}

/// The address of the S3 door for a tenant's users.
pub(crate) fn endpoint(
    pattern: &str,
    domain: Option<&str>,
    tenant: Option<&Tenant>,
) -> Option<String> {
    let public = PublicAddress {
        pattern: pattern.to_owned(),
        domain: domain.map(str::to_owned),
    };
    public.s3(tenant)
}
