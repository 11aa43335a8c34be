//! The users of the configuration: their passwords, what they may do, and the stamps that end
//! their tokens when a password changes.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use argon2::password_hash::PasswordHashString;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hkdf::Hkdf;
use portico_sdk::credential::{AccessKeys, hcp_access_key};
use portico_sdk::settings::{Fault, Secret};
use portico_sdk::tokens::Login;
use portico_sdk::users::Users;
use portico_sdk::{Error, Reason, Rights};
use rand::TryRngCore as _;
use rand::rngs::OsRng;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use crate::claims::invalid;
use crate::hashing::{self, Pool};
use crate::settings::{NAME, UserSettings};

/// Random bytes at the beginning of an issued secret, and their length in base64.
const NONCE: usize = 18;
const NONCE_TEXT: usize = 24;

/// Everyone who may log in, exchanged as a whole.
pub(crate) struct Directory {
    people: ArcSwap<People>,
    pool: Pool,
}

/// The users of one reading of the settings.
pub(crate) struct People {
    by_name: HashMap<String, User>,
    /// Every hash, for measuring those whom nobody knows.
    hashes: Vec<Arc<PasswordHashString>>,
    /// Chooses among the hashes.
    key: Stamp,
}

struct User {
    hash: Arc<PasswordHashString>,
    /// One for each accepted signing secret; the first is written.
    stamps: Vec<Stamp>,
    rights: Arc<Rights>,
}

/// What a token holds instead of a password: it follows from a signing secret, the user's name and
/// the hash of their password, so a token ends when any of them goes.
struct Stamp(SecretString);

impl People {
    /// Reads the users; `secrets` are those that tokens are signed with.
    pub(crate) fn new(users: &[UserSettings], secrets: &[Secret]) -> Result<Self, Fault> {
        let first = secrets.first().map(Secret::expose).unwrap_or_default();
        let mut people = Self {
            by_name: HashMap::with_capacity(users.len()),
            hashes: Vec::with_capacity(users.len()),
            key: Stamp::derive(first.as_bytes(), &[b"portico unknown users v1"])?,
        };
        for (number, user) in (1..).zip(users) {
            let fault =
                |words: String| Fault::key(NAME, "users", format!("user number {number}: {words}"));
            let known = User::new(user, secrets, &fault)?;
            people.hashes.push(Arc::clone(&known.hash));
            let before = people.by_name.insert(user.name.clone(), known);
            if before.is_some() {
                return Err(fault("the name stands here twice".to_owned()));
            }
        }
        Ok(people)
    }

    /// The hash that a name without a user is measured against: always the same one, so that the
    /// time does not tell, whatever parameters the hashes have.
    fn stranger(&self, name: &str) -> Option<Arc<PasswordHashString>> {
        let drawn = self.key.follow(name.as_bytes()).ok()?;
        let number = drawn.bytes().fold(0_usize, |sum, byte| {
            sum.wrapping_mul(31).wrapping_add(byte.into())
        });
        let at = number.checked_rem(self.hashes.len())?;
        self.hashes.get(at).cloned()
    }

    fn user(&self, name: &str) -> Result<&User, Error> {
        let user = self.by_name.get(name);
        user.ok_or_else(|| invalid("of a user who is gone"))
    }
}

impl Directory {
    /// These may log in.
    pub(crate) fn of(people: People) -> Self {
        Self {
            people: ArcSwap::from_pointee(people),
            pool: Pool::of_this_machine(),
        }
    }

    /// From now on these may, and nobody else: whoever is gone or has another password is logged out.
    pub(crate) fn set(&self, people: People) {
        self.people.store(Arc::new(people));
    }

    /// What a login token of this user holds, once the password has been measured.
    ///
    /// An unknown name costs what a known one does, and is refused in the same words.
    pub(crate) async fn log_in(
        &self,
        name: &str,
        password: SecretString,
    ) -> Result<SecretString, Error> {
        let people = self.people.load_full();
        let known = people.by_name.get(name);
        let own = |user: &User| Some(Arc::clone(&user.hash));
        let hash = known.map_or_else(|| people.stranger(name), own);
        let hash = hash.ok_or_else(refused)?;
        let right = self.pool.matches(password, hash).await?;
        let stamp = known.and_then(|user| user.stamps.first());
        match stamp {
            Some(stamp) if right => Ok(stamp.0.clone()),
            _ => Err(refused()),
        }
    }

    /// The rights of whoever shows a login token.
    pub(crate) fn check(&self, login: &Login) -> Result<Arc<Rights>, Error> {
        let people = self.people.load();
        let user = people.user(&login.user)?;
        let shown = login.password.expose_secret().as_bytes();
        let same = |stamp: &Stamp| bool::from(stamp.0.expose_secret().as_bytes().ct_eq(shown));
        if login.tenant.is_none() && user.stamps.iter().any(same) {
            return Ok(Arc::clone(&user.rights));
        }
        Err(invalid("of another password"))
    }
}

impl Users for Directory {
    fn issue(&self, user: &str) -> Result<AccessKeys, Error> {
        let failed = |cause: &'static str| Error::new(Reason::InternalError).because(cause);
        let people = self.people.load();
        let stamp = people.user(user)?.stamps.first();
        let stamp = stamp.ok_or_else(|| failed("a user without a stamp"))?;
        let mut nonce = [0; NONCE];
        OsRng
            .try_fill_bytes(&mut nonce)
            .map_err(|_| failed("the system has no random numbers"))?;
        let nonce = URL_SAFE_NO_PAD.encode(nonce);
        let proof = stamp.follow(nonce.as_bytes())?;
        Ok(AccessKeys {
            access_key: hcp_access_key(user),
            secret_key: format!("{nonce}{proof}").into(),
        })
    }

    fn recognize(&self, user: &str, keys: &AccessKeys) -> Result<Arc<Rights>, Error> {
        let people = self.people.load();
        let user = people.user(user)?;
        let secret = keys.secret_key.expose_secret();
        let parts = secret.split_at_checked(NONCE_TEXT);
        let (nonce, shown) = parts.ok_or_else(|| invalid("its keys were not issued here"))?;
        let issued = |stamp: &Stamp| {
            let proof = stamp.follow(nonce.as_bytes());
            proof.is_ok_and(|proof| proof.as_bytes().ct_eq(shown.as_bytes()).into())
        };
        if user.stamps.iter().any(issued) {
            return Ok(Arc::clone(&user.rights));
        }
        Err(invalid("of another password"))
    }

    fn rights(&self, user: &str) -> Option<Arc<Rights>> {
        let people = self.people.load();
        let user = people.by_name.get(user)?;
        Some(Arc::clone(&user.rights))
    }
}

impl User {
    fn new(
        settings: &UserSettings,
        secrets: &[Secret],
        fault: &impl Fn(String) -> Fault,
    ) -> Result<Self, Fault> {
        if !is_name(&settings.name) {
            let words = "a name is 1 to 256 characters, without slashes and control characters";
            return Err(fault(words.to_owned()));
        }
        let text = settings.password_hash.expose();
        let hash = hashing::read(text);
        let hash = hash.map_err(|error| fault(format!("password_hash {error}")))?;
        let parts = [
            b"portico user v1",
            settings.name.as_bytes(),
            text.as_bytes(),
        ];
        let stamps = secrets
            .iter()
            .map(|secret| Stamp::derive(secret.expose().as_bytes(), &parts));
        let rights = Rights::new(settings.rules.clone());
        Ok(Self {
            hash: Arc::new(hash),
            stamps: stamps.collect::<Result<_, _>>()?,
            rights: Arc::new(rights.map_err(|error| fault(error.to_string()))?),
        })
    }
}

/// A slash would be read as the end of a tenant's name at login.
fn is_name(name: &str) -> bool {
    let length = name.chars().count();
    (1..=256).contains(&length) && !name.chars().any(|c| c == '/' || c.is_control())
}

impl Stamp {
    /// By HKDF-SHA256 (RFC 5869), every part with its length.
    fn derive(secret: &[u8], parts: &[&[u8]]) -> Result<Self, Fault> {
        let none = |_| Fault::key(NAME, "secrets", "no key derives from this secret");
        expand(secret, parts)
            .map(|text| Self(text.into()))
            .map_err(none)
    }

    /// What follows from the stamp and a text, and tells nothing of the stamp.
    fn follow(&self, text: &[u8]) -> Result<String, Error> {
        let failed = |_| Error::new(Reason::InternalError).because("no key derives from a stamp");
        expand(self.0.expose_secret().as_bytes(), &[b"issued", text]).map_err(failed)
    }
}

fn expand(secret: &[u8], parts: &[&[u8]]) -> Result<String, hkdf::InvalidLength> {
    let mut info = Vec::new();
    for part in parts {
        info.extend_from_slice(&part.len().to_be_bytes());
        info.extend_from_slice(part);
    }
    let mut out = [0; 32];
    Hkdf::<Sha256>::new(None, secret).expand(&info, &mut out)?;
    Ok(URL_SAFE_NO_PAD.encode(out))
}

/// The one refusal of logins: nothing tells a wrong name from a wrong password.
fn refused() -> Error {
    Error::new(Reason::LoginRefused)
}
