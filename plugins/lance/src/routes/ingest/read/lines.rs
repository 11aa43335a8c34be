//! Rows as JSON, a document a line.

mod learn;
mod line;

use std::slice;
use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, AsArray as _, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Float64Type, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::json::reader::ReaderBuilder;
use portico_sdk::Error;

use self::line::{Line, Lines};
use super::taken::{Taken, at_a_time, width};
use super::unusable;
use crate::gather::Rows;

/// Bytes of lines that are read at a time.
const BYTES: usize = 4 << 20;
/// What an item of a list may take where it is null.
const WIDEST: u64 = 4096;

pub(super) async fn rows(bytes: &[u8], table: Option<SchemaRef>, most: u64) -> Result<Rows, Error> {
    let is_read = table.is_none();
    let schema = match table {
        Some(schema) => schema,
        None => learn::schema(Lines::of(bytes)).map_err(unusable)?,
    };
    check_lists(&schema).map_err(unusable)?;
    let at_a_time = at_a_time(&schema, 0, most)?;
    let (mut taken, mut lines) = (Taken::new(most), Lines::of(bytes));
    loop {
        let group = group(&mut lines, at_a_time);
        if group.is_empty() {
            let rows = taken.rows(schema);
            return Some(rows)
                .filter(|rows| rows.count() > 0)
                .ok_or_else(|| unusable(none()));
        }
        let batch = batch(&group, &schema, is_read).map_err(unusable)?;
        taken.push(batch).await?;
    }
}

fn none() -> ArrowError {
    ArrowError::JsonError("there is no row".to_owned())
}

fn group<'a>(lines: &mut Lines<'a>, most: usize) -> Vec<Line<'a>> {
    let (mut group, mut size) = (Vec::new(), 0);
    while group.len() < most && size < BYTES {
        let Some(line) = lines.next() else { break };
        size += line.text.len();
        group.push(line);
    }
    group
}

fn batch(lines: &[Line<'_>], schema: &SchemaRef, is_read: bool) -> Result<RecordBatch, ArrowError> {
    if !is_read {
        // Arrow's own reader knows no end of depth, and no lines.
        lines
            .iter()
            .try_for_each(|line| line.document().map(drop))?;
    }
    decoded(lines, schema).map_err(|error| {
        // Which one it was is looked for only now that there is something to tell.
        let fault = |line: &Line<'_>| {
            let error = decoded(slice::from_ref(line), schema).err()?;
            Some(line.fault(&error))
        };
        lines.iter().find_map(fault).unwrap_or(error)
    })
}

fn decoded(lines: &[Line<'_>], schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let reader = ReaderBuilder::new(Arc::clone(schema));
    let reader = reader.with_batch_size(lines.len()).with_strict_mode(true);
    let mut decoder = reader.build_decoder()?;
    for line in lines {
        decoder.decode(line.text)?;
    }
    let batch = decoder.flush()?.ok_or_else(none)?;
    check_vectors(&batch)?;
    Ok(batch)
}

/// Refuses vectors with gaps, and with numbers that are infinite once they are short.
fn check_vectors(batch: &RecordBatch) -> Result<(), ArrowError> {
    for (field, column) in batch.schema_ref().fields().iter().zip(batch.columns()) {
        let Some(vectors) = column.as_fixed_size_list_opt() else {
            continue;
        };
        let numbers = vectors.values();
        if !numbers.data_type().is_floating() {
            continue;
        }
        let length = usize::try_from(vectors.value_length()).unwrap_or(0);
        let has_gaps = numbers.null_count() != vectors.null_count() * length;
        if has_gaps || !are_finite(numbers)? {
            let words = format!("`{}` holds something else than numbers", field.name());
            return Err(ArrowError::JsonError(words));
        }
    }
    Ok(())
}

fn are_finite(numbers: &ArrayRef) -> Result<bool, ArrowError> {
    let numbers = cast(numbers, &DataType::Float64)?;
    let numbers = numbers.as_primitive::<Float64Type>().values();
    Ok(numbers.iter().all(|number| number.is_finite()))
}

/// Refuses tables in which a null within a list takes very much more than it is long.
fn check_lists(schema: &Schema) -> Result<(), ArrowError> {
    let fields = schema.flattened_fields();
    let is_wide = |field: &&&Field| match field.data_type() {
        DataType::List(item) | DataType::LargeList(item) | DataType::Map(item, _) => {
            width(item.data_type()) > WIDEST
        }
        _ => false,
    };
    match fields.iter().find(is_wide) {
        Some(field) => {
            let words = format!("lists such as `{}` come as Arrow or Parquet", field.name());
            Err(ArrowError::JsonError(words))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use portico_sdk::Reason;

    use super::*;

    async fn read(text: &str) -> Result<Rows, Error> {
        rows(text.as_bytes(), None, 1 << 20).await
    }

    async fn refused(text: &str, table: Option<SchemaRef>) -> String {
        let error = rows(text.as_bytes(), table, 1 << 20).await.unwrap_err();
        assert_eq!(error.reason(), Reason::InvalidArgument, "{error}");
        error.message().to_owned()
    }

    fn names(rows: &Rows) -> Vec<&str> {
        let fields = rows.schema.fields().iter();
        fields.map(|field| field.name().as_str()).collect()
    }

    #[tokio::test]
    async fn lines_of_json_become_columns_in_their_order() {
        let text = "{\"z\": 1, \"vector\": null, \"tags\": [\"a\"], \"m\": 1}\r\n\n\
                    {\"z\": 2, \"a\": true, \"vector\": [3, 4.5]}";
        let rows = read(text).await.unwrap();
        assert_eq!(rows.count(), 2);
        assert_eq!(names(&rows), ["z", "vector", "tags", "m", "a"]);
        let kind = |name| rows.schema.field_with_name(name).unwrap().data_type();
        assert!(matches!(kind("vector"), DataType::FixedSizeList(_, 2)));
        assert!(matches!(kind("tags"), DataType::List(_)));
        let vectors = rows.batches[0].column(1).as_fixed_size_list();
        assert!(vectors.is_null(0) && vectors.is_valid(1));
    }

    #[tokio::test]
    async fn what_a_line_has_wrong_is_told_with_its_number() {
        for (text, line) in [
            ("{\"vector\": [1, 2]}\n\n{\"vector\": [1, 2, 3]}", "line 3"),
            ("{\"vector\": [1, 2]}\n{\"vector\": []}", "line 2"),
            ("{\"vector\": [1, 2]}\n{\"vector\": [1, null]}", "line 2"),
            (
                "{\"vector\": [1, 2]}\n{\"vector\": [1, 1e39]}",
                "line 2: `vector`",
            ),
            ("{\"id\": 1}\n{\"id\": ", "line 2"),
            ("{\"id\": 1} {\"id\": 2}", "line 1"),
            ("{\"id\": 1}\n7", "line 2: a row is an object"),
            ("{\"id\": 1}\n{\"id\": \"x\"}", "line 1"),
            ("{\"id\": null}\n{\"id\": null}", "`id`"),
            ("{\"id\": []}", "`id`"),
            ("{}", "no columns"),
        ] {
            let words = refused(text, None).await;
            assert!(words.contains(line), "{text}: {words}");
        }
    }

    #[tokio::test]
    async fn rows_for_a_table_have_its_types() {
        let item = Arc::new(Field::new_list_field(DataType::Float32, true));
        let table: SchemaRef = Arc::new(Schema::new(vec![
            Field::new("id", DataType::Int32, true),
            Field::new("day", DataType::Date32, true),
            Field::new("numbers", DataType::FixedSizeList(item, 2), true),
        ]));
        let text = "{\"numbers\": [1, 2], \"id\": 1}\n{\"day\": \"2024-01-02\"}";
        let told = rows(text.as_bytes(), Some(Arc::clone(&table)), 1 << 20).await;
        let told = told.unwrap();
        assert_eq!((told.count(), &told.schema), (2, &table));
        for text in [
            "{\"id\": 1}\n{\"numbers\": [1]}",
            "{\"id\": 1}\n{\"other\": 1}",
            "{\"id\": 1}\n{\"day\": \"soon\"}",
        ] {
            let words = refused(text, Some(Arc::clone(&table))).await;
            assert!(words.contains("line 2"), "{text}: {words}");
        }
        let half = Field::new_list_field(DataType::Float16, true);
        let half = DataType::FixedSizeList(Arc::new(half), 1);
        let half: SchemaRef = Arc::new(Schema::new(vec![Field::new("h", half, true)]));
        for text in ["{\"h\": [1e30]}", "{\"h\": [null]}"] {
            let words = refused(text, Some(Arc::clone(&half))).await;
            assert!(words.contains("line 1: `h`"), "{text}: {words}");
        }
        let deep = format!("{{\"id\": {}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(refused(&deep, Some(table)).await.contains("line 1"));
    }

    #[tokio::test]
    async fn nulls_that_take_much_are_refused() {
        let item = Arc::new(Field::new_list_field(DataType::Float32, true));
        let vector = DataType::FixedSizeList(item, 1_000_000);
        let list = DataType::List(Arc::new(Field::new_list_field(vector, true)));
        let table: SchemaRef = Arc::new(Schema::new(vec![Field::new("all", list, true)]));
        let text = format!("{{\"all\": [{}null]}}", "null,".repeat(100_000));
        assert!(refused(&text, Some(table)).await.contains("Parquet"));
    }

    #[tokio::test]
    async fn columns_have_an_end() {
        let columns: Vec<_> = (0..6000).map(|index| format!("\"c{index}\": 1")).collect();
        let words = refused(&format!("{{{}}}", columns.join(",")), None).await;
        assert!(words.contains("5000 columns"), "{words}");
    }

    #[tokio::test]
    async fn short_lines_for_many_columns_are_counted() {
        let columns: Vec<_> = (0..100).map(|index| format!("\"c{index}\": 1")).collect();
        let text = format!("{{{}}}\n{}", columns.join(","), "{}\n".repeat(10_000));
        let error = read(&text).await.unwrap_err();
        assert_eq!(error.reason(), Reason::EntityTooLarge);
    }
}
