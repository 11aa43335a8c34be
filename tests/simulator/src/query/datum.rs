//! Values of properties: how they are ordered and how they are written.

use std::cmp::Ordering;

use serde_json::Value;
use time::OffsetDateTime;

use super::moments::{Stamp, written};

/// The value of a property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Datum {
    Bool(bool),
    Number(i64),
    /// A number that answers write in quotes.
    Quoted(i64),
    Stamp(Stamp),
    Moment(OffsetDateTime),
    Text(String),
    /// The object has no such value; answers leave it out.
    Absent,
}

impl Datum {
    pub(super) fn json(&self) -> Option<Value> {
        Some(match self {
            Self::Bool(value) => (*value).into(),
            Self::Number(value) => (*value).into(),
            Self::Absent => return None,
            other => other.text()?.into(),
        })
    }

    pub(super) fn text(&self) -> Option<String> {
        Some(match self {
            Self::Bool(value) => value.to_string(),
            Self::Number(value) | Self::Quoted(value) => value.to_string(),
            Self::Stamp(value) => value.to_string(),
            Self::Moment(value) => written(*value),
            Self::Text(value) => value.clone(),
            Self::Absent => return None,
        })
    }

    /// The order of two values of one property.
    pub(super) fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Number(a), Self::Number(b)) | (Self::Quoted(a), Self::Quoted(b)) => a.cmp(b),
            (Self::Stamp(a), Self::Stamp(b)) => a.cmp(b),
            (Self::Moment(a), Self::Moment(b)) => a.cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Absent, Self::Absent) => Ordering::Equal,
            (Self::Absent, _) => Ordering::Less,
            _ => Ordering::Greater,
        }
    }
}
