//! The order of start and end, in one list.

/// An end of its own, which may wait for what is still going on.
type End = Box<dyn FnOnce() + Send>;

/// The parts of the process that have started, in their order. They end the other way round, so that
/// each still has what it stands on.
#[derive(Default)]
pub(super) struct Started(Vec<(&'static str, End)>);

impl Started {
    /// Notes a part that starts now, and how it ends.
    pub(super) fn part(&mut self, name: &'static str, end: impl FnOnce() + Send + 'static) {
        tracing::debug!(name, "starts");
        self.0.push((name, Box::new(end)));
    }

    /// Ends all of them, and waits for each as long as it wants.
    pub(super) fn end(self) {
        for (name, end) in self.0.into_iter().rev() {
            tracing::debug!(name, "ends");
            end();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[test]
    fn what_started_last_ends_first() {
        let ended = Arc::new(Mutex::new(Vec::new()));
        let mut started = Started::default();
        for name in ["ground", "walls", "door"] {
            let ended = Arc::clone(&ended);
            started.part(name, move || ended.lock().unwrap().push(name));
        }
        started.end();
        assert_eq!(*ended.lock().unwrap(), ["door", "walls", "ground"]);
    }
}
