//! Sessions: what Lance keeps of one dataset for one identity, and for nobody else.

use std::fmt;
use std::sync::Arc;

use lance::session::Session;
use moka::sync::Cache;
use object_store::path::Path;
use portico_aws::Clients;
use portico_sdk::{Error, Principal, Reason};

use crate::place::{Dataset, Place};
use crate::settings::Settings;
use crate::store::{Courier, FOLDER, Object, Parts, Provider, Turn, Turns};

/// Who, and which dataset. Lance itself keys what it keeps by address alone, which two tenants may share.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    owner: [u8; 32],
    /// Which rules of the house hold for them, by where these lie: the session keeps them there.
    rules: Option<usize>,
    dataset: Dataset,
}

/// A bounded pool of sessions.
pub(crate) struct Sessions {
    clients: Clients,
    region: String,
    index_cache: usize,
    metadata_cache: usize,
    pool: Cache<Key, Arc<Session>>,
    turns: Arc<Turns<Object>>,
    parts: Arc<Parts>,
}

impl Sessions {
    pub(crate) fn new(clients: Clients, region: String, settings: &Settings, parts: Parts) -> Self {
        let bytes = |size: u64| usize::try_from(size).unwrap_or(usize::MAX);
        Self {
            clients,
            region,
            index_cache: bytes(settings.index_cache.0),
            metadata_cache: bytes(settings.metadata_cache.0),
            pool: Cache::builder()
                .max_capacity(settings.sessions)
                .time_to_idle(settings.session_idle.0)
                .support_invalidation_closures()
                .build(),
            turns: Arc::default(),
            parts: Arc::new(parts),
        }
    }

    /// The clients of the store for what Lance does not do.
    pub(crate) fn clients(&self) -> &Clients {
        &self.clients
    }

    /// The turn of a table's commits, for whoever must not have one meanwhile.
    ///
    /// # Errors
    /// As [`Clients::of`], and for a place that has no address.
    pub(crate) async fn committing(
        &self,
        caller: &Principal,
        place: &Place,
    ) -> Result<Turn, Error> {
        self.turn(caller, place, |table| table.join(FOLDER)).await
    }

    /// The turn of those who make a table, or take it away: Lance looks whether it is there, and whoever comes
    /// in between is overwritten. Whoever wants the other turn as well takes this one first.
    ///
    /// # Errors
    /// As [`committing`](Self::committing).
    pub(crate) async fn making(&self, caller: &Principal, place: &Place) -> Result<Turn, Error> {
        self.turn(caller, place, |table| table).await
    }

    async fn turn(
        &self,
        caller: &Principal,
        place: &Place,
        of: fn(Path) -> Path,
    ) -> Result<Turn, Error> {
        let line = self.clients.line(caller)?;
        let table = Path::from_url_path(place.url()?.path());
        let table = table.map_err(|error| Error::new(Reason::InvalidArgument).because(error))?;
        let host = Arc::clone(line.who().upstream.host());
        let object = (host, place.dataset.bucket.as_str().into(), of(table));
        Ok(self.turns.of(object).lock_owned().await)
    }

    /// The session of a caller for a dataset.
    ///
    /// # Errors
    /// As [`Clients::of`].
    pub(crate) fn of(&self, caller: &Principal, dataset: &Dataset) -> Result<Arc<Session>, Error> {
        let courier = Courier::new(&self.clients, caller, &self.parts)?;
        let key = Key {
            owner: courier.owner(),
            rules: caller
                .rights
                .as_ref()
                .map(|rules| Arc::as_ptr(rules).addr()),
            dataset: dataset.clone(),
        };
        let fresh = || {
            let turns = Arc::clone(&self.turns);
            let registry = Provider::registry(courier, &self.region, turns);
            Arc::new(Session::new(
                self.index_cache,
                self.metadata_cache,
                registry,
            ))
        };
        Ok(self.pool.get_with(key, fresh))
    }

    /// Has everybody begin anew with a dataset: a table of it is gone, and part of what Lance keeps is
    /// told apart by the number of a version alone, which another table may come to.
    pub(crate) fn forget(&self, dataset: Dataset) {
        let gone = move |key: &Key, _: &Arc<Session>| key.dataset == dataset;
        if let Err(error) = self.pool.invalidate_entries_if(gone) {
            tracing::warn!(%error, "sessions are kept");
        }
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions")
            .field("entries", &self.pool.entry_count())
            .finish_non_exhaustive()
    }
}
