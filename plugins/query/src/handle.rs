//! The two routes: whose credentials go to which tenant's host, with which question.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Request, State};
use http::HeaderMap;
use portico_hcp::{Call, Hcp, said_by_caches};
use portico_sdk::cache::Demand;
use portico_sdk::invalid::{self, Refusal};
use portico_sdk::rest::Caller;
use portico_sdk::{Error, Reason, Tenant};
use serde_json::Value;

use crate::answer;
use crate::question::{Kind, Question};

/// The longest body that is read, in bytes: what is written for people shrinks on its way to HCP.
const LONGEST: usize = 64 * 1024;

/// An answer, and what caches say of it.
type Answered = (HeaderMap, Json<Value>);

pub(crate) async fn objects(
    state: State<Arc<Hcp>>,
    caller: Caller,
    tenant: Path<String>,
    request: Request,
) -> Result<Answered, Refusal> {
    ask(Kind::Object, state, caller, tenant, request).await
}

pub(crate) async fn operations(
    state: State<Arc<Hcp>>,
    caller: Caller,
    tenant: Path<String>,
    request: Request,
) -> Result<Answered, Refusal> {
    ask(Kind::Operation, state, caller, tenant, request).await
}

async fn ask(
    kind: Kind,
    State(hcp): State<Arc<Hcp>>,
    Caller(caller): Caller,
    Path(tenant): Path<String>,
    request: Request,
) -> Result<Answered, Refusal> {
    // It becomes part of the host that is shown the caller's credential.
    let tenant: Tenant = tenant
        .parse()
        .map_err(|_| Error::with_message(Reason::Unprocessable, "Invalid tenant name"))?;
    let demand = Demand::of(request.headers());
    let question = Question::read(kind, read(request).await?)?.into_value()?;
    let call = Call::query(&caller, Some(&tenant), question).demanding(demand);
    let answer = hcp.json(call).await;
    let answer = answer.map_err(|failure| failure.into_error("query"))?;
    let said = said_by_caches(&answer.headers);
    Ok((said, Json(answer::of(kind, answer.value)?)))
}

async fn read(request: Request) -> Result<Option<Value>, Refusal> {
    let read = invalid::read(request, LONGEST).await;
    read.map_err(|refusal| match refusal {
        Refusal::Error(error) if error.reason() == Reason::EntityTooLarge => {
            Question::too_long().into()
        }
        other => other,
    })
}
