//! Keeping credentials between two runs, readable by their owner alone.

use std::fs::{self, DirBuilder, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{Answer, CredentialsArgs};

/// Kept keys are not handed out for their last minutes. AWS SDKs ask for new ones up to 15
/// minutes before the end, and would ask before every request if they got the same again.
const RENEW_BEFORE: Duration = Duration::from_mins(16);

/// `$XDG_CACHE_HOME/portico` or `~/.cache/portico` (XDG Base Directory Specification).
pub(super) fn folder() -> Option<PathBuf> {
    let absolute = |name| {
        let path = PathBuf::from(std::env::var_os(name)?);
        path.is_absolute().then_some(path)
    };
    let cache = absolute("XDG_CACHE_HOME");
    let cache = cache.or_else(|| Some(absolute("HOME")?.join(".cache")))?;
    Some(cache.join("portico"))
}

/// A name for whose credentials they are, every part with its length.
fn name(args: &CredentialsArgs) -> String {
    let tenant = args.tenant.as_deref().unwrap_or_default();
    let mut hash = Sha256::new();
    for part in [args.endpoint.trim_end_matches('/'), tenant, &args.user] {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    format!("{}.json", const_hex::encode(hash.finalize()))
}

/// Where credentials are kept between two runs.
pub(super) struct Kept {
    folder: PathBuf,
    file: PathBuf,
}

impl Kept {
    /// The place for the credentials of these arguments.
    pub(super) fn new(folder: PathBuf, args: &CredentialsArgs) -> Self {
        let file = folder.join(name(args));
        Self { folder, file }
    }

    /// The kept credentials, unless they are old, or open to others, or the password has been
    /// changed since.
    pub(super) fn read(&self, args: &CredentialsArgs, now: SystemTime) -> Option<Answer> {
        let kept = fs::symlink_metadata(&self.file).ok()?;
        if !kept.is_file() || kept.permissions().mode() & 0o077 != 0 {
            return None;
        }
        let password = fs::metadata(&args.password_file).ok()?.modified().ok()?;
        if password > kept.modified().ok()? {
            return None;
        }
        let answer: Answer = serde_json::from_slice(&fs::read(&self.file).ok()?).ok()?;
        let end = OffsetDateTime::parse(&answer.expiration, &Rfc3339).ok()?;
        (SystemTime::from(end) > now + RENEW_BEFORE).then_some(answer)
    }

    /// Keeps credentials: the file is whole and private from the moment its name exists.
    pub(super) fn write(&self, answer: &Answer) -> io::Result<()> {
        let mut builder = DirBuilder::new();
        builder.recursive(true).mode(0o700).create(&self.folder)?;
        fs::set_permissions(&self.folder, Permissions::from_mode(0o700))?;
        // Made with O_EXCL and mode 0600.
        let mut draft = NamedTempFile::new_in(&self.folder)?;
        draft.write_all(&serde_json::to_vec(answer)?)?;
        draft.persist(&self.file)?;
        Ok(())
    }
}
