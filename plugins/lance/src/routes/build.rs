//! `POST …/indices`: an index is built in the background, and may be asked after.

mod order;

use std::sync::{Arc, Weak};

use async_trait::async_trait;
use axum::Json;
use axum::extract::{Path, Request};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use lance::session::Session;
use portico_sdk::invalid::{self, Invalid, Issue, Refusal};
use portico_sdk::jobs::{Chore, Chores, State, Task};
use portico_sdk::s3::Operation;
use portico_sdk::{Error, Principal, Reason};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

pub(super) use order::INDEX;
use order::Order;

use super::wanted::known;
use crate::ask::Ask;
use crate::desk::Desk;
use crate::failure::failure;
use crate::open;
use crate::place::Place;

/// The largest document, in bytes.
const LARGEST: usize = 16 * 1024;
/// The name in stores, metrics and logs.
const NAME: &str = "lance_index";

/// How the building of an index stands.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LanceIndexTask {
    task_id: String,
    /// `building`, `ready`, `failed` or `canceled`.
    status: &'static str,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl LanceIndexTask {
    fn of(task: &Task) -> Self {
        Self {
            task_id: task.id.to_string(),
            status: match task.state {
                State::Waiting | State::Running => "building",
                State::Done => "ready",
                State::Failed => "failed",
                State::Canceled => "canceled",
            },
            error: task.error.clone(),
        }
    }
}

pub(super) async fn submit(ask: Ask, request: Request) -> Result<Response, Refusal> {
    let mut given = ask.given();
    let place = Place::read(&mut given);
    given.done()?;
    let document = invalid::read(request, LARGEST).await?;
    let missing = || Invalid(vec![Issue::missing(["body"])]);
    let order = Order::read(document.ok_or_else(missing)?)?;
    let session = ask.table(&place, Operation::PutObject)?;
    let chores = chores(&ask)?;
    // A job is only for whom the store knows, and for what is there.
    let probe = probe(session, place.clone(), order.column.clone());
    ask.desk.workshop.run("probe", probe).await?;
    let order = serde_json::to_value(Build { place, order });
    let order = order.map_err(|error| Error::new(Reason::InternalError).because(error))?;
    let task = chores.submit(NAME, &ask.caller, order).await?;
    let told = Json(LanceIndexTask::of(&task));
    Ok((StatusCode::ACCEPTED, told).into_response())
}

async fn probe(session: Arc<Session>, place: Place, column: String) -> Result<(), Error> {
    let dataset = open::dataset(session, &place, None).await?;
    known(dataset.schema(), &[column])
}

pub(super) async fn look(
    ask: Ask,
    Path(id): Path<String>,
) -> Result<Json<LanceIndexTask>, Refusal> {
    let task = chores(&ask)?.look(NAME, &id, &ask.caller).await?;
    Ok(Json(LanceIndexTask::of(&task)))
}

pub(super) async fn cancel(
    ask: Ask,
    Path(id): Path<String>,
) -> Result<Json<LanceIndexTask>, Refusal> {
    let task = chores(&ask)?.cancel(NAME, &id, &ask.caller).await?;
    Ok(Json(LanceIndexTask::of(&task)))
}

pub(super) async fn events(ask: Ask, Path(id): Path<String>) -> Result<Response, Refusal> {
    let told = |task: &Task| json!(LanceIndexTask::of(task));
    let events = chores(&ask)?.events(NAME, &id, &ask.caller, told);
    Ok(events.await?)
}

fn chores(ask: &Ask) -> Result<&dyn Chores, Error> {
    let words = "No jobs are run here";
    let none = || Error::with_message(Reason::NotImplemented, words);
    ask.desk.chores.as_deref().ok_or_else(none)
}

/// An order, as it lies with the jobs.
#[derive(Serialize, Deserialize)]
struct Build {
    place: Place,
    order: Order,
}

/// Builds indices.
pub(crate) struct Builder(Weak<Desk>);

impl Builder {
    pub(crate) fn new(desk: &Arc<Desk>) -> Self {
        Self(Arc::downgrade(desk))
    }
}

#[async_trait]
impl Chore for Builder {
    fn name(&self) -> &'static str {
        NAME
    }

    /// An index comes to be with its last upload; what was made for one before is never looked at.
    async fn run(&self, caller: &Principal, order: &Value) -> Result<(), Error> {
        let internal = || Error::new(Reason::InternalError);
        let desk = self.0.upgrade().ok_or_else(internal)?;
        let build = Build::deserialize(order).map_err(|error| internal().because(error))?;
        let session = desk.table(caller, &build.place, Operation::PutObject)?;
        let threads = desk.workshop.threads();
        desk.workshop.build(make(session, build, threads)).await
    }
}

async fn make(session: Arc<Session>, build: Build, threads: usize) -> Result<(), Error> {
    let Build { place, order } = build;
    let table = open::table(session, &place, None).await?;
    let builder = table.create_index(&[&order.column], order.index(threads)?);
    let builder = match &order.name {
        Some(name) => builder.name(name.clone()),
        None => builder,
    };
    let made = builder.replace(order.replace).execute().await;
    let doing = format!("build an index of '{}'", order.column);
    made.map_err(|error| failure(error, &doing))
}
