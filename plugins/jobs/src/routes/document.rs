//! A request's document, read whole and checked by its model.

use axum::extract::Request;
use portico_hcp::document::{Model, check};
use portico_sdk::invalid::{self, Invalid, Issue, Refusal};
use portico_sdk::{Error, Reason};
use serde::de::DeserializeOwned;

/// The largest document, in bytes: a list of a hundred thousand keys.
const LARGEST: usize = 16 << 20;

/// The document of a request; what its model lets pass must fit the type.
pub(super) async fn read<T: DeserializeOwned>(
    request: Request,
    model: &'static Model,
) -> Result<T, Refusal> {
    let value = invalid::read(request, LARGEST).await?;
    let missing = || Invalid(vec![Issue::missing(["body"])]);
    let checked = check::document(model, value.ok_or_else(missing)?).map_err(Invalid)?;
    let document = serde_json::from_value(checked);
    document.map_err(|error| Error::new(Reason::InvalidRequest).because(error).into())
}
