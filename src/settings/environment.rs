//! Settings from the environment: `PORTICO__SECTION__KEY`, and the names of the Python backend.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use portico_sdk::settings::{Fault, Origin, Place, Value};

use super::legacy::{self, Row, Store};

const PREFIX: &str = "PORTICO__";

/// The process's environment; what is no Unicode cannot be one of our settings.
pub fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(name, value)| {
        let name = name.into_string().ok()?;
        Some((name, value.into_string().ok()?))
    })
}

/// One variable.
pub(super) struct Variable {
    /// In capitals: the Python backend did not look at the case.
    pub(super) name: String,
    value: String,
    /// What a fault calls it.
    shown: Arc<str>,
}

impl Variable {
    /// A variable of the process.
    pub(super) fn of_process((name, value): (String, String)) -> Self {
        Self {
            shown: name.as_str().into(),
            name: name.to_ascii_uppercase(),
            value,
        }
    }

    /// A variable of a `.env` file.
    pub(super) fn of_file(name: &str, value: String, file: &str) -> Self {
        Self {
            shown: format!("{file}: {name}").into(),
            name: name.to_ascii_uppercase(),
            value,
        }
    }

    /// Whether it may be a setting.
    pub(super) fn is_ours(&self) -> bool {
        self.name.starts_with(PREFIX) || legacy::row_of(&self.name).is_some()
    }

    fn origin(&self) -> Origin {
        Origin::Variable(Arc::clone(&self.shown))
    }
}

/// What was found in the environment, beside the values in the tree.
#[derive(Default)]
pub(super) struct Found {
    pub(super) faults: Vec<Fault>,
    /// Old names that were used.
    pub(super) legacy: BTreeSet<String>,
    /// Old names whose setting does not exist in this build.
    pub(super) without_effect: BTreeSet<String>,
}

/// The variables, from the weakest to the strongest source.
pub(super) struct Layers {
    dotenv: Vec<Variable>,
    process: Vec<Variable>,
}

impl Layers {
    /// The process's own environment wins: an old name that is set there, even to nothing,
    /// hides the same name of the file.
    pub(super) fn new(mut dotenv: Vec<Variable>, process: Vec<Variable>) -> Self {
        let set: BTreeSet<&str> = process
            .iter()
            .map(|variable| variable.name.as_str())
            .collect();
        dotenv.retain(|variable| !set.contains(variable.name.as_str()));
        Self { dotenv, process }
    }

    /// Puts the values into the tree. `exists` tells which `section.key` a plugin reads.
    pub(super) fn apply(&self, tree: &mut Value, exists: &dyn Fn(&str) -> bool) -> Found {
        // Which store it is decides what some of the old names mean.
        let mut trial = tree.clone();
        self.apply_for(None, &mut trial, exists);
        let backend = trial.get(&["upstream", "backend"]).and_then(Value::as_text);
        self.apply_for(Some(Store::of(backend)), tree, exists)
    }

    fn apply_for(
        &self,
        store: Option<Store>,
        tree: &mut Value,
        exists: &dyn Fn(&str) -> bool,
    ) -> Found {
        let mut found = Found::default();
        for layer in [&self.dotenv, &self.process] {
            for variable in layer {
                if let Some(row) = legacy::row_of(&variable.name) {
                    found.old(variable, row, store, tree, exists);
                }
            }
            for (path, variable) in ordered(layer) {
                found.new_style(variable, &path, tree);
            }
        }
        found
    }
}

/// By path, so that a table is set before a key in it.
fn ordered(layer: &[Variable]) -> BTreeMap<Vec<String>, &Variable> {
    let path = |variable: &&Variable| {
        let path = variable.name.strip_prefix(PREFIX)?.to_ascii_lowercase();
        Some(path.split("__").map(str::to_owned).collect())
    };
    layer
        .iter()
        .filter_map(|variable| Some((path(&variable)?, variable)))
        .collect()
}

impl Found {
    fn old(
        &mut self,
        variable: &Variable,
        row: &'static Row,
        store: Option<Store>,
        tree: &mut Value,
        exists: &dyn Fn(&str) -> bool,
    ) {
        let text = variable.value.trim();
        if text.is_empty() || row.only.is_some_and(|only| store != Some(only)) {
            return;
        }
        self.legacy.insert(variable.name.clone());
        if !exists(row.target) {
            self.without_effect.insert(variable.name.clone());
            return;
        }
        let path: Vec<&str> = row.target.split('.').collect();
        match row.form.read(text, &variable.origin()) {
            Ok(value) => self.put(variable, &path, value, tree),
            Err(expected) => self.refuse(variable, &path, format!("expected {expected}")),
        }
    }

    fn new_style(&mut self, variable: &Variable, path: &[String], tree: &mut Value) {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        if path.len() < 2 || path.contains(&"") {
            let message = "expected a name such as PORTICO__LISTENERS__S3__ADDRESS".to_owned();
            return self.refuse(variable, &path, message);
        }
        let value = Value::word(variable.origin(), variable.value.as_str());
        self.put(variable, &path, value, tree);
    }

    fn put(&mut self, variable: &Variable, path: &[&str], value: Value, tree: &mut Value) {
        if tree.set(path, value).is_err() {
            let message = "a value that is no table stands in the way".to_owned();
            self.refuse(variable, path, message);
        }
    }

    fn refuse(&mut self, variable: &Variable, path: &[&str], message: String) {
        let (section, message) = match path {
            [tables @ .., key] if !tables.is_empty() => {
                (tables.join("."), format!("{key}: {message}"))
            }
            _ => ("environment".to_owned(), message),
        };
        self.faults.push(Fault {
            section,
            place: Place::Variable(Arc::clone(&variable.shown)),
            message,
        });
    }
}
