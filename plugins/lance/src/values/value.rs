//! One value.

use arrow::array::{Array, ArrayRef, AsArray as _, MapArray, StructArray};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type,
    DecimalType, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow::util::display::array_value_to_string;
use serde_json::{Map, Number, Value, json};

use super::text::decoded;
use super::times;

/// The value of a row; null for whatever has none in JSON, such as what is no number.
pub(super) fn of(array: &dyn Array, row: usize) -> Value {
    if is_null(array, row) {
        return Value::Null;
    }
    whole(array, row)
        .or_else(|| float(array, row).map(number))
        .or_else(|| plain(array, row))
        .or_else(|| times::told(array, row))
        .or_else(|| nested(array, row))
        .unwrap_or_else(|| array_value_to_string(array, row).map_or(Value::Null, Value::String))
}

/// Whether there is no value. Columns without a type, which hold none, do not say so themselves.
pub(super) fn is_null(array: &dyn Array, row: usize) -> bool {
    array.is_null(row) || *array.data_type() == DataType::Null
}

fn primitive<T: ArrowPrimitiveType>(array: &dyn Array, row: usize) -> T::Native {
    array.as_primitive::<T>().value(row)
}

fn whole(array: &dyn Array, row: usize) -> Option<Value> {
    Some(match array.data_type() {
        DataType::Int8 => primitive::<Int8Type>(array, row).into(),
        DataType::Int16 => primitive::<Int16Type>(array, row).into(),
        DataType::Int32 => primitive::<Int32Type>(array, row).into(),
        DataType::Int64 => primitive::<Int64Type>(array, row).into(),
        DataType::UInt8 => primitive::<UInt8Type>(array, row).into(),
        DataType::UInt16 => primitive::<UInt16Type>(array, row).into(),
        DataType::UInt32 => primitive::<UInt32Type>(array, row).into(),
        DataType::UInt64 => primitive::<UInt64Type>(array, row).into(),
        _ => return None,
    })
}

/// A floating-point number.
pub(super) fn float(array: &dyn Array, row: usize) -> Option<f64> {
    Some(match array.data_type() {
        DataType::Float16 => primitive::<Float16Type>(array, row).to_f64(),
        DataType::Float32 => primitive::<Float32Type>(array, row).into(),
        DataType::Float64 => primitive::<Float64Type>(array, row),
        _ => return None,
    })
}

/// JSON has no word for infinity, nor for what is no number.
pub(super) fn number(float: f64) -> Value {
    Number::from_f64(float).map_or(Value::Null, Value::Number)
}

fn plain(array: &dyn Array, row: usize) -> Option<Value> {
    Some(match array.data_type() {
        DataType::Boolean => array.as_boolean().value(row).into(),
        DataType::Utf8 => array.as_string::<i32>().value(row).into(),
        DataType::LargeUtf8 => array.as_string::<i64>().value(row).into(),
        DataType::Utf8View => array.as_string_view().value(row).into(),
        DataType::Decimal32(_, scale) => decimal::<Decimal32Type>(array, row, *scale),
        DataType::Decimal64(_, scale) => decimal::<Decimal64Type>(array, row, *scale),
        DataType::Decimal128(_, scale) => decimal::<Decimal128Type>(array, row, *scale),
        DataType::Decimal256(_, scale) => decimal::<Decimal256Type>(array, row, *scale),
        _ => json!({"size": bytes(array, row)?.len()}),
    })
}

/// Whole where it has no fraction by its type, as front ends had it.
fn decimal<T: DecimalType>(array: &dyn Array, row: usize, scale: i8) -> Value {
    let text = array.as_primitive::<T>().value_as_string(row);
    if scale <= 0
        && let Ok(whole) = text.parse::<i64>()
    {
        return whole.into();
    }
    text.parse().map_or(Value::Null, number)
}

/// A decimal number with all of its digits.
pub(super) fn digits(array: &dyn Array, row: usize) -> Option<String> {
    Some(match array.data_type() {
        DataType::Decimal32(..) => array.as_primitive::<Decimal32Type>().value_as_string(row),
        DataType::Decimal64(..) => array.as_primitive::<Decimal64Type>().value_as_string(row),
        DataType::Decimal128(..) => array.as_primitive::<Decimal128Type>().value_as_string(row),
        DataType::Decimal256(..) => array.as_primitive::<Decimal256Type>().value_as_string(row),
        _ => return None,
    })
}

/// The bytes of a row, where the column holds bytes.
pub(super) fn bytes(array: &dyn Array, row: usize) -> Option<&[u8]> {
    Some(match array.data_type() {
        DataType::Binary => array.as_binary::<i32>().value(row),
        DataType::LargeBinary => array.as_binary::<i64>().value(row),
        DataType::BinaryView => array.as_binary_view().value(row),
        DataType::FixedSizeBinary(_) => array.as_fixed_size_binary().value(row),
        _ => return None,
    })
}

fn nested(array: &dyn Array, row: usize) -> Option<Value> {
    Some(match array.data_type() {
        DataType::Struct(_) => fields(array.as_struct(), row),
        DataType::Map(..) => map(array.as_map(), row),
        DataType::Dictionary(..) => {
            let (values, row) = decoded(array, row)?;
            of(&*values, row)
        }
        _ => list(&*items(array, row)?),
    })
}

/// The items of a row, where the column holds lists.
pub(super) fn items(array: &dyn Array, row: usize) -> Option<ArrayRef> {
    Some(match array.data_type() {
        DataType::List(_) => array.as_list::<i32>().value(row),
        DataType::LargeList(_) => array.as_list::<i64>().value(row),
        DataType::FixedSizeList(..) => array.as_fixed_size_list().value(row),
        DataType::ListView(_) => array.as_list_view::<i32>().value(row),
        DataType::LargeListView(_) => array.as_list_view::<i64>().value(row),
        _ => return None,
    })
}

/// Numbers in lists are floating-point ones, whole or not.
fn list(items: &dyn Array) -> Value {
    let item = |row| match of(items, row) {
        Value::Number(whole) => whole.as_f64().map_or(Value::Null, number),
        other => other,
    };
    (0..items.len()).map(item).collect()
}

fn fields(array: &StructArray, row: usize) -> Value {
    let fields = array.fields().iter().zip(array.columns());
    let pair = |(field, column): (&std::sync::Arc<arrow::datatypes::Field>, &ArrayRef)| {
        (field.name().clone(), of(&**column, row))
    };
    Value::Object(fields.map(pair).collect())
}

fn map(array: &MapArray, row: usize) -> Value {
    let entries = array.value(row);
    let (keys, values) = (entries.column(0), entries.column(1));
    let mut told = Map::new();
    for entry in 0..entries.len() {
        let name = match of(&**keys, entry) {
            Value::String(name) => name,
            other => other.to_string(),
        };
        told.insert(name, of(&**values, entry));
    }
    Value::Object(told)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{
        BinaryArray, Decimal128Array, DictionaryArray, Float32Array, Float64Array, Int64Array,
        ListArray, NullArray, StringArray, UInt64Array,
    };
    use arrow::compute::cast;
    use arrow::datatypes::{Field, Int32Type, Int64Type};

    use super::*;

    #[test]
    fn numbers_texts_and_bytes() {
        let floats = Float64Array::from(vec![Some(0.5), Some(f64::NAN), Some(f64::INFINITY), None]);
        let told: Vec<_> = (0..4).map(|row| of(&floats, row)).collect();
        assert_eq!(told, [json!(0.5), Value::Null, Value::Null, Value::Null]);
        let single = Float32Array::from(vec![0.1]);
        assert_eq!(of(&single, 0), json!(0.100_000_001_490_116_12));
        let half = cast(&single, &DataType::Float16).unwrap();
        assert_eq!(of(&half, 0), json!(0.099_975_585_937_5));
        assert_eq!(of(&UInt64Array::from(vec![u64::MAX]), 0), json!(u64::MAX));
        assert_eq!(of(&Int64Array::from(vec![i64::MIN]), 0), json!(i64::MIN));
        assert_eq!(of(&StringArray::from(vec!["å"]), 0), json!("å"));
        let bytes = BinaryArray::from(vec![Some(&b"abc"[..]), None]);
        assert_eq!(of(&bytes, 0), json!({"size": 3}));
        assert_eq!(of(&bytes, 1), Value::Null);
        assert_eq!(of(&NullArray::new(1), 0), Value::Null);
    }

    #[test]
    fn decimals_are_numbers() {
        let decimal = |value, scale| {
            let array = Decimal128Array::from(vec![value]);
            of(&array.with_precision_and_scale(20, scale).unwrap(), 0)
        };
        assert_eq!(decimal(1250, 2), json!(12.5));
        assert_eq!(decimal(7, 0), json!(7));
    }

    #[test]
    fn lists_structs_and_dictionaries_are_gone_into() {
        let whole = [Some(vec![Some(1), None, Some(2)]), None];
        let whole = ListArray::from_iter_primitive::<Int64Type, _, _>(whole);
        assert_eq!(of(&whole, 0), json!([1.0, null, 2.0]));
        assert_eq!(of(&whole, 1), Value::Null);
        let words: DictionaryArray<Int32Type> = [Some("a"), None, Some("b")].into_iter().collect();
        assert_eq!(of(&words, 2), json!("b"));
        assert_eq!(of(&words, 1), Value::Null);
        let field = Arc::new(Field::new("n", DataType::Int64, true));
        let inner: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None]));
        let both = StructArray::from(vec![(field, inner)]);
        assert_eq!(of(&both, 0), json!({"n": 1}));
        assert_eq!(of(&both, 1), json!({"n": null}));
    }
}
