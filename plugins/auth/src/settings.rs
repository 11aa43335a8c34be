//! The table `[auth]`, and what makes its values usable.

use http::Uri;
use portico_sdk::rights::Rule;
use portico_sdk::settings::{Duration, Fault, Secret};
use portico_sdk::upstream::Backend;
use serde::{Deserialize, Serialize};

/// The name of the table.
pub(crate) const NAME: &str = "auth";

/// Bytes of HS256's hash, below which RFC 7518 section 3.2 forbids a key.
const SHORTEST_SECRET: usize = 32;

/// 366 days: a token that outlives it is a mistake in the unit.
const LONGEST_LIFETIME: std::time::Duration = std::time::Duration::from_hours(366 * 24);

/// How the password travels in the login tokens that are written; both forms are always read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pwd {
    /// Encrypted, readable by Portico alone.
    Sealed,
    /// In clear, as the Python backend reads it: for the time of a move, and no longer.
    Plain,
}

/// The settings of the plugin.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Secrets of at least 32 bytes: the first signs, all are accepted. There is no default.
    ///
    /// To change it, put the new one in front and drop the old one a `token_lifetime` later.
    pub secrets: Vec<Secret>,
    /// How long a login lasts, in whole seconds.
    pub token_lifetime: Duration,
    /// How long S3 session tokens last, in whole seconds; never beyond their login's end.
    pub session_lifetime: Duration,
    /// The form of the password in login tokens.
    pub pwd: Pwd,
    /// The address of the S3 door that `GET /api/v1/credentials` names to its callers, with
    /// `{tenant}` where the tenant belongs. Empty: HCP's own, `https://{tenant}.{domain}`.
    pub public_s3_url: String,
    /// Who may log in, on the backends `generic` and `minio`; on HCP the users are HCP's.
    pub users: Vec<UserSettings>,
    /// The longest user name that may log in, tenant prefix included, in characters.
    pub max_username_length: usize,
    /// The longest password that may log in, in characters.
    pub max_password_length: usize,
}

/// One user of a generic store.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserSettings {
    /// The name, compared byte by byte: case counts, and so does the Unicode form.
    pub name: String,
    /// The Argon2id hash of the password, as `portico hash-password` prints it.
    pub password_hash: Secret,
    /// What the user may do; without a rule, nothing.
    #[serde(default)]
    pub rules: Vec<Rule>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            secrets: Vec::new(),
            token_lifetime: Duration::from_secs(8 * 3600),
            session_lifetime: Duration::from_secs(3600),
            pwd: Pwd::Sealed,
            public_s3_url: String::new(),
            users: Vec::new(),
            max_username_length: 256,
            max_password_length: 1024,
        }
    }
}

impl Settings {
    /// Finds the first value that cannot work.
    pub(crate) fn check(&self, backend: Backend) -> Result<(), Fault> {
        self.check_secrets()?;
        self.check_users(backend)?;
        check_lifetime("token_lifetime", self.token_lifetime)?;
        check_lifetime("session_lifetime", self.session_lifetime)?;
        check_length("max_username_length", self.max_username_length)?;
        check_length("max_password_length", self.max_password_length)?;
        check_url(&self.public_s3_url)
    }

    /// Nobody behind a generic store would check a login, or know who may do what.
    fn check_users(&self, backend: Backend) -> Result<(), Fault> {
        let message = match (backend, self.users.is_empty()) {
            (Backend::Hcp, true) | (Backend::Generic | Backend::Minio, false) => return Ok(()),
            (Backend::Hcp, false) => {
                "must be empty: on HCP the users are HCP's own; these are for the backends \
                 `generic` and `minio`"
            }
            (Backend::Generic | Backend::Minio, true) => {
                "this backend needs users, because nobody else checks a login: users = [{ name = \
                 \"ann\", password_hash = \"…\", rules = [{ buckets = [\"photos\"] }] }]; make the \
                 hash with `portico hash-password`"
            }
        };
        Err(Fault::key(NAME, "users", message))
    }

    fn check_secrets(&self) -> Result<(), Fault> {
        const HOW: &str = "make one with `openssl rand -hex 32`";
        if self.secrets.is_empty() {
            let message = format!("no secret to sign tokens with; {HOW}");
            return Err(Fault::key(NAME, "secrets", message));
        }
        let short = |secret: &Secret| secret.expose().len() < SHORTEST_SECRET;
        match self.secrets.iter().position(short) {
            None => Ok(()),
            Some(index) => {
                let number = index + 1;
                let message = format!(
                    "secret number {number} is shorter than {SHORTEST_SECRET} bytes; {HOW}"
                );
                Err(Fault::key(NAME, "secrets", message))
            }
        }
    }
}

fn check_lifetime(key: &'static str, lifetime: Duration) -> Result<(), Fault> {
    let whole = lifetime.0.subsec_nanos() == 0;
    if whole && !lifetime.0.is_zero() && lifetime.0 <= LONGEST_LIFETIME {
        return Ok(());
    }
    let message = "must be whole seconds, from \"1s\" to \"366d\"";
    Err(Fault::key(NAME, key, message))
}

fn check_length(key: &'static str, length: usize) -> Result<(), Fault> {
    if length > 0 {
        return Ok(());
    }
    Err(Fault::key(NAME, key, "must be at least 1"))
}

fn check_url(url: &str) -> Result<(), Fault> {
    let usable = |uri: &Uri| {
        matches!(uri.scheme_str(), Some("http" | "https"))
            && uri
                .authority()
                .is_some_and(|name| !name.as_str().contains('@'))
            && uri.query().is_none()
    };
    let sample = url.replace("{tenant}", "tenant");
    if url.is_empty() || sample.parse::<Uri>().is_ok_and(|uri| usable(&uri)) {
        return Ok(());
    }
    let message = "must be empty or an address such as \"https://{tenant}.s3.example.com\"";
    Err(Fault::key(NAME, "public_s3_url", message))
}
