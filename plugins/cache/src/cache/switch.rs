//! Whether anything may be given: not while another process, which knows other changes, serves too.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use portico_sdk::leaving::Leaving;
use tokio::time::sleep;

/// How often is looked whether the process before has gone.
const LOOK: Duration = Duration::from_millis(100);

/// On or off; cheap to clone, shared by all clones.
///
/// The process that serves holds a lock (flock(2)) in the data directory, which ends with it.
#[derive(Debug, Clone)]
pub(crate) struct Switch {
    turn: Arc<OnceLock<Turn>>,
    leaving: Leaving,
}

/// The right to give what is kept.
#[derive(Debug)]
enum Turn {
    /// There is nobody else.
    Alone,
    /// For as long as the file is open.
    Locked { _file: File },
}

impl Switch {
    /// Always on, until the process is leaving.
    pub(crate) fn on(leaving: Leaving) -> Self {
        let switch = Self::off(leaving);
        // A new one is not taken.
        let _ = switch.turn.set(Turn::Alone);
        switch
    }

    /// Off, until it is [taken](Self::take).
    pub(crate) fn off(leaving: Leaving) -> Self {
        Self {
            turn: Arc::default(),
            leaving,
        }
    }

    pub(crate) fn is_on(&self) -> bool {
        self.turn.get().is_some() && !self.leaving.is_said()
    }

    /// Turns it on as soon as no other process has the turn.
    ///
    /// # Errors
    /// The folder knows no locks, or cannot be written to.
    pub(crate) async fn take(&self, folder: &Path) -> io::Result<()> {
        let file = File::create(folder.join("cache.lock"))?;
        let mut told = false;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if told => {}
                Err(TryLockError::WouldBlock) => {
                    tracing::info!("nothing is kept until the process before has gone");
                    told = true;
                }
                Err(TryLockError::Error(error)) => return Err(error),
            }
            sleep(LOOK).await;
        }
        if told {
            tracing::info!("the process before has gone: answers are kept from now on");
        }
        // Taken once.
        let _ = self.turn.set(Turn::Locked { _file: file });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn only_one_process_has_the_turn_and_the_next_gets_it() {
        let folder = tempfile::tempdir().unwrap();
        let first = Switch::off(Leaving::default());
        assert!(!first.is_on());
        first.take(folder.path()).await.unwrap();
        assert!(first.is_on());
        let second = Switch::off(Leaving::default());
        let path = folder.path().to_owned();
        let taken = tokio::spawn({
            let second = second.clone();
            async move { second.take(&path).await }
        });
        sleep(LOOK * 3).await;
        assert!(!second.is_on());
        drop(first);
        taken.await.unwrap().unwrap();
        assert!(second.is_on());
    }

    #[test]
    fn a_process_that_leaves_gives_nothing_more() {
        let leaving = Leaving::default();
        let switch = Switch::on(leaving.clone());
        assert!(switch.is_on());
        leaving.say();
        assert!(!switch.is_on());
    }

    #[tokio::test]
    async fn without_a_folder_there_is_no_turn() {
        let switch = Switch::off(Leaving::default());
        assert!(switch.take(Path::new("/nowhere/at/all")).await.is_err());
        assert!(!switch.is_on());
    }
}
