//! Records as comma-separated values.

use serde_json::Value;

use crate::store::Document;

/// A line of column names, then a line for each record; what a record does not have is empty.
pub(crate) fn to_csv<'a>(
    columns: &[&str],
    records: impl IntoIterator<Item = &'a Document>,
) -> String {
    let mut text = columns.join(",") + "\n";
    for record in records {
        let cells = columns.iter().map(|column| cell(record.get(*column)));
        text.push_str(&cells.collect::<Vec<_>>().join(","));
        text.push('\n');
    }
    text
}

fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) if text.contains([',', '"', '\n']) => {
            format!("\"{}\"", text.replace('"', "\"\""))
        }
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn columns_are_in_the_order_asked_for() {
        let record = json!({"b": 2, "a": "x,\"y\"", "z": true});
        let records = [record.as_object().unwrap().clone()];
        let csv = to_csv(&["b", "a", "c"], &records);
        assert_eq!(csv, "b,a,c\n2,\"x,\"\"y\"\"\",\n");
    }
}
