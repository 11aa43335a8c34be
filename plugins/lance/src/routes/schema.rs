//! `GET …/schema`: the columns of a table.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema};
use axum::response::Response;
use lance::session::Session;
use portico_hcp::document::Given;
use portico_sdk::Error;
use portico_sdk::cache::Lifetime;
use portico_sdk::invalid::Refusal;
use serde::Serialize;
use utoipa::ToSchema;

use super::kept::Kept;
use super::opened;
use super::wanted::version;
use crate::ask::Ask;
use crate::place::Place;
use crate::values::{dimension, is_vector, name};

/// The answer.
#[derive(Serialize, ToSchema)]
pub(super) struct LanceSchema {
    table_name: String,
    fields: Vec<LanceField>,
}

/// A column.
#[derive(Serialize, ToSchema)]
struct LanceField {
    name: String,
    /// In Arrow's words, such as `fixed_size_list<item: float>[384]`.
    #[serde(rename = "type")]
    kind: String,
    nullable: bool,
    is_vector: bool,
    is_binary: bool,
    /// Numbers in every vector, where all have as many.
    #[schema(required)]
    vector_dim: Option<i32>,
}

pub(super) async fn schema(ask: Ask) -> Result<Response, Refusal> {
    let mut given: Given = ask.given();
    let place = Place::read(&mut given);
    let version = version(&mut given);
    given.done()?;
    let session = ask.reader(&place)?;
    let asked = version.map(|version| version.to_string());
    let kept = Kept {
        operation: "LanceSchema",
        lifetime: Lifetime::Configuration,
        dataset: &place.dataset,
        parts: &[
            &place.dataset.path,
            &place.table,
            asked.as_deref().unwrap_or_default(),
        ],
    };
    let (desk, table) = (Arc::clone(&ask.desk), place.clone());
    let work = async move {
        desk.workshop
            .run("schema", read(session, table, version))
            .await
    };
    Ok(Box::pin(kept.or(&ask, work)).await?)
}

async fn read(
    session: Arc<Session>,
    place: Place,
    version: Option<u64>,
) -> Result<LanceSchema, Error> {
    let dataset = opened::dataset(session, &place, version).await?;
    let schema = Schema::from(dataset.schema());
    let fields = schema.fields().iter().map(|field| told(field));
    Ok(LanceSchema {
        table_name: place.table,
        fields: fields.collect(),
    })
}

fn told(field: &Field) -> LanceField {
    let kind = field.data_type();
    LanceField {
        name: field.name().clone(),
        kind: name(kind),
        nullable: field.is_nullable(),
        is_vector: is_vector(kind),
        is_binary: is_binary(kind),
        vector_dim: dimension(kind),
    }
}

fn is_binary(kind: &DataType) -> bool {
    matches!(
        kind,
        DataType::Binary
            | DataType::LargeBinary
            | DataType::BinaryView
            | DataType::FixedSizeBinary(_)
    )
}
