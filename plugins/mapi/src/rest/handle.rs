//! The one handler: it interprets a row of the table.

use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;
use portico_hcp::document::check;
use portico_hcp::{Call, Failure, Hcp};
use portico_sdk::cache::Demand;
use portico_sdk::clock::Clock;
use portico_sdk::invalid::{self, Invalid, Issue, Refusal};
use portico_sdk::keyring::Keyring;
use portico_sdk::{Error, Principal};
use serde_json::{Value, json};

use super::ended::Ended;
use super::names::Names;
use super::params::Given;
use super::row::{Content, Done, Row};
use super::{answer, export, upload};

/// The largest document of a request, in bytes.
const LARGEST: usize = 4 * 1024 * 1024;

/// What every route needs.
pub(crate) struct Desk {
    pub(crate) hcp: Hcp,
    pub(crate) clock: Arc<dyn Clock>,
    /// What HCP has accepted of passwords, which some routes end.
    pub(crate) ring: Option<Arc<dyn Keyring>>,
}

/// One request for a route; `path` is below the root of the routes.
pub(super) async fn handle(
    row: &'static Row,
    desk: &Desk,
    caller: &Principal,
    path: &str,
    request: Request,
) -> Result<Response, Refusal> {
    let names = Names::read(row.path, path)?;
    let given = Given::read(request.uri());
    let (query, issues) = given.check(row.query);
    let query = match row.action {
        Some(action) => query.with(action, ""),
        None => query,
    };
    let method = row.verb.method();
    let call = Call::management(caller, method.clone(), names.path(row.mapi)?);
    let call = call.demanding(Demand::of(request.headers()));
    let asked = Asked {
        row,
        hcp: &desk.hcp,
        names: &names,
        ended: Ended::by(desk.ring.as_ref(), caller, &method, &call),
        call: call.with_query(query),
    };
    // What is rare is boxed: axum moves the whole future from box to box.
    match (row.done, row.body) {
        (Done::Template, _) => {
            none(issues)?;
            let template = export::template(desk, caller, &names, given.get("names"));
            Ok(Box::pin(template).await?)
        }
        (_, Content::File) => {
            none(issues)?;
            Box::pin(asked.with_file(request)).await
        }
        _ => {
            let document = document(row.body, request, issues).await?;
            Ok(asked.with(document).await?)
        }
    }
}

/// A request that has been checked.
struct Asked<'a> {
    row: &'static Row,
    hcp: &'a Hcp,
    names: &'a Names,
    ended: Ended<'a>,
    call: Call<'a>,
}

impl Asked<'_> {
    async fn with_file(self, request: Request) -> Result<Response, Refusal> {
        let sent = upload::send(self.hcp, self.call, request).await?;
        let words = |failure| error(failure, self.row, self.names);
        Ok(answer::of(
            self.row,
            self.names,
            &Value::Null,
            sent.map_err(words)?,
        ))
    }

    async fn with(self, document: Option<Value>) -> Result<Response, Error> {
        let Self {
            row,
            hcp,
            names,
            ended,
            call,
        } = self;
        let words = |failure| error(failure, row, names);
        let sent = document.clone().unwrap_or_default();
        let call = match document {
            Some(document) => call.with_json(document),
            None => call,
        };
        if let Done::Download(_) | Done::PlainText = row.done {
            let response = Box::pin(hcp.send(call.accepting("*/*"))).await;
            let response = response.map_err(words)?;
            return Ok(answer::stream(row.done, response));
        }
        if answer::is_made(row) {
            let form = |answer| answer::make(row, answer);
            let made = hcp.made(call, row.path, form).await.map_err(words)?;
            return Ok(answer::made(row, made));
        }
        let answer = Box::pin(hcp.json(call)).await.map_err(words)?;
        ended.succeeded();
        Ok(answer::of(row, names, &sent, answer))
    }
}

fn error(failure: Failure, row: &Row, names: &Names) -> Error {
    failure.into_error(&names.label(row.label))
}

/// The document for HCP; what is wrong with it is told together with the other issues.
async fn document(
    content: Content,
    request: Request,
    mut issues: Vec<Issue>,
) -> Result<Option<Value>, Refusal> {
    let checked = match content {
        Content::Nothing | Content::File => Ok(None),
        Content::Empty => Ok(Some(json!({}))),
        Content::Document(_) | Content::Maybe(_) | Content::Object => {
            let value = Box::pin(invalid::read(request, LARGEST)).await?;
            checked(content, value)
        }
    };
    match checked {
        Ok(document) => none(issues).map(|()| document),
        Err(more) => {
            issues.extend(more);
            Err(Invalid(issues).into())
        }
    }
}

fn checked(content: Content, value: Option<Value>) -> Result<Option<Value>, Vec<Issue>> {
    let value = value.filter(|value| !value.is_null());
    match (content, value) {
        (Content::Maybe(_), None) => Ok(None),
        (_, None) => Err(vec![Issue::missing(["body"])]),
        (Content::Document(model) | Content::Maybe(model), Some(value)) => {
            check::document(model, value).map(Some)
        }
        (_, Some(value)) => check::object(value).map(Some),
    }
}

fn none(issues: Vec<Issue>) -> Result<(), Refusal> {
    if issues.is_empty() {
        return Ok(());
    }
    Err(Invalid(issues).into())
}
