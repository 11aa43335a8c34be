//! A request's document: read whole, checked by its model, and taken apart.

use axum::extract::Request;
use portico_hcp::document::{Bounds, Field, Kind, Model, Preset, check};
use portico_sdk::invalid::{self, Invalid, Issue, Refusal};
use serde_json::{Map, Value};

/// The largest document, in bytes: a list of a hundred thousand keys.
const LARGEST: usize = 16 * 1024 * 1024;

/// A field that must be there.
pub(crate) const fn required(name: &'static str, kind: Kind) -> Field {
    Field {
        name,
        required: true,
        kind,
        preset: Preset::Null,
    }
}

/// A field that may be missing or null.
pub(crate) const fn optional(name: &'static str, kind: Kind) -> Field {
    Field::optional(name, kind)
}

/// A field with a value where nobody gives one.
pub(crate) const fn preset(name: &'static str, kind: Kind, preset: Preset) -> Field {
    Field {
        name,
        required: false,
        kind,
        preset,
    }
}

/// A document that fits its model, and what is wrong with its numbers so far.
pub(crate) struct Document {
    fields: Map<String, Value>,
    issues: Vec<Issue>,
}

impl Document {
    /// Reads the body of a request.
    pub(crate) async fn read(request: Request, model: &'static Model) -> Result<Self, Refusal> {
        let value = invalid::read(request, LARGEST).await?;
        let missing = || Invalid(vec![Issue::missing(["body"])]);
        let checked = check::document(model, value.ok_or_else(missing)?).map_err(Invalid)?;
        let fields = match checked {
            Value::Object(fields) => fields,
            _ => Map::new(),
        };
        Ok(Self {
            fields,
            issues: Vec::new(),
        })
    }

    /// A value, taken out; null where there is none.
    pub(crate) fn take(&mut self, name: &str) -> Value {
        self.fields.shift_remove(name).unwrap_or_default()
    }

    /// A text, if it is given.
    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        match self.take(name) {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// A list of texts; empty where none is given.
    pub(crate) fn texts(&mut self, name: &str) -> Vec<String> {
        texts(self.take(name))
    }

    /// A number within bounds.
    pub(crate) fn int(&mut self, name: &'static str, bounds: Bounds) -> i64 {
        let value = self.take(name);
        let checked = bounds.check(&value, ["body", name], &value);
        checked.unwrap_or_else(|issue| {
            self.issues.push(*issue);
            0
        })
    }

    /// Notes something else that is wrong.
    pub(crate) fn fault(&mut self, issue: Issue) {
        self.issues.push(issue);
    }

    /// Everything that was wrong, if anything.
    pub(crate) fn done(self) -> Result<(), Invalid> {
        if self.issues.is_empty() {
            return Ok(());
        }
        Err(Invalid(self.issues))
    }
}

/// The texts in a list; nothing in whatever is none.
pub(crate) fn texts(value: Value) -> Vec<String> {
    let Value::Array(items) = value else {
        return Vec::new();
    };
    let text = |item| match item {
        Value::String(text) => Some(text),
        _ => None,
    };
    items.into_iter().filter_map(text).collect()
}
