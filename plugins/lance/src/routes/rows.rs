//! `GET …/rows`: a page of a table, and how many rows there are.

use std::sync::Arc;

use axum::response::Response;
use lance::Dataset;
use lance::dataset::scanner::Scanner;
use lance::session::Session;
use lancedb::arrow::SendableRecordBatchStream;
use portico_sdk::invalid::Refusal;
use portico_sdk::{Error, Reason};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::opened;
use super::wanted::{NOT_NEGATIVE, PAGE, columns, known, version};
use crate::ask::Ask;
use crate::failure::failure;
use crate::form::{Form, json};
use crate::gather::{Rows, gather};
use crate::place::Place;
use crate::{filter, values};

/// Files of a table that are opened ahead of the one that is read.
const AHEAD: usize = 2;
/// Rows whose values for a filter are in memory at one time, at the most, while they are counted.
const COUNTED: usize = 1024;

/// The answer.
#[derive(Serialize, ToSchema)]
pub(super) struct LanceRows {
    #[schema(value_type = Vec<Object>)]
    rows: Vec<Value>,
    /// Of the whole table, as far as the filter lets them through.
    total: usize,
    limit: i64,
    offset: i64,
}

/// Which rows, and what of them.
struct Page {
    place: Place,
    limit: i64,
    offset: i64,
    columns: Option<Vec<String>>,
    filter: Option<String>,
    version: Option<u64>,
    memory: u64,
}

impl Page {
    fn read(ask: &Ask) -> Result<Self, Refusal> {
        let mut given = ask.given();
        let page = Self {
            place: Place::read(&mut given),
            limit: given.whole("limit", Some(50), PAGE),
            offset: given.whole("offset", Some(0), NOT_NEGATIVE),
            columns: columns(&given, "columns"),
            filter: given.text("filter"),
            version: version(&mut given),
            memory: ask.desk.limits.memory,
        };
        given.done()?;
        Ok(page)
    }
}

pub(super) async fn rows(ask: Ask) -> Result<Response, Refusal> {
    let page = Page::read(&ask)?;
    let session = ask.reader(&page.place)?;
    let form = Form::wanted(&ask.head.headers);
    let work = read(session, page, form);
    Ok(ask.desk.workshop.run("rows", work).await?)
}

async fn read(session: Arc<Session>, page: Page, form: Form) -> Result<Response, Error> {
    let dataset = opened::dataset(session, &page.place, page.version).await?;
    let filter = page.filter.as_deref();
    let filter = filter.map(|filter| filter::check(filter, dataset.schema()));
    let page = Page {
        filter: filter.transpose()?,
        ..page
    };
    let rows = scan(&dataset, &page).await?;
    if form != Form::Json {
        return form.bytes(&rows);
    }
    let rows = values::rows(&rows, page.memory)?;
    let total = total(&dataset, &page).await?;
    Ok(json(LanceRows {
        rows,
        total,
        limit: page.limit,
        offset: page.offset,
    }))
}

/// How many rows there are. Lance's own count of those behind a filter reads gigabytes ahead.
async fn total(dataset: &Dataset, page: &Page) -> Result<usize, Error> {
    let failed = |error: lance::Error| failure(error, "count rows");
    let Some(filter) = &page.filter else {
        return dataset.count_rows(None).await.map_err(failed);
    };
    let mut scanner = dataset.scan();
    scanner.filter(filter).map_err(failed)?;
    let bare = scanner.empty_project().map_err(failed)?;
    bare.with_row_id().batch_size(COUNTED);
    bounded(&mut scanner, page.memory);
    let total = scanner.count_rows().await.map_err(failed)?;
    usize::try_from(total).map_err(|error| Error::new(Reason::InternalError).because(error))
}

async fn scan(dataset: &Dataset, page: &Page) -> Result<Rows, Error> {
    let failed = |error: lance::Error| failure(error, "read rows");
    let mut scanner = dataset.scan();
    if let Some(columns) = &page.columns {
        known(dataset.schema(), columns)?;
        scanner.project(columns).map_err(failed)?;
    }
    if let Some(filter) = &page.filter {
        scanner.filter(filter).map_err(failed)?;
    }
    let limited = scanner.limit(Some(page.limit), Some(page.offset));
    limited.map_err(failed)?;
    scanner.batch_size(usize::try_from(page.limit).unwrap_or(1));
    bounded(&mut scanner, page.memory);
    let stream = scanner.try_into_stream().await.map_err(failed)?;
    let stream = SendableRecordBatchStream::from(stream);
    gather(stream, page.memory, "read rows").await
}

/// Reads no further ahead than so many bytes.
fn bounded(scanner: &mut Scanner, memory: u64) {
    scanner
        // Rows that are too many together come in pieces, so that the first beyond the limit is the last.
        .batch_size_bytes(memory / 4)
        .batch_readahead(1)
        .fragment_readahead(AHEAD)
        .io_buffer_size(memory);
}
