//! What types are called, in Arrow's own words as its C++ and Python libraries write them.

use arrow::datatypes::{DataType, Field, IntervalUnit, TimeUnit};

/// The name of a type, such as `fixed_size_list<item: float>[3]`.
pub(crate) fn name(kind: &DataType) -> String {
    plain(kind).map_or_else(|| composed(kind), str::to_owned)
}

fn plain(kind: &DataType) -> Option<&'static str> {
    Some(match kind {
        DataType::Null => "null",
        DataType::Boolean => "bool",
        DataType::Int8 => "int8",
        DataType::Int16 => "int16",
        DataType::Int32 => "int32",
        DataType::Int64 => "int64",
        DataType::UInt8 => "uint8",
        DataType::UInt16 => "uint16",
        DataType::UInt32 => "uint32",
        DataType::UInt64 => "uint64",
        DataType::Float16 => "halffloat",
        DataType::Float32 => "float",
        DataType::Float64 => "double",
        DataType::Utf8 => "string",
        DataType::LargeUtf8 => "large_string",
        DataType::Utf8View => "string_view",
        DataType::Binary => "binary",
        DataType::LargeBinary => "large_binary",
        DataType::BinaryView => "binary_view",
        DataType::Date32 => "date32[day]",
        DataType::Date64 => "date64[ms]",
        DataType::Interval(IntervalUnit::YearMonth) => "month_interval",
        DataType::Interval(IntervalUnit::DayTime) => "day_time_interval",
        DataType::Interval(IntervalUnit::MonthDayNano) => "month_day_nano_interval",
        _ => return None,
    })
}

fn composed(kind: &DataType) -> String {
    match kind {
        DataType::FixedSizeBinary(length) => format!("fixed_size_binary[{length}]"),
        DataType::Time32(part) => format!("time32[{}]", unit(*part)),
        DataType::Time64(part) => format!("time64[{}]", unit(*part)),
        DataType::Duration(part) => format!("duration[{}]", unit(*part)),
        DataType::Timestamp(part, None) => format!("timestamp[{}]", unit(*part)),
        DataType::Timestamp(part, Some(zone)) => format!("timestamp[{}, tz={zone}]", unit(*part)),
        DataType::Decimal32(digits, scale) => format!("decimal32({digits}, {scale})"),
        DataType::Decimal64(digits, scale) => format!("decimal64({digits}, {scale})"),
        DataType::Decimal128(digits, scale) => format!("decimal128({digits}, {scale})"),
        DataType::Decimal256(digits, scale) => format!("decimal256({digits}, {scale})"),
        DataType::List(item) => format!("list<{}>", field(item)),
        DataType::LargeList(item) => format!("large_list<{}>", field(item)),
        DataType::ListView(item) => format!("list_view<{}>", field(item)),
        DataType::LargeListView(item) => format!("large_list_view<{}>", field(item)),
        DataType::FixedSizeList(item, length) => {
            format!("fixed_size_list<{}>[{length}]", field(item))
        }
        DataType::Struct(fields) => {
            let fields: Vec<_> = fields.iter().map(|each| field(each)).collect();
            format!("struct<{}>", fields.join(", "))
        }
        DataType::Map(entries, sorted) => map(entries, *sorted),
        DataType::Dictionary(indices, values) => {
            let (indices, values) = (name(indices), name(values));
            format!("dictionary<values={values}, indices={indices}, ordered=0>")
        }
        other => other.to_string(),
    }
}

fn field(field: &Field) -> String {
    let null = if field.is_nullable() { "" } else { " not null" };
    format!("{}: {}{null}", field.name(), name(field.data_type()))
}

fn map(entries: &Field, sorted: bool) -> String {
    let DataType::Struct(fields) = entries.data_type() else {
        return entries.data_type().to_string();
    };
    let kinds: Vec<_> = fields.iter().map(|each| name(each.data_type())).collect();
    let sorted = if sorted { ", keys_sorted" } else { "" };
    format!("map<{}{sorted}>", kinds.join(", "))
}

fn unit(unit: TimeUnit) -> &'static str {
    match unit {
        TimeUnit::Second => "s",
        TimeUnit::Millisecond => "ms",
        TimeUnit::Microsecond => "us",
        TimeUnit::Nanosecond => "ns",
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn names_are_those_that_python_knows() {
        let item = |kind| Arc::new(Field::new_list_field(kind, true));
        for (kind, text) in [
            (DataType::Float32, "float"),
            (
                DataType::FixedSizeList(item(DataType::Float32), 384),
                "fixed_size_list<item: float>[384]",
            ),
            (DataType::List(item(DataType::Utf8)), "list<item: string>"),
            (
                DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
                "timestamp[us, tz=UTC]",
            ),
            (DataType::Decimal128(10, 2), "decimal128(10, 2)"),
            (
                DataType::Struct(
                    [Field::new("a", DataType::Int64, false)]
                        .into_iter()
                        .collect(),
                ),
                "struct<a: int64 not null>",
            ),
            (
                DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
                "dictionary<values=string, indices=int32, ordered=0>",
            ),
        ] {
            assert_eq!(name(&kind), text);
        }
    }
}
