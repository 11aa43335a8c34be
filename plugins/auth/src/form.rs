//! The login form: read from either encoding, checked as the contract words it.

use axum::extract::{Form, FromRequest as _, Multipart, Request};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use portico_sdk::invalid::{Invalid, Issue, Refusal};
use portico_sdk::{Error, Reason};
use secrecy::SecretString;
use serde_json::json;

/// The largest form, in bytes.
pub(crate) const LARGEST: usize = 64 * 1024;

/// How long the fields may be, in characters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) username: usize,
    pub(crate) password: usize,
}

/// The fields that count; what else the form holds is ignored.
pub(crate) struct LoginForm {
    /// Not empty; may be `tenant/user`.
    pub(crate) username: String,
    pub(crate) password: SecretString,
    pub(crate) tenant: Option<String>,
}

impl LoginForm {
    /// Reads the form of a request.
    pub(crate) async fn read(request: Request, limits: Limits) -> Result<Self, Refusal> {
        let mut fields = fields(request).await?;
        let grant = fields.take("grant_type");
        let (username, password) = (fields.take("username"), fields.take("password"));
        let issues = [
            check_grant(grant.as_deref()),
            check_text("username", username.as_deref(), limits.username),
            check_text("password", password.as_deref(), limits.password),
        ];
        let issues: Vec<Issue> = issues.into_iter().flatten().collect();
        match (username, password) {
            (Some(username), Some(password)) if issues.is_empty() => Ok(Self {
                username,
                password: password.into(),
                tenant: fields.take("tenant"),
            }),
            _ => Err(Invalid(issues).into()),
        }
    }
}

fn check_grant(grant: Option<&str>) -> Option<Issue> {
    const PATTERN: &str = "^password$";
    let grant = grant.filter(|&grant| grant != "password")?;
    let words = format!("String should match pattern '{PATTERN}'");
    let issue = Issue::new("string_pattern_mismatch", ["body", "grant_type"], words);
    Some(issue.input(grant).context(json!({ "pattern": PATTERN })))
}

/// Never repeats the value: it may be a password.
fn check_text(name: &'static str, text: Option<&str>, longest: usize) -> Option<Issue> {
    let Some(text) = text else {
        return Some(Issue::missing(["body", name]));
    };
    if text.chars().count() <= longest {
        return None;
    }
    let words = format!("String should have at most {longest} characters");
    let issue = Issue::new("string_too_long", ["body", name], words);
    Some(issue.context(json!({ "max_length": longest })))
}

struct Fields(Vec<(String, String)>);

impl Fields {
    /// The last field of the name; an empty one counts as none, as in the original.
    fn take(&mut self, name: &str) -> Option<String> {
        let (_, value) = self.0.iter_mut().rfind(|(field, _)| field == name)?;
        Some(std::mem::take(value)).filter(|value| !value.is_empty())
    }
}

/// The fields of either form; a body of any other type has none and is not read.
async fn fields(request: Request) -> Result<Fields, Error> {
    let kind = request.headers().get(CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        let form = Form::from_request(request, &()).await;
        return form
            .map(|Form(fields)| Fields(fields))
            .map_err(|refused| unreadable(refused.status()));
    }
    if kind.eq_ignore_ascii_case("multipart/form-data") {
        return multipart(request).await;
    }
    Ok(Fields(Vec::new()))
}

async fn multipart(request: Request) -> Result<Fields, Error> {
    let form = Multipart::from_request(request, &()).await;
    let mut form = form.map_err(|refused| unreadable(refused.status()))?;
    let mut fields = Vec::new();
    while let Some(part) = form
        .next_field()
        .await
        .map_err(|error| unreadable(error.status()))?
    {
        // A file is no text, whatever its name.
        let name = part.name().filter(|_| part.file_name().is_none());
        let Some(name) = name.map(ToOwned::to_owned) else {
            continue;
        };
        let text = part.text().await;
        fields.push((name, text.map_err(|error| unreadable(error.status()))?));
    }
    Ok(Fields(fields))
}

fn unreadable(status: StatusCode) -> Error {
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        return Error::with_message(Reason::EntityTooLarge, "The form is larger than 64 KiB");
    }
    Error::with_message(
        Reason::InvalidRequest,
        "There was an error parsing the body",
    )
}
