//! A file in a form, streamed on to HCP while it comes.

use std::future::pending;

use axum::extract::multipart::Field;
use axum::extract::{FromRequest as _, Multipart, Request};
use portico_hcp::{Answer, Call, Failure, Hcp};
use portico_sdk::body::{self, BodyWriter};
use portico_sdk::invalid::{Invalid, Issue, Refusal};
use portico_sdk::{Error, Reason};

/// Sends the form's field `file`; what else the form holds is not looked at.
///
/// # Errors
/// 422 without such a field, 400 for a form that is none.
pub(super) async fn send(
    hcp: &Hcp,
    call: Call<'_>,
    request: Request,
) -> Result<Result<Answer, Failure>, Refusal> {
    let form = Multipart::from_request(request, &()).await;
    let mut form = form.map_err(|_| missing())?;
    while let Some(field) = form.next_field().await.map_err(|_| unreadable())? {
        if field.name() == Some("file") {
            return Ok(stream(hcp, call, field).await);
        }
    }
    Err(missing())
}

async fn stream(hcp: &Hcp, call: Call<'_>, field: Field<'_>) -> Result<Answer, Failure> {
    let (writer, body) = body::channel();
    let filled = async {
        fill(writer, field).await;
        pending().await
    };
    // HCP may answer before it has all: then nobody waits for the rest.
    tokio::select! {
        answer = hcp.json(call.with_bytes(body)) => answer,
        never = filled => never,
    }
}

async fn fill(writer: BodyWriter, mut field: Field<'_>) {
    loop {
        match field.chunk().await {
            Ok(Some(piece)) => {
                if !writer.write(piece).await {
                    return;
                }
            }
            Ok(None) => return,
            Err(_) => return writer.fail(error()).await,
        }
    }
}

fn missing() -> Refusal {
    Invalid(vec![Issue::missing(["body", "file"])]).into()
}

fn unreadable() -> Refusal {
    error().into()
}

fn error() -> Error {
    let words = "There was an error parsing the body";
    Error::with_message(Reason::InvalidRequest, words)
}
