//! `portico hash-password`: a password in, its Argon2id hash out, for `[auth] users`.

use std::io::{self, BufRead as _, IsTerminal as _};

use argon2::password_hash::{PasswordHasher as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use rand::TryRngCore as _;
use rand::rngs::OsRng;
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use super::Outcome;

/// Memory in KiB, passes and lanes (OWASP, "Password Storage Cheat Sheet", Argon2id).
const MEMORY: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Bytes of salt (RFC 9106 section 3.1).
const SALT: usize = 16;

/// Why there is no hash.
#[derive(Debug, thiserror::Error)]
enum HashError {
    /// Nothing was given.
    #[error("the password is empty")]
    Empty,
    /// Two words at the terminal.
    #[error("the passwords differ")]
    Different,
    /// Standard input or the terminal.
    #[error("the password cannot be read")]
    Input(#[from] io::Error),
    /// The system has no random numbers for a salt.
    #[error("the system has no random numbers")]
    Random,
    /// Never with these parameters, and passwords shorter than four gigabytes.
    #[error("the password cannot be hashed: {0}")]
    Hash(argon2::password_hash::Error),
}

/// Asks at a terminal, twice and without echo; reads one line from anything else.
#[expect(clippy::print_stdout, reason = "the hash is the result")]
pub(super) fn run() -> Outcome {
    let password = if io::stdin().is_terminal() {
        ask()?
    } else {
        read_line()?
    };
    println!("{}", hash(&password)?);
    Ok(())
}

fn ask() -> Result<SecretString, HashError> {
    let first = SecretString::from(rpassword::prompt_password("Password: ")?);
    let again = SecretString::from(rpassword::prompt_password("Again: ")?);
    if first.expose_secret() == again.expose_secret() {
        Ok(first)
    } else {
        Err(HashError::Different)
    }
}

fn read_line() -> Result<SecretString, HashError> {
    let mut line = Zeroizing::new(String::new());
    io::stdin().lock().read_line(&mut line)?;
    let line = line.strip_suffix('\n').unwrap_or(&line);
    Ok(line.strip_suffix('\r').unwrap_or(line).into())
}

/// The PHC string of a password under a fresh salt.
fn hash(password: &SecretString) -> Result<String, HashError> {
    if password.expose_secret().is_empty() {
        return Err(HashError::Empty);
    }
    let mut salt = [0; SALT];
    OsRng
        .try_fill_bytes(&mut salt)
        .map_err(|_| HashError::Random)?;
    let salt = SaltString::encode_b64(&salt).map_err(HashError::Hash)?;
    let params = Params::new(MEMORY, PASSES, LANES, None);
    let params = params.map_err(|error| HashError::Hash(error.into()))?;
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let hash = argon.hash_password(password.expose_secret().as_bytes(), &salt);
    Ok(hash.map_err(HashError::Hash)?.to_string())
}
