//! A value as bytes or a text alone, for whoever asks for one cell.

use arrow::array::{Array, ArrayRef};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use bytes::Bytes;
use serde_json::Value;

use super::value;

/// The bytes of a row, or its text in UTF-8; `None`: it is null.
pub(crate) fn text(array: &dyn Array, row: usize) -> Option<Bytes> {
    if value::is_null(array, row) {
        return None;
    }
    if let Some((values, row)) = decoded(array, row) {
        return text(&*values, row);
    }
    if let Some(bytes) = value::bytes(array, row) {
        return Some(Bytes::copy_from_slice(bytes));
    }
    let number = value::float(array, row).map(number);
    let text = number.or_else(|| value::digits(array, row));
    text.or_else(|| plain(array, row)).map(Bytes::from)
}

/// As Python's `str` writes it; lists and what has fields stay JSON.
fn plain(array: &dyn Array, row: usize) -> Option<String> {
    let text = match value::of(array, row) {
        Value::Null => return None,
        Value::String(text) => text,
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        other => other.to_string(),
    };
    Some(match array.data_type() {
        DataType::Timestamp(..) => text.replacen('T', " ", 1),
        _ => text,
    })
}

/// Python's `repr` of a number: it has the same digits as Rust's, and other exponents.
fn number(float: f64) -> String {
    if float.is_nan() {
        return "nan".to_owned();
    }
    let text = format!("{float:?}");
    match text.split_once('e') {
        None => text,
        Some((digits, exponent)) => match exponent.strip_prefix('-') {
            Some(exponent) => format!("{digits}e-{exponent:0>2}"),
            None => format!("{digits}e+{exponent:0>2}"),
        },
    }
}

/// The value that a row of a dictionary stands for, and its row.
pub(super) fn decoded(array: &dyn Array, row: usize) -> Option<(ArrayRef, usize)> {
    let DataType::Dictionary(_, values) = array.data_type() else {
        return None;
    };
    let one = cast(&array.slice(row, 1), values).ok()?;
    Some((one, 0))
}

#[cfg(test)]
mod tests {
    use arrow::array::{
        BinaryArray, BooleanArray, Decimal128Array, Float64Array, Int64Array, NullArray,
        StringArray, TimestampMicrosecondArray,
    };

    use super::*;

    #[test]
    fn a_cell_is_its_bytes_or_its_text() {
        let told = |array: &dyn Array| text(array, 0).map(|bytes| bytes.to_vec());
        assert_eq!(
            told(&BinaryArray::from(vec![&b"\xff\0"[..]])).unwrap(),
            b"\xff\0"
        );
        assert_eq!(told(&StringArray::from(vec!["å"])).unwrap(), "å".as_bytes());
        assert_eq!(told(&Int64Array::from(vec![-5])).unwrap(), b"-5");
        assert_eq!(told(&BooleanArray::from(vec![true])).unwrap(), b"True");
        assert_eq!(told(&Int64Array::from(vec![None])), None);
        assert_eq!(told(&NullArray::new(1)), None);
        let price = Decimal128Array::from(vec![1250]);
        let price = price.with_precision_and_scale(10, 2).unwrap();
        assert_eq!(told(&price).unwrap(), b"12.50");
        let moment = TimestampMicrosecondArray::from(vec![1_704_164_645_123_456]);
        assert_eq!(told(&moment).unwrap(), b"2024-01-02 03:04:05.123456");
    }

    #[test]
    fn numbers_are_pythons() {
        for (value, told) in [
            (1.5, "1.5"),
            (2.0, "2.0"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (-2.5e300, "-2.5e+300"),
            (0.0001, "0.0001"),
            (0.000_01, "1e-05"),
            (f64::NAN, "nan"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            let array = Float64Array::from(vec![value]);
            assert_eq!(text(&array, 0).unwrap(), told.as_bytes());
        }
    }
}
