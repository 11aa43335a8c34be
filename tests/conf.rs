//! What is written for people about settings, and what the code does, are the same.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may, and so may what helps them"
)]

mod process;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use portico::roster::ROSTER;
use portico::settings::{core_defaults, differing_defaults, legacy_names, load, missing_settings};
use process::{HASH, Place, SECRET};
use toml::Table;

fn folder() -> &'static Path {
    static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
        // Asked at run time: a build folder shared by two clones would keep the path of the other.
        std::env::var_os("CARGO_MANIFEST_DIR").unwrap().into()
    });
    &FOLDER
}

fn table(path: &Path) -> Table {
    let text = std::fs::read_to_string(path).unwrap();
    text.parse()
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every TOML file below `conf/` whose plugins are built in.
fn configurations() -> Vec<PathBuf> {
    let mut folders = vec![folder().join("conf")];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|extension| extension == "toml")
            {
                found.push(path);
            }
        }
    }
    found.retain(|path| cfg!(feature = "sample") || !path.ends_with("conf/sample.toml"));
    found.retain(|path| cfg!(feature = "lance") || !path.ends_with("conf/lance.toml"));
    found
}

/// What only a deployment can know, and the file says nothing about.
fn deployment(conf: &Table) -> BTreeMap<String, String> {
    let text = |section: &str, key: &str| {
        let value = conf.get(section).and_then(|section| section.get(key));
        value.and_then(toml::Value::as_str).unwrap_or_default()
    };
    let mut variables = BTreeMap::new();
    let mut set = |section: &str, key: &str, value: String| {
        if text(section, key).is_empty() {
            let name = format!("PORTICO__{section}__{key}").to_uppercase();
            variables.insert(name, value);
        }
    };
    set("auth", "secrets", format!("[\"{SECRET}\"]"));
    if matches!(text("upstream", "backend"), "minio" | "generic") {
        set("s3", "access_key", "a service account".to_owned());
        set("s3", "secret_key", "and its secret".to_owned());
        let user = format!("[{{ name = \"ann\", password_hash = \"{HASH}\" }}]");
        set("auth", "users", user);
    } else if text("upstream", "s3_endpoint").is_empty() {
        set("upstream", "domain", "hcp.example.com".to_owned());
    }
    variables
}

#[test]
fn every_delivered_configuration_can_be_loaded() {
    let files = configurations();
    assert!(files.len() >= 4, "{files:?}");
    for file in files {
        let environment = deployment(&table(&file));
        let settings = load(Some(&file), environment, None, ROSTER);
        let settings = settings.unwrap_or_else(|faults| panic!("{faults}"));
        assert!(settings.warnings.is_empty(), "{:?}", settings.warnings);
    }
}

#[test]
fn every_delivered_configuration_passes_the_check() {
    for file in configurations() {
        let mut place = Place::empty();
        for (name, value) in deployment(&table(&file)) {
            place = place.with(&name, &value);
        }
        let ended = place.run(&["check", "--conf", file.to_str().unwrap()]);
        ended.assert_code(0);
        ended.assert_says("the configuration is usable");
    }
}

/// Plugins that not every build has, with files of their own.
const APART: [&str; 2] = ["lance", "sample"];

/// The settings of the core and of all plugins that every build has.
fn defaults() -> Table {
    let mut defaults = core_defaults().unwrap();
    for entry in ROSTER.iter().filter(|entry| !APART.contains(&entry.name)) {
        let section = (entry.defaults)().unwrap();
        defaults.insert(entry.name.to_owned(), section.into());
    }
    defaults
}

#[test]
fn portico_toml_holds_every_setting_at_its_default() {
    let documented = table(&folder().join("conf/portico.toml"));
    let defaults = defaults();
    for section in ["auth", "mapi", "s3", "telemetry", "upstream"] {
        assert!(
            defaults.contains_key(section),
            "the test misses [{section}]"
        );
    }
    assert_eq!(missing_settings(&documented, &defaults), [""; 0]);
    // Without a default that would start: a deployment makes its own.
    let except = ["auth.secrets"];
    assert_eq!(differing_defaults(&documented, &defaults, &except), [""; 0]);
}

#[test]
fn every_setting_in_portico_toml_stands_below_a_comment() {
    let text = std::fs::read_to_string(folder().join("conf/portico.toml")).unwrap();
    // Keys that share the comment of the key above, and those of listeners like the first.
    let shared = [
        "key",
        "certificate",
        "certificates",
        "proxy_protocol",
        "more",
        "address",
        "s3_tls",
        "mapi_addresses",
        "secret_key",
        "max_password_length",
    ];
    let lines: Vec<_> = text.lines().collect();
    for pair in lines.windows(2) {
        let Some((key, _)) = pair[1].split_once(" = ") else {
            continue;
        };
        if !key.starts_with('#') && !shared.contains(&key) {
            assert!(pair[0].starts_with("# "), "`{key}` has no comment");
        }
    }
}

#[test]
fn plugins_with_files_of_their_own_have_every_setting_there() {
    for entry in ROSTER.iter().filter(|entry| APART.contains(&entry.name)) {
        let own = (entry.defaults)().unwrap();
        let defaults = Table::from_iter([(entry.name.to_owned(), own.into())]);
        let documented = table(&folder().join(format!("conf/{}.toml", entry.name)));
        assert_eq!(missing_settings(&documented, &defaults), [""; 0]);
        if entry.name == "lance" {
            assert_eq!(differing_defaults(&documented, &defaults, &[]), [""; 0]);
        }
    }
}

/// A row of the page's table of variables.
struct Row {
    names: Vec<String>,
    settings: Vec<String>,
    no_effect: bool,
}

impl Row {
    fn read(line: &str) -> Option<Self> {
        let cells: Vec<_> = line.trim_matches('|').split('|').collect();
        let [names, settings, remarks] = cells[..] else {
            return None;
        };
        let row = Self {
            names: quoted(names),
            settings: quoted(settings),
            no_effect: remarks.contains("no effect yet"),
        };
        (!row.names.is_empty()).then_some(row)
    }

    fn covers(&self, name: &str) -> bool {
        self.names.iter().any(|pattern| matches(pattern, name))
    }
}

/// Everything between backticks.
fn quoted(cell: &str) -> Vec<String> {
    let odd = cell.split('`').skip(1).step_by(2);
    odd.map(str::to_owned).collect()
}

/// A star at the end stands for any rest.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(begin) => text.starts_with(begin),
        None => text == pattern,
    }
}

fn rows() -> Vec<Row> {
    let text = std::fs::read_to_string(folder().join("docs/migrating.md")).unwrap();
    let (_, after) = text.split_once("\n## The variables\n").unwrap();
    let (section, _) = after.split_once("\n## ").unwrap();
    let table = section.lines().filter(|line| line.starts_with('|'));
    table.filter_map(Row::read).collect()
}

#[test]
fn the_page_names_every_old_variable_and_its_setting() {
    let rows = rows();
    for (name, target) in legacy_names() {
        let covering: Vec<_> = rows.iter().filter(|row| row.covers(name)).collect();
        let [row] = covering[..] else {
            panic!("{} rows hold {name}", covering.len());
        };
        let told = row.settings.iter().any(|setting| matches(setting, target));
        assert!(told, "{name} is {target}, not {:?}", row.settings);
    }
}

#[test]
fn the_page_names_no_variable_that_is_not_read() {
    let known: BTreeSet<_> = legacy_names().map(|(name, _)| name).collect();
    let rows = rows();
    assert!(rows.len() > 10, "{} rows", rows.len());
    for row in rows {
        // A row without a setting says that the variable is gone.
        let read = !row.settings.is_empty();
        for name in &row.names {
            let found = known.iter().any(|known| matches(name, known));
            assert_eq!(found, read, "{name}");
        }
    }
}

#[test]
fn the_page_says_which_variables_have_no_effect() {
    let defaults = defaults();
    let exists = |target: &str| {
        let (section, key) = target.split_once('.').unwrap();
        let section = defaults.get(section).and_then(toml::Value::as_table);
        section.is_some_and(|section| section.contains_key(key))
    };
    let rows = rows();
    for (name, target) in legacy_names() {
        let row = rows.iter().find(|row| row.covers(name)).unwrap();
        assert_eq!(row.no_effect, !exists(target), "{name}");
    }
}
