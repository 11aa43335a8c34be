//! `POST …/tables/{name}`: rows come in.

mod read;

use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchIterator};
use arrow::datatypes::{Schema, SchemaRef};
use axum::Json;
use axum::extract::{Path, Request};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::StatusCode;
use lance::Dataset;
use lance::dataset::{WriteMode, WriteParams};
use lance::session::Session;
use portico_sdk::invalid::{Invalid, Issue, Refusal};
use portico_sdk::s3::Operation;
use portico_sdk::{Error, Reason};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

pub(super) use read::KINDS;
pub(crate) use read::READER;

use crate::ask::Ask;
use crate::desk::Limits;
use crate::failure::failure;
use crate::gather::Rows;
use crate::open;
use crate::place::Place;
use crate::workshop::Deadline;

/// The answer.
#[derive(Serialize, ToSchema)]
pub(super) struct LanceWritten {
    table: String,
    /// Rows that came in.
    rows: usize,
    /// The state of the table with them.
    version: u64,
}

/// What is done where a table is there already, or is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Create,
    Append,
    Overwrite,
}

impl Mode {
    fn read(text: Option<&str>) -> Result<Self, Invalid> {
        match text.unwrap_or("create") {
            "create" => Ok(Self::Create),
            "append" => Ok(Self::Append),
            "overwrite" => Ok(Self::Overwrite),
            other => {
                let words = "Input should be 'create', 'append' or 'overwrite'";
                let issue = Issue::new("enum", ["query", "mode"], words).input(other);
                let context = json!({"expected": "'create', 'append' or 'overwrite'"});
                Err(Invalid(vec![issue.context(context)]))
            }
        }
    }
}

pub(super) async fn write(
    ask: Ask,
    Path(table): Path<String>,
    request: Request,
) -> Result<Response, Refusal> {
    let given = ask.given();
    let mode = given.text("mode");
    let place = Place::named(given, table)?;
    let mode = Mode::read(mode.as_deref())?;
    let kind = read::Kind::of(&ask.head.headers)?;
    let session = ask.table(&place, Operation::PutObject)?;
    let desk = &ask.desk;
    let room = desk.workshop.room_for_write()?;
    // One for all that follows: whoever sends slowly holds the room no longer than others.
    let deadline = Deadline::within(desk.limits.write);
    // Whom the store does not know, and what cannot be, sends no gigabytes first.
    let probe = probe(Arc::clone(&session), place.clone(), mode);
    let known = desk.workshop.run_within("probe", deadline, probe).await?;
    let bytes = body(request, desk.limits, deadline).await?;
    let most = desk.limits.decoded;
    let (own, caller) = (Arc::clone(desk), ask.caller.clone());
    let work = async move {
        let _room = room;
        let rows = kind.rows(bytes, known, most).await?;
        let _turn = match mode {
            Mode::Create | Mode::Overwrite => Some(own.sessions.making(&caller, &place).await?),
            Mode::Append => None,
        };
        keep(session, &place, mode, rows).await
    };
    let written = desk.workshop.run_within("write", deadline, work).await?;
    let status = match mode {
        Mode::Append => StatusCode::OK,
        Mode::Create | Mode::Overwrite => StatusCode::CREATED,
    };
    Ok((status, Json(written)).into_response())
}

/// The columns of the table that rows are for, where they are to be like these.
///
/// # Errors
/// The mode and the table do not fit; whatever the store says.
async fn probe(
    session: Arc<Session>,
    place: Place,
    mode: Mode,
) -> Result<Option<SchemaRef>, Error> {
    let found = open::dataset(session, &place, None).await;
    match (mode, found) {
        (Mode::Create, Ok(_)) => {
            let words = format!("Cannot write table '{}': it exists already", place.table);
            Err(Error::with_message(Reason::Conflict, words))
        }
        (Mode::Append, Ok(found)) => Ok(Some(Arc::new(Schema::from(found.schema())))),
        (Mode::Append, Err(error)) => Err(error),
        // There is no such table, or one that cannot be read.
        (_, Err(error)) if error.reason() != Reason::Unprocessable => Err(error),
        _ => Ok(None),
    }
}

async fn body(request: Request, limits: Limits, deadline: Deadline) -> Result<Bytes, Error> {
    let bytes = axum::body::to_bytes(request.into_body(), limits.upload);
    let bytes = deadline.keep(bytes).await;
    let late = |_| Error::new(Reason::RequestTimeout);
    bytes.map_err(late)?.map_err(read::unread)
}

async fn keep(
    session: Arc<Session>,
    place: &Place,
    mode: Mode,
    rows: Rows,
) -> Result<LanceWritten, Error> {
    let count = rows.count();
    let version = match mode {
        Mode::Append => append(session, place, rows).await?,
        Mode::Create => create(session, place, WriteMode::Create, rows).await?,
        Mode::Overwrite => create(session, place, WriteMode::Overwrite, rows).await?,
    };
    Ok(LanceWritten {
        table: place.table.clone(),
        rows: count,
        version,
    })
}

async fn create(
    session: Arc<Session>,
    place: &Place,
    mode: WriteMode,
    rows: Rows,
) -> Result<u64, Error> {
    let params = WriteParams {
        mode,
        session: Some(session),
        ..WriteParams::default()
    };
    let reader = RecordBatchIterator::new(rows.batches.into_iter().map(Ok), rows.schema);
    let address = place.url()?;
    let written = Dataset::write(reader, address.as_str(), Some(params)).await;
    let failed = |error| failure(error, &format!("write table '{}'", place.table));
    Ok(written.map_err(failed)?.version().version)
}

async fn append(session: Arc<Session>, place: &Place, rows: Rows) -> Result<u64, Error> {
    let table = open::table(session, place, None).await?;
    let failed = |error: lancedb::Error| failure(error, &format!("append to '{}'", place.table));
    let mut batches = rows.batches;
    if batches.is_empty() {
        // LanceDB knows the columns by the first batch alone.
        batches.push(RecordBatch::new_empty(rows.schema));
    }
    let added = table.add(batches).execute().await;
    Ok(added.map_err(failed)?.version)
}
