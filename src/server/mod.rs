//! The process: listeners, services, runtimes and signals, in one order of start and end.

mod background;
mod handover;
mod listen;
mod signals;

use std::sync::Arc;
use std::time::Duration;

use pingora::apps::HttpServerOptions;
use pingora::proxy::{HttpProxy, http_proxy};
use pingora::server::configuration::ServerConf;
use pingora::server::{RunArgs, Server};
use pingora::services::listening::Service;
use portico_sdk::plugin::Built;

pub use handover::Handover;
pub use listen::{BindError, Bound, Listening, Ports};

use signals::Announced;

use crate::proxy::{ClientTimeouts, Gateway};
use crate::route::{HostNames, Router};
use crate::settings::Settings;
use crate::upstream::Peers;

/// A server that is ready to run: its sockets are bound, so its addresses are known.
pub struct Portico {
    server: Server,
    bound: Vec<Bound>,
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
        let conf = server_conf(settings, handover);
        let mut server = Server::new_with_opt_and_conf(handover.options(), conf);
        server.bootstrap();
        let conf = Arc::clone(&server.configuration);
        server.add_service(background::service(built.background));
        server.add_service(Listening::new(service(&conf, gateway, &bound)?, &bound));
        Ok(Self { server, bound })
    }

    /// The addresses that are listened on.
    #[must_use]
    pub fn addresses(&self) -> &[Bound] {
        &self.bound
    }

    /// Serves until a signal ends it: SIGTERM and SIGQUIT let exchanges finish, SIGINT does not.
    /// SIGQUIT hands the listeners to the next process before.
    pub fn run(self) {
        let shutdown_signal = Box::new(Announced(self.bound));
        self.server.run(RunArgs { shutdown_signal });
    }
}

fn server_conf(settings: &Settings, handover: &Handover) -> ServerConf {
    let process = &settings.process;
    ServerConf {
        threads: process.threads(),
        // The engine's own lies where any user of the machine could wait for our sockets.
        upgrade_sock: handover.socket.display().to_string(),
        work_stealing: true,
        ca_file: Some(settings.upstream.ca_file.clone()).filter(|file| !file.is_empty()),
        grace_period_seconds: Some(process.grace_period.0.as_secs()),
        graceful_shutdown_timeout_seconds: Some(process.shutdown_timeout.0.as_secs()),
        upstream_keepalive_pool_size: 1024,
        max_retries: 4,
        ..ServerConf::default()
    }
}

fn gateway(settings: &Settings, built: &Built, bound: &[Bound]) -> Gateway {
    let upstreams = &built.services.upstreams;
    let domains = settings
        .route
        .domains
        .iter()
        .cloned()
        .chain(upstreams.domain.clone());
    let hosts = HostNames::new(domains, upstreams.backend);
    Gateway {
        pipeline: built.pipeline.clone(),
        router: Router::new(hosts, built.public.clone()),
        ports: Ports::new(bound),
        peers: Arc::new(Peers::new(upstreams)),
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
