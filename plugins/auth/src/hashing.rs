//! Argon2id in a bounded pool of its own: however many log in, memory and cores stay free.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::PasswordHashString;
use argon2::{Algorithm, Argon2, Params, PasswordVerifier as _};
use portico_sdk::{Error, Reason};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

/// The most memory that one hash may take, in KiB: 256 MiB.
const MOST_MEMORY: u32 = 256 * 1024;

/// The most passes, and the most lanes.
const MOST_PASSES: u32 = 16;

/// The most memory times passes, in KiB: what takes longer than seconds locks its own user out.
const MOST_WORK: u32 = 1024 * 1024;

/// How many may wait for each place.
const QUEUE: usize = 16;

/// How long a login waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why a hash cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HashFault {
    /// No PHC string of Argon2id.
    #[error("is no Argon2id hash; make one with `portico hash-password`")]
    Malformed,
    /// Parameters that would take the machine's memory, or its time.
    #[error("asks for more than 256 MiB, 16 passes or 16 lanes, or for too much of all")]
    Excessive,
}

/// Reads a hash (the PHC string format, `$argon2id$v=19$m=…,t=…,p=…$salt$hash`).
pub(crate) fn read(text: &str) -> Result<PasswordHashString, HashFault> {
    let hash = PasswordHashString::new(text).map_err(|_| HashFault::Malformed)?;
    let whole = hash.salt().is_some() && hash.hash().is_some();
    let version = hash.version().is_none_or(|version| version == 0x13);
    if hash.algorithm() != Algorithm::Argon2id.ident() || !whole || !version {
        return Err(HashFault::Malformed);
    }
    let params = Params::try_from(&hash.password_hash()).map_err(|_| HashFault::Malformed)?;
    let work = params.m_cost().saturating_mul(params.t_cost());
    let many = params.t_cost() > MOST_PASSES || params.p_cost() > MOST_PASSES;
    if params.m_cost() > MOST_MEMORY || many || work > MOST_WORK {
        return Err(HashFault::Excessive);
    }
    Ok(hash)
}

/// Where passwords are measured against hashes.
pub(crate) struct Pool {
    /// Who measures.
    places: Arc<Semaphore>,
    /// Who measures or waits.
    inside: Arc<Semaphore>,
    patience: Duration,
}

impl Pool {
    /// A pool for half of this machine's cores.
    pub(crate) fn of_this_machine() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self::new((cores / 2).max(1), QUEUE, PATIENCE)
    }

    fn new(places: usize, queue: usize, patience: Duration) -> Self {
        Self {
            places: Arc::new(Semaphore::new(places)),
            inside: Arc::new(Semaphore::new(places * (1 + queue))),
            patience,
        }
    }

    /// Whether the password is the one that was hashed.
    ///
    /// # Errors
    /// [`Reason::SlowDown`]: too many are waiting, or waited too long.
    pub(crate) async fn matches(
        &self,
        password: SecretString,
        hash: Arc<PasswordHashString>,
    ) -> Result<bool, Error> {
        let _inside = self.inside.try_acquire().map_err(|_| busy())?;
        let turn = timeout(self.patience, Arc::clone(&self.places).acquire_owned()).await;
        let place = turn.map_err(|_| busy())?.map_err(|_| busy())?;
        let work = spawn_blocking(move || measure(&place, &password, &hash));
        let failed = |error| Error::new(Reason::InternalError).because(error);
        work.await.map_err(failed)
    }
}

/// The place is taken along: a client that leaves does not end the work, nor free its place.
fn measure(
    _place: &OwnedSemaphorePermit,
    password: &SecretString,
    hash: &PasswordHashString,
) -> bool {
    let password = password.expose_secret().as_bytes();
    Argon2::default()
        .verify_password(password, &hash.password_hash())
        .is_ok()
}

fn busy() -> Error {
    let words = "Too many logins at once. Please try again.";
    Error::with_message(Reason::SlowDown, words).retry_after(Duration::from_secs(1))
}

#[cfg(test)]
mod tests {
    use argon2::PasswordHasher as _;
    use argon2::password_hash::SaltString;

    use super::*;

    fn hash(password: &str, memory: u32) -> String {
        let params = Params::new(memory, 1, 1, None).unwrap();
        let argon = Argon2::new(Algorithm::Argon2id, argon2::Version::V0x13, params);
        let salt = SaltString::encode_b64(b"salt of the test").unwrap();
        argon
            .hash_password(password.as_bytes(), &salt)
            .unwrap()
            .to_string()
    }

    fn secret(text: &str) -> SecretString {
        SecretString::from(text)
    }

    #[tokio::test]
    async fn a_password_is_known_by_its_hash() {
        let pool = Pool::of_this_machine();
        let hash = Arc::new(read(&hash("hush", 8)).unwrap());
        let right = pool.matches(secret("hush"), Arc::clone(&hash)).await;
        assert!(right.unwrap());
        assert!(!pool.matches(secret("Hush"), hash).await.unwrap());
    }

    #[test]
    fn what_is_no_argon2id_is_refused() {
        let good = hash("hush", 8);
        for bad in [
            String::new(),
            "hush".to_owned(),
            "$2b$12$abcdefghijklmnopqrstuv".to_owned(),
            good.replace("argon2id", "argon2i"),
            good.replace("v=19", "v=16"),
            good.rsplit_once('$').unwrap().0.to_owned(),
            good.replace("m=8", "m=7"),
        ] {
            assert_eq!(read(&bad).unwrap_err(), HashFault::Malformed, "{bad}");
        }
    }

    #[test]
    fn a_hash_cannot_take_the_machine() {
        let good = hash("hush", 8);
        for (one, other) in [
            ("m=8", "m=262145"),
            ("t=1", "t=17"),
            ("m=8,t=1", "m=262144,t=5"),
            ("m=8,t=1,p=1", "m=1024,t=1,p=17"),
        ] {
            let fault = read(&good.replace(one, other)).unwrap_err();
            assert_eq!(fault, HashFault::Excessive, "{other}");
        }
        assert!(read(&good.replace("m=8,t=1", "m=19456,t=2")).is_ok());
    }

    #[tokio::test]
    async fn whoever_finds_the_pool_full_is_sent_away() {
        let pool = Pool::new(1, 1, Duration::from_millis(1));
        let hash = Arc::new(read(&hash("hush", 8)).unwrap());
        let place = Arc::clone(&pool.places).acquire_owned().await.unwrap();
        let late = pool.matches(secret("hush"), Arc::clone(&hash)).await;
        assert_eq!(late.unwrap_err().reason(), Reason::SlowDown);
        let crowd = pool.inside.try_acquire_many(2).unwrap();
        let full = pool.matches(secret("hush"), Arc::clone(&hash)).await;
        assert_eq!(full.unwrap_err().reason(), Reason::SlowDown);
        drop((place, crowd));
        assert!(pool.matches(secret("hush"), hash).await.unwrap());
    }
}
