//! Uploads in parts, step by step: for clients that send the parts themselves.

mod begin;
mod describe;
mod end;
mod part;
mod presign;

use std::sync::Arc;

use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use http::Method;
use portico_sdk::invalid::Refusal;
use portico_sdk::rest::Routes;

use crate::ask::Ask;
use crate::desk::Desk;
use crate::keys;
use crate::objects::not_allowed;

const ALL: &str = "/api/v1/buckets/{bucket}/multipart";

pub(crate) fn routes() -> Routes<Arc<Desk>> {
    Routes::new().below(ALL, describe::below(), below)
}

/// Everything below `…/multipart/`.
async fn below(ask: Ask, request: Request) -> Response {
    let rest = match keys::rest(request.uri().path()) {
        Ok(rest) => rest,
        Err(error) => return error.into_response(),
    };
    let answered = answer(&ask, &rest, request).await;
    answered.unwrap_or_else(Refusal::into_response)
}

async fn answer(ask: &Ask, rest: &str, request: Request) -> Result<Response, Refusal> {
    match *request.method() {
        Method::POST => {
            let (step, key) = step(rest);
            keys::check_key(key)?;
            match step {
                Step::Begin => Ok(begin::begin(ask, key).await?),
                Step::Complete => end::complete(ask, key, request).await,
                Step::Abort => end::abort(ask, key, request).await,
                Step::Presign => presign::presign(ask, key, request).await,
            }
        }
        Method::PUT => {
            keys::check_key(rest)?;
            part::send(ask, rest, request).await
        }
        Method::GET => match rest.strip_suffix("/parts") {
            Some(key) => {
                keys::check_key(key)?;
                part::list(ask, key, request.uri().clone()).await
            }
            None => Ok(not_allowed("POST, PUT")),
        },
        _ => Ok(not_allowed("POST, PUT")),
    }
}

/// What a `POST` is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Begin,
    Complete,
    Abort,
    Presign,
}

/// The step and the key of a decoded path; the words at its end win over keys that end so.
fn step(rest: &str) -> (Step, &str) {
    let words = [
        ("/complete", Step::Complete),
        ("/abort", Step::Abort),
        ("/presign", Step::Presign),
    ];
    for (word, step) in words {
        if let Some(key) = rest.strip_suffix(word) {
            return (step, key);
        }
    }
    (Step::Begin, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_at_the_end_are_steps() {
        for (rest, expected) in [
            ("a/b", (Step::Begin, "a/b")),
            ("a/complete", (Step::Complete, "a")),
            ("a/abort", (Step::Abort, "a")),
            ("a/b/presign", (Step::Presign, "a/b")),
            ("a/parts", (Step::Begin, "a/parts")),
            ("complete", (Step::Begin, "complete")),
            ("/abort", (Step::Abort, "")),
        ] {
            assert_eq!(step(rest), expected, "{rest}");
        }
    }
}
