//! What rows take as JSON before they are written: a value of one bit takes as much as any other.

use arrow::array::{Array, AsArray as _, RecordBatch};
use arrow::datatypes::{DataType, Field};
use serde_json::Value;

use super::vector::{TOLD, is_vector};
use crate::gather::items;

/// What any value takes.
const VALUE: usize = size_of::<Value>();
/// What a text takes beside its letters, which are in the rows already.
const TEXT: usize = 48;
/// What an object takes before its first field: it begins with room for some.
const OBJECT: usize = 4 * FIELD;
/// What a field of an object takes beside its name and its value.
const FIELD: usize = size_of::<String>() + 3 * size_of::<usize>();
/// What is told of a vector, beside its first numbers.
const FIGURES: usize = 8;

/// The bytes of the rows of a batch as JSON, without the letters of texts.
pub(super) fn of(batch: &RecordBatch) -> usize {
    let fields = batch.schema_ref().fields().iter();
    let columns = fields.zip(batch.columns());
    let columns = columns.map(|(field, column)| column_of(field, &**column));
    all(columns).saturating_add(batch.num_rows().saturating_mul(VALUE + OBJECT))
}

/// A column of a batch, with its name in every row.
fn column_of(field: &Field, column: &dyn Array) -> usize {
    let values = if is_vector(field.data_type()) {
        let each = TOLD * VALUE + FIGURES * (VALUE + FIELD);
        column.len().saturating_mul(each)
    } else {
        array(column)
    };
    named(field, column.len()).saturating_add(values)
}

fn named(field: &Field, rows: usize) -> usize {
    rows.saturating_mul(FIELD + field.name().len())
}

/// The values of an array, one for each of its rows.
pub(super) fn array(array: &dyn Array) -> usize {
    let each = |bytes: usize| array.len().saturating_mul(bytes);
    if let Some(items) = items(array) {
        return each(VALUE).saturating_add(self::array(&*items));
    }
    let DataType::Struct(fields) = array.data_type() else {
        return each(leaf(array.data_type()));
    };
    let columns = fields.iter().zip(array.as_struct().columns());
    let columns = columns
        .map(|(field, column)| named(field, column.len()).saturating_add(self::array(&**column)));
    each(VALUE + OBJECT).saturating_add(all(columns))
}

/// A value with nothing in it.
fn leaf(kind: &DataType) -> usize {
    match kind {
        DataType::Dictionary(_, kind) => leaf(kind),
        DataType::Boolean | DataType::Null => VALUE,
        kind if kind.is_numeric() => VALUE,
        // Of bytes their length is told, in an object.
        kind if kind.is_binary() => 2 * VALUE + OBJECT + TEXT,
        // Tables hold none of these that is left.
        kind if kind.is_nested() => usize::MAX,
        _ => VALUE + TEXT,
    }
}

fn all(sizes: impl Iterator<Item = usize>) -> usize {
    sizes.fold(0, usize::saturating_add)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, BooleanArray, FixedSizeListArray, Int64Array, ListArray};
    use arrow::buffer::OffsetBuffer;
    use arrow::datatypes::Float32Type;

    use super::*;

    fn bits(count: usize) -> ArrayRef {
        let field = Arc::new(Field::new_list_field(DataType::Boolean, true));
        let items: ArrayRef = Arc::new(BooleanArray::from(vec![true; count]));
        let half = OffsetBuffer::from_lengths([count / 2, count / 2]);
        Arc::new(ListArray::new(field, half, items, None))
    }

    fn batch(column: ArrayRef) -> RecordBatch {
        RecordBatch::try_from_iter([("column", column)]).unwrap()
    }

    #[test]
    fn a_bit_takes_as_much_as_any_value() {
        let whole = batch(bits(100_000));
        assert!(of(&whole) > 100_000 * VALUE);
        assert!((50_000 * VALUE..60_000 * VALUE).contains(&of(&whole.slice(1, 1))));
        assert!(of(&batch(Arc::new(Int64Array::from(vec![7; 10])))) > 10 * VALUE);
    }

    #[test]
    fn of_a_vector_only_the_first_numbers_count() {
        let long = [Some(vec![Some(0.5); 10_000])];
        let long = FixedSizeListArray::from_iter_primitive::<Float32Type, _, _>(long, 10_000);
        let long: ArrayRef = Arc::new(long);
        assert!(array(&*long) > 10_000 * VALUE);
        assert!(of(&batch(long)) < 100 * VALUE);
    }

    #[test]
    fn what_is_counted_is_at_least_what_is_there() {
        let batch = batch(bits(1000));
        let told = super::super::told(&batch);
        let there: usize = told.iter().map(values).sum();
        assert!(of(&batch) >= there * VALUE, "{there}");
    }

    fn values(value: &Value) -> usize {
        1 + match value {
            Value::Array(items) => items.iter().map(values).sum(),
            Value::Object(fields) => fields.values().map(values).sum(),
            _ => 0,
        }
    }
}
