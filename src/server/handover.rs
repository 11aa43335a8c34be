//! One process after the other on the same sockets, without a moment in which nobody answers.

use std::path::PathBuf;

use pingora::server::configuration::Opt;

use super::listen::{BindError, Bound, bind, inherit};
use crate::settings::Listeners;

/// How a process gets its listeners, and how it gives them away when SIGQUIT ends it.
#[derive(Debug, Clone)]
pub struct Handover {
    /// The socket on which both processes meet. Whoever can write to its directory can take the
    /// listeners.
    pub socket: PathBuf,
    /// Whether to take the listeners of the process that serves now, instead of binding them.
    pub take: bool,
}

impl Handover {
    pub(super) fn listeners(&self, listeners: &Listeners) -> Result<Vec<Bound>, BindError> {
        if self.take {
            inherit(listeners)
        } else {
            bind(listeners)
        }
    }

    /// The engine's own options.
    pub(super) fn options(&self) -> Option<Opt> {
        self.take.then(|| Opt {
            upgrade: true,
            ..Opt::default()
        })
    }
}
