//! Facets: how often each value of a property occurs among the objects found.

use std::collections::BTreeMap;

use super::record::Record;
use super::refusal::Refusal;

/// How many values a facet tells.
const MOST: usize = 100;

/// A property whose values are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Facet {
    Hold,
    Namespace,
    Retention,
    RetentionClass,
}

/// Reads a comma list. Content properties, which may have ranges, the simulator has none of.
pub(super) fn read(list: &str) -> Result<Vec<Facet>, Refusal> {
    let names = list.split(',').map(str::trim);
    let names = names.filter(|name| !name.is_empty());
    let facets = names.map(|name| match name {
        "hold" => Ok(Facet::Hold),
        "namespace" => Ok(Facet::Namespace),
        "retention" => Ok(Facet::Retention),
        "retentionClass" => Ok(Facet::RetentionClass),
        other => Err(Refusal::invalid(format!("Invalid facet: {other}"))),
    });
    facets.collect()
}

impl Facet {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Namespace => "namespace",
            Self::Retention => "retention",
            Self::RetentionClass => "retentionClass",
        }
    }

    /// Nothing the simulator stores is held, retained or in a class.
    fn value(self, record: &Record) -> Option<String> {
        match self {
            Self::Hold => Some("false".to_owned()),
            Self::Namespace => Some(record.home.namespace()),
            Self::Retention => Some("expired".to_owned()),
            Self::RetentionClass => None,
        }
    }

    /// The values that occur, most frequent first.
    pub(super) fn count<'r>(
        self,
        records: impl Iterator<Item = &'r Record>,
    ) -> Vec<(String, usize)> {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for value in records.filter_map(|record| self.value(record)) {
            *counts.entry(value).or_default() += 1;
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        counts.truncate(MOST);
        counts
    }
}
