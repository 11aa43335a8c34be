//! The language of object queries: criteria, joined as Lucene joins them.

mod check;
mod grants;
mod parser;
mod pattern;
#[cfg(test)]
mod tests;
mod words;

use self::check::Check;
use super::properties::Property;
use super::record::Record;

pub(super) use self::parser::parse;

/// A query, understood.
#[derive(Debug)]
pub(super) enum Expression {
    /// `*:*`
    All,
    Criterion(Criterion),
    Clauses(Vec<Clause>),
}

/// One condition, on a property or on the text of path and custom metadata.
#[derive(Debug)]
pub(super) struct Criterion {
    property: Option<&'static Property>,
    check: Check,
}

/// An expression among others, and what it has to say.
#[derive(Debug)]
pub(super) struct Clause {
    occur: Occur,
    expression: Expression,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Occur {
    Should,
    Must,
    MustNot,
}

impl Expression {
    /// How many criteria the record meets, if it is found at all.
    pub(super) fn score(&self, record: &Record) -> Option<u32> {
        match self {
            Self::All => Some(1),
            Self::Criterion(criterion) => criterion.meets(record).then_some(1),
            Self::Clauses(clauses) => score(clauses, record),
        }
    }

    /// Whether the query speaks of this property.
    pub(super) fn mentions(&self, name: &str) -> bool {
        match self {
            Self::All => false,
            Self::Criterion(criterion) => criterion.property.is_some_and(|p| p.name == name),
            Self::Clauses(clauses) => clauses.iter().any(|c| c.expression.mentions(name)),
        }
    }
}

impl Criterion {
    fn meets(&self, record: &Record) -> bool {
        self.check.meets(self.property, record)
    }
}

/// One of the optional criteria is enough where none is required; where all are forbidden, the
/// rest of the world is meant.
fn score(clauses: &[Clause], record: &Record) -> Option<u32> {
    let (mut total, mut met) = (0, false);
    for clause in clauses {
        let score = clause.expression.score(record);
        match (clause.occur, score) {
            (Occur::MustNot, Some(_)) | (Occur::Must, None) => return None,
            (Occur::MustNot | Occur::Should, None) => {}
            (Occur::Must | Occur::Should, Some(score)) => {
                met = true;
                total += score;
            }
        }
    }
    let only_forbids = clauses.iter().all(|clause| clause.occur == Occur::MustNot);
    (met || only_forbids).then_some(total)
}
