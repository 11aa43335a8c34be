//! The control listener: what arrived, and what is to go wrong, over plain HTTP.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::answer::{Reply, plain};
use crate::faults::Fault;
use crate::front::Front;
use crate::mapi::Assumptions;
use crate::role::Role;
use crate::sowing::Sowing;
use crate::users::User;

const BODY_LIMIT: usize = 64 * 1024;

/// Serves until it is dropped.
pub(crate) async fn serve(listener: TcpListener, front: Arc<Front>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    let front = Arc::clone(&front);
                    let service = service_fn(move |request| answer(Arc::clone(&front), request));
                    let io = TokioIo::new(stream);
                    connections.spawn(http1::Builder::new().serve_connection(io, service));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// `GET` and `DELETE /requests`; `POST /faults` (one [`Fault`] as JSON) and `DELETE /faults`;
/// `PUT /query-horizon` (milliseconds); `GET` and `PUT /assumptions` ([`Assumptions`] as JSON,
/// those left out are the defaults); `POST /objects` (a [`Sowing`] as JSON); `POST /users` (one [`Account`] as JSON).
async fn answer(front: Arc<Front>, request: Request<Incoming>) -> Result<Reply, Infallible> {
    let path = request.uri().path().to_owned();
    Ok(match (request.method(), path.as_str()) {
        (&Method::GET, "/requests") => shown(&front.recorder.all()),
        (&Method::DELETE, "/requests") => {
            front.recorder.clear();
            done()
        }
        (&Method::POST, "/faults") => {
            said(request, |fault: Fault| {
                front.faults.add(fault);
                Ok(())
            })
            .await
        }
        (&Method::DELETE, "/faults") => {
            front.faults.clear();
            done()
        }
        (&Method::PUT, "/query-horizon") => {
            said(request, |millis: u64| {
                front.query.set_horizon(Duration::from_millis(millis));
                Ok(())
            })
            .await
        }
        (&Method::GET, "/assumptions") => shown(&front.mapi.assumptions()),
        (&Method::PUT, "/assumptions") => {
            said(request, |assumptions: Assumptions| {
                front.mapi.assume(assumptions);
                Ok(())
            })
            .await
        }
        (&Method::POST, "/objects") => {
            said(request, |sowing: Sowing| {
                sowing.sow(&front).map_err(|error| error.to_string())
            })
            .await
        }
        (&Method::POST, "/users") => said(request, |account: Account| account.add(&front)).await,
        _ => plain(
            StatusCode::NOT_FOUND,
            "there are /requests, /faults, /query-horizon, /assumptions, /objects and /users\n",
        ),
    })
}

fn done() -> Reply {
    plain(StatusCode::NO_CONTENT, "")
}

fn shown(what: &impl Serialize) -> Reply {
    match serde_json::to_vec(what) {
        Ok(text) => plain(StatusCode::OK, text),
        Err(error) => plain(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
    }
}

/// Does what a JSON document says.
async fn said<T: DeserializeOwned>(
    request: Request<Incoming>,
    act: impl FnOnce(T) -> Result<(), String>,
) -> Reply {
    match read(request).await.and_then(act) {
        Ok(()) => done(),
        Err(error) => plain(StatusCode::BAD_REQUEST, error),
    }
}

async fn read<T: DeserializeOwned>(request: Request<Incoming>) -> Result<T, String> {
    let body = Limited::new(request.into_body(), BODY_LIMIT)
        .collect()
        .await;
    let body = body.map_err(|error| error.to_string())?.to_bytes();
    serde_json::from_slice(&body).map_err(|error| error.to_string())
}

/// A user to add or to replace; without a tenant one of the system. A tenant that is not there is
/// made. Without roles it has all that its level knows.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Account {
    tenant: Option<String>,
    username: String,
    password: String,
    roles: Option<Vec<String>>,
}

impl Account {
    fn add(self, front: &Front) -> Result<(), String> {
        let every = match self.tenant {
            Some(_) => Role::OF_TENANTS.to_vec(),
            None => Role::OF_SYSTEM.to_vec(),
        };
        let roles = self.roles.map(|roles| {
            let roles = roles.iter().map(|role| role.parse());
            roles.collect::<Result<Vec<Role>, _>>()
        });
        let roles = roles.transpose().map_err(|error| error.to_string())?;
        let user = User::new(self.username, self.password).with_roles(roles.unwrap_or(every));
        let tenant = self.tenant.unwrap_or_default();
        if !tenant.is_empty() && front.branches.get(&tenant).is_none() {
            let opened = front.open_tenant(&tenant);
            opened.map_err(|error| error.to_string())?;
        }
        front.users.put(&tenant, user);
        Ok(())
    }
}
