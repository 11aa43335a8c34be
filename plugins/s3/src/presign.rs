//! `POST /api/v1/presign`: a link to one object, to read or to write it.

mod form;

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use bytes::Bytes;
use http::HeaderMap;
use http::header::CACHE_CONTROL;
use portico_sdk::Error;
use portico_sdk::invalid::Invalid;
use portico_sdk::presign::Presigner;
use portico_sdk::rest::Caller;
use serde::Serialize;

use form::Form;

/// The answer.
#[derive(Serialize)]
struct Link {
    url: String,
    bucket: String,
    key: String,
    expires_in: u64,
    method: &'static str,
}

/// Why there is no link: a list of issues, or words.
enum Refusal {
    Invalid(Invalid),
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

/// The route.
pub(crate) fn routes(presigner: Arc<dyn Presigner>) -> Router {
    Router::new()
        .route("/api/v1/presign", post(give))
        .with_state(presigner)
}

async fn give(
    State(presigner): State<Arc<dyn Presigner>>,
    Caller(caller): Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Result<impl IntoResponse, Refusal> {
    let form = Form::read(&headers, &body)?;
    let url = presigner.presign(&caller, form.permit(), form.lifetime)?;
    let link = Link {
        url,
        expires_in: form.lifetime.as_secs(),
        method: form.method.label(),
        bucket: form.bucket,
        key: form.key,
    };
    Ok(([(CACHE_CONTROL, "no-store")], Json(link)))
}
