//! A road to a store that a story can close, and open again.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How the other end is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Road {
    /// As it should be.
    Open,
    /// Connections break off, and new ones at once.
    Closed,
    /// Connections stand, and nothing comes over them.
    Silent,
}

/// A relay of TCP between a process and its store.
pub struct Relay {
    /// Where it listens.
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    to: SocketAddr,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    road: Road,
    /// Both ends of whatever goes over it.
    streams: Vec<TcpStream>,
}

impl Relay {
    pub fn to(to: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let state = State {
            road: Road::Open,
            streams: Vec::new(),
        };
        let shared = Arc::new(Shared {
            to,
            state: Mutex::new(state),
            changed: Condvar::new(),
        });
        let own = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                // A store that is away refuses; so does the relay in its place.
                let _ = own.join(stream);
            }
        });
        Self { address, shared }
    }

    /// How it is from now on.
    pub fn set(&self, road: Road) {
        let mut state = self.shared.state();
        state.road = road;
        if road == Road::Closed {
            for stream in state.streams.drain(..) {
                // It may be gone already.
                let _ = stream.shutdown(Shutdown::Both);
            }
        }
        self.shared.changed.notify_all();
    }

    /// Has it be so for a while, then open.
    pub fn hold(&self, road: Road, time: Duration) {
        self.set(road);
        let end = Instant::now() + time;
        let mut state = self.shared.state();
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let waited = self.shared.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        drop(state);
        self.set(Road::Open);
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn join(self: &Arc<Self>, near: TcpStream) -> io::Result<()> {
        if self.state().road == Road::Closed {
            return Ok(());
        }
        let far = TcpStream::connect(self.to)?;
        for stream in [&near, &far] {
            stream.set_nodelay(true)?;
        }
        let mut state = self.state();
        state.streams.extend([near.try_clone()?, far.try_clone()?]);
        drop(state);
        self.pass(near.try_clone()?, far.try_clone()?);
        self.pass(far, near);
        Ok(())
    }

    /// Passes bytes on, one way, until either end is gone.
    fn pass(self: &Arc<Self>, mut from: TcpStream, mut to: TcpStream) {
        let shared = Arc::clone(self);
        thread::spawn(move || {
            let mut piece = vec![0; 64 * 1024];
            while let Ok(count @ 1..) = from.read(&mut piece) {
                shared.wait_for_sound();
                if to.write_all(&piece[..count]).is_err() {
                    break;
                }
            }
            let _ = to.shutdown(Shutdown::Write);
        });
    }

    fn wait_for_sound(&self) {
        let silent = |state: &mut State| state.road == Road::Silent;
        drop(self.changed.wait_while(self.state(), silent));
    }
}
