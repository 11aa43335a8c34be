//! The only store that a session knows: buckets of the one S3 service that its caller has.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use lance_io::object_store::{
    ObjectStore, ObjectStoreParams, ObjectStoreProvider, ObjectStoreRegistry,
};
use object_store::RetryConfig;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use secrecy::ExposeSecret as _;
use url::Url;

use super::commits::{Commits, Object};
use super::courier::Courier;
use super::turns::Turns;

/// The scheme of all addresses of datasets; no other is known to a session, so that no manifest leads
/// to a file of the host or to somebody else's store.
const SCHEME: &str = "s3";
/// Requests to the store at one time, for one dataset.
const PARALLEL: usize = 16;
/// How often a read that broke off is begun again.
const AGAIN: usize = 1;
/// Reads of one file that are nearer than this, in bytes, become one request.
const BLOCK: usize = 64 * 1024;

/// Makes stores for one identity.
#[derive(Debug)]
pub(crate) struct Provider {
    courier: Courier,
    region: String,
    turns: Arc<Turns<Object>>,
    /// The bucket of the session's dataset: Lance itself forgets stores between two requests.
    made: OnceLock<(String, ObjectStore)>,
}

impl Provider {
    /// A registry that knows this identity's store and nothing else; nothing is taken from the
    /// environment.
    pub(crate) fn registry(
        courier: Courier,
        region: &str,
        turns: Arc<Turns<Object>>,
    ) -> Arc<ObjectStoreRegistry> {
        let registry = ObjectStoreRegistry::empty();
        let region = region.to_owned();
        let provider = Self {
            courier,
            region,
            turns,
            made: OnceLock::new(),
        };
        registry.insert(SCHEME, Arc::new(provider));
        Arc::new(registry)
    }

    fn make(
        &self,
        name: &str,
        base: Url,
        params: &ObjectStoreParams,
    ) -> object_store::Result<ObjectStore> {
        let host = Arc::clone(self.courier.who().upstream.host());
        let bucket = Arc::new(self.bucket(name)?);
        let commits = Commits::new(bucket, (host, name.into()), Arc::clone(&self.turns));
        Ok(ObjectStore::new(
            Arc::new(commits),
            base,
            params.block_size.or(Some(BLOCK)),
            None,
            false,
            true,
            PARALLEL,
            AGAIN,
            params.storage_options(),
        ))
    }

    fn bucket(&self, name: &str) -> object_store::Result<AmazonS3> {
        let who = self.courier.who();
        let scheme = if who.upstream.tls() { "https" } else { "http" };
        let once = RetryConfig {
            // Patience and repeats are the transport's: HCP refuses the second of two equal writes.
            max_retries: 0,
            ..RetryConfig::default()
        };
        AmazonS3Builder::new()
            .with_endpoint(format!("{scheme}://{}", who.upstream.authority()))
            .with_virtual_hosted_style_request(false)
            .with_bucket_name(name)
            .with_region(&self.region)
            .with_access_key_id(&who.keys.access_key)
            .with_secret_access_key(who.keys.secret_key.expose_secret())
            .with_disable_bulk_delete(true)
            .with_disable_tagging(true)
            .with_retry(once)
            .with_http_connector(self.courier.clone())
            .build()
    }
}

#[async_trait]
impl ObjectStoreProvider for Provider {
    async fn new_store(&self, base: Url, params: &ObjectStoreParams) -> lance::Result<ObjectStore> {
        let name = base.host_str().unwrap_or_default().to_owned();
        if let Some((made, store)) = self.made.get()
            && *made == name
        {
            return Ok(store.clone());
        }
        let store = self.make(&name, base, params)?;
        self.made.get_or_init(|| (name, store.clone()));
        Ok(store)
    }

    /// One identity has one store, so the bucket tells everything.
    fn calculate_object_store_prefix(
        &self,
        url: &Url,
        _options: Option<&HashMap<String, String>>,
    ) -> lance::Result<String> {
        Ok(format!("{SCHEME}${}", url.authority()))
    }
}
