//! What a house is to be, before it opens: its settings and what it stands before.

use std::net::SocketAddr;
use std::path::Path;

use hcp_simulator::{Builder, Release};
use portico_sdk::credential::AccessKeys;
use secrecy::ExposeSecret as _;
use toml::{Table, Value};

use super::{DOMAIN, House, Process, RESEARCH_PASSWORD, Store, Upstream};

/// The hash of the password "hush", cheap because stories log in often.
pub const HASH: &str = "$argon2id$v=19$m=64,t=1,p=1$c2FsdCBvZiBzdG9yaWVzIQ$XIQ+v5sdH52Ii9Khqy6HC+9tdtp96zev3nVp6jD8cfo";
/// Another hash of the same password.
pub const OTHER_HASH: &str = "$argon2id$v=19$m=64,t=1,p=1$YW5vdGhlciBzYWx0IHllcw$3NeKEQYsKxbVG2XlrmCoojVt9zholMSsv5R8maooQhI";
/// The hash of "second password".
pub const SECOND_HASH: &str = "$argon2id$v=19$m=64,t=1,p=1$c2FsdCBvZiBvdGhlcnMhIQ$2MLEB7baUalQQvZiIRXPJe+Z3plpPXdiWFIyO0JsQXA";

/// Collects the settings of a house.
pub struct Plan<'a> {
    settings: Table,
    before: Before<'a>,
    arguments: &'static [&'static str],
    small_disk: Option<(&'static str, u32)>,
}

enum Before<'a> {
    Hcp(Box<Builder>),
    Bare(&'a Upstream),
    Nobody,
}

impl Plan<'_> {
    /// In front of a store that sees one account for everyone: the simulated HCP of release 10, as
    /// if `ada` of its tenant `research` were the only user that it has.
    pub fn shared() -> Self {
        let keys = AccessKeys::hcp("ada", &RESEARCH_PASSWORD.into());
        Self::hcp10()
            .with("upstream.backend", "generic")
            .with("upstream.s3_endpoint", format!("https://research.{DOMAIN}"))
            .with("s3.access_key", keys.access_key.as_str())
            .with("s3.secret_key", keys.secret_key.expose_secret())
    }

    /// In front of a simulated HCP of release 9.
    pub fn hcp() -> Self {
        Self::new(Before::Hcp(Box::default()))
    }

    /// In front of a simulated HCP with more than the usual.
    pub fn before_hcp_of(builder: Builder) -> Self {
        Self::new(Before::Hcp(Box::new(builder)))
    }

    /// In front of a simulated HCP of release 10.
    pub fn hcp10() -> Self {
        let builder = Builder::default().release(Release::V10);
        Self::before_hcp_of(builder).with("upstream.hcp_release", 10)
    }

    /// Beside another house, in front of the same simulated HCP.
    pub fn beside(house: &House) -> Self {
        let address = |address: SocketAddr| vec![address.to_string()];
        let store = house.store();
        Self::new(Before::Nobody)
            .with("upstream.domain", DOMAIN)
            .with("upstream.verify", false)
            .with("upstream.s3_addresses", address(store.data_address()))
            .with("upstream.mapi_addresses", address(store.mapi_address()))
    }

    /// In place of another house, whose listeners it takes over as soon as that has SIGQUIT.
    pub fn after(house: &House) -> Self {
        let address = |address: SocketAddr| address.to_string();
        let folder = house.folder.path().to_str().expect("a path of text");
        let mut plan = Self::beside(house)
            .with("listeners.s3.address", address(house.s3))
            .with("listeners.api.address", address(house.api))
            .with("listeners.admin.address", address(house.admin))
            .with("process.data_directory", folder);
        plan.arguments = &["--upgrade"];
        plan
    }

    /// In front of an address where nobody may be.
    pub fn before_nobody(address: SocketAddr) -> Self {
        Self::new(Before::Nobody).generic(address)
    }
}

impl<'a> Plan<'a> {
    /// In front of a bare server, as a generic store.
    pub fn before(upstream: &'a Upstream) -> Self {
        Self::new(Before::Bare(upstream)).generic(upstream.address)
    }

    /// In front of a bare server that stands for a whole HCP without TLS. Its first connection is
    /// the question whether HCP's management is there, which speaks TLS and finds that it is not.
    pub fn bare_hcp(upstream: &Upstream) -> Self {
        Self::bare_hcp_at(upstream.address)
    }

    /// The same, at this address.
    pub fn bare_hcp_at(address: SocketAddr) -> Self {
        let address = address.to_string();
        Self::new(Before::Nobody)
            .with("upstream.domain", DOMAIN)
            .with("upstream.s3_addresses", vec![address.as_str()])
            .with("upstream.mapi_addresses", vec![address.as_str()])
            .with("upstream.s3_tls", false)
            .with("upstream.s3_port", 80)
    }

    fn new(before: Before<'a>) -> Self {
        let plan = Self {
            settings: Table::new(),
            before,
            arguments: &[],
            small_disk: None,
        };
        let secret = "a secret of the stories, long enough for HS256";
        plan.with("listeners.s3.address", "127.0.0.1:0")
            .with("listeners.api.address", "127.0.0.1:0")
            .with("listeners.admin.address", "127.0.0.1:0")
            .with("process.threads", 2)
            .with("process.grace_period", "0s")
            // Stories of refusals refuse often; those of the brake set it.
            .with("limits.failed_proofs_per_minute", 0)
            .with("auth.secrets", vec![secret])
            .with("telemetry.log_format", "json")
            // Stories count what the store is asked; those of the cache set it.
            .with("cache.enabled", false)
            // Bare servers would have to answer every probe.
            .with("telemetry.probe_interval", "1h")
            .with("upstream.check_interval", "0s")
            // Many stories let their store fail, and machines that run them may be far behind; those of
            // both set them.
            .with("upstream.breaker_failures", 0)
            .with("limits.shed_above", "0s")
    }

    fn generic(self, address: SocketAddr) -> Self {
        self.with("upstream.backend", "generic")
            .with("upstream.s3_endpoint", format!("http://{address}"))
            .with("s3.access_key", "AKSTORY")
            .with("s3.secret_key", "the secret of AKSTORY")
            .with(
                "auth.users",
                vec![user("ada", HASH, vec![rule(&["*"], &[], false)])],
            )
    }

    /// The users of a generic store, in place of the one who may everything.
    pub fn users(self, users: Vec<Table>) -> Self {
        self.with("auth.users", users)
    }

    /// Sets one setting, by its path.
    pub fn with(mut self, path: &str, value: impl Into<Value>) -> Self {
        set(&mut self.settings, path, value.into());
        self
    }

    /// A folder of the house is a disk of its own, of so many bytes.
    pub fn with_disk(mut self, name: &'static str, size: u32) -> Self {
        self.small_disk = Some((name, size));
        self
    }

    /// Starts whatever the house stands before, then Portico, and waits until it listens.
    #[track_caller]
    pub fn open(mut self) -> House {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store = match std::mem::replace(&mut self.before, Before::Nobody) {
            Before::Hcp(builder) => Some(self.before_hcp(*builder, folder.path())),
            bare => {
                self.before = bare;
                None
            }
        };
        self.keep_state_in(folder.path());
        let configuration = folder.path().join("portico.toml");
        std::fs::write(&configuration, self.settings.to_string()).expect("a configuration");
        let portico = match self.small_disk {
            None => Process::start(folder.path(), &configuration, self.arguments),
            Some((name, size)) => {
                let small = folder.path().join(name);
                std::fs::create_dir(&small).expect("a folder");
                Process::start_with_disk(folder.path(), &configuration, &small, size)
            }
        };
        let house = House {
            s3: portico.address("s3"),
            api: portico.address("api"),
            admin: portico.address("admin"),
            portico,
            store,
            folder,
        };
        // The first question whether the store is there is over before the story begins, so
        // that it meets none of the story's faults.
        if let Before::Bare(upstream) = self.before {
            upstream.answer_probe();
        }
        if house.store.is_some() || matches!(self.before, Before::Bare(_)) {
            house
                .portico
                .lines_with(1, |line| line["check"].is_string());
        }
        house
    }

    /// A place of its own for what is kept, or one story would know what another has learnt.
    fn keep_state_in(&mut self, folder: &Path) {
        let process = self.settings.get("process");
        let chosen = process.is_some_and(|process| process.get("data_directory").is_some());
        if !chosen {
            let folder = folder.to_str().expect("a path of text");
            set(&mut self.settings, "process.data_directory", folder.into());
        }
    }

    /// Starts the simulator. What the story has set itself stays.
    fn before_hcp(&mut self, builder: Builder, folder: &Path) -> Store {
        let ca = folder.join("store-ca.pem");
        let store = Store::start(builder.ca_file(&ca));
        let addresses = [
            ("s3_addresses", store.data_address()),
            ("mapi_addresses", store.mapi_address()),
        ];
        let own = std::mem::take(&mut self.settings);
        set(&mut self.settings, "upstream.domain", DOMAIN.into());
        let ca = ca.to_str().expect("a path of text");
        set(&mut self.settings, "upstream.ca_file", ca.into());
        for (name, address) in addresses {
            let list = vec![address.to_string()];
            set(&mut self.settings, &format!("upstream.{name}"), list.into());
        }
        merge(&mut self.settings, own);
        let upstream = self
            .settings
            .get_mut("upstream")
            .and_then(Value::as_table_mut);
        let upstream = upstream.expect("a section");
        if upstream.contains_key("s3_endpoint") {
            upstream.remove("domain");
        }
        store
    }
}

/// A user of a generic store.
pub fn user(name: &str, hash: &str, rules: Vec<Table>) -> Table {
    let mut table = Table::new();
    set(&mut table, "name", name.into());
    set(&mut table, "password_hash", hash.into());
    set(&mut table, "rules", rules.into());
    table
}

/// One rule of a user.
pub fn rule(buckets: &[&str], prefixes: &[&str], read_only: bool) -> Table {
    let mut table = Table::new();
    set(&mut table, "buckets", buckets.to_vec().into());
    set(&mut table, "prefixes", prefixes.to_vec().into());
    set(&mut table, "read_only", read_only.into());
    table
}

fn set(table: &mut Table, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            table.insert(path.to_owned(), value);
        }
        Some((section, rest)) => {
            let section = table.entry(section).or_insert_with(|| Table::new().into());
            set(section.as_table_mut().expect("a section"), rest, value);
        }
    }
}

fn merge(into: &mut Table, from: Table) {
    for (name, value) in from {
        match (into.get_mut(&name), value) {
            (Some(Value::Table(section)), Value::Table(more)) => merge(section, more),
            (_, value) => {
                into.insert(name, value);
            }
        }
    }
}
