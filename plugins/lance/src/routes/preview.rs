//! `GET …/vector-preview`: what is in a column of vectors, in figures.

use std::sync::Arc;

use axum::Json;
use lance::session::Session;
use lancedb::arrow::SendableRecordBatchStream;
use portico_sdk::invalid::Refusal;
use portico_sdk::{Error, Reason};

use super::opened;
use super::wanted::{PAGE, version};
use crate::ask::Ask;
use crate::failure::failure;
use crate::gather::gather;
use crate::place::Place;
use crate::values::{self, Preview, is_vector};

/// Which vectors.
struct Wanted {
    place: Place,
    column: String,
    limit: i64,
    version: Option<u64>,
    memory: u64,
}

pub(super) async fn preview(ask: Ask) -> Result<Json<Preview>, Refusal> {
    let mut given = ask.given();
    let wanted = Wanted {
        place: Place::read(&mut given),
        column: given.required("column"),
        limit: given.whole("limit", Some(100), PAGE),
        version: version(&mut given),
        memory: ask.desk.limits.memory,
    };
    given.done()?;
    let session = ask.reader(&wanted.place)?;
    let preview = ask
        .desk
        .workshop
        .run("preview", read(session, wanted))
        .await?;
    Ok(Json(preview))
}

async fn read(session: Arc<Session>, wanted: Wanted) -> Result<Preview, Error> {
    let failed = |error: lance::Error| failure(error, "read vectors");
    let dataset = opened::dataset(session, &wanted.place, wanted.version).await?;
    let field = dataset.schema().field(&wanted.column);
    if !field.is_some_and(|field| is_vector(&field.data_type())) {
        let words = format!("Column '{}' holds no vectors", wanted.column);
        return Err(Error::with_message(Reason::Unprocessable, words));
    }
    let mut scanner = dataset.scan();
    let projected = scanner.project(&[&wanted.column]);
    let limited = projected.and_then(|scanner| scanner.limit(Some(wanted.limit), None));
    limited
        .map_err(failed)?
        .batch_size(usize::try_from(wanted.limit).unwrap_or(1))
        .batch_size_bytes(wanted.memory / 4)
        .batch_readahead(1)
        .io_buffer_size(wanted.memory);
    let stream = scanner.try_into_stream().await.map_err(failed)?;
    let stream = SendableRecordBatchStream::from(stream);
    let rows = gather(stream, wanted.memory, "read vectors").await?;
    let columns = rows.batches.iter().map(|batch| &**batch.column(0));
    Ok(values::preview(columns))
}
