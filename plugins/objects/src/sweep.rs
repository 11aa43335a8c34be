//! Deleting many: in batches, folders after what is in them.

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{Delete, EncodingType, Error as Undeleted, Object, ObjectIdentifier};
use portico_aws::{Listed, failure};
use portico_sdk::{Error, Reason};
use serde::Serialize;
use utoipa::ToSchema;

use crate::ask::Ask;

/// The most keys of one `DeleteObjects` (AWS, "`DeleteObjects`").
const BATCH: usize = 1000;
/// The most failures that are told one by one.
const TOLD: usize = 10_000;

/// One that could not be deleted.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeleteError {
    pub(crate) key: String,
    pub(crate) code: String,
    pub(crate) message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) version_id: Option<String>,
}

impl DeleteError {
    fn of(error: &Undeleted) -> Self {
        Self {
            key: error.key().unwrap_or_default().to_owned(),
            code: error.code().unwrap_or_default().to_owned(),
            message: error.message().unwrap_or_default().to_owned(),
            version_id: error.version_id().map(str::to_owned),
        }
    }
}

/// What a sweep came to.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) asked: u64,
    pub(crate) failed: u64,
    pub(crate) errors: Vec<DeleteError>,
}

impl Tally {
    /// What is gone, or was not there.
    pub(crate) fn deleted(&self) -> u64 {
        self.asked - self.failed
    }

    pub(crate) fn fail(&mut self, error: DeleteError) {
        self.failed += 1;
        if self.errors.len() < TOLD {
            self.errors.push(error);
        }
    }
}

/// Deletes in one bucket.
pub(crate) struct Sweep<'a> {
    ask: &'a Ask,
    store: Client,
    pub(crate) tally: Tally,
    /// HCP deletes no folder that has something in it.
    folders: Vec<String>,
}

impl<'a> Sweep<'a> {
    pub(crate) fn new(ask: &'a Ask) -> Result<Self, Error> {
        Ok(Self {
            ask,
            store: ask.store()?,
            tally: Tally::default(),
            folders: Vec::new(),
        })
    }

    /// Deletes these, save for folders, whose turn comes with [`Sweep::finish`].
    pub(crate) async fn keys(&mut self, keys: Vec<String>) -> Result<(), Error> {
        let (folders, keys): (Vec<_>, Vec<_>) =
            keys.into_iter().partition(|key| key.ends_with('/'));
        self.folders.extend(folders);
        self.batches(keys).await
    }

    /// Deletes whatever begins with a prefix, page by page.
    pub(crate) async fn prefix(&mut self, prefix: &str, label: &str) -> Result<(), Error> {
        let mut token = None;
        loop {
            let page = self.store.list_objects_v2().bucket(&self.ask.bucket);
            let page = page
                .set_prefix(Some(prefix.to_owned()).filter(|prefix| !prefix.is_empty()))
                .set_continuation_token(token)
                .encoding_type(EncodingType::Url)
                .send();
            let page = page.await.map_err(|error| failure(error, label))?;
            let listed = Listed::by(page.encoding_type());
            let keys = page.contents().iter().filter_map(Object::key);
            let keys = keys.map(|key| listed.name(key)).collect();
            let keys = self.allowed(keys);
            self.keys(keys).await?;
            token = page.next_continuation_token;
            if token.is_none() {
                return Ok(());
            }
        }
    }

    /// Deletes the folders, deepest first, and tells what all came to.
    pub(crate) async fn finish(mut self) -> Result<Tally, Error> {
        let mut folders = std::mem::take(&mut self.folders);
        folders.sort_unstable_by(|one, other| other.cmp(one));
        self.batches(folders).await?;
        Ok(self.tally)
    }

    /// A rule may let a prefix pass and not all that begins with it.
    fn allowed(&mut self, keys: Vec<String>) -> Vec<String> {
        let Some(rights) = self.ask.caller.rights.clone() else {
            return keys;
        };
        let open = |key: &String| rights.write(&self.ask.bucket, key);
        let (open, closed): (Vec<_>, Vec<_>) = keys.into_iter().partition(open);
        for key in closed {
            self.tally.asked += 1;
            self.tally.fail(DeleteError {
                key,
                code: "AccessDenied".to_owned(),
                message: Reason::AccessDenied.row().message.to_owned(),
                version_id: None,
            });
        }
        open
    }

    async fn batches(&mut self, keys: Vec<String>) -> Result<(), Error> {
        let mut keys = keys.into_iter().peekable();
        while keys.peek().is_some() {
            let batch = keys.by_ref().take(BATCH);
            self.batch(batch.map(|key| (key, None)).collect()).await?;
        }
        Ok(())
    }

    /// Deletes versions. What a whole request comes to, if to nothing, is told of each of them.
    pub(crate) async fn try_batches(&mut self, versions: Vec<(String, Option<String>)>) {
        for batch in versions.chunks(BATCH) {
            if let Err(error) = self.batch(batch.to_vec()).await {
                for (key, version_id) in batch {
                    self.tally.asked += 1;
                    self.tally.fail(DeleteError {
                        key: key.clone(),
                        code: error.reason().row().code.to_owned(),
                        message: error.message().to_owned(),
                        version_id: version_id.clone(),
                    });
                }
            }
        }
    }

    /// Deletes these keys, or versions of them: one request.
    pub(crate) async fn batch(
        &mut self,
        batch: Vec<(String, Option<String>)>,
    ) -> Result<(), Error> {
        let unnamed = |error| Error::new(Reason::InvalidArgument).because(error);
        let asked = u64::try_from(batch.len()).unwrap_or(u64::MAX);
        let objects = batch.into_iter().map(|(key, version)| {
            let object = ObjectIdentifier::builder().key(key);
            object.set_version_id(version).build()
        });
        let objects = objects.collect::<Result<Vec<_>, _>>().map_err(unnamed)?;
        let batch = Delete::builder().set_objects(Some(objects)).quiet(true);
        let batch = batch.build().map_err(unnamed)?;
        let done = self.store.delete_objects().bucket(&self.ask.bucket);
        let done = done.delete(batch).send().await;
        let done = done.map_err(|error| failure(error, &self.ask.label()))?;
        self.tally.asked += asked;
        for error in done.errors() {
            self.tally.fail(DeleteError::of(error));
        }
        Ok(())
    }
}
