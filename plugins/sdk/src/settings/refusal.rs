//! Why a value was refused: what would have worked, never what was written.
//!
//! serde's own messages repeat the value; here they are built from its kind alone, so that a
//! secret under the wrong key, or of the wrong type, is not echoed.

use std::fmt::Display;

use serde::de::{Expected, Unexpected};

use super::fault::{Fault, Place};
use super::nearest::nearest;
use super::value::{Origin, Step};

#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(super) struct Refusal {
    /// From the section down; filled from the innermost step outwards.
    path: Vec<Step>,
    origin: Option<Origin>,
    missing: Option<&'static str>,
    message: String,
}

impl Refusal {
    /// The path from the section down.
    pub(super) fn path(&self) -> Vec<Step> {
        self.path.iter().rev().cloned().collect()
    }

    /// The path of the key that is missing, if that is what is wrong.
    pub(super) fn missing(&self) -> Option<Vec<Step>> {
        let name = Step::Key(self.missing?.to_owned());
        Some(self.path.iter().rev().cloned().chain([name]).collect())
    }

    /// The refusal as seen one level further out.
    pub(super) fn under(mut self, step: Step, origin: &Origin) -> Self {
        self.path.push(step);
        self.origin.get_or_insert_with(|| origin.clone());
        self
    }

    /// The fault in a section of that name.
    pub(super) fn into_fault(self, section: &str) -> Fault {
        let (tables, key) = name(&self.path());
        let place = self.origin.as_ref().map_or(Place::Section, Place::of);
        Fault {
            section: format!("{section}{tables}"),
            place,
            message: if key.is_empty() {
                self.message
            } else {
                format!("{key}: {}", self.message)
            },
        }
    }
}

/// The tables of a path as `.a.b`, and its last key (with list positions) as a person names it.
fn name(path: &[Step]) -> (String, String) {
    let mut tables = String::new();
    let mut key = String::new();
    for step in path {
        match step {
            // Below a list there are no tables with a header of their own.
            Step::Key(name) if key.contains('[') => key.extend([".", name.as_str()]),
            Step::Key(name) => {
                let table = std::mem::replace(&mut key, name.clone());
                if !table.is_empty() {
                    tables.extend([".", table.as_str()]);
                }
            }
            Step::Item(at) => key.extend(["[", at.to_string().as_str(), "]"]),
        }
    }
    (tables, key)
}

impl serde::de::Error for Refusal {
    fn custom<T: Display>(message: T) -> Self {
        Self {
            path: Vec::new(),
            origin: None,
            missing: None,
            message: message.to_string(),
        }
    }

    fn invalid_type(found: Unexpected<'_>, wanted: &dyn Expected) -> Self {
        Self::custom(format!("expected {}, found {}", form(wanted), kind(&found)))
    }

    fn invalid_value(_: Unexpected<'_>, wanted: &dyn Expected) -> Self {
        Self::custom(format!("expected {}", form(wanted)))
    }

    fn invalid_length(length: usize, wanted: &dyn Expected) -> Self {
        Self::custom(format!("expected {}, found {length} items", form(wanted)))
    }

    fn unknown_variant(found: &str, known: &'static [&'static str]) -> Self {
        Self::custom(format!(
            "expected one of {}{}",
            list(known, '"'),
            suggestion(found, known, '"')
        ))
    }

    fn unknown_field(found: &str, known: &'static [&'static str]) -> Self {
        Self::custom(format!(
            "no such setting{}; the settings here are {}",
            suggestion(found, known, '`'),
            list(known, '`')
        ))
    }

    fn missing_field(name: &'static str) -> Self {
        Self {
            missing: Some(name),
            ..Self::custom(format!("the setting `{name}` is missing"))
        }
    }
}

/// `; did you mean …?`, when one of the known names is close.
pub(super) fn suggestion(found: &str, known: &[&str], quote: char) -> String {
    nearest(found, known).map_or_else(String::new, |near| {
        format!("; did you mean {quote}{near}{quote}?")
    })
}

fn list(names: &[&str], quote: char) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    let quoted: Vec<_> = names
        .iter()
        .map(|name| format!("{quote}{name}{quote}"))
        .collect();
    quoted.join(", ")
}

fn kind(found: &Unexpected<'_>) -> &'static str {
    match found {
        Unexpected::Bool(_) => "a truth value",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) => "a whole number",
        Unexpected::Float(_) => "a number with a point",
        Unexpected::Str(_) | Unexpected::Char(_) => "a text",
        Unexpected::Seq => "a list",
        Unexpected::Map => "a table",
        _ => "something else",
    }
}

/// What serde calls the wanted type, as the reader of a configuration knows it.
fn form(wanted: &dyn Expected) -> String {
    let text = wanted.to_string();
    match text.as_str() {
        "a boolean" => "true or false".to_owned(),
        "a string" => "a text in quotes".to_owned(),
        "a sequence" => "a list such as [\"a\", \"b\"]".to_owned(),
        "a map" => "a table".to_owned(),
        "u8" => whole(u8::MIN, u8::MAX),
        "u16" => whole(u16::MIN, u16::MAX),
        "u32" => whole(u32::MIN, u32::MAX),
        "i32" => whole(i32::MIN, i32::MAX),
        "u64" | "usize" => "a whole number from 0 on".to_owned(),
        "i8" | "i16" | "i64" | "isize" => "a whole number".to_owned(),
        "f32" | "f64" => "a number".to_owned(),
        other if other.starts_with("struct ") => "a table".to_owned(),
        _ => text,
    }
}

fn whole<T: Display>(least: T, most: T) -> String {
    format!("a whole number from {least} to {most}")
}
