//! An engine of a test's own: over `SQLite` in a folder of its own, with a seal, a clock set by hand, and a
//! kind of job that goes on when the test says so.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac as _};
use portico_aws::Clients;
use portico_sdk::credential::{Credential, HouseAccount};
use portico_sdk::leaving::Leaving;
use portico_sdk::principal::Way;
use portico_sdk::seal::Seal;
use portico_sdk::testkit::{ManualClock, upstreams};
use portico_sdk::{Error, Principal, Reason};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use zeroize::Zeroizing;

use crate::engine::{Engine, Ground, Terms};
use crate::figures::Figures;
use crate::job::{Report, Snapshot, State};
use crate::kind::{Halt, Kind};
use crate::store::{Caps, SqliteStore, Store};
use crate::vault::Vault;
use crate::work::Work;

/// The lease of engines here, in seconds.
pub(crate) const LEASE: u64 = 15;

/// A seal under a key that everybody knows.
pub(crate) struct OpenSeal;

impl Seal for OpenSeal {
    fn close(&self, plain: &[u8], bound: &[u8]) -> Result<Vec<u8>, Error> {
        let nonce: [u8; 24] = rand::random();
        let (msg, aad) = (plain, bound);
        let payload = Payload { msg, aad };
        let sealed = cipher().encrypt(XNonce::from_slice(&nonce), payload);
        let sealed = sealed.map_err(|_| Error::new(Reason::InternalError))?;
        Ok([&nonce[..], &sealed].concat())
    }

    fn open(&self, sealed: &[u8], bound: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, msg) = sealed.split_at_checked(24)?;
        let payload = Payload { msg, aad: bound };
        let opened = cipher().decrypt(XNonce::from_slice(nonce), payload).ok()?;
        Some(Zeroizing::new(opened))
    }

    fn tag(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = <Hmac<sha2::Sha256> as hmac::Mac>::new_from_slice(&[7; 32]).unwrap();
        for part in parts {
            mac.update(&part.len().to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

fn cipher() -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new((&[7; 32]).into())
}

/// Somebody of the tenant `research`.
pub(crate) fn somebody(user: &str, password: &str) -> Principal {
    Principal {
        user: user.to_owned(),
        tenant: Some("research".parse().unwrap()),
        way: Way::Bearer,
        credential: Credential::Password(password.into()),
        rights: None,
    }
}

/// How many steps a job of [`Steps`] has.
#[derive(Serialize, Deserialize)]
pub(crate) struct StepOrder {
    pub(crate) steps: u64,
    pub(crate) key: String,
}

/// A kind of job that takes a step whenever it is allowed to, and fails where it is told to.
pub(crate) struct Steps {
    pub(crate) allowed: Semaphore,
    fails: bool,
}

impl Steps {
    pub(crate) const NAME: &'static str = "steps";

    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            allowed: Semaphore::new(0),
            fails: false,
        })
    }

    pub(crate) fn failing() -> Arc<Self> {
        Arc::new(Self {
            allowed: Semaphore::new(0),
            fails: true,
        })
    }
}

#[async_trait]
impl Kind for Steps {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn kept(&self) -> Duration {
        Duration::from_mins(10)
    }

    async fn run(&self, work: &Work) -> Result<(), Halt> {
        let order: StepOrder = work.order()?;
        let begun: u64 = work.checkpoint().unwrap_or_default();
        for step in begun..order.steps {
            tokio::select! {
                permit = self.allowed.acquire() => permit.unwrap().forget(),
                () = work.canceled() => return Err(Halt::Canceled),
            }
            if self.fails {
                return Err(Error::with_message(Reason::NotFound, "no such step").into());
            }
            work.tell(|report| {
                report.total = order.steps;
                report.done += 1;
            });
            work.save(&(step + 1)).await?;
        }
        Ok(())
    }
}

/// A kind of job that asks a store which is away for so many questions.
pub(crate) struct Asks {
    pub(crate) away: AtomicU32,
    pub(crate) why: Reason,
}

#[async_trait]
impl Kind for Asks {
    fn name(&self) -> &'static str {
        Steps::NAME
    }

    fn kept(&self) -> Duration {
        Duration::from_mins(10)
    }

    async fn run(&self, work: &Work) -> Result<(), Halt> {
        let down = |left: u32| left.checked_sub(1);
        let ask = || async {
            let away = self
                .away
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, down);
            away.map_or(Ok(()), |_| Err(Error::new(self.why)))
        };
        work.patiently(ask).await
    }
}

/// A folder and a clock that engines may share.
pub(crate) struct Kit {
    pub(crate) folder: TempDir,
    pub(crate) clock: Arc<ManualClock>,
}

impl Kit {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            clock: Arc::new(ManualClock::at(1_795_000_000)),
        }
    }

    /// A store of its own, over the folder.
    pub(crate) fn store(&self) -> SqliteStore {
        SqliteStore::new(self.folder.path())
    }

    /// An engine over the folder, as if in a process of its own.
    pub(crate) fn engine(&self, kind: &Arc<Steps>) -> Engine {
        self.engine_of(Arc::clone(kind) as _)
    }

    pub(crate) fn engine_of(&self, kind: Arc<dyn Kind>) -> Engine {
        let store: Arc<dyn Store> = Arc::new(self.store());
        let vault = Vault {
            seal: Arc::new(OpenSeal),
            house: HouseAccount::default(),
            users: None,
        };
        let engine = Engine::new(Ground {
            store,
            vault,
            clients: clients(),
            clock: Arc::clone(&self.clock) as _,
            terms: terms(self.folder.path()),
            figures: Figures::new(&prometheus::Registry::new()).unwrap(),
        });
        engine.enroll(kind);
        engine
    }
}

fn terms(folder: &Path) -> Terms {
    Terms {
        running: 4,
        running_per_owner: 2,
        caps: Caps {
            all: 5,
            per_owner: 3,
        },
        lease: Duration::from_secs(LEASE),
        patience: Duration::from_mins(2),
        page: 1000,
        credential_ttl: Duration::from_hours(1),
        kept: Duration::from_mins(10),
        folder: folder.join("files"),
        disk: 1000,
    }
}

/// Clients of a store that is nowhere.
fn clients() -> Clients {
    let mut upstreams = upstreams();
    upstreams.tls.verify = false;
    Clients::new(Arc::new(upstreams), None).unwrap()
}

/// Submits a job of so many steps.
pub(crate) async fn submit(
    engine: &Engine,
    who: &Principal,
    steps: u64,
) -> Result<Snapshot, Error> {
    let order = StepOrder {
        steps,
        key: "a-key-of-the-order".to_owned(),
    };
    let report = Report::default();
    engine.submit(Steps::NAME, who, &order, report).await
}

/// Lets an engine work.
pub(crate) fn start(engine: &Engine) -> (JoinHandle<()>, Leaving) {
    let leaving = Leaving::default();
    let work = tokio::spawn(engine.clone().work(leaving.clone()));
    (work, leaving)
}

/// Waits until the owner sees the job as it should be. Time passes by itself where it is paused.
pub(crate) async fn until(
    engine: &Engine,
    who: &Principal,
    job: &Snapshot,
    fits: impl Fn(&Snapshot) -> bool,
) -> Snapshot {
    for _ in 0..10_000 {
        let now = engine.look(Steps::NAME, &job.id.to_string(), who).await;
        let now = now.unwrap();
        if fits(&now) {
            return now;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("in vain");
}

/// Waits for an end.
pub(crate) async fn ended(engine: &Engine, who: &Principal, job: &Snapshot) -> (State, Report) {
    let end = until(engine, who, job, |now| now.state.is_over()).await;
    (end.state, end.report)
}
