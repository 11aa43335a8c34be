//! What is wrong with a request, field by field: the 422 lists that front ends read.

use std::borrow::Cow;
use std::error::Error as _;

use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use http_body_util::LengthLimitError;
use serde::Serialize;
use serde_json::Value;

use crate::error::{Error, Reason};

/// One thing that is wrong, under Pydantic's names for it (`missing`, `string_too_long`, …).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Issue {
    #[serde(rename = "type")]
    kind: &'static str,
    loc: Vec<Value>,
    msg: Cow<'static, str>,
    input: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    ctx: Option<Value>,
}

impl Issue {
    /// An issue at a place such as `["body", "username"]`; indexes into lists are numbers.
    #[must_use]
    pub fn new(
        kind: &'static str,
        place: impl IntoIterator<Item = impl Into<Value>>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            kind,
            loc: place.into_iter().map(Into::into).collect(),
            msg: message.into(),
            input: Value::Null,
            ctx: None,
        }
    }

    /// A field that must be there and is not.
    #[must_use]
    pub fn missing(place: impl IntoIterator<Item = impl Into<Value>>) -> Self {
        Self::new("missing", place, "Field required")
    }

    /// Repeats what the client sent: never a secret.
    #[must_use]
    pub fn input(mut self, input: impl Into<Value>) -> Self {
        self.input = input.into();
        self
    }

    /// Adds the numbers or patterns that the words speak of.
    #[must_use]
    pub fn context(mut self, context: Value) -> Self {
        self.ctx = Some(context);
        self
    }
}

/// Reads the body of a request, at most so many bytes, as [`json`] does.
///
/// # Errors
/// [`Reason::EntityTooLarge`] for a longer one, [`Reason::IncompleteBody`] for one that broke off, and
/// the issue with a text that is no JSON.
pub async fn read(
    request: axum::extract::Request,
    longest: usize,
) -> Result<Option<Value>, Refusal> {
    let (parts, incoming) = request.into_parts();
    let read = axum::body::to_bytes(incoming, longest).await;
    let bytes = read.map_err(unreadable)?;
    json(&parts.headers, &bytes).map_err(|issue| Invalid(vec![*issue]).into())
}

fn unreadable(error: axum::Error) -> Error {
    let is_too_long = <dyn std::error::Error>::is::<LengthLimitError>;
    let reason = if error.source().is_some_and(is_too_long) {
        Reason::EntityTooLarge
    } else {
        Reason::IncompleteBody
    };
    Error::new(reason).because(error)
}

/// The JSON of a body as routes read it; `None`: there is no body.
///
/// A body of another type than JSON is the text that it holds, which then is no document.
///
/// # Errors
/// The text is no JSON.
pub fn json(headers: &HeaderMap, body: &[u8]) -> Result<Option<Value>, Box<Issue>> {
    if body.is_empty() {
        return Ok(None);
    }
    if !is_json(headers) {
        return Ok(Some(String::from_utf8_lossy(body).into()));
    }
    serde_json::from_slice(body).map(Some).map_err(|error| {
        let place = [Value::from("body"), Value::from(error.column())];
        let issue = Issue::new("json_invalid", place, "JSON decode error");
        let context = serde_json::json!({ "error": error.to_string() });
        Box::new(issue.input(serde_json::json!({})).context(context))
    })
}

/// A value where a document should be, in Pydantic's words.
#[must_use]
pub fn no_document(place: impl IntoIterator<Item = impl Into<Value>>, input: Value) -> Issue {
    let words = "Input should be a valid dictionary or object to extract fields from";
    Issue::new("model_attributes_type", place, words).input(input)
}

/// `application/json`, or any type of its kind (RFC 6839 section 3.1).
fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let kind = kind
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default();
    let kind = kind.trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// All that is wrong with a request: answered as 422 and `{"detail": [issue, …]}`.
#[derive(Debug, Clone, PartialEq)]
pub struct Invalid(pub Vec<Issue>);

#[derive(Serialize)]
struct Detail {
    detail: Vec<Issue>,
}

impl IntoResponse for Invalid {
    fn into_response(self) -> Response {
        let body = axum::Json(Detail { detail: self.0 });
        (StatusCode::UNPROCESSABLE_ENTITY, body).into_response()
    }
}

/// Why a route that reads forms has no answer: a list of issues, or words.
#[derive(Debug)]
pub enum Refusal {
    /// What is wrong with the request, field by field.
    Invalid(Invalid),
    /// Anything else.
    Error(Error),
}

impl From<Invalid> for Refusal {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Invalid(invalid) => invalid.into_response(),
            Self::Error(error) => error.into_response(),
        }
    }
}
