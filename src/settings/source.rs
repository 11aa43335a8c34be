//! Where everything was written: turns the place of a fault into words.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::path::Path;

use portico_sdk::settings::{Fault, Origin, Place, Value};
use toml::de::DeTable;

use super::faults::{Faults, Located};

/// The configuration file and the origins of all values. Its `Debug` shows no text.
#[derive(Default)]
pub struct Source {
    file: String,
    text: String,
    origins: BTreeMap<String, Origin>,
}

impl Source {
    /// The file's text and tree; without a file an empty one.
    pub(super) fn read(path: Option<&Path>) -> Result<(Self, Value), Faults> {
        let mut source = Self::default();
        if let Some(path) = path {
            source.file = path.display().to_string();
            source.text =
                std::fs::read_to_string(path).map_err(|error| source.unreadable(&error))?;
        }
        let (document, errors) = DeTable::parse_recoverable(&source.text);
        if errors.is_empty() {
            let tree = Value::file(document);
            return Ok((source, tree));
        }
        Err(source.syntax(&errors))
    }

    /// The origins, once all values are in the tree.
    pub(super) fn index(&mut self, tree: &Value) {
        self.origins = tree.origins();
    }

    /// Gives every fault its place.
    #[must_use]
    pub fn faults(&self, faults: impl IntoIterator<Item = Fault>) -> Faults {
        Faults::new(faults.into_iter().map(|fault| self.locate(&fault)))
    }

    fn unreadable(&self, error: &std::io::Error) -> Faults {
        let message = format!("the configuration cannot be read: {error}");
        Faults::new([Located::whole(&self.file, message)])
    }

    fn syntax(&self, errors: &[toml::de::Error]) -> Faults {
        Faults::new(errors.iter().map(|error| {
            // Its `Display` would show the line, and the line may hold a secret.
            let message = error.message().to_owned();
            match error.span() {
                Some(span) => self.at(&span, message),
                None => Located::whole(&self.file, message),
            }
        }))
    }

    fn locate(&self, fault: &Fault) -> Located {
        let message = match fault.place {
            Place::Key(key) if !fault.message.starts_with(key) => {
                format!("[{}] {key}: {}", fault.section, fault.message)
            }
            _ => fault.to_string(),
        };
        match self.origin(fault) {
            Some(Origin::File(span)) => self.at(&span, message),
            Some(Origin::Variable(name)) => Located::whole(&name, message),
            None => Located::whole(&self.file, message),
        }
    }

    /// The nearest thing that was written: the key, else its section, else a table around it.
    fn origin(&self, fault: &Fault) -> Option<Origin> {
        match &fault.place {
            Place::Span(span) => return Some(Origin::File(span.clone())),
            Place::Variable(name) => return Some(Origin::Variable(name.clone())),
            Place::Key(key) => {
                let path = format!("{}.{key}", fault.section);
                if let Some(origin) = self.origins.get(&path) {
                    return Some(origin.clone());
                }
            }
            Place::Section => {}
        }
        let mut path = fault.section.as_str();
        loop {
            // A table that only the environment made is no place where something is missing.
            if let Some(origin @ Origin::File(_)) = self.origins.get(path) {
                return Some(origin.clone());
            }
            (path, _) = path.rsplit_once('.')?;
        }
    }

    fn at(&self, span: &Range<usize>, message: String) -> Located {
        let before = self.text.get(..span.start).unwrap_or(&self.text);
        let line = before.matches('\n').count() + 1;
        let column = before
            .rsplit('\n')
            .next()
            .map_or(0, |rest| rest.chars().count())
            + 1;
        Located {
            position: Some((line, column)),
            place: format!("{}:{line}:{column}", self.file),
            message,
        }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source")
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}
