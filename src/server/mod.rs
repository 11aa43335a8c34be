//! The process: listeners, services, runtimes and signals, in one order of start and end.

mod background;
mod drain;
mod handover;
mod listen;
mod signals;

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use pingora::apps::HttpServerOptions;
use pingora::proxy::{HttpProxy, http_proxy};
use pingora::server::configuration::ServerConf;
use pingora::server::{ExecutionPhase, RunArgs, Server};
use pingora::services::listening::Service;
use portico_sdk::plugin::{Background, Built};
use tokio::sync::broadcast::error::RecvError;

pub use drain::{Flight, InFlight};
pub use handover::Handover;
pub use listen::{BindError, Bound, Listening, Ports};

use signals::Announced;

use crate::proxy::{ClientTimeouts, Gateway};
use crate::route::{HostNames, Router};
use crate::settings::Settings;
use crate::upstream::{Checks, Peers};

/// A server that is ready to run: its sockets are bound, so its addresses are known.
pub struct Portico {
    server: Server,
    bound: Vec<Bound>,
    in_flight: InFlight,
    patience: Patience,
}

/// The process cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A listener has no socket.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// A listener's certificate or key cannot be used.
    #[error("the certificate of listener {0} cannot be used")]
    Certificate(String, #[source] Box<pingora::Error>),
}

impl Portico {
    /// Binds the listeners, or takes them over, and puts the services together; nothing is
    /// served yet.
    ///
    /// # Errors
    /// A port that is taken, a certificate that cannot be read. Ends the process when no other
    /// hands its listeners over in time: the engine leaves no choice.
    pub fn new(settings: &Settings, built: Built, handover: &Handover) -> Result<Self, StartError> {
        let bound = handover.listeners(&settings.listeners)?;
        let gateway = gateway(settings, &built, &bound);
        let mut background = built.background;
        background.extend(checks(settings, &gateway.peers));
        let in_flight = gateway.in_flight.clone();
        let conf = server_conf(settings, handover);
        let mut server = Server::new_with_opt_and_conf(handover.options(), conf);
        server.bootstrap();
        let conf = Arc::clone(&server.configuration);
        server.add_service(background::service(background));
        server.add_service(Listening::new(service(&conf, gateway, &bound)?, &bound));
        Ok(Self {
            server,
            bound,
            in_flight,
            patience: Patience {
                grace: settings.process.grace_period.0,
                shutdown: settings.process.shutdown_timeout.0,
            },
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
        let shutdown_signal = Box::new(Announced(self.bound));
        let engine = thread::spawn(move || self.server.run(RunArgs { shutdown_signal }));
        loop {
            match phases.blocking_recv() {
                Ok(ExecutionPhase::ShutdownGracePeriod) => {
                    return self.patience.wait(&self.in_flight);
                }
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => break,
            }
        }
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
    fn wait(&self, in_flight: &InFlight) {
        // Connections that are being made now are still answered.
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
        start: Box::new(|| Box::pin(checks.run())),
    })
}

fn gateway(settings: &Settings, built: &Built, bound: &[Bound]) -> Gateway {
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
        peers: Arc::new(Peers::new(upstreams)),
        loop_id: upstreams.loop_id.clone(),
        in_flight: InFlight::default(),
        timeouts: ClientTimeouts {
            read: settings.limits.read_timeout.0,
            write: settings.limits.write_timeout.0,
            idle: settings.limits.idle_timeout.0,
        },
    }
}

/// HTTP/1.1 connections get their idle time request by request.
fn http2_idle(idle: Duration) -> HttpServerOptions {
    let mut options = HttpServerOptions::default();
    options.h2_idle_timeout = Some(idle);
    options
}

fn service(
    conf: &Arc<ServerConf>,
    gateway: Gateway,
    bound: &[Bound],
) -> Result<Service<HttpProxy<Gateway>>, StartError> {
    let idle = gateway.timeouts.idle;
    let mut proxy = http_proxy(conf, gateway);
    proxy.server_options = Some(http2_idle(idle));
    let mut service = Service::new("portico".to_owned(), proxy);
    for bound in bound {
        bound
            .add_to(&mut service)
            .map_err(|error| StartError::Certificate(bound.listener.to_string(), error))?;
    }
    Ok(service)
}
