//! One criterion: its value, read as the kind of its property has it.

use std::ops::{Bound, RangeBounds as _};

use time::OffsetDateTime;

use super::grants::Wanted;
use super::pattern::Pattern;
use super::words::Words;
use crate::query::datum::Datum;
use crate::query::moments::{self, Stamp};
use crate::query::properties::{Kind, Property};
use crate::query::record::Record;
use crate::query::refusal::Refusal;

/// A value as it stands in the query.
pub(super) enum Given {
    Word(Pattern),
    Quoted(String),
    Range(Bound<String>, Bound<String>),
}

type Span<T> = (Bound<T>, Bound<T>);

/// What must be true of a property.
#[derive(Debug)]
pub(super) enum Check {
    Bool(bool),
    Number(Span<i64>),
    Stamp(Span<Stamp>),
    Moment(Span<OffsetDateTime>),
    Text(Pattern),
    TextRange(Span<String>),
    /// In lower case.
    Folded(String),
    Words(Words),
    /// `USER,` and in lower case `location,username`
    Owner(String),
    Grant(Wanted),
    Version(u64),
}

impl Check {
    /// Reads a value. `me` is `location,username` of whoever asks.
    pub(super) fn new(
        property: Option<&'static Property>,
        given: Given,
        me: &str,
    ) -> Result<Self, Refusal> {
        let Some(property) = property else {
            return text_check(given);
        };
        let bad = || Refusal::invalid(format!("Invalid value for property {}", property.name));
        if !property.ranged && matches!(given, Given::Range(..)) {
            return Err(bad());
        }
        if let Given::Word(pattern) = &given
            && pattern.is_wild()
            && !property.wild
        {
            return Err(bad());
        }
        match property.kind {
            Kind::Exact => Ok(exact(given)),
            Kind::Words => text_check(given),
            kind => read(kind, given, me).ok_or_else(bad),
        }
    }

    pub(super) fn meets(&self, property: Option<&Property>, record: &Record) -> bool {
        let Some(property) = property else {
            let text = format!("{} {}", record.path(), record.annotation());
            return matches!(self, Self::Words(words) if words.are_in(&text));
        };
        match (self, (property.value)(record)) {
            (Self::Grant(wanted), _) => wanted.is_in(record),
            (Self::Version(id), _) => record.versions.contains(id),
            (Self::Bool(wanted), Datum::Bool(found)) => *wanted == found,
            (Self::Number(span), Datum::Number(found) | Datum::Quoted(found)) => {
                span.contains(&found)
            }
            (Self::Stamp(span), Datum::Stamp(found)) => span.contains(&found),
            (Self::Moment(span), Datum::Moment(found)) => span.contains(&found),
            (check, Datum::Text(found)) => check.meets_text(&found),
            _ => false,
        }
    }

    fn meets_text(&self, found: &str) -> bool {
        match self {
            Self::Text(pattern) => pattern.matches(found),
            Self::TextRange(span) => span.contains(&found.to_owned()),
            Self::Folded(wanted) => found.to_lowercase() == *wanted,
            Self::Words(words) => words.are_in(found),
            Self::Owner(wanted) => fold_owner(found).as_ref() == Some(wanted),
            _ => false,
        }
    }
}

fn exact(given: Given) -> Check {
    match given {
        Given::Word(pattern) => Check::Text(pattern),
        Given::Quoted(text) => Check::Text(Pattern::literal(&text)),
        Given::Range(from, to) => Check::TextRange((from, to)),
    }
}

fn text_check(given: Given) -> Result<Check, Refusal> {
    match given {
        Given::Word(pattern) => Ok(Check::Words(Words::word(&pattern))),
        Given::Quoted(text) => Ok(Check::Words(Words::phrase(&text))),
        Given::Range(..) => Err(Refusal::invalid("A range needs a property")),
    }
}

fn read(kind: Kind, given: Given, me: &str) -> Option<Check> {
    match kind {
        Kind::Number => Some(Check::Number(span(given, |text| text.parse().ok())?)),
        Kind::Stamp => Some(Check::Stamp(span(given, |text| text.parse().ok())?)),
        Kind::Moment => Some(Check::Moment(span(given, |text| moments::read(text).ok())?)),
        Kind::Exact | Kind::Words => None,
        kind => {
            let text = single(given)?;
            Some(match kind {
                Kind::Bool => Check::Bool(truth(&text)?),
                Kind::Version => Check::Version(text.parse().ok()?),
                Kind::Owner => Check::Owner(owner(&text, me)?),
                Kind::Grant => Check::Grant(Wanted::read(&text, me)?),
                _ => Check::Folded(text.to_lowercase()),
            })
        }
    }
}

fn single(given: Given) -> Option<String> {
    match given {
        Given::Word(pattern) => Some(pattern.text()),
        Given::Quoted(text) => Some(text),
        Given::Range(..) => None,
    }
}

fn span<T: Clone>(given: Given, read: impl Fn(&str) -> Option<T>) -> Option<Span<T>> {
    let bound = |bound: Bound<String>| {
        Some(match bound {
            Bound::Included(text) => Bound::Included(read(&text)?),
            Bound::Excluded(text) => Bound::Excluded(read(&text)?),
            Bound::Unbounded => Bound::Unbounded,
        })
    };
    if let Given::Range(from, to) = given {
        return Some((bound(from)?, bound(to)?));
    }
    let value = read(&single(given)?)?;
    Some((Bound::Included(value.clone()), Bound::Included(value)))
}

/// The documentation writes `index:1` as well as `hold:true`.
fn truth(text: &str) -> Option<bool> {
    match text {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// `USER` alone is whoever asks. Location and name may be in any case.
fn owner(text: &str, me: &str) -> Option<String> {
    match text {
        "USER" => fold_owner(&format!("USER,{me}")),
        "nobody" => Some(text.to_owned()),
        _ => fold_owner(text),
    }
}

fn fold_owner(text: &str) -> Option<String> {
    let (kind, rest) = text.split_once(',')?;
    let known = matches!(kind, "USER" | "GROUP");
    known.then(|| format!("{kind},{}", rest.to_lowercase()))
}
