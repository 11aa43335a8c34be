//! The entries of a document, taken out one by one; what is left over is invalid.

use serde_json::{Map, Value};

use super::refusal::Refusal;

/// The entries of one object. A `null` counts as absent.
pub(super) struct Fields {
    entries: Map<String, Value>,
}

fn bad(name: &str) -> Refusal {
    Refusal::invalid(format!("Invalid value for entry {name}"))
}

impl Fields {
    pub(super) fn new(name: &str, value: Value) -> Result<Self, Refusal> {
        match value {
            Value::Object(entries) => Ok(Self { entries }),
            Value::Null => Ok(Self {
                entries: Map::new(),
            }),
            _ => Err(bad(name)),
        }
    }

    /// Whether the entry is there, be it empty.
    pub(super) fn has(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }

    fn take(&mut self, name: &str) -> Option<Value> {
        let value = self.entries.remove(name);
        value.filter(|value| !value.is_null())
    }

    pub(super) fn text(&mut self, name: &str) -> Result<Option<String>, Refusal> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(bad(name)),
        }
    }

    /// A number, a truth or a text, as text: the documentation quotes them all.
    pub(super) fn scalar(&mut self, name: &str) -> Result<Option<String>, Refusal> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.trim().to_owned())),
            Some(value @ (Value::Number(_) | Value::Bool(_))) => Ok(Some(value.to_string())),
            Some(_) => Err(bad(name)),
        }
    }

    /// A scalar that reads as something else than text.
    pub(super) fn parsed<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Refusal> {
        let text = self.scalar(name)?;
        text.map(|text| read(&text).ok_or_else(|| bad(name)))
            .transpose()
    }

    pub(super) fn flag(&mut self, name: &str) -> Result<Option<bool>, Refusal> {
        self.parsed(name, |text| match text.to_ascii_lowercase().as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        })
    }

    pub(super) fn inner(&mut self, name: &str) -> Result<Self, Refusal> {
        Self::new(name, self.take(name).unwrap_or_default())
    }

    /// `{"items": {"item": [...]}}`; the brackets are required even for one.
    pub(super) fn list(&mut self, items: &str, item: &str) -> Result<Vec<String>, Refusal> {
        let mut inner = self.inner(items)?;
        let values = match inner.take(item) {
            None => Vec::new(),
            Some(Value::Array(values)) => values,
            Some(_) => return Err(bad(item)),
        };
        inner.finish()?;
        let texts = values.into_iter().map(|value| match value {
            Value::String(text) => Ok(text.trim().to_owned()),
            _ => Err(bad(item)),
        });
        texts.collect()
    }

    /// Nothing may be left.
    pub(super) fn finish(self) -> Result<(), Refusal> {
        match self.entries.keys().next() {
            None => Ok(()),
            Some(name) => Err(Refusal::invalid(format!("Invalid entry: {name}"))),
        }
    }
}
