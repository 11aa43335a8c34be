//! One table of the configuration, and how all of its faults are found.

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::DeTable;

use super::fault::{Fault, Place};
use super::read::Reader;
use super::value::{Origin, Value};

/// One table of the configuration, still raw; every value in it knows its place.
#[derive(Debug, Clone)]
pub struct Section {
    name: String,
    value: Value,
}

impl Section {
    /// A part of the configuration's tree.
    #[must_use]
    pub fn new(name: impl Into<String>, value: Value) -> Self {
        Self {
            name: name.into(),
            value,
        }
    }

    /// A table of a file.
    #[must_use]
    pub fn table(name: impl Into<String>, table: Spanned<DeTable<'_>>) -> Self {
        Self::new(name, Value::file(table))
    }

    /// A table that nobody wrote: every setting at its default.
    #[must_use]
    pub fn absent(name: impl Into<String>) -> Self {
        Self::new(name, Value::empty(Origin::File(0..0)))
    }

    /// A section from the text of its table alone, for tests.
    ///
    /// # Errors
    /// The text is no TOML.
    pub fn parse(name: impl Into<String>, text: &str) -> Result<Self, Fault> {
        let name = name.into();
        match DeTable::parse(text) {
            Ok(table) => Ok(Self::table(name, table)),
            Err(error) => Err(Fault {
                section: name,
                place: error.span().map_or(Place::Section, Place::Span),
                message: error.message().to_owned(),
            }),
        }
    }

    /// The name of the table.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The raw table.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// Reads the table into a settings type.
    ///
    /// After a fault the key is taken out and the rest is read again, until nothing new is
    /// found; so settings want `#[serde(default)]`, or a missing one ends the search.
    ///
    /// # Errors
    /// Every key that is unknown or holds a value of the wrong kind, each with its place.
    pub fn read<T: DeserializeOwned>(mut self) -> Result<T, Vec<Fault>> {
        let mut faults = Vec::new();
        let mut taken = Vec::new();
        loop {
            let refusal = match T::deserialize(Reader::new(&self.value)) {
                Ok(settings) if faults.is_empty() => return Ok(settings),
                Ok(_) => return Err(faults),
                Err(refusal) => refusal,
            };
            let path = refusal.path();
            // What is missing because it was taken out here is no second fault.
            if refusal.missing().is_none_or(|key| !taken.contains(&key)) {
                faults.push(refusal.into_fault(&self.name));
            }
            if !self.value.remove(&path) {
                return Err(faults);
            }
            taken.push(path);
        }
    }
}
