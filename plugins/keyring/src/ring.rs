//! The ring itself: a bounded memory in front of what is kept elsewhere.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use moka::sync::Cache;
use portico_sdk::Tenant;
use portico_sdk::clock::Clock;
use portico_sdk::credential::AccessKeys;
use portico_sdk::keyring::{Accounts, Keyring};
use secrecy::SecretString;
use tokio::sync::mpsc;

use crate::keep::{Far, Note};
use crate::known::{Accepted, Known, Owner};
use crate::settings::Settings;

/// How long the answer of Redis about an access key, or its silence, is taken for granted: the
/// longest that a secret learnt by another replica may go unknown here.
const ASK_AGAIN: Duration = Duration::from_secs(5);

/// The keyring.
pub struct Ring {
    memory: Cache<Owner, Arc<Slot>>,
    lifetime: Duration,
    clock: Arc<dyn Clock>,
    far: Option<Far>,
    notes: Option<mpsc::Sender<Note>>,
}

/// The place of one access key.
#[derive(Default)]
struct Slot {
    known: Mutex<Known>,
    asked: Mutex<Option<SystemTime>>,
}

impl Slot {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether Redis is to be asked now; the next who ask meanwhile are told no.
    fn may_ask(&self, now: SystemTime) -> bool {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if asked.is_some_and(|last| now < last + ASK_AGAIN && now >= last) {
            return false;
        }
        *asked = Some(now);
        true
    }
}

impl Ring {
    /// An empty ring; `far` is asked for what is not known here, `notes` told what changes.
    pub(crate) fn new(
        settings: &Settings,
        clock: Arc<dyn Clock>,
        far: Option<Far>,
        notes: Option<mpsc::Sender<Note>>,
    ) -> Self {
        let memory = Cache::builder()
            .max_capacity(settings.capacity)
            .time_to_idle(settings.lifetime.0)
            .build();
        Self {
            memory,
            lifetime: settings.lifetime.0,
            clock,
            far,
            notes,
        }
    }

    /// Takes in what was kept of an earlier process.
    pub(crate) fn remember(&self, owner: &Owner, accepted: Accepted) {
        if accepted.expires > self.clock.now() {
            self.slot(owner).known().put(accepted);
        }
    }

    /// Everything that is still good, to be kept.
    pub(crate) fn all(&self) -> Vec<(Owner, Accepted)> {
        let now = self.clock.now();
        let mut all = Vec::new();
        for (owner, slot) in &self.memory {
            let known = slot.known();
            all.extend(known.good(now).map(|good| ((*owner).clone(), good.clone())));
        }
        all
    }

    /// How many access keys are in memory, roughly.
    pub(crate) fn len(&self) -> u64 {
        self.memory.entry_count()
    }

    fn slot(&self, owner: &Owner) -> Arc<Slot> {
        self.memory.get_with_by_ref(owner, Arc::default)
    }

    fn note(&self, note: Note) {
        if let Some(notes) = &self.notes {
            // A full queue means that Redis or the disk is slow: what is lost is learnt again.
            let _ = notes.try_send(note);
        }
    }
}

#[async_trait]
impl Keyring for Ring {
    async fn secrets(&self, tenant: &Tenant, access_key: &str) -> Vec<SecretString> {
        let owner = Owner::new(tenant, access_key);
        let now = self.clock.now();
        if let Some(far) = &self.far {
            // Unknown keys get a slot too, so that guesses do not become questions to Redis.
            let slot = self.slot(&owner);
            if slot.may_ask(now) {
                for accepted in far.fetch(&owner).await {
                    slot.known().put(accepted);
                }
            }
        }
        let Some(slot) = self.memory.get(&owner) else {
            return Vec::new();
        };
        let known = slot.known();
        known.good(now).map(|good| good.secret.clone()).collect()
    }

    fn learn(&self, tenant: &Tenant, keys: &AccessKeys) {
        let owner = Owner::new(tenant, &keys.access_key);
        let (now, slot) = (self.clock.now(), self.slot(&owner));
        // Most often there is nothing new: an eighth of the lifetime may pass before that counts.
        if slot
            .known()
            .holds(&keys.secret_key, now, self.lifetime / 8 * 7)
        {
            return;
        }
        let accepted = Accepted {
            secret: keys.secret_key.clone(),
            expires: now + self.lifetime,
        };
        slot.known().put(accepted.clone());
        self.note(Note::Learnt(owner, accepted));
    }

    fn forget(&self, tenant: &Tenant, keys: &AccessKeys) {
        let owner = Owner::new(tenant, &keys.access_key);
        let known = self.memory.get(&owner);
        if known.is_some_and(|slot| slot.known().remove(&keys.secret_key)) {
            tracing::info!(%tenant, "HCP refused a secret that it had accepted: forgotten");
            self.note(Note::Refused(owner, keys.secret_key.clone()));
        }
    }

    fn forget_all(&self, tenant: &Tenant, access_key: &str) {
        let owner = Owner::new(tenant, access_key);
        self.memory.invalidate(&owner);
        self.note(Note::Gone(owner));
    }

    fn forget_accounts(&self, accounts: &Accounts) {
        let covered = |owner: &Owner| accounts.cover(&owner.tenant, &owner.access_key);
        let owners = self.memory.iter().map(|(owner, _)| owner);
        for owner in owners.filter(|owner| covered(owner)) {
            self.forget_all(&owner.tenant, &owner.access_key);
        }
        // Another replica may have put it into Redis.
        if let Some((tenant, access_key)) = accounts.single() {
            self.forget_all(tenant, &access_key);
        }
    }
}

#[cfg(test)]
mod tests {
    use portico_sdk::testkit::ManualClock;
    use secrecy::ExposeSecret as _;

    use super::*;

    fn ring(clock: &Arc<ManualClock>) -> Ring {
        Ring::new(
            &Settings::default(),
            Arc::clone(clock) as Arc<dyn Clock>,
            None,
            None,
        )
    }

    fn keys(secret: &str) -> AccessKeys {
        AccessKeys {
            access_key: "YW5u".to_owned(),
            secret_key: secret.into(),
        }
    }

    async fn known(ring: &Ring, tenant: &str) -> Vec<String> {
        let secrets = ring.secrets(&tenant.parse().unwrap(), "YW5u").await;
        secrets
            .iter()
            .map(|secret| secret.expose_secret().to_owned())
            .collect()
    }

    #[tokio::test]
    async fn secrets_are_known_under_their_tenant_alone_and_for_their_time() {
        let clock = Arc::new(ManualClock::at(1_000_000));
        let ring = ring(&clock);
        let tenant = "research".parse().unwrap();
        ring.learn(&tenant, &keys("old"));
        clock.advance(3600);
        ring.learn(&tenant, &keys("new"));
        assert_eq!(known(&ring, "research").await, ["new", "old"]);
        assert!(known(&ring, "archive").await.is_empty());
        clock.advance(11 * 3600);
        assert_eq!(known(&ring, "research").await, ["new"]);
        clock.advance(3600);
        assert!(known(&ring, "research").await.is_empty());
    }

    #[tokio::test]
    async fn what_hcp_refuses_is_forgotten() {
        let ring = ring(&Arc::new(ManualClock::at(1_000_000)));
        let tenant = "research".parse().unwrap();
        ring.learn(&tenant, &keys("old"));
        ring.learn(&tenant, &keys("new"));
        ring.forget(&tenant, &keys("old"));
        assert_eq!(known(&ring, "research").await, ["new"]);
        ring.forget_all(&tenant, "YW5u");
        assert!(known(&ring, "research").await.is_empty());
    }

    #[tokio::test]
    async fn only_what_is_new_is_told() {
        let clock = Arc::new(ManualClock::at(1_000_000));
        let (notes, mut told) = mpsc::channel(8);
        let shared: Arc<dyn Clock> = Arc::clone(&clock) as _;
        let ring = Ring::new(&Settings::default(), shared, None, Some(notes));
        let tenant = "research".parse().unwrap();
        ring.learn(&tenant, &keys("s"));
        ring.learn(&tenant, &keys("s"));
        assert!(matches!(told.try_recv(), Ok(Note::Learnt(..))));
        assert!(told.try_recv().is_err(), "nothing new");
        clock.advance(2 * 3600);
        ring.learn(&tenant, &keys("s"));
        assert!(
            matches!(told.try_recv(), Ok(Note::Learnt(..))),
            "a later end"
        );
    }

    #[tokio::test]
    async fn changed_accounts_are_forgotten_however_their_names_are_written() {
        let clock = Arc::new(ManualClock::at(1_000_000));
        let ring = ring(&clock);
        let forget = |method, path: &str| {
            let accounts = Accounts::touched_by(&method, path.as_bytes(), None);
            ring.forget_accounts(&accounts.unwrap());
        };
        let learn = || {
            ring.learn(&"research".parse().unwrap(), &keys("s"));
            ring.learn(&"archive".parse().unwrap(), &keys("s"));
        };
        learn();
        forget(
            http::Method::POST,
            "/mapi/tenants/Research/userAccounts/ANN",
        );
        assert!(known(&ring, "research").await.is_empty());
        assert_eq!(known(&ring, "archive").await, ["s"]);
        learn();
        forget(
            http::Method::DELETE,
            "/mapi/tenants/research/userAccounts/bob",
        );
        assert_eq!(known(&ring, "research").await, ["s"]);
        forget(http::Method::POST, "/mapi/tenants/research/userAccounts");
        assert!(known(&ring, "research").await.is_empty());
        learn();
        forget(http::Method::POST, "/mapi/userAccounts/ann/changePassword");
        assert!(
            known(&ring, "research").await.is_empty() && known(&ring, "archive").await.is_empty()
        );
    }
}
