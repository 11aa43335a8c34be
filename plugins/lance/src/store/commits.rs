//! A bucket in which nothing is made twice: new versions of a table are, whatever the store thinks of
//! conditions.
//!
//! Lance commits a version by an upload with `If-None-Match: *`, which not every store heeds (HCP
//! documents it nowhere): there, of two writers at once, the second would wipe out what the first one
//! wrote. So such uploads take turns here, and each looks first; for the versions of a table also whether the
//! one before is still there, since it may be deleted at that moment.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, ObjectStoreExt as _, PutMode, PutMultipartOptions, PutOptions, PutPayload,
    PutResult, Result,
};
use tracing::Instrument as _;

use super::turns::Turns;
use super::version::Version;

/// An object, whoever makes it, or the folder of a table's versions: the store's name, the bucket and the key.
pub(crate) type Object = (Arc<str>, Arc<str>, Path);

/// A bucket.
#[derive(Debug)]
pub(super) struct Commits {
    bucket: Arc<dyn ObjectStore>,
    host: Arc<str>,
    name: Arc<str>,
    turns: Arc<Turns<Object>>,
}

impl Commits {
    pub(super) fn new(
        bucket: Arc<dyn ObjectStore>,
        place: (Arc<str>, Arc<str>),
        turns: Arc<Turns<Object>>,
    ) -> Self {
        let (host, name) = place;
        Self {
            bucket,
            host,
            name,
            turns,
        }
    }

    /// Goes on to its end even where nobody waits for it any more: an upload that was sent may count.
    async fn create(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        let version = Version::of(location);
        let turn = version.as_ref().map_or(location, |version| &version.folder);
        let turn = (Arc::clone(&self.host), Arc::clone(&self.name), turn.clone());
        let turn = self.turns.of(turn).lock_owned().await;
        let (bucket, location) = (Arc::clone(&self.bucket), location.clone());
        let upload = async move {
            let _turn = turn;
            if let Some(before) = version.and_then(|version| version.before) {
                bucket.head(&before).await?;
            }
            match bucket.head(&location).await {
                Ok(_) => Err(exists(&location)),
                Err(Error::NotFound { .. }) => bucket.put_opts(&location, payload, options).await,
                Err(error) => Err(error),
            }
        };
        let uploaded = tokio::spawn(upload.in_current_span()).await;
        uploaded.unwrap_or_else(|error| {
            Err(Error::Generic {
                store: "portico",
                source: error.into(),
            })
        })
    }
}

fn exists(location: &Path) -> Error {
    Error::AlreadyExists {
        path: location.to_string(),
        source: "it was there before".into(),
    }
}

#[async_trait]
impl ObjectStore for Commits {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        if options.mode == PutMode::Create {
            return self.create(location, payload, options).await;
        }
        self.bucket.put_opts(location, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.bucket.put_multipart_opts(location, options).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.bucket.get_opts(location, options).await
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.bucket.get_ranges(location, ranges).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.bucket.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.bucket.list(prefix)
    }

    fn list_with_offset(
        &self,
        prefix: Option<&Path>,
        offset: &Path,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        self.bucket.list_with_offset(prefix, offset)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.bucket.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.bucket.copy_opts(from, to, options).await
    }
}

impl fmt::Display for Commits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.bucket.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;
    use object_store::memory::InMemory;

    use super::*;

    /// A store that does not heed conditions, as a bucket of it.
    #[derive(Debug)]
    struct Heedless(InMemory);

    impl fmt::Display for Heedless {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("Heedless")
        }
    }

    #[async_trait]
    impl ObjectStore for Heedless {
        async fn put_opts(
            &self,
            location: &Path,
            payload: PutPayload,
            _options: PutOptions,
        ) -> Result<PutResult> {
            tokio::task::yield_now().await;
            self.0.put(location, payload).await
        }

        async fn put_multipart_opts(
            &self,
            location: &Path,
            options: PutMultipartOptions,
        ) -> Result<Box<dyn MultipartUpload>> {
            self.0.put_multipart_opts(location, options).await
        }

        async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
            self.0.get_opts(location, options).await
        }

        fn delete_stream(
            &self,
            locations: BoxStream<'static, Result<Path>>,
        ) -> BoxStream<'static, Result<Path>> {
            self.0.delete_stream(locations)
        }

        fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
            self.0.list(prefix)
        }

        async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
            self.0.list_with_delimiter(prefix).await
        }

        async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
            self.0.copy_opts(from, to, options).await
        }
    }

    #[tokio::test]
    async fn of_those_who_make_the_same_version_one_does() {
        let turns = Arc::default();
        let bucket: Arc<dyn ObjectStore> = Arc::new(Heedless(InMemory::new()));
        // Each session has a store of its own; the turns are the process's.
        let writers = (0..20).map(|writer: u8| {
            let place = (Arc::from("t.hcp.test"), Arc::from("b"));
            let commits = Commits::new(Arc::clone(&bucket), place, Arc::clone(&turns));
            async move {
                let options = PutMode::Create.into();
                let version = Path::from("v1");
                let made = commits.put_opts(&version, vec![writer].into(), options);
                (writer, made.await)
            }
        });
        let all = join_all(writers).await;
        let mut won = all.iter().filter(|(_, made)| made.is_ok());
        let (winner, _) = won.next().unwrap();
        assert!(won.next().is_none());
        for (_, made) in all.iter().filter(|(_, made)| made.is_err()) {
            assert!(matches!(made, Err(Error::AlreadyExists { .. })), "{made:?}");
        }
        let kept = bucket.get(&"v1".into()).await.unwrap().bytes().await;
        assert_eq!(kept.unwrap()[..], [*winner]);
    }
}
