//! `POST …/objects/delete`: keys, and whatever begins with a prefix, while the caller waits.

use axum::Json;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use portico_aws::KeyFault;
use portico_hcp::document::{Kind, Model};
use portico_sdk::invalid::Refusal;
use portico_sdk::rights::Asked;
use portico_sdk::s3::Operation;
use portico_sdk::{Error, Reason};
use serde::Serialize;
use utoipa::ToSchema;

use crate::ask::Ask;
use crate::document::{Document, optional};
use crate::sweep::Sweep;
use crate::{keys, labels};

/// What a client sends.
pub(super) const DELETE: Model = Model {
    name: "DeleteObjectsRequest",
    fields: &[
        optional("keys", Kind::List(&Kind::Text)),
        optional("prefix", Kind::Text),
    ],
};

/// The answer.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeleteObjectsResponse {
    status: &'static str,
    /// Those that were not there count too.
    deleted: u64,
    errors: Vec<KeyFault>,
}

pub(super) async fn delete(ask: &Ask, request: Request) -> Result<Response, Refusal> {
    let mut document = Document::read(request, &DELETE).await?;
    let (keys, prefix) = (document.texts("keys"), document.text("prefix"));
    keys.iter().try_for_each(|key| keys::check_key(key))?;
    ask.may(Operation::DeleteObjects)?;
    keys.iter()
        .try_for_each(|key| writable(ask, key, &labels::object(key)))?;
    let mut sweep = Sweep::new(ask)?;
    sweep.keys(keys).await?;
    if let Some(prefix) = prefix {
        let label = labels::prefix(&prefix);
        let asked = Asked::bucket(Operation::ListObjectsV2, &ask.bucket).prefix(&prefix);
        ask.allow(&asked, &label)?;
        sweep.prefix(&prefix, &label).await?;
    }
    let tally = sweep.finish().await?;
    let done = DeleteObjectsResponse {
        status: "deleted",
        deleted: tally.deleted(),
        errors: tally.errors,
    };
    Ok(Json(done).into_response())
}

/// One key outside of the rules refuses them all, as at the S3 door.
fn writable(ask: &Ask, key: &str, label: &str) -> Result<(), Error> {
    let rights = ask.caller.rights.as_ref();
    if rights.is_none_or(|rights| rights.write(&ask.bucket, key)) {
        return Ok(());
    }
    let words = format!("{label}: {}", Reason::AccessDenied.row().message);
    Err(Error::with_message(Reason::AccessDenied, words))
}
