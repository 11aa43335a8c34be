//! Finding rows: their numbers and scores, and nothing else of them.

use arrow::array::{AsArray as _, RecordBatch};
use arrow::datatypes::{Float32Type, UInt64Type};
use lance_index::scalar::inverted::query::PhraseQuery;
use lancedb::Table;
use lancedb::index::scalar::FullTextSearchQuery;
use lancedb::query::{ExecutableQuery, QueryBase, Select};
use portico_sdk::{Error, Reason};

use super::question::Question;
use crate::failure::failure;
use crate::gather::gather;
use crate::rerank::Scored;

/// The names of Lance for its own columns.
pub(super) const DISTANCE: &str = "_distance";
pub(super) const SCORE: &str = "_score";
const ROW: &str = "_rowid";
/// What cannot be done, in refusals.
const DOING: &str = "search";

/// One kind of search in a table. It is `LanceDB` that asks Lance, as its clients have it: distances by cosine
/// that an index gives are twice too large otherwise.
#[derive(Clone, Copy)]
pub(super) struct Leg<'a> {
    pub(super) table: &'a Table,
    pub(super) asked: &'a Question,
    pub(super) limit: usize,
    pub(super) offset: usize,
    pub(super) memory: u64,
}

impl Leg<'_> {
    /// Rows with some words, the best first; with words in quotes, those that have them next to each other.
    pub(super) async fn said(self, words: &str) -> Result<Vec<Scored>, Error> {
        let phrase = words
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'));
        let words = match phrase {
            Some(phrase) => FullTextSearchQuery::new_query(PhraseQuery::new(phrase.into()).into()),
            None => FullTextSearchQuery::new(words.to_owned()),
        };
        let query = self.table.query().full_text_search(words);
        self.found(query, SCORE).await
    }

    /// Rows near a vector, the nearest first.
    pub(super) async fn near(self, vector: &[f32]) -> Result<Vec<Scored>, Error> {
        let failed = |error| failure(error, DOING);
        let query = self.table.query().nearest_to(vector).map_err(failed)?;
        let query = match &self.asked.column {
            Some(column) => query.column(column),
            None => query,
        };
        let query = match self.asked.nprobes {
            Some(probes) => query.nprobes(probes).map_err(failed)?,
            None => query,
        };
        let query = match self.asked.refine_factor {
            Some(factor) => query.refine_factor(factor),
            None => query,
        };
        self.found(query, DISTANCE).await
    }

    async fn found<Q>(self, query: Q, score: &'static str) -> Result<Vec<Scored>, Error>
    where
        Q: QueryBase + ExecutableQuery,
    {
        let query = match &self.asked.filter {
            Some(filter) => query.only_if(filter),
            None => query,
        };
        // What somebody writes past the table's own files has no numbers yet; `rows` does not show it either.
        let query = query.use_rte(false).with_row_id();
        let query = query.select(Select::columns(&[score]));
        let query = query.limit(self.limit).offset(self.offset);
        let stream = query.execute().await;
        let stream = stream.map_err(|error| failure(error, DOING))?;
        let found = gather(stream, self.memory, DOING).await?;
        let scored = found.batches.iter().map(|batch| scored(batch, score));
        let scored: Option<Vec<_>> = scored.collect();
        let missing = || Error::new(Reason::InternalError);
        Ok(scored.ok_or_else(missing)?.concat())
    }
}

/// The numbers of rows and their scores, in order.
fn scored(batch: &RecordBatch, score: &str) -> Option<Vec<Scored>> {
    let rows = batch.column_by_name(ROW)?;
    let rows = rows.as_primitive_opt::<UInt64Type>()?.values().iter();
    let scores = batch.column_by_name(score)?;
    let scores = scores.as_primitive_opt::<Float32Type>()?.iter();
    let scores = scores.map(|score| score.unwrap_or(f32::NAN));
    let pairs = rows.copied().zip(scores);
    Some(pairs.map(|(row, score)| Scored { row, score }).collect())
}
