//! `[redis]`: what replicas of Portico share.

use std::time::Duration as StdDuration;

use http::Uri;
use portico_sdk::settings::{Duration, Fault, Secret};
use portico_sdk::shared::{RedisPlace, Sentinels, SharedRedis};
use serde::{Deserialize, Serialize};

use super::authorities;
use super::route::zero_timeouts;

const SECTION: &str = "redis";

/// How Redis is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RedisMode {
    /// One server, at `url`.
    #[default]
    Single,
    /// A Redis Cluster, some of whose `nodes` are named.
    Cluster,
    /// A `master` watched by sentinels, which are the `nodes`.
    Sentinel,
}

/// The Redis of the house.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct RedisSettings {
    /// How Redis is run.
    pub mode: RedisMode,
    /// `redis://`, `rediss://` or `redis+unix://`; empty: none, and every process keeps to itself.
    pub url: Secret,
    /// URLs of some nodes of the cluster, or of the sentinels.
    pub nodes: Vec<Secret>,
    /// The name under which the sentinels know the master.
    pub master: String,
    /// What logs in to the master, for which there is no URL. Empty: the default user.
    pub master_user: String,
    /// Its password; empty: none.
    pub master_password: Secret,
    /// The number of the master's database.
    pub master_database: u32,
    /// Whether the master is spoken to over TLS.
    pub master_tls: bool,
    /// A file of certificate authorities (PEM) instead of the system's, where TLS is spoken.
    pub ca_file: String,
    /// How long a round trip may take before the answer is done without.
    pub timeout: Duration,
}

impl Default for RedisSettings {
    fn default() -> Self {
        Self {
            mode: RedisMode::default(),
            url: Secret::default(),
            nodes: Vec::new(),
            master: String::new(),
            master_user: String::new(),
            master_password: Secret::default(),
            master_database: 0,
            master_tls: false,
            ca_file: String::new(),
            timeout: Duration(StdDuration::from_millis(100)),
        }
    }
}

impl RedisSettings {
    /// The Redis, if there is one. Reads `ca_file`.
    ///
    /// # Errors
    /// The file cannot be used.
    pub fn shared(&self) -> Result<Option<SharedRedis>, Fault> {
        let nodes = || self.nodes.iter().map(Secret::to_secret_string).collect();
        let place = match self.mode {
            RedisMode::Single if self.url.is_empty() => return Ok(None),
            RedisMode::Single => RedisPlace::Single(self.url.to_secret_string()),
            RedisMode::Cluster => RedisPlace::Cluster(nodes()),
            RedisMode::Sentinel => RedisPlace::Sentinel(Sentinels {
                nodes: nodes(),
                master: self.master.clone(),
                user: self.master_user.clone(),
                password: self.master_password.to_secret_string(),
                database: self.master_database,
                tls: self.master_tls,
            }),
        };
        Ok(Some(SharedRedis {
            place,
            timeout: self.timeout.0,
            ca_pem: authorities::read(SECTION, &self.ca_file)?,
        }))
    }

    pub(super) fn faults(&self) -> Vec<Fault> {
        let mut faults = zero_timeouts("redis", &[("timeout", self.timeout)]);
        faults.extend(match self.mode {
            RedisMode::Single => self.single(),
            RedisMode::Cluster | RedisMode::Sentinel => self.several(),
        });
        if self.mode == RedisMode::Sentinel {
            faults.extend(self.unnamed_master());
            faults.extend(self.portless());
        } else {
            faults.extend(self.idle_master());
        }
        faults.extend(self.idle_authorities());
        faults
    }

    /// Who gives them expects that TLS is spoken.
    fn idle_authorities(&self) -> Option<Fault> {
        let mut urls = self.nodes.iter().chain([&self.url]);
        let speaks_tls = self.master_tls || urls.any(|url| is_url(url, &["rediss"]));
        if self.ca_file.is_empty() || speaks_tls {
            return authorities::read(SECTION, &self.ca_file).err();
        }
        let message = "expected a URL that begins with \"rediss://\" beside it, or master_tls";
        Some(fault("ca_file", message))
    }

    fn single(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if !self.url.is_empty() && !is_url(&self.url, &["redis", "rediss", "redis+unix"]) {
            let message = "expected a URL such as \"redis://127.0.0.1:6379/0\" or \"rediss://…\"";
            faults.push(fault("url", message));
        }
        if !self.nodes.is_empty() {
            let message = "expected nothing, or mode = \"cluster\" or \"sentinel\" beside it";
            faults.push(fault("nodes", message));
        }
        faults
    }

    fn several(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if !self.url.is_empty() {
            let message = "expected nothing, or mode = \"single\": the addresses belong in nodes";
            faults.push(fault("url", message));
        }
        let usable = |node: &Secret| is_url(node, &["redis", "rediss"]);
        if self.nodes.is_empty() || !self.nodes.iter().all(usable) {
            let message = "expected URLs of the cluster's nodes, or of the sentinels, such as \
                           [\"redis://10.0.0.5:6379\", \"redis://10.0.0.6:6379\"]";
            faults.push(fault("nodes", message));
        }
        faults
    }

    fn unnamed_master(&self) -> Option<Fault> {
        let message = "expected the name under which the sentinels know the master, such as \
                       \"mymaster\"";
        self.master.is_empty().then(|| fault("master", message))
    }

    /// The client would take the port of a Redis for that of a sentinel.
    fn portless(&self) -> Option<Fault> {
        let has_port = |node: &Secret| {
            let uri: Option<Uri> = node.expose().parse().ok();
            uri.is_none_or(|uri| uri.port().is_some())
        };
        let message = "expected a port in each URL; that of sentinels is 26379 if nobody chose one";
        (!self.nodes.iter().all(has_port)).then(|| fault("nodes", message))
    }

    fn idle_master(&self) -> Vec<Fault> {
        let set = [
            ("master", !self.master.is_empty()),
            ("master_user", !self.master_user.is_empty()),
            ("master_password", !self.master_password.is_empty()),
            ("master_database", self.master_database != 0),
            ("master_tls", self.master_tls),
        ];
        let message = "only with mode = \"sentinel\"; elsewhere the URLs say it";
        let idle = set.into_iter().filter(|(_, is_set)| *is_set);
        idle.map(|(key, _)| fault(key, message)).collect()
    }
}

fn fault(key: &'static str, message: &str) -> Fault {
    Fault::key(SECTION, key, message)
}

/// Whether it begins as one; what is wrong behind that, the client says at the start.
fn is_url(text: &Secret, schemes: &[&str]) -> bool {
    let scheme = text.expose().split_once("://").map(|(scheme, _)| scheme);
    scheme.is_some_and(|scheme| schemes.contains(&scheme))
}
