//! The process: listeners, services, runtimes and signals, in one order of start and end.

mod background;
mod crowd;
mod door;
mod drain;
mod figures;
mod files;
mod handover;
mod listen;
mod preamble;
mod pulse;
mod reload;
mod signals;
mod started;
mod steering;
mod watch;

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use pingora::apps::HttpServerOptions;
use pingora::listeners::{L4BufferSettings, ListenerConfig};
use pingora::proxy::{HttpProxy, http_proxy};
use pingora::server::configuration::ServerConf;
use pingora::server::{ExecutionPhase, RunArgs, Server};
use pingora::services::listening::Service;
use portico_sdk::leaving::Leaving;
use portico_sdk::plugin::{Background, Built};
use portico_sdk::route::Listener;
use tokio::sync::Notify;
use tokio::sync::broadcast::error::RecvError;

pub use drain::{Flight, InFlight};
pub use handover::Handover;
pub use listen::{BindError, Bound, Listening, Ports};
pub use reload::Again;
pub(crate) use watch::{exchange_begins, exchange_ends, request_ends, together};

use crowd::Crowd;
use door::{Door, Entrance};
use figures::DoorMetrics;
use signals::Announced;
use started::Started;

use crate::proxy::{Current, Gateway};
use crate::route::{HostNames, Router};
use crate::settings::{LimitSettings, ProcessSettings, Settings};
use crate::tls::{CertificateError, CertificateMetrics, Certificates, Keeper};
use crate::upstream::{Checks, Peers};
use crate::wires::Wires;

const TLS_BUFFER: usize = 32 * 1024;
const WRITE_BUFFER: usize = 8 * 1024;

/// A server that is ready to run: its sockets are bound, so its addresses are known.
pub struct Portico {
    server: Server,
    bound: Vec<Bound>,
    started: Started,
    reload: Arc<Notify>,
    leaving: Leaving,
}

/// The process cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A listener has no socket.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// A listener's certificate or key cannot be used.
    #[error("listener {0}: {1}")]
    Certificate(Listener, #[source] CertificateError),
    /// A metric has the name of one of ours.
    #[error("the metrics cannot be registered")]
    Metrics(#[from] prometheus::Error),
    /// The system has no thread for the deadlines.
    #[error("the thread that keeps the deadlines cannot be started")]
    Thread(#[source] std::io::Error),
}

impl Portico {
    /// Binds the listeners, or takes them over, and puts the services together; nothing is
    /// served yet.
    ///
    /// # Errors
    /// A port that is taken, a certificate that cannot be read. Ends the process when no other
    /// hands its listeners over in time: the engine leaves no choice.
    pub fn new(
        settings: &Settings,
        mut built: Built,
        handover: &Handover,
        again: Option<Again>,
    ) -> Result<Self, StartError> {
        let mut started = Started::default();
        started.part("telemetry", portico_sdk::trace::end);
        let bound = handover.listeners(&settings.listeners)?;
        let wires = Wires::default();
        wires.keep_time().map_err(StartError::Thread)?;
        let manners = Current::new(&settings.limits);
        let gateway = gateway(settings, &built, &bound, wires.clone(), manners.clone());
        built.background.extend(checks(settings, &gateway.peers));
        let in_flight = gateway.in_flight.clone();
        let metrics = CertificateMetrics::new(&built.services.metrics)?;
        let entrances = entrances(&bound, &metrics)?;
        let crowd = crowd(&settings.limits);
        let steered = steering::reloadable(&built.services, &manners, &crowd);
        let keeper = Keeper {
            certificates: certificates(&entrances),
            metrics,
            every: settings.process.reload_interval.0,
        };
        let reload = reload::watch(settings, &mut built, steered, keeper, again)?;
        let conf = server_conf(settings, handover);
        let mut server = Server::new_with_opt_and_conf(handover.options(), conf);
        server.bootstrap();
        let conf = Arc::clone(&server.configuration);
        let closing = InFlight::default();
        server.add_service(background::service(built.background, closing.clone()));
        // Tasks that put something in order before the end.
        started.part("background", move || {
            closing.wait(background::CLOSE);
        });
        figures::watch(&built.services.metrics, in_flight.clone(), crowd.limit())?;
        let door = Door {
            house: house(&conf, gateway, settings.limits.idle_timeout.0),
            ports: Ports::new(&bound),
            entrances,
            trusted: settings.listeners.trusted_proxies(),
            crowd,
            manners,
            idle: settings.limits.idle_timeout.0,
            grace: settings.process.grace_period.0,
            wires,
            metrics: DoorMetrics::new(&built.services.metrics)?,
        };
        let load = Arc::clone(&built.services.load);
        server.add_service(Listening::new(service(door, &bound), &bound, load));
        let patience = Patience::of(&settings.process);
        started.part("doors", move || patience.wait(&in_flight));
        Ok(Self {
            server,
            bound,
            started,
            reload,
            leaving: built.services.leaving,
        })
    }

    /// The addresses that are listened on.
    #[must_use]
    pub fn addresses(&self) -> &[Bound] {
        &self.bound
    }

    /// Serves until a signal ends it: SIGTERM and SIGQUIT let exchanges finish, SIGINT does not.
    /// SIGQUIT hands the listeners to the next process before.
    ///
    /// The engine itself would cut exchanges at the end of its grace period. So it runs in a
    /// thread of its own, and what ends the process is the end of this function.
    pub fn run(self) {
        let mut phases = self.server.watch_execution_phase();
        let shutdown_signal = Box::new(Announced {
            bound: self.bound,
            reload: self.reload,
            leaving: self.leaving,
        });
        let engine = thread::spawn(move || self.server.run(RunArgs { shutdown_signal }));
        loop {
            match phases.blocking_recv() {
                Ok(ExecutionPhase::ShutdownGracePeriod) => {
                    self.started.end();
                    return;
                }
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => break,
            }
        }
        // SIGINT waits for nobody; what is to be told is told.
        portico_sdk::trace::end();
        if engine.join().is_err() {
            tracing::error!("the engine ended in a panic");
        }
    }
}

/// How long the end of the process may take.
struct Patience {
    grace: Duration,
    shutdown: Duration,
}

impl Patience {
    fn of(settings: &ProcessSettings) -> Self {
        Self {
            grace: settings.grace_period.0,
            shutdown: settings.shutdown_timeout.0,
        }
    }

    fn wait(&self, in_flight: &InFlight) {
        // Kept connections may bring one more request.
        thread::sleep(self.grace);
        let count = in_flight.count();
        tracing::info!(in_flight = count, "waiting for exchanges to finish");
        let left = in_flight.wait(self.shutdown);
        if left > 0 {
            tracing::warn!(
                in_flight = left,
                "the time to finish is over; what is left is cut"
            );
        }
    }
}

fn server_conf(settings: &Settings, handover: &Handover) -> ServerConf {
    let process = &settings.process;
    ServerConf {
        threads: process.threads(),
        // The engine's own lies where any user of the machine could wait for our sockets.
        upgrade_sock: handover.socket.display().to_string(),
        work_stealing: true,
        ca_file: ca_file(settings),
        // Longer than we ever wait: the engine cuts what is in flight when this is over.
        grace_period_seconds: Some(
            (process.grace_period.0 + process.shutdown_timeout.0).as_secs() + 60,
        ),
        upstream_keepalive_pool_size: 1024,
        // Beyond this nobody waits for an address that answers; those that fail are known then.
        max_retries: 8,
        ..ServerConf::default()
    }
}

/// The engine takes authorities as a file.
fn ca_file(settings: &Settings) -> Option<String> {
    Some(settings.upstream.ca_file.clone()).filter(|file| !file.is_empty())
}

/// The checks of the store's addresses, if they are wanted.
fn checks(settings: &Settings, peers: &Arc<Peers>) -> Option<Background> {
    let every = settings.upstream.check_interval.0;
    if every.is_zero() {
        return None;
    }
    let checks = Checks::new(Arc::clone(peers), every, ca_file(settings));
    Some(Background {
        name: "address checks",
        closes: false,
        start: Box::new(|| Box::pin(checks.run())),
    })
}

fn gateway(
    settings: &Settings,
    built: &Built,
    bound: &[Bound],
    wires: Wires,
    manners: Current,
) -> Gateway {
    let upstreams = &built.services.upstreams;
    let domains = settings
        .route
        .domains
        .iter()
        .cloned()
        .chain(upstreams.domain.clone());
    let mut hosts = HostNames::new(domains, upstreams.backend);
    if let (true, Some(own)) = (settings.route.passthrough, &upstreams.domain) {
        hosts = hosts.with_own(own);
    }
    Gateway {
        pipeline: built.pipeline.clone(),
        router: Router::new(hosts, built.public.clone()),
        ports: Ports::new(bound),
        peers: Arc::new(Peers::new(upstreams, wires)),
        loop_id: upstreams.loop_id.clone(),
        in_flight: InFlight::default(),
        manners,
        load: Arc::clone(&built.services.load),
        trusted: settings.listeners.trusted_proxies(),
    }
}

/// HTTP/1.1 connections get their idle time at the door.
fn http2_idle(idle: Duration) -> HttpServerOptions {
    let mut options = HttpServerOptions::default();
    options.h2_idle_timeout = Some(idle);
    options
}

/// What each address asks of its connections.
fn entrances(bound: &[Bound], metrics: &CertificateMetrics) -> Result<Vec<Entrance>, StartError> {
    let entrance = |bound: &Bound| {
        let listener = bound.listener;
        let settings = &bound.settings;
        let files = settings.certificates();
        let mut entrance = Entrance {
            listener,
            certificates: None,
            proxy_protocol: settings.proxy_protocol,
        };
        if files.is_empty() {
            return Ok(entrance);
        }
        // The S3 door stays with HTTP/1.1: no S3 client needs more, and uploads of unknown
        // length over HTTP/2 would corrupt pooled connections to the store (engine issue 935).
        let http2 = listener == Listener::Api;
        let (certificates, pairs) = Certificates::load(listener, files, http2)
            .map_err(|error| StartError::Certificate(listener, error))?;
        metrics.note(&certificates, &pairs);
        entrance.certificates = Some(Arc::new(certificates));
        Ok(entrance)
    };
    bound.iter().map(entrance).collect()
}

fn certificates(entrances: &[Entrance]) -> Vec<Arc<Certificates>> {
    let all = entrances.iter();
    all.filter_map(|entrance| entrance.certificates.clone())
        .collect()
}

/// The limit that follows from the open files: a connection of a client and one to the store, which
/// has two, for each exchange, and some for everything else.
fn crowd(limits: &LimitSettings) -> Arc<Crowd> {
    let files = files::raise();
    let limit = match limits.max_connections {
        0 => files.saturating_sub(files::OWN) / 3,
        limit => limit,
    };
    tracing::debug!(files, limit, "connections that can be open at once");
    Crowd::new(limit, limits.connections_per_address)
}

fn house(conf: &Arc<ServerConf>, gateway: Gateway, idle: Duration) -> Arc<HttpProxy<Gateway>> {
    let mut house = http_proxy(conf, gateway);
    house.server_options = Some(http2_idle(idle));
    Arc::new(house)
}

/// A connection keeps its buffers as long as it lives, idle or not. Without TLS the engine reads
/// into buffers of its own; OpenSSL asks for five bytes, then for a record of 16 KiB. A head and a
/// body that fit the other one leave together.
fn buffers(bound: &Bound) -> L4BufferSettings {
    let read = if bound.tls { TLS_BUFFER } else { 0 };
    L4BufferSettings::new(read, WRITE_BUFFER)
}

fn service(door: Door, bound: &[Bound]) -> Service<Door> {
    let mut service = Service::new("portico".to_owned(), door);
    for bound in bound {
        let listener = ListenerConfig::tcp(bound.address.to_string());
        service.add_listener(listener.l4_buffer(buffers(bound)));
    }
    service
}
