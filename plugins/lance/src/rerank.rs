//! How hybrid search weighs what vectors and words have found: as `LanceDB`'s client for Python does, so that
//! results are the same.
//!
//! The crate of `LanceDB` normalises otherwise where scores are close together, and reads all columns of all
//! that either side has found before a page is cut out.

use std::cmp::Ordering;
use std::collections::HashMap;

use arrow::array::{AsArray as _, Float64Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float32Type};
use portico_sdk::{Error, Reason};

/// `RRFReranker`'s `K`: the larger, the less the first ranks stand out.
const RANKS: u32 = 60;

/// A row, and how near or how fitting it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scored {
    /// As Lance numbers rows: `_rowid`.
    pub(crate) row: u64,
    pub(crate) score: f32,
}

/// `LinearCombinationReranker`: the weight is that of the vectors, words have the rest; between 0 and 1.
pub(crate) fn weighed(weight: f64, near: &[Scored], said: &[Scored]) -> Result<Vec<Scored>, Error> {
    let (near, said) = (normal(near), normal(said));
    let alone = |only: &[Scored], score: fn(f64) -> f64| {
        let scores = only.iter().map(|each| (each.row, score(each.score.into())));
        rounded(scores.collect())
    };
    match (near.is_empty(), said.is_empty()) {
        (true, _) => alone(&said, |score| score),
        (_, true) => alone(&near, |distance| 1.0 - distance),
        _ => Ok(sorted(rounded(both(weight, &near, &said))?)),
    }
}

/// One for each row: those of vectors first, then those that only words have found.
fn both(weight: f64, near: &[Scored], said: &[Scored]) -> Vec<(u64, f64)> {
    let score = |each: &Scored| (each.row, f64::from(each.score));
    let by_words: HashMap<_, _> = said.iter().map(score).collect();
    let by_vectors: HashMap<_, _> = near.iter().map(score).collect();
    let combined = |near: f64, said: f64| weight * near + (1.0 - weight) * said;
    let found = near.iter().map(score).map(|(row, distance)| {
        let said = by_words.get(&row).copied().unwrap_or(0.0);
        (row, combined(1.0 - distance, said))
    });
    let only = said.iter().map(score);
    let only = only.filter(|(row, _)| !by_vectors.contains_key(row));
    let only = only.map(|(row, said)| (row, combined(0.0, said)));
    found.chain(only).collect()
}

/// `RRFReranker`: the ranks on both sides decide.
pub(crate) fn ranked(near: &[Scored], said: &[Scored]) -> Result<Vec<Scored>, Error> {
    let mut scores: HashMap<u64, f64> = HashMap::new();
    let mut order = Vec::new();
    for side in [near, said] {
        for (each, rank) in side.iter().zip(RANKS + 1..) {
            let score = scores.entry(each.row).or_insert_with(|| {
                order.push(each.row);
                0.0
            });
            *score += 1.0 / f64::from(rank);
        }
    }
    let scores = order.iter().map(|row| (*row, scores[row]));
    Ok(sorted(rounded(scores.collect())?))
}

/// Between 0 and 1, unless all are one.
fn normal(side: &[Scored]) -> Vec<Scored> {
    let scores = || side.iter().map(|each| each.score);
    let least = scores().fold(f32::INFINITY, f32::min);
    let range = scores().fold(f32::NEG_INFINITY, f32::max) - least;
    let normal = |each: &Scored| {
        let above = each.score - least;
        let score = if range == 0.0 { above } else { above / range };
        Scored { score, ..*each }
    };
    side.iter().map(normal).collect()
}

/// The scores in the width in which they are told, and compared.
fn rounded(scores: Vec<(u64, f64)>) -> Result<Vec<Scored>, Error> {
    let (rows, scores): (Vec<u64>, Vec<f64>) = scores.into_iter().unzip();
    let narrow = cast(&Float64Array::from(scores), &DataType::Float32);
    let narrow = narrow.map_err(|error| Error::new(Reason::InternalError).because(error))?;
    let scores = narrow.as_primitive::<Float32Type>().values().iter();
    let pairs = rows.into_iter().zip(scores.copied());
    Ok(pairs.map(|(row, score)| Scored { row, score }).collect())
}

/// The most relevant first; equals stay in order, and what is no number comes last.
fn sorted(mut rows: Vec<Scored>) -> Vec<Scored> {
    let order = |one: f32, other: f32| match one.is_nan().cmp(&other.is_nan()) {
        Ordering::Equal => other.partial_cmp(&one).unwrap_or(Ordering::Equal),
        unequal => unequal,
    };
    rows.sort_by(|one, other| order(one.score, other.score));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(rows: &[(u64, f32)]) -> Vec<Scored> {
        let scored = rows.iter().map(|&(row, score)| Scored { row, score });
        scored.collect()
    }

    fn told(rows: Result<Vec<Scored>, Error>) -> Vec<(u64, f32)> {
        let rows = rows.unwrap();
        rows.iter().map(|each| (each.row, each.score)).collect()
    }

    #[test]
    fn the_weight_is_that_of_vectors() {
        let (near, said) = (side(&[(1, 0.5), (2, 2.5)]), side(&[(2, 3.0), (3, 2.0)]));
        let told = |weight| told(weighed(weight, &near, &said));
        assert_eq!(told(1.0), [(1, 1.0), (2, 0.0), (3, 0.0)]);
        assert_eq!(told(0.0), [(2, 1.0), (1, 0.0), (3, 0.0)]);
        assert_eq!(told(0.25), [(2, 0.75), (1, 0.25), (3, 0.0)]);
    }

    #[test]
    fn one_side_alone_speaks_for_itself() {
        let told = |near: &[_], said: &[_]| told(weighed(0.3, &side(near), &side(said)));
        assert_eq!(told(&[], &[(3, 4.0), (1, 2.0)]), [(3, 1.0), (1, 0.0)]);
        assert_eq!(told(&[(1, 0.25), (5, 0.5)], &[]), [(1, 1.0), (5, 0.0)]);
        assert_eq!(told(&[], &[(3, 4.0)]), [(3, 0.0)]);
        assert!(told(&[], &[]).is_empty());
    }

    #[test]
    fn scores_that_are_close_are_still_apart() {
        let near = side(&[(1, 0.5), (2, 0.500_01)]);
        let said = side(&[(2, 1.0), (1, 1.0)]);
        assert_eq!(told(weighed(0.5, &near, &said)), [(1, 0.5), (2, 0.0)]);
    }

    #[test]
    fn without_a_weight_ranks_decide() {
        let (near, said) = (side(&[(1, 0.0), (2, 1.0)]), side(&[(2, 9.0), (3, 1.0)]));
        let rows: Vec<_> = told(ranked(&near, &said))
            .iter()
            .map(|each| each.0)
            .collect();
        assert_eq!(rows, [2, 1, 3]);
        let first = told(ranked(&near, &said))[0].1;
        assert!((first - (1.0 / 62.0 + 1.0 / 61.0)).abs() < 1e-6, "{first}");
    }

    #[test]
    fn what_is_no_number_comes_last() {
        let rows = sorted(side(&[(1, f32::NAN), (2, 0.5), (3, 1.0)]));
        let rows: Vec<_> = rows.iter().map(|each| each.row).collect();
        assert_eq!(rows, [3, 2, 1]);
    }
}
