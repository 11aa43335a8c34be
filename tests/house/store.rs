//! The simulated HCP, in this process and driven from plain code.

use std::ops::Deref;

use hcp_simulator::{Builder, Port, RequestRecord, Simulator};
use tokio::runtime::{self, Runtime};

/// The domain of the simulated HCP.
pub const DOMAIN: &str = "hcp.test";
/// The bucket that both tenants have, each its own.
pub const BUCKET: &str = "data";
/// The password of `ada` in the tenant `research`.
pub const RESEARCH_PASSWORD: &str = "lovelace-in-research";
/// The password of `ada` in the tenant `archive`.
pub const ARCHIVE_PASSWORD: &str = "lovelace-in-archive";

/// A simulator with the runtime that it lives on.
pub struct Store {
    simulator: Simulator,
    runtime: Runtime,
}

impl Store {
    /// Starts it, with the user `ada` and a bucket in both tenants.
    pub fn start(builder: Builder) -> Self {
        let runtime = runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        let builder = builder
            .domain(DOMAIN)
            .user("research", "ada", RESEARCH_PASSWORD)
            .user("archive", "ada", ARCHIVE_PASSWORD);
        let simulator = runtime.block_on(builder.start()).expect("a simulator");
        for tenant in ["research", "archive"] {
            let made = simulator.create_bucket(tenant, "ada", BUCKET);
            made.expect("a bucket");
        }
        Self { simulator, runtime }
    }

    /// The bytes of an object of `research`.
    #[track_caller]
    pub fn object(&self, key: &str) -> Option<Vec<u8>> {
        self.object_of("research", key)
    }

    /// The bytes of an object.
    #[track_caller]
    pub fn object_of(&self, tenant: &str, key: &str) -> Option<Vec<u8>> {
        let object = self.simulator.object(tenant, BUCKET, key);
        let object = self.runtime.block_on(object).expect("a bucket");
        object.map(|bytes| bytes.to_vec())
    }

    /// Stores an object of `research` behind Portico's back.
    #[track_caller]
    pub fn put(&self, key: &str, data: impl AsRef<[u8]> + Send) {
        let stored = self.simulator.put_object("research", BUCKET, key, data);
        self.runtime.block_on(stored).expect("an object");
    }

    /// The S3 requests that have come in.
    pub fn arrived(&self) -> Vec<RequestRecord> {
        let all = self.simulator.requests().into_iter();
        all.filter(|request| request.port != Port::Mapi).collect()
    }

    /// The one S3 request that has come in since the last look.
    #[track_caller]
    pub fn only_request(&self) -> RequestRecord {
        let mut arrived = self.arrived();
        assert_eq!(arrived.len(), 1, "{arrived:?}");
        self.simulator.clear_requests();
        arrived.remove(0)
    }
}

impl Deref for Store {
    type Target = Simulator;

    fn deref(&self) -> &Simulator {
        &self.simulator
    }
}
