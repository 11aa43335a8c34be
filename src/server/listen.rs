//! Sockets: bound before anything else starts, so that a taken port is an error with a name and
//! port 0 has an address to tell.

use std::net::{SocketAddr, TcpListener, ToSocketAddrs as _};
use std::os::fd::IntoRawFd as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::{fmt, io};

use async_trait::async_trait;
use pingora::server::{Fds, ListenFds, ShutdownWatch};
use pingora::services::listening::Service as DoorService;
use pingora::services::{Service, ServiceReadyNotifier, ServiceWithDependents};
use portico_sdk::load::Load;
use portico_sdk::route::Listener;
use socket2::{Domain, Socket, Type};

use super::door::Door;
use super::pulse;
use crate::settings::{ListenerSettings, Listeners};

/// Connections that may wait to be accepted.
const BACKLOG: i32 = 4096;

/// A listener with its socket.
pub struct Bound {
    /// Which one.
    pub listener: Listener,
    /// Its address, with the real port where the settings said 0.
    pub address: SocketAddr,
    /// Whether it speaks TLS.
    pub tls: bool,
    /// What the settings say of it.
    pub(super) settings: ListenerSettings,
    socket: Mutex<Option<TcpListener>>,
}

impl fmt::Debug for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}", self.listener, self.address)
    }
}

/// A listener cannot be bound.
#[derive(Debug, thiserror::Error)]
#[error(
    "listener {listener} cannot use the address `{address}`; is it taken, or not of this machine?"
)]
pub struct BindError {
    listener: Listener,
    address: String,
    source: io::Error,
}

/// Binds every listener that is switched on.
///
/// # Errors
/// The first one that cannot be bound.
pub(super) fn bind(listeners: &Listeners) -> Result<Vec<Bound>, BindError> {
    each(listeners, |settings| {
        let socket = open(resolve(settings)?)?;
        Ok((socket.local_addr()?, Some(socket)))
    })
}

/// Every listener that is switched on, without a socket: another process hands them over.
///
/// # Errors
/// The first one that has no address which another process could have.
pub(super) fn inherit(listeners: &Listeners) -> Result<Vec<Bound>, BindError> {
    each(listeners, |settings| {
        let address = resolve(settings)?;
        if address.port() == 0 {
            return Err(io::Error::other("a free port cannot be taken over"));
        }
        Ok((address, None))
    })
}

type Place = (SocketAddr, Option<TcpListener>);

fn each(
    listeners: &Listeners,
    place: impl Fn(&ListenerSettings) -> io::Result<Place>,
) -> Result<Vec<Bound>, BindError> {
    let open = listeners.open();
    open.map(|(listener, settings)| {
        let place = place(settings).map_err(|source| BindError {
            listener,
            address: settings.address.clone(),
            source,
        })?;
        Ok(Bound::new(listener, settings, place))
    })
    .collect()
}

fn resolve(settings: &ListenerSettings) -> io::Result<SocketAddr> {
    let address = settings.address.to_socket_addrs()?.next();
    address.ok_or_else(|| io::Error::other("the name has no address"))
}

fn open(wanted: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(wanted), Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&wanted.into())?;
    socket.listen(BACKLOG)?;
    Ok(TcpListener::from(socket))
}

impl Bound {
    fn new(listener: Listener, settings: &ListenerSettings, (address, socket): Place) -> Self {
        Self {
            listener,
            address,
            tls: !settings.certificates().is_empty(),
            settings: settings.clone(),
            socket: Mutex::new(socket),
        }
    }
}

/// Which listener a local address belongs to.
#[derive(Debug, Clone)]
pub struct Ports(Vec<(SocketAddr, Listener)>);

impl Ports {
    /// The addresses of these listeners.
    #[must_use]
    pub fn new(bound: &[Bound]) -> Self {
        Self(
            bound
                .iter()
                .map(|bound| (bound.address, bound.listener))
                .collect(),
        )
    }

    /// The listener of a connection's local address; an exact address wins over a port.
    ///
    /// An unknown address counts as S3, where nothing is public.
    #[must_use]
    pub fn listener(&self, local: Option<&SocketAddr>) -> Listener {
        let place = self.position(local);
        place.map_or(Listener::S3, |place| self.0[place].1)
    }

    /// Which of the addresses it is, in their order.
    pub(super) fn position(&self, local: Option<&SocketAddr>) -> Option<usize> {
        let local = local?;
        let find = |fits: &dyn Fn(&SocketAddr) -> bool| {
            let mut all = self.0.iter();
            all.position(|(address, _)| fits(address))
        };
        let exact = find(&|address| address == local);
        exact.or_else(|| find(&|address| address.port() == local.port()))
    }
}

/// Puts every socket into the table, which is what an upgrade hands to the next process.
fn fill(table: &mut Fds, places: impl Iterator<Item = Place>) {
    for (address, socket) in places {
        let name = address.to_string();
        let socket = match socket {
            Some(socket) => socket,
            None if table.get(&name).is_some() => continue,
            // The process before did not have this listener.
            None => open(address).unwrap_or_else(|error| {
                tracing::error!(%address, %error, "this listener cannot be bound");
                std::process::exit(1)
            }),
        };
        table.add(name, socket.into_raw_fd());
    }
}

/// The proxy service, started on sockets that are bound or handed over already.
pub struct Listening {
    inner: DoorService<Door>,
    places: Vec<Place>,
    load: Arc<Load>,
}

impl Listening {
    /// Takes the sockets over; how far the runtime that serves them is behind is told to the load.
    pub(super) fn new(inner: DoorService<Door>, bound: &[Bound], load: Arc<Load>) -> Self {
        let take = |bound: &Bound| {
            let mut socket = bound.socket.lock().unwrap_or_else(PoisonError::into_inner);
            (bound.address, socket.take())
        };
        Self {
            inner,
            places: bound.iter().map(take).collect(),
            load,
        }
    }
}

#[async_trait]
impl ServiceWithDependents for Listening {
    async fn start_service(
        &mut self,
        fds: Option<ListenFds>,
        shutdown: ShutdownWatch,
        listeners_per_fd: usize,
        ready: ServiceReadyNotifier,
    ) {
        if let Some(table) = &fds {
            fill(&mut table.lock(), self.places.drain(..));
        }
        ready.notify_ready();
        // It ends with its runtime.
        tokio::spawn(pulse::feel(Arc::clone(&self.load)));
        Service::start_service(&mut self.inner, fds, shutdown, listeners_per_fd).await;
    }

    fn name(&self) -> &str {
        Service::name(&self.inner)
    }

    fn threads(&self) -> Option<usize> {
        Service::threads(&self.inner)
    }

    /// With this the engine closes what it was handed and nobody serves any more.
    fn listen_addresses(&self) -> Option<Vec<String>> {
        Service::listen_addresses(&self.inner)
    }
}
