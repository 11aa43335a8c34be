//! Vectors: lists of floating-point numbers, of which the first are told and some figures.

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::DataType;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::value::{float, items, number};

/// The most numbers of one vector that are told.
pub(super) const TOLD: usize = 32;
/// The most vectors that a preview tells.
const SHOWN: usize = 20;

/// Whether a column holds vectors.
pub(crate) fn is_vector(kind: &DataType) -> bool {
    let (DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _)) =
        kind
    else {
        return false;
    };
    item.data_type().is_floating()
}

/// How many numbers the vectors of a column have, where all have as many.
pub(crate) fn dimension(kind: &DataType) -> Option<i32> {
    match kind {
        DataType::FixedSizeList(_, length) if is_vector(kind) => Some(*length),
        _ => None,
    }
}

/// The numbers of a row; what is null counts as no number.
fn numbers(array: &dyn Array, row: usize) -> Option<Vec<f64>> {
    if array.is_null(row) {
        return None;
    }
    let items: ArrayRef = items(array, row)?;
    let there = |item: &usize| !items.is_null(*item);
    let number = |item| float(&*items, item).unwrap_or(f64::NAN);
    let number = |item| Some(item).filter(there).map_or(f64::NAN, number);
    Some((0..items.len()).map(number).collect())
}

/// Least, greatest and sum of some numbers.
#[derive(Debug, Clone, Copy)]
struct Figures {
    count: u32,
    least: f64,
    greatest: f64,
    sum: f64,
    squares: f64,
}

impl Figures {
    const NONE: Self = Self {
        count: 0,
        least: f64::INFINITY,
        greatest: f64::NEG_INFINITY,
        sum: 0.0,
        squares: 0.0,
    };

    /// With one number more; one that is none makes none of all.
    fn with(self, number: f64) -> Self {
        let is_one = !self.sum.is_nan() && !number.is_nan();
        let either = |pick: f64| if is_one { pick } else { f64::NAN };
        Self {
            count: self.count.saturating_add(1),
            least: either(self.least.min(number)),
            greatest: either(self.greatest.max(number)),
            sum: self.sum + number,
            squares: number.mul_add(number, self.squares),
        }
    }

    fn of(numbers: &[f64]) -> Self {
        numbers.iter().fold(Self::NONE, |all, one| all.with(*one))
    }

    fn mean(&self) -> f64 {
        self.sum / f64::from(self.count)
    }
}

/// A vector of a row.
pub(super) fn told(array: &dyn Array, row: usize) -> Value {
    let Some(numbers) = numbers(array, row) else {
        return Value::Null;
    };
    let figures = Figures::of(&numbers);
    json!({
        "type": "vector",
        "dim": numbers.len(),
        "norm": number(figures.squares.sqrt()),
        "min": number(figures.least),
        "max": number(figures.greatest),
        "mean": number(figures.mean()),
        "preview": sample(&numbers),
    })
}

fn sample(numbers: &[f64]) -> Vec<Value> {
    numbers.iter().take(TOLD).map(|one| number(*one)).collect()
}

/// The first vectors of a column, and what is common to all that were read.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Preview {
    #[schema(required)]
    stats: Option<Stats>,
    preview: Vec<Sample>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Stats {
    /// Vectors read.
    count: usize,
    /// Numbers in the first of them.
    dim: usize,
    #[schema(value_type = Option<f64>, required)]
    min: Value,
    #[schema(value_type = Option<f64>, required)]
    max: Value,
    #[schema(value_type = Option<f64>, required)]
    mean: Value,
}

#[derive(Debug, Serialize, ToSchema)]
struct Sample {
    #[schema(value_type = Option<f64>, required)]
    norm: Value,
    /// The first numbers, 32 at the most.
    #[schema(value_type = Vec<Option<f64>>)]
    sample: Vec<Value>,
}

/// A preview of the vectors in some columns, one after the other.
pub(crate) fn preview<'a>(columns: impl Iterator<Item = &'a dyn Array>) -> Preview {
    let vectors: Vec<_> = columns
        .flat_map(|column| (0..column.len()).filter_map(|row| numbers(column, row)))
        .collect();
    let all = vectors.iter().flatten();
    let all = all.fold(Figures::NONE, |all, one| all.with(*one));
    let stats = vectors.first().map(|first| Stats {
        count: vectors.len(),
        dim: first.len(),
        min: number(all.least),
        max: number(all.greatest),
        mean: number(all.mean()),
    });
    let shown = vectors.iter().take(SHOWN);
    let preview = shown.map(|numbers| Sample {
        norm: number(Figures::of(numbers).squares.sqrt()),
        sample: sample(numbers),
    });
    Preview {
        stats,
        preview: preview.collect(),
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{FixedSizeListArray, ListArray};
    use arrow::datatypes::{Float32Type, Int64Type};

    use super::*;

    fn column(rows: Vec<Option<Vec<Option<f32>>>>, length: i32) -> FixedSizeListArray {
        FixedSizeListArray::from_iter_primitive::<Float32Type, _, _>(rows, length)
    }

    #[test]
    fn a_vector_tells_its_figures_and_its_first_numbers() {
        let long = (0..40).map(|it| Some(if it == 0 { 3.0 } else { 0.0 }));
        let array = column(vec![Some(long.collect()), None], 40);
        let told = told(&array, 0);
        assert_eq!(told["type"], "vector");
        assert_eq!((&told["dim"], &told["norm"]), (&json!(40), &json!(3.0)));
        assert_eq!((&told["min"], &told["max"]), (&json!(0.0), &json!(3.0)));
        assert_eq!(told["mean"], json!(0.075));
        assert_eq!(told["preview"].as_array().unwrap().len(), 32);
        assert_eq!(super::told(&array, 1), Value::Null);
    }

    #[test]
    fn what_is_no_number_is_null() {
        let array = column(vec![Some(vec![Some(f32::NAN), Some(1.0)])], 2);
        let told = told(&array, 0);
        assert_eq!(told["preview"], json!([null, 1.0]));
        assert_eq!((&told["norm"], &told["min"]), (&Value::Null, &Value::Null));
    }

    #[test]
    fn only_lists_of_floats_are_vectors() {
        let array = column(vec![], 4);
        assert!(is_vector(array.data_type()));
        assert_eq!(dimension(array.data_type()), Some(4));
        let whole = ListArray::from_iter_primitive::<Int64Type, _, _>([Some(vec![Some(1)])]);
        assert!(!is_vector(whole.data_type()) && !is_vector(&DataType::Float32));
    }

    #[test]
    fn a_preview_is_of_what_was_read() {
        let rows = (0..25_i16).map(|it| Some(vec![Some(f32::from(it)), Some(1.0)]));
        let rows = rows.chain([None]).collect();
        let array = column(rows, 2);
        let preview = preview([&array as &dyn Array].into_iter());
        let told = serde_json::to_value(preview).unwrap();
        assert_eq!(told["preview"].as_array().unwrap().len(), 20);
        assert_eq!(told["stats"]["count"], 25);
        assert_eq!(
            (&told["stats"]["dim"], &told["stats"]["max"]),
            (&json!(2), &json!(24.0))
        );
        let none = super::preview(std::iter::empty());
        let none = serde_json::to_value(none).unwrap();
        assert_eq!(none, json!({"stats": null, "preview": []}));
    }
}
