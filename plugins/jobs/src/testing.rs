//! An engine of a test's own: over SQLite in a folder of its own, with a seal, a clock set by hand, and a
//! kind of job that goes on when the test says so.

use std::path::Path;
use std::sync::Arc;
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
    pub(crate) secret_key_name: String,
}

/// A kind of job that takes a step whenever it is allowed to, and fails where it is told to.
pub(crate) struct Steps {
    pub(crate) allowed: Semaphore,
    pub(crate) fails: bool,
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
     