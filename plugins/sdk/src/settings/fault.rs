//! A setting that cannot be used, and its place.

use std::ops::Range;
use std::sync::Arc;

use super::refusal::suggestion;
use super::value::Origin;

/// Where in the configuration a fault is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Bytes of the file.
    Span(Range<usize>),
    /// An environment variable.
    Variable(Arc<str>),
    /// A key of the section, whose place the loader looks up.
    Key(&'static str),
    /// The section as a whole.
    Section,
}

impl Place {
    /// The place of a value.
    #[must_use]
    pub fn of(origin: &Origin) -> Self {
        match origin {
            Origin::File(span) => Self::Span(span.clone()),
            Origin::Variable(name) => Self::Variable(Arc::clone(name)),
        }
    }
}

/// A setting that cannot be used, and what would have worked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("[{section}] {message}")]
pub struct Fault {
    /// The table, dotted where it lies in another (`listeners.s3`).
    pub section: String,
    /// Where in it.
    pub place: Place,
    /// What is wrong, and what would have worked. Holds no secret.
    pub message: String,
}

impl Fault {
    /// A fault in one key that only the plugin can see.
    #[must_use]
    pub fn key(section: &str, key: &'static str, message: impl Into<String>) -> Self {
        Self {
            section: section.to_owned(),
            place: Place::Key(key),
            message: message.into(),
        }
    }

    /// A fault of the section as a whole.
    #[must_use]
    pub fn section(section: &str, message: impl Into<String>) -> Self {
        Self {
            section: section.to_owned(),
            place: Place::Section,
            message: message.into(),
        }
    }

    /// A section that nobody reads.
    #[must_use]
    pub fn unknown_section(name: &str, known: &[&str]) -> Self {
        let mut known = known.to_vec();
        known.sort_unstable();
        let guess = suggestion(name, &known, '`');
        Self::section(
            name,
            format!(
                "no such section{guess}; the sections are {}",
                known.join(", ")
            ),
        )
    }
}
