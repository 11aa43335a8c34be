//! The listeners' certificates: read from files, chosen by the name that a client asks for, and
//! exchanged while connections are open.

mod keeper;
mod names;
mod pair;

#[cfg(feature = "openssl")]
#[path = "openssl.rs"]
mod engine;
#[cfg(all(feature = "rustls", not(feature = "openssl")))]
#[path = "rustls.rs"]
mod engine;
#[cfg(not(any(feature = "openssl", feature = "rustls")))]
compile_error!(
    "one of the features `openssl` and `rustls` is needed: without them there is no TLS"
);

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use portico_sdk::route::Listener;

pub use engine::Acceptor;
pub use keeper::{CertificateMetrics, Keeper};
pub use names::Names;
pub use pair::{CertificateError, Files, Pair};

use pair::Fingerprint;

/// One listener's certificates, exchanged as a whole.
pub struct Certificates {
    listener: Listener,
    files: Vec<Files>,
    http2: bool,
    acceptor: ArcSwap<Acceptor>,
    /// Of the files when they were last read, whether they could be used or not.
    seen: Mutex<Fingerprint>,
}

/// Files that have changed, read and not used yet.
pub struct Fresh {
    certificates: Arc<Certificates>,
    acceptor: Acceptor,
    pairs: Vec<Pair>,
    seen: Fingerprint,
}

impl Fresh {
    /// Uses them. Connections that are open keep what they have.
    #[must_use]
    pub fn take(self) -> (Arc<Certificates>, Vec<Pair>) {
        self.certificates.acceptor.store(Arc::new(self.acceptor));
        *self.certificates.seen() = self.seen;
        (self.certificates, self.pairs)
    }
}

impl Certificates {
    /// Reads the files of a listener; the first pair is for clients that ask for no name of ours.
    ///
    /// # Errors
    /// The first file that cannot be used.
    pub fn load(
        listener: Listener,
        files: Vec<Files>,
        http2: bool,
    ) -> Result<(Self, Vec<Pair>), CertificateError> {
        let seen = Fingerprint::of(&files);
        let (acceptor, pairs) = acceptor(&files, http2)?;
        let certificates = Self {
            listener,
            files,
            http2,
            acceptor: ArcSwap::from_pointee(acceptor),
            seen: Mutex::new(seen),
        };
        Ok((certificates, pairs))
    }

    /// What takes a connection's handshake now.
    #[must_use]
    pub fn acceptor(&self) -> Arc<Acceptor> {
        self.acceptor.load_full()
    }

    /// Whose they are.
    #[must_use]
    pub fn listener(&self) -> Listener {
        self.listener
    }

    /// Reads the files again if they have changed; `None`: they have not.
    ///
    /// # Errors
    /// The first that cannot be used; told once.
    pub fn read_again(self: &Arc<Self>) -> Result<Option<Fresh>, CertificateError> {
        let now = Fingerprint::of(&self.files);
        if *self.seen() == now {
            return Ok(None);
        }
        match acceptor(&self.files, self.http2) {
            Ok((acceptor, pairs)) => Ok(Some(Fresh {
                certificates: Arc::clone(self),
                acceptor,
                pairs,
                seen: now,
            })),
            Err(error) => {
                *self.seen() = now;
                Err(error)
            }
        }
    }

    fn seen(&self) -> MutexGuard<'_, Fingerprint> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is wrong with some files, if they cannot serve a listener.
#[must_use]
pub fn fault(files: &[Files]) -> Option<CertificateError> {
    acceptor(files, false).err()
}

fn acceptor(files: &[Files], http2: bool) -> Result<(Acceptor, Vec<Pair>), CertificateError> {
    let pairs: Vec<_> = files.iter().map(Pair::read).collect::<Result<_, _>>()?;
    let names = Names::new(pairs.iter().map(|pair| pair.names.as_slice()));
    let acceptor = Acceptor::new(&pairs, names, http2)?;
    Ok((acceptor, pairs))
}

#[cfg(test)]
mod tests;
