//! `POST /api/v1/auth/token`: a login form in, a login token out. On HCP nobody is asked yet;
//! elsewhere the password is measured against the configuration.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::response::IntoResponse;
use http::header::CACHE_CONTROL;
use portico_sdk::brake::Claimed;
use portico_sdk::exchange::Arrival;
use portico_sdk::invalid::{Invalid, Issue, Refusal};
use portico_sdk::tokens::Login;
use portico_sdk::{Error, Reason, Tenant};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::form::LoginForm;
use crate::plugin::Desk;

/// The answer (RFC 6749 section 5.1).
#[derive(Serialize, ToSchema)]
#[schema(as = TokenResponse)]
pub(crate) struct Token {
    access_token: String,
    /// `bearer`.
    token_type: &'static str,
}

/// Logs a user in.
pub(crate) async fn post(
    State(desk): State<Arc<Desk>>,
    arrival: Arrival,
    request: Request,
) -> Result<impl IntoResponse, Refusal> {
    // The route is open, so nobody has asked yet.
    desk.brake.admit(arrival.client)?;
    let form = LoginForm::read(request, desk.limits).await?;
    let (tenant, user) = resolve(&form.username, form.tenant.as_deref())?;
    let password = match &desk.users {
        None => form.password,
        // Nobody here has a tenant, nor a slash in their name: with one it is the name of nobody.
        Some(users) => {
            let nobody = tenant.as_ref().map(|tenant| format!("{tenant}/{user}"));
            let name = nobody.as_deref().unwrap_or(user);
            let claimed = |error: Error| error.claiming(Claimed::user(tenant.as_ref(), user));
            users.log_in(name, form.password).await.map_err(claimed)?
        }
    };
    let login = Login {
        user: user.to_owned(),
        tenant,
        password,
        expires: desk.login_end(),
    };
    let answer = Token {
        access_token: desk.tokens.write_login(&login)?,
        token_type: "bearer",
    };
    Ok(([(CACHE_CONTROL, "no-store")], Json(answer)))
}

/// Tenant and user: a tenant field that is not blank wins and leaves the user name alone;
/// otherwise what stands before the first slash of the user name is the tenant.
fn resolve<'a>(
    username: &'a str,
    tenant: Option<&str>,
) -> Result<(Option<Tenant>, &'a str), Refusal> {
    if let Some(tenant) = tenant.and_then(not_blank) {
        return Ok((Some(parse(tenant)?), username));
    }
    let Some((prefix, user)) = username.split_once('/') else {
        return Ok((None, username));
    };
    if user.is_empty() {
        return Err(Invalid(vec![nobody()]).into());
    }
    Ok((not_blank(prefix).map(parse).transpose()?, user))
}

fn not_blank(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}

fn parse(tenant: &str) -> Result<Tenant, Error> {
    tenant
        .parse()
        .map_err(|_| Error::with_message(Reason::Unprocessable, "Invalid tenant name"))
}

/// A tenant without a user, `tenant/`: a token without a subject would be of no use.
fn nobody() -> Issue {
    let words = "String should have at least 1 character";
    Issue::new("string_too_short", ["body", "username"], words).context(json!({ "min_length": 1 }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(username: &str, tenant: Option<&str>) -> (Option<String>, String) {
        let (tenant, user) = resolve(username, tenant).ok().unwrap();
        (tenant.map(|tenant| tenant.to_string()), user.to_owned())
    }

    fn pair(tenant: &str, user: &str) -> (Option<String>, String) {
        (
            Some(tenant.to_owned()).filter(|t| !t.is_empty()),
            user.to_owned(),
        )
    }

    #[test]
    fn tenants_come_from_the_field_or_the_prefix() {
        assert_eq!(resolved("bo", None), pair("", "bo"));
        assert_eq!(resolved("a/b/c", None), pair("a", "b/c"));
        assert_eq!(resolved("/b", None), pair("", "b"));
        assert_eq!(resolved(" a /b", None), pair("a", "b"));
        assert_eq!(resolved("a/b", Some(" t ")), pair("t", "a/b"));
        assert_eq!(resolved("a/b", Some("  ")), pair("a", "b"));
        assert_eq!(resolved(" b ", Some("t")), pair("t", " b "));
    }

    #[test]
    fn a_tenant_that_is_no_host_label_is_refused() {
        for (username, tenant) in [("b", Some("t.example")), ("t@x/b", None), ("t:1/b", None)] {
            assert!(matches!(
                resolve(username, tenant),
                Err(Refusal::Error(error)) if error.message() == "Invalid tenant name"
            ));
        }
    }

    #[test]
    fn a_tenant_alone_is_no_user() {
        assert!(matches!(resolve("a/", None), Err(Refusal::Invalid(_))));
    }
}
