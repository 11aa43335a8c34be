//! What is wanted: keys, or whatever begins with a prefix.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use aws_sdk_s3::Client;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use portico_aws::{Entry, Listing, failure, moment, page};
use portico_sdk::rights::{Asked, Rights};
use portico_sdk::s3::Operation;
use portico_sdk::{Error, Principal, Reason};
use serde::{Deserialize, Serialize};

use super::list::Wanted;
use crate::kind::Halt;
use crate::work::Work;

/// The most objects of one archive.
const MOST: usize = 50_000;
/// Objects that are asked about at one time.
const AT_ONCE: usize = 20;

/// What a client wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Selection {
    /// These.
    Keys(Vec<String>),
    /// Everything that begins so.
    Prefix(String),
}

/// A bucket to choose from.
pub(crate) struct Choice<'a> {
    pub(crate) store: Client,
    pub(crate) bucket: &'a str,
    pub(crate) rights: Option<Arc<Rights>>,
}

impl Choice<'_> {
    /// The objects of a selection, for a job: of keys nothing more is known.
    pub(crate) async fn wanted(&self, selection: Selection) -> Result<Vec<Wanted>, Error> {
        match selection {
            Selection::Keys(keys) => {
                check(keys.len())?;
                Ok(keys.into_iter().map(Wanted::key).collect())
            }
            Selection::Prefix(prefix) => self.listed(&prefix).await,
        }
    }

    /// The objects of a selection with sizes and tags, all of which are there.
    pub(crate) async fn known(&self, selection: Selection) -> Result<Vec<Wanted>, Error> {
        let wanted = self.wanted(selection).await?;
        let known = wanted.into_iter().map(|wanted| self.asked_about(wanted));
        stream::iter(known).buffered(AT_ONCE).try_collect().await
    }

    async fn asked_about(&self, wanted: Wanted) -> Result<Wanted, Error> {
        if wanted.size.is_some() {
            return Ok(wanted);
        }
        self.head(&wanted.key).await
    }

    /// Finds out which of the keys that look like folders are some. HCP answers 404 to whoever fetches
    /// one.
    pub(super) async fn with_folders(
        &self,
        work: &Work,
        wanted: Vec<Wanted>,
    ) -> Result<Vec<Wanted>, Halt> {
        let sorted = wanted.into_iter().map(|wanted| self.sorted(work, wanted));
        stream::iter(sorted).buffered(AT_ONCE).try_collect().await
    }

    async fn sorted(&self, work: &Work, wanted: Wanted) -> Result<Wanted, Halt> {
        let unknown = wanted.size.is_none() && wanted.missing.is_none();
        if !(unknown && wanted.key.ends_with('/')) {
            return Ok(wanted);
        }
        match work.patiently(|| self.head(&wanted.key)).await {
            // The fetch will say the same.
            Err(Halt::Failed(_)) => Ok(wanted),
            other => other,
        }
    }

    async fn head(&self, key: &str) -> Result<Wanted, Error> {
        let label = format!("object '{key}'");
        if !self.may_read(key) {
            let words = format!("{label}: {}", Reason::AccessDenied.row().message);
            return Err(Error::with_message(Reason::AccessDenied, words));
        }
        let about = self.store.head_object().bucket(self.bucket).key(key).send();
        let about = about.await.map_err(|error| failure(error, &label))?;
        let size = about.content_length().unwrap_or_default();
        let size = u64::try_from(size).unwrap_or_default();
        Ok(Wanted {
            folder: size == 0 && key.ends_with('/'),
            key: key.to_owned(),
            size: Some(size),
            tag: about.e_tag().map(str::to_owned),
            modified: about.last_modified().and_then(moment).and_then(seconds),
            missing: None,
        })
    }

    /// Everything below a prefix, while the caller waits; what their rules hide is left out.
    async fn listed(&self, prefix: &str) -> Result<Vec<Wanted>, Error> {
        let label = self.label(prefix);
        let listing = Listing {
            bucket: self.bucket,
            prefix,
            delimiter: None,
            most: None,
            label: &label,
        };
        let (mut found, mut token) = (Vec::new(), None);
        loop {
            let next = page(&self.store, &listing, token).await?;
            let open = next
                .entries
                .into_iter()
                .filter(|entry| self.may_read(&entry.key));
            found.extend(open.map(wanted));
            check(found.len())?;
            token = next.next;
            if token.is_none() {
                break;
            }
        }
        if found.is_empty() {
            return Err(refused("No objects found under the given prefix"));
        }
        Ok(found)
    }

    /// Without a prefix it is the bucket that may be missing.
    fn label(&self, prefix: &str) -> String {
        if prefix.is_empty() {
            return format!("bucket '{}'", self.bucket);
        }
        format!("prefix '{prefix}'")
    }

    fn may_read(&self, key: &str) -> bool {
        let rights = self.rights.as_ref();
        rights.is_none_or(|may| may.read(self.bucket, key))
    }
}

impl Selection {
    /// Lets a selection pass if the caller's rules do; keys are looked at one by one, later.
    pub(crate) fn may(&self, caller: &Principal, bucket: &str) -> Result<(), Error> {
        let Self::Prefix(prefix) = self else {
            return Ok(());
        };
        let asked = Asked::bucket(Operation::ListObjectsV2, bucket).prefix(prefix);
        caller.may(&asked).map_err(|error| {
            let words = format!("prefix '{prefix}': {error}");
            Error::with_message(Reason::AccessDenied, words).because(error)
        })
    }
}

fn wanted(entry: Entry) -> Wanted {
    Wanted {
        folder: entry.size == 0 && entry.key.ends_with('/'),
        key: entry.key,
        size: Some(entry.size),
        tag: entry.tag,
        modified: entry.modified.and_then(seconds),
        missing: None,
    }
}

fn seconds(moment: SystemTime) -> Option<u64> {
    let since = moment.duration_since(UNIX_EPOCH).ok();
    since.map(|since| since.as_secs())
}

fn check(count: usize) -> Result<(), Error> {
    if count > MOST {
        let words = format!("Too many objects ({count}). Maximum is {MOST}.");
        return Err(refused(words));
    }
    Ok(())
}

fn refused(words: impl Into<String>) -> Error {
    Error::with_message(Reason::InvalidRequest, words.into())
}
