//! `GET …/search` and `POST …/search`: rows by words, by vectors, or by both.
//!
//! First the rows are found, which gives their numbers and scores, and then those of the page are read, a few
//! at a time: however large rows are, no more of them are in memory than may be.

mod document;
mod find;
mod page;
mod question;

use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;
use futures_util::future::try_join;
use lance::Dataset;
use lance::session::Session;
use lancedb::Table;
use portico_sdk::invalid::Refusal;
use portico_sdk::{Error, Reason};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

pub(super) use document::SEARCH;
use find::Leg;
use page::Page;
use question::{By, Question};

use super::wanted::known;
use crate::ask::Ask;
use crate::failure::failure;
use crate::form::{Form, json};
use crate::gather::Rows;
use crate::rerank::{Scored, ranked, weighed};
use crate::{filter, open, values};

/// What hybrid search tells of a row.
const RELEVANCE: &str = "_relevance_score";

/// The answer.
#[derive(Serialize, ToSchema)]
pub(super) struct LanceFound {
    /// With Lance's own columns `_distance`, `_score` and `_relevance_score`, as the kind of search has them.
    #[schema(value_type = Vec<Object>)]
    rows: Vec<Value>,
    /// How many these are.
    total: usize,
}

pub(super) async fn by_address(ask: Ask) -> Result<Response, Refusal> {
    let question = question::read(ask.given())?;
    Box::pin(answer(ask, question)).await
}

pub(super) async fn by_document(ask: Ask, request: Request) -> Result<Response, Refusal> {
    let question = document::read(request).await?;
    Box::pin(answer(ask, question)).await
}

async fn answer(ask: Ask, question: Question) -> Result<Response, Refusal> {
    let session = ask.reader(&question.place)?;
    let form = Form::wanted(&ask.head.headers);
    let memory = ask.desk.limits.memory;
    let work = search(session, question, memory);
    let work = async move {
        let rows = work.await?;
        if form != Form::Json {
            return form.bytes(&rows);
        }
        let rows = values::rows(&rows, memory)?;
        let total = rows.len();
        Ok(json(LanceFound { rows, total }))
    };
    Ok(ask.desk.workshop.run("search", work).await?)
}

async fn search(session: Arc<Session>, asked: Question, memory: u64) -> Result<Rows, Error> {
    let table = open::table(session, &asked.place, asked.version).await?;
    let dataset = dataset(&table).await?;
    let schema = dataset.schema();
    let filter = asked.filter.as_deref();
    let filter = filter.map(|filter| filter::check(filter, schema));
    let asked = Question {
        filter: filter.transpose()?,
        ..asked
    };
    known(schema, asked.select.iter().flatten().chain(&asked.column))?;
    let (found, score) = found(&table, &asked, memory).await?;
    let page = Page {
        columns: asked.select,
        score,
        memory,
    };
    page.read(&dataset, &found).await
}

/// The files and rows of the state that the table is at.
async fn dataset(table: &Table) -> Result<Arc<Dataset>, Error> {
    let dataset = table.dataset();
    let dataset = dataset.ok_or_else(|| Error::new(Reason::InternalError))?;
    let dataset = dataset.get().await;
    dataset.map_err(|error| failure(error, "search"))
}

/// The rows of the page, the best first, and what their scores are called.
async fn found(
    table: &Table,
    asked: &Question,
    memory: u64,
) -> Result<(Vec<Scored>, &'static str), Error> {
    let leg = Leg {
        table,
        asked,
        limit: asked.limit,
        offset: asked.offset,
        memory,
    };
    match &asked.by {
        By::Words(words) => Ok((leg.said(words).await?, find::SCORE)),
        By::Vector(vector) => Ok((leg.near(vector).await?, find::DISTANCE)),
        By::Both(words, vector) => {
            // Both sides have to come as far as the page reaches.
            let (limit, offset) = (asked.limit + asked.offset, 0);
            let leg = Leg {
                limit,
                offset,
                ..leg
            };
            let (near, said) = try_join(leg.near(vector), leg.said(words)).await?;
            let all = match asked.weight {
                Some(weight) => weighed(weight, &near, &said)?,
                None => ranked(&near, &said)?,
            };
            let page = all.into_iter().skip(asked.offset).take(asked.limit);
            Ok((page.collect(), RELEVANCE))
        }
    }
}
