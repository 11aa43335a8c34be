//! `GET …/rows`: a page of a table, and how many rows there are.

use std::sync::Arc;

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use lance::Dataset;
use lance::session::Session;
use lancedb::arrow::SendableRecordBatchStream;
use portico_sdk::Error;
use portico_sdk::invalid::Refusal;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::opened;
use super::wanted::{NOT_NEGATIVE, PAGE, columns, known, version};
use crate::ask::Ask;
use crate::failure::failure;
use crate::form::Form;
use crate::gather::{Rows, gather};
use crate::place::Place;
use crate::{filter, values};

/// Files of a table that are opened ahead of the one that is read.
const AHEAD: usize = 2;

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
    let (limit, offset) = (page.limit, page.offset);
    let work = read(session, page, form);
    let told = ask.desk.workshop.run("rows", work).await?;
    Ok(match told {
        Told::Page(rows, total) => Json(LanceRows {
            rows,
            total,
            limit,
            offset,
        })
        .into_response(),
        Told::Bytes(response) => *response,
    })
}

enum Told {
    Page(Vec<Value>, usize),
    Bytes(Box<Response>),
}

async fn read(session: Arc<Session>, page: Page, form: Form) -> Result<Told, Error> {
    let dataset = opened::dataset(session, &page.place, page.version).await?;
    let filter = page.filter.as_deref();
    let filter = filter.map(|filter| filter::check(filter, dataset.schema()));
    let page = Page {
        filter: filter.transpose()?,
        ..page
    };
    let rows = scan(&dataset, &page).await?;
    if form != Form::Json {
        return Ok(Told::Bytes(Box::new(form.bytes(&rows)?)));
    }
    let total = dataset.count_rows(page.filter).await;
    let total = total.map_err(|error| failure(error, "count rows"))?;
    let rows = rows.batches.iter().flat_map(values::rows);
    Ok(Told::Page(rows.collect(), total))
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
    scanner
        .batch_size(usize::try_from(page.limit).unwrap_or(1))
        // Rows that are too many together come in pieces, so that the first beyond the limit is the last.
        .batch_size_bytes(page.memory / 4)
        .batch_readahead(1)
        .fragment_readahead(AHEAD)
        .io_buffer_size(page.memory);
    let stream = scanner.try_into_stream().await.map_err(failed)?;
    let stream = SendableRecordBatchStream::from(stream);
    gather(stream, page.memory, "read rows").await
}
