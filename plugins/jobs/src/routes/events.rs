//! `GET …/{word}/{id}/events`: how a job goes on, as it goes on.

use std::time::Duration;

use axum::response::Response;
use futures_util::stream::unfold;
use portico_sdk::leaving::Leaving;
use portico_sdk::rest::events;
use portico_sdk::{Error, Principal};
use serde::Serialize;
use tokio::time::sleep;

use super::Desk;
use crate::engine::Engine;
use crate::job::Snapshot;

/// How often the engine is asked. A job may run in another process.
const PACE: Duration = Duration::from_millis(500);

/// What is told next.
struct Told {
    engine: Engine,
    leaving: Leaving,
    caller: Principal,
    now: Option<Snapshot>,
    last: Option<Snapshot>,
}

/// The events of a job: its document whenever it has changed, the last one once it is over.
///
/// # Errors
/// As [`Engine::look`].
pub(super) async fn tell<T: Serialize + 'static>(
    desk: &Desk,
    kind: &'static str,
    id: &str,
    caller: Principal,
    document: impl Fn(&Snapshot) -> T + Copy + Send + 'static,
) -> Result<Response, Error> {
    let now = desk.engine.look(kind, id, &caller).await?;
    let told = Told {
        engine: desk.engine.clone(),
        leaving: desk.leaving.clone(),
        caller,
        now: Some(now),
        last: None,
    };
    let next = move |told: Told| async move {
        let (snapshot, told) = told.next(kind).await?;
        Some((document(&snapshot), told))
    };
    Ok(events(unfold(told, next)))
}

impl Told {
    /// The next change; none after the end, when the job is known no more, or the process goes.
    async fn next(mut self, kind: &'static str) -> Option<(Snapshot, Self)> {
        while self.last.is_some() && self.now == self.last {
            let last = self.last.as_ref()?;
            if last.state.is_over() {
                return None;
            }
            tokio::select! {
                () = sleep(PACE) => {}
                () = self.leaving.said() => return None,
            }
            let id = last.id.to_string();
            self.now = Some(self.engine.look(kind, &id, &self.caller).await.ok()?);
        }
        let now = self.now.clone()?;
        self.last = Some(now.clone());
        Some((now, self))
    }
}
