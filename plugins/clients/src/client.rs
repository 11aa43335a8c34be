//! The client: one pool of connections for each list of addresses, one function to send.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use http::header::{HOST, HeaderValue};
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderMap, Request, Response, Uri, Version};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper_util::client::legacy::Builder;
use hyper_util::client::legacy::connect::{CaptureConnection, HttpInfo, capture_connection};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use portico_sdk::trace::Call;
use portico_sdk::upstream::{CDN_LOOP, Health, LoopId, Stack, Timeouts, Upstream, Upstreams};
use portico_sdk::{Body, Error, Reason};
use rustls::ClientConfig;
use tokio::time::{Instant, sleep_until};

use crate::answer::Answer;
use crate::dial::{Dial, Within};
use crate::fault::{ClientError, Stalled, resting, stalled, unanswered};
use crate::pace::{Pace, PacedBody, paced};
use crate::pools::{Pool, Pools};
use crate::tls;

/// Unused connections kept for one host; tenants are many, so this is a bound per tenant.
const IDLE_PER_HOST: usize = 32;

/// Sends requests to the store. Cheap to clone; clones share their connections.
///
/// Must be used inside a Tokio runtime; the one that opens a connection also drives it, so a
/// client should not outlive the runtimes that used it.
#[derive(Clone)]
pub struct Client {
    tls: Arc<ClientConfig>,
    timeouts: Timeouts,
    health: Health,
    loop_id: LoopId,
    pools: Arc<Pools>,
}

impl Client {
    /// A client with the TLS rules and timeouts of the upstreams, not connected to any yet.
    ///
    /// # Errors
    /// Authorities that cannot be read, or none on the system while the store speaks TLS.
    pub fn new(upstreams: &Upstreams) -> Result<Self, ClientError> {
        let tls = match tls::trusting(&upstreams.tls) {
            Err(ClientError::NoSystemAuthority) if !speak_tls(upstreams) => tls::trusting_nobody()?,
            other => other?,
        };
        Ok(Self {
            tls: Arc::new(tls),
            timeouts: upstreams.timeouts,
            health: upstreams.health.clone(),
            loop_id: upstreams.loop_id.clone(),
            pools: Arc::default(),
        })
    }

    /// Sends one request over HTTP/1.1 and gives the response as soon as its head is there.
    ///
    /// Only path and query of the request's URI are used, byte for byte. `Host` is set from the
    /// upstream unless the request has one, and the process's name is added to `CDN-Loop`.
    /// Hop-by-hop headers are the caller's to leave out.
    /// Dropping the future, or the response's body before its end, closes the connection.
    ///
    /// # Errors
    /// [`Reason::ServiceUnavailable`] when no connection was made, [`Reason::GatewayTimeout`]
    /// when a wait was too long, [`Reason::StoreBusy`] at once while its breakers are open,
    /// [`Reason::UpstreamFailed`] when the answer was broken, and whatever the request's own body ends
    /// with. The response's body ends with the same ones.
    pub async fn send(
        &self,
        upstream: &Upstream,
        request: Request<Body>,
    ) -> Result<Response<Body>, Error> {
        if let Some(wait) = self.health.refusal(upstream.addresses()) {
            return Err(resting(wait));
        }
        let mut call = Call::begin(request.method(), upstream);
        let (mut request, pace) = prepare(upstream, request)?;
        if let Some(bearing) = call.bearing() {
            bearing.put(request.headers_mut());
        }
        request.headers_mut().append(CDN_LOOP, self.loop_id.value());
        let end = Instant::now() + self.timeouts.total;
        let connection = capture_connection(&mut request);
        let silence = connection.clone();
        let fault = pace.fault.clone();
        let asking = self.health.ask(Stack::Client);
        let sent = self.pool(upstream.addresses()).request(request);
        let response = tokio::select! {
            response = sent => response.map_err(|error| {
                fault.take().unwrap_or_else(|| unanswered(error))
            }),
            () = pace.stalled(connection, self.timeouts) => {
                self.note_silence(&silence);
                Err(stalled(Stalled::Request))
            }
            () = sleep_until(end) => Err(stalled(Stalled::Total)),
        };
        // The names of an enumeration.
        let failed = |error: &Error| call.failed(format_args!("{:?}", error.reason()));
        let response = response.inspect_err(failed)?;
        asking.answered();
        if let Some(info) = response.extensions().get::<HttpInfo>() {
            self.health
                .heard(info.remote_addr(), response.status().as_u16());
        }
        call.answered(response.status());
        Ok(self.answer(response, end, call))
    }

    /// The store had a request and did not go on with it.
    fn note_silence(&self, connection: &CaptureConnection) {
        let mut told = http::Extensions::new();
        if let Some(connected) = &*connection.connection_metadata() {
            connected.get_extras(&mut told);
        }
        if let Some(info) = told.get::<HttpInfo>() {
            self.health.unheard(info.remote_addr());
        }
    }

    fn answer(&self, response: Response<Incoming>, end: Instant, call: Call) -> Response<Body> {
        let limit = self.timeouts.read;
        response.map(|incoming| Answer::new(incoming, limit, end, call).boxed_unsync())
    }

    fn pool(&self, addresses: &Arc<[SocketAddr]>) -> Pool {
        self.pools
            .of(addresses, &self.health, || self.open_pool(addresses))
    }

    fn open_pool(&self, addresses: &Arc<[SocketAddr]>) -> Pool {
        let limit = self.timeouts.connect;
        let connector = hyper_rustls::HttpsConnectorBuilder::new()
            .with_tls_config(ClientConfig::clone(&self.tls))
            .https_or_http()
            .enable_http1()
            .wrap_connector(Dial::new(Arc::clone(addresses), self.health.clone(), limit));
        Builder::new(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(self.timeouts.idle)
            .pool_max_idle_per_host(IDLE_PER_HOST)
            // Repeats only what hyper hands back unsent, and only after a kept connection.
            .retry_canceled_requests(true)
            .build(Within { connector, limit })
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("timeouts", &self.timeouts)
            .finish_non_exhaustive()
    }
}

/// HCP's management service always speaks TLS, and is there when a domain is.
fn speak_tls(upstreams: &Upstreams) -> bool {
    let endpoint = upstreams.s3_endpoint.as_ref();
    upstreams.domain.is_some() || endpoint.is_some_and(Upstream::tls)
}

fn prepare(
    upstream: &Upstream,
    request: Request<Body>,
) -> Result<(Request<PacedBody>, Pace), Error> {
    let (mut parts, body) = request.into_parts();
    set_host(&mut parts.headers, upstream)?;
    parts.uri = absolute(upstream, &parts.uri)?;
    parts.version = Version::HTTP_11;
    let (body, pace) = paced(body);
    Ok((Request::from_parts(parts, body), pace))
}

fn set_host(headers: &mut HeaderMap, upstream: &Upstream) -> Result<(), Error> {
    if !headers.contains_key(HOST) {
        headers.insert(
            HOST,
            HeaderValue::from_str(upstream.authority()).map_err(unusable)?,
        );
    }
    Ok(())
}

fn absolute(upstream: &Upstream, uri: &Uri) -> Result<Uri, Error> {
    let host = &**upstream.host();
    let bare_v6 = host.contains(':') && !host.starts_with('[');
    let host = if bare_v6 {
        format!("[{host}]")
    } else {
        host.to_owned()
    };
    let authority = Authority::try_from(format!("{host}:{}", upstream.port())).map_err(unusable)?;
    let target = uri.path_and_query().cloned();
    let scheme = if upstream.tls() {
        Scheme::HTTPS
    } else {
        Scheme::HTTP
    };
    Uri::builder()
        .scheme(scheme)
        .authority(authority)
        .path_and_query(target.unwrap_or_else(|| PathAndQuery::from_static("/")))
        .build()
        .map_err(unusable)
}

/// The settings are checked when they are read, so an unusable name is a fault of the house.
fn unusable(cause: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(Reason::InternalError).because(cause)
}
