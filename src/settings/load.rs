//! Reads all settings and checks them.

use std::collections::BTreeMap;
use std::path::Path;

use portico_sdk::Entry;
use portico_sdk::settings::{Fault, Origin, Place, Section, Value};
use portico_sdk::upstream::Backend;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::data_directory::Candidates;
use super::environment::{Found, Layers, Variable};
use super::{
    AdminSettings, Faults, LimitSettings, Listeners, ProcessSettings, RedisSettings, RouteSettings,
    Settings, Source, UpstreamSettings, dotenv, whole,
};

/// The core's own sections.
const CORE: [&str; 7] = [
    "process",
    "listeners",
    "route",
    "limits",
    "upstream",
    "redis",
    "admin",
];

/// Reads the file, then the `.env` file (which need not exist), then the environment.
///
/// The plugins' sections are checked too, as far as that can be done without installing them, so
/// that one start shows everything. Sections of plugins that are not in the list are faults.
///
/// # Errors
/// Every fault that was found.
pub fn load(
    conf: Option<&Path>,
    environment: impl IntoIterator<Item = (String, String)>,
    dotenv: Option<&Path>,
    plugins: &[Entry],
) -> Result<Settings, Faults> {
    let (mut source, mut tree) = Source::read(conf)?;
    let variables: BTreeMap<String, String> = environment.into_iter().collect();
    let candidates = Candidates::new(|name| variables.get(name).cloned());
    let layers = Layers::new(
        dotenv.map(dotenv::read).transpose()?.unwrap_or_default(),
        variables.into_iter().map(Variable::of_process).collect(),
    );
    let known = Known::new(plugins);
    let found = layers.apply(&mut tree, &|target| known.exists(target));
    source.index(&tree);

    let whole = whole::whole(&tree, &known.0);
    let mut reading = Reading {
        tree,
        faults: found.faults.clone(),
    };
    let mut settings = reading.core(source, candidates);
    settings.whole = whole;
    settings.sections = reading.sections(plugins);
    reading.check(&settings);
    if !reading.faults.is_empty() {
        return Err(settings.source.faults(reading.faults));
    }
    settings.warnings = warnings(&settings, &found);
    Ok(settings)
}

/// The core's sections with every setting at its default.
///
/// # Errors
/// None in practice: the types are plain.
pub fn core_defaults() -> Result<toml::Table, toml::ser::Error> {
    #[derive(Serialize, Default)]
    struct Core {
        process: ProcessSettings,
        listeners: Listeners,
        route: RouteSettings,
        limits: LimitSettings,
        upstream: UpstreamSettings,
        redis: RedisSettings,
        admin: AdminSettings,
    }
    toml::Table::try_from(Core::default())
}

/// Which settings this build has.
struct Known(toml::Table);

impl Known {
    fn new(plugins: &[Entry]) -> Self {
        let mut table = core_defaults().unwrap_or_default();
        for entry in plugins {
            let defaults = (entry.defaults)().unwrap_or_default();
            table.insert(entry.name.to_owned(), defaults.into());
        }
        Self(table)
    }

    /// Whether a `section.key` exists.
    fn exists(&self, target: &str) -> bool {
        target.split_once('.').is_some_and(|(section, key)| {
            self.0
                .get(section)
                .and_then(toml::Value::as_table)
                .is_some_and(|table| table.contains_key(key))
        })
    }
}

/// The tree while its sections are taken out, and what is wrong with them.
struct Reading {
    tree: Value,
    faults: Vec<Fault>,
}

impl Reading {
    fn core(&mut self, source: Source, candidates: Candidates) -> Settings {
        Settings {
            process: self.read("process"),
            listeners: self.read("listeners"),
            route: self.read("route"),
            limits: self.read("limits"),
            upstream: self.read("upstream"),
            redis: self.read("redis"),
            admin: self.read("admin"),
            sections: BTreeMap::new(),
            warnings: Vec::new(),
            source,
            whole: Value::empty(Origin::File(0..0)),
            candidates,
        }
    }

    /// One of the core's sections; its defaults stand in for it after a fault.
    fn read<T: DeserializeOwned + Default>(&mut self, name: &str) -> T {
        let section = match self.tree.take(name) {
            Some(value) => Section::new(name, value),
            None => Section::absent(name),
        };
        section.read().unwrap_or_else(|faults| {
            self.faults.extend(faults);
            T::default()
        })
    }

    /// What is left belongs to plugins, or to nobody.
    fn sections(&mut self, plugins: &[Entry]) -> BTreeMap<String, Section> {
        let mut sections = BTreeMap::new();
        for entry in plugins {
            if let Some(value) = self.tree.take(entry.name) {
                let section = Section::new(entry.name, value);
                self.faults.extend((entry.check)(section.clone()));
                sections.insert(entry.name.to_owned(), section);
            }
        }
        let names = plugins.iter().map(|entry| entry.name);
        let known: Vec<_> = CORE.into_iter().chain(names).collect();
        for (name, value) in self.tree.entries() {
            let fault = Fault::unknown_section(name, &known);
            self.faults.push(Fault {
                place: Place::of(value.origin()),
                ..fault
            });
        }
        sections
    }

    /// What a look at single values cannot find. Sections with faults stand at their defaults
    /// here, which hold no further fault but that nothing says where the store is.
    fn check(&mut self, settings: &Settings) {
        let upstream_is_read = !self.faults.iter().any(|fault| fault.section == "upstream");
        self.faults.extend(settings.process.faults());
        self.faults.extend(settings.listeners.faults());
        self.faults.extend(settings.route.faults());
        self.faults.extend(settings.limits.faults());
        self.faults.extend(settings.redis.faults());
        self.faults.extend(settings.admin.faults());
        if upstream_is_read {
            self.faults
                .extend(settings.upstream.upstreams().err().into_iter().flatten());
        }
    }
}

fn warnings(settings: &Settings, found: &Found) -> Vec<String> {
    let mut warnings = Vec::new();
    let upstream = &settings.upstream;
    if !upstream.verify {
        let warning = "the store's certificate is not checked ([upstream] verify = false): \
                       whoever stands between can read every credential; give its authority in \
                       [upstream] ca_file instead";
        warnings.push(warning.to_owned());
    }
    let moved = found.legacy.contains("HCP_DOMAIN") && upstream.backend == Backend::Hcp;
    if moved && upstream.verify && upstream.ca_file.is_empty() {
        let warning = "the store's certificate is checked now, which the Python backend did not \
                       do unless told; if HCP's is self-signed, give its authority in [upstream] \
                       ca_file (PORTICO__UPSTREAM__CA_FILE)";
        if !found.legacy.contains("HCP_VERIFY_SSL") {
            warnings.push(warning.to_owned());
        }
    }
    if !found.without_effect.is_empty() {
        let names: Vec<_> = found.without_effect.iter().map(String::as_str).collect();
        warnings.push(format!(
            "these variables have no effect yet: {}",
            names.join(", ")
        ));
    }
    warnings
}
