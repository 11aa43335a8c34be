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
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::answer::{Reply, plain};
use crate::front::Front;

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

/// `GET /requests`, `DELETE /requests`, `POST /faults` (one [`Fault`] as JSON), `DELETE /faults`,
/// `PUT /query-horizon` (milliseconds).
async fn answer(front: Arc<Front>, request: Request<Incoming>) -> Result<Reply, Infallible> {
    let path = request.uri().path().to_owned();
    Ok(match (request.method(), path.as_str()) {
        (&Method::GET, "/requests") => match serde_json::to_vec(&front.recorder.all()) {
            Ok(records) => plain(StatusCode::OK, records),
            Err(error) => plain(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
        },
        (&Method::DELETE, "/requests") => {
            front.recorder.clear();
            plain(StatusCode::NO_CONTENT, "")
        }
        (&Method::POST, "/faults") => match read_json(request).await {
            Ok(fault) => {
                front.faults.add(fault);
                plain(StatusCode::NO_CONTENT, "")
            }
            Err(fault) => plain(StatusCode::BAD_REQUEST, fault),
        },
        (&Method::DELETE, "/faults") => {
            front.faults.clear();
            plain(StatusCode::NO_CONTENT, "")
        }
        (&Method::PUT, "/query-horizon") => match read_json(request).await {
            Ok(millis) => {
                front.query.set_horizon(Duration::from_millis(millis));
                plain(StatusCode::NO_CONTENT, "")
            }
            Err(fault) => plain(StatusCode::BAD_REQUEST, fault),
        },
        _ => plain(
            StatusCode::NOT_FOUND,
            "there are /requests, /faults and /query-horizon\n",
        ),
    })
}

async fn read_json<T: DeserializeOwned>(request: Request<Incoming>) -> Result<T, String> {
    let body = Limited::new(request.into_body(), BODY_LIMIT)
        .collect()
        .await;
    let body = body.map_err(|error| error.to_string())?.to_bytes();
    serde_json::from_slice(&body).map_err(|error| error.to_string())
}
