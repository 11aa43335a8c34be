//! `portico credentials`: S3 keys for an AWS profile, by the `credential_process` protocol.
//!
//! Two lines of a profile give any AWS SDK a session token that renews itself:
//!
//! ```ini
//! [profile archive]
//! credential_process = portico credentials --endpoint https://portico.example.com --tenant research --user ann --password-file /home/ann/.portico
//! ```

mod ask;
mod kept;
#[cfg(test)]
mod tests;

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::SystemTime;

use http::StatusCode;
use serde::{Deserialize, Serialize};

use kept::Kept;

/// The arguments of `portico credentials`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct CredentialsArgs {
    /// Address of Portico's REST API, such as `https://portico.example.com`
    #[arg(long)]
    endpoint: String,
    /// User to log in as
    #[arg(long)]
    user: String,
    /// Tenant of the user; none for a system-level user
    #[arg(long)]
    tenant: Option<String>,
    /// File that holds the password and nothing else; its last line break is not part of it
    #[arg(long)]
    password_file: PathBuf,
    /// Certificate authorities (PEM) to trust instead of the system's
    #[arg(long)]
    ca_file: Option<PathBuf>,
    /// Log in anew, and keep nothing in the cache folder
    #[arg(long)]
    no_cache: bool,
}

/// Why there are no credentials. Holds no secret; causes are told by `source`.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CredentialsError {
    #[error("--endpoint is no address; write it as https://portico.example.com")]
    Endpoint,
    #[error("cannot read {path}")]
    File { path: PathBuf, source: io::Error },
    #[error("{0} holds no password")]
    NoPassword(PathBuf),
    #[error("{0} holds no certificate in PEM form")]
    NoCertificate(PathBuf),
    #[error("{address} cannot be reached")]
    Transport {
        address: String,
        source: ureq::Error,
    },
    #[error("{address} answered {status}{words}")]
    Refused {
        address: String,
        status: StatusCode,
        words: String,
    },
    #[error("{0} answered something else than Portico does")]
    NotPortico(String),
    #[error("cannot write the answer")]
    Output(#[source] io::Error),
}

/// Prints the caller's keys to standard output.
pub(crate) fn run(args: &CredentialsArgs) -> Result<(), CredentialsError> {
    install_crypto();
    let cache = if args.no_cache { None } else { kept::folder() };
    let answer = obtain(args, cache, SystemTime::now())?;
    let mut text = serde_json::to_vec(&answer).map_err(|e| CredentialsError::Output(e.into()))?;
    text.push(b'\n');
    io::stdout()
        .write_all(&text)
        .map_err(CredentialsError::Output)
}

fn install_crypto() {
    // Fails only where `main` has installed one already, which then serves.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// What AWS calls the output of an external process, version 1. Not `Debug`: it is a secret.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    version: u8,
    access_key_id: String,
    secret_access_key: String,
    session_token: String,
    /// RFC 3339.
    expiration: String,
}

fn obtain(
    args: &CredentialsArgs,
    folder: Option<PathBuf>,
    now: SystemTime,
) -> Result<Answer, CredentialsError> {
    let kept = folder.map(|folder| Kept::new(folder, args));
    if let Some(answer) = kept.as_ref().and_then(|kept| kept.read(args, now)) {
        return Ok(answer);
    }
    let answer = ask::ask(args)?;
    if let Some(Err(error)) = kept.map(|kept| kept.write(&answer)) {
        warn(&format!("the credentials are not kept: {error}"));
    }
    Ok(answer)
}

fn warn(words: &str) {
    // Nobody is left to tell when standard error is closed.
    let _ = writeln!(io::stderr(), "portico: {words}");
}
