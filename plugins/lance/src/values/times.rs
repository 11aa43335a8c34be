//! Dates, times and lengths of time, written as Python writes them.

use arrow::array::timezone::Tz;
use arrow::array::{Array, ArrowPrimitiveType, AsArray as _};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, Date64Type, DurationMicrosecondType, DurationMillisecondType,
    DurationNanosecondType, DurationSecondType, Int64Type, Time32MillisecondType, Time32SecondType,
    Time64MicrosecondType, Time64NanosecondType, TimeUnit, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
};
use arrow::temporal_conversions::{as_date, as_datetime, as_datetime_with_timezone, as_time};
use serde_json::Value;

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// The value of a row that is a time of some kind.
pub(super) fn told(array: &dyn Array, row: usize) -> Option<Value> {
    use TimeUnit::{Microsecond, Millisecond, Nanosecond, Second};
    let text = match array.data_type() {
        DataType::Date32 => date::<Date32Type>(array, row),
        DataType::Date64 => date::<Date64Type>(array, row),
        DataType::Time32(Second) => time::<Time32SecondType>(array, row),
        DataType::Time32(_) => time::<Time32MillisecondType>(array, row),
        DataType::Time64(Microsecond) => time::<Time64MicrosecondType>(array, row),
        DataType::Time64(_) => time::<Time64NanosecondType>(array, row),
        DataType::Timestamp(unit, zone) => {
            let zone = zone.as_deref();
            match unit {
                Second => moment::<TimestampSecondType>(array, row, zone),
                Millisecond => moment::<TimestampMillisecondType>(array, row, zone),
                Microsecond => moment::<TimestampMicrosecondType>(array, row, zone),
                Nanosecond => moment::<TimestampNanosecondType>(array, row, zone),
            }
        }
        DataType::Duration(unit) => Some(length(micros(array, row, *unit))),
        _ => return None,
    };
    text.map(Value::String).or_else(|| number(array, row))
}

/// The number that stands for what no calendar has.
fn number(array: &dyn Array, row: usize) -> Option<Value> {
    let data = array.slice(row, 1);
    let kind = match array.data_type().primitive_width()? {
        4 => DataType::Int32,
        _ => DataType::Int64,
    };
    let number = cast(&data, &kind).and_then(|number| cast(&number, &DataType::Int64));
    let number = number.ok()?;
    Some(number.as_primitive::<Int64Type>().value(0).into())
}

fn raw<T: ArrowPrimitiveType>(array: &dyn Array, row: usize) -> T::Native {
    array.as_primitive::<T>().value(row)
}

fn date<T: ArrowPrimitiveType<Native: Into<i64>>>(array: &dyn Array, row: usize) -> Option<String> {
    let date = as_date::<T>(raw::<T>(array, row).into())?;
    Some(date.format("%Y-%m-%d").to_string())
}

fn time<T: ArrowPrimitiveType<Native: Into<i64>>>(array: &dyn Array, row: usize) -> Option<String> {
    let time = as_time::<T>(raw::<T>(array, row).into())?;
    let fraction = fraction(&time.format("%9f").to_string());
    Some(format!("{}{fraction}", time.format("%H:%M:%S")))
}

fn moment<T: ArrowPrimitiveType<Native = i64>>(
    array: &dyn Array,
    row: usize,
    zone: Option<&str>,
) -> Option<String> {
    const SECONDS: &str = "%Y-%m-%dT%H:%M:%S";
    let value = raw::<T>(array, row);
    let Some(zone) = zone else {
        let moment = as_datetime::<T>(value)?;
        let fraction = fraction(&moment.format("%9f").to_string());
        return Some(format!("{}{fraction}", moment.format(SECONDS)));
    };
    // Of a zone that nobody knows the moment is known all the same.
    let zone: Tz = zone.parse().or_else(|_| "UTC".parse()).ok()?;
    let moment = as_datetime_with_timezone::<T>(value, zone)?;
    let fraction = fraction(&moment.format("%9f").to_string());
    Some(format!(
        "{}{fraction}{}",
        moment.format(SECONDS),
        moment.format("%:z")
    ))
}

/// The part of a second: none, six digits, or nine where six do not hold it.
fn fraction(nanos: &str) -> String {
    match (nanos.trim_end_matches('0'), nanos.strip_suffix("000")) {
        ("", _) => String::new(),
        (_, Some(micros)) => format!(".{micros}"),
        _ => format!(".{nanos}"),
    }
}

fn micros(array: &dyn Array, row: usize, unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Second => raw::<DurationSecondType>(array, row).saturating_mul(1_000_000),
        TimeUnit::Millisecond => raw::<DurationMillisecondType>(array, row).saturating_mul(1000),
        TimeUnit::Microsecond => raw::<DurationMicrosecondType>(array, row),
        TimeUnit::Nanosecond => raw::<DurationNanosecondType>(array, row).div_euclid(1000),
    }
}

/// Python's `str` of a `timedelta`: `2:30:00`, `1 day, 0:00:00.5`.
fn length(micros: i64) -> String {
    let (days, rest) = (micros.div_euclid(DAY), micros.rem_euclid(DAY));
    let (seconds, part) = (rest / 1_000_000, rest % 1_000_000);
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    let days = match days {
        0 => String::new(),
        1 | -1 => format!("{days} day, "),
        _ => format!("{days} days, "),
    };
    let part = match part {
        0 => String::new(),
        part => format!(".{part:06}"),
    };
    format!("{days}{hours}:{minutes:02}:{:02}{part}", seconds % 60)
}

#[cfg(test)]
mod tests {
    use arrow::array::{
        Date32Array, DurationMicrosecondArray, Time64MicrosecondArray, TimestampMicrosecondArray,
        TimestampNanosecondArray,
    };

    use super::*;

    #[test]
    fn dates_and_times_are_iso() {
        let date = Date32Array::from(vec![19_724, -1]);
        assert_eq!(told(&date, 0).unwrap(), "2024-01-02");
        assert_eq!(told(&date, 1).unwrap(), "1969-12-31");
        let time = Time64MicrosecondArray::from(vec![3_723_000_000, 3_723_000_500]);
        assert_eq!(told(&time, 0).unwrap(), "01:02:03");
        assert_eq!(told(&time, 1).unwrap(), "01:02:03.000500");
    }

    #[test]
    fn what_no_calendar_has_is_a_number() {
        let date = Date32Array::from(vec![i32::MAX]);
        assert_eq!(told(&date, 0).unwrap(), i32::MAX);
        let moment = TimestampMicrosecondArray::from(vec![i64::MAX]);
        assert_eq!(told(&moment, 0).unwrap(), i64::MAX);
        let zoned = TimestampMicrosecondArray::from(vec![0]).with_timezone("Nowhere/None");
        assert_eq!(told(&zoned, 0).unwrap(), "1970-01-01T00:00:00+00:00");
    }

    #[test]
    fn moments_have_the_offset_of_their_zone() {
        let micros = 1_704_164_645_123_456;
        let plain = TimestampMicrosecondArray::from(vec![micros, 0]);
        assert_eq!(told(&plain, 0).unwrap(), "2024-01-02T03:04:05.123456");
        assert_eq!(told(&plain, 1).unwrap(), "1970-01-01T00:00:00");
        for (zone, text) in [
            ("UTC", "2024-01-02T03:04:05.123456+00:00"),
            ("+02:00", "2024-01-02T05:04:05.123456+02:00"),
            ("Europe/Stockholm", "2024-01-02T04:04:05.123456+01:00"),
        ] {
            let zoned = plain.clone().with_timezone(zone);
            assert_eq!(told(&zoned, 0).unwrap(), text, "{zone}");
        }
        let nanos = TimestampNanosecondArray::from(vec![1]);
        assert_eq!(told(&nanos, 0).unwrap(), "1970-01-01T00:00:00.000000001");
    }

    #[test]
    fn lengths_are_pythons() {
        for (micros, text) in [
            (9_000_000_000, "2:30:00"),
            (DAY + 500_000, "1 day, 0:00:00.500000"),
            (-1, "-1 day, 23:59:59.999999"),
            (3 * DAY, "3 days, 0:00:00"),
            (0, "0:00:00"),
        ] {
            let array = DurationMicrosecondArray::from(vec![micros]);
            assert_eq!(told(&array, 0).unwrap(), text);
        }
    }
}
