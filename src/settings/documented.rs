//! Whether a documented configuration and the code agree, for the tests that hold both.

use toml::{Table, Value};

/// The settings that the code has and the documentation has not, as `section.key`.
#[must_use]
pub fn missing_settings(documented: &Table, defaults: &Table) -> Vec<String> {
    walk(defaults)
        .into_iter()
        .map(|(path, _)| path)
        .filter(|path| find(documented, path).is_none())
        .collect()
}

/// The settings whose documented value is not the default, but for the exceptions
/// (`section.key`), which have no useful default.
#[must_use]
pub fn differing_defaults(documented: &Table, defaults: &Table, except: &[&str]) -> Vec<String> {
    walk(defaults)
        .into_iter()
        .filter(|(path, _)| !except.contains(&path.as_str()))
        .filter_map(|(path, default)| {
            let written = find(documented, &path)?;
            (written != default).then(|| format!("{path}: documented {written}, default {default}"))
        })
        .collect()
}

/// Every value that is no table, with its dotted path. An empty table counts as a value.
fn walk(table: &Table) -> Vec<(String, &Value)> {
    let mut values = Vec::new();
    for (key, value) in table {
        match value {
            Value::Table(inner) if !inner.is_empty() => {
                let below = walk(inner).into_iter();
                values.extend(below.map(|(path, value)| (format!("{key}.{path}"), value)));
            }
            value => values.push((key.clone(), value)),
        }
    }
    values
}

fn find<'a>(table: &'a Table, path: &str) -> Option<&'a Value> {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let value = table.get(first)?;
    if rest.is_empty() {
        return Some(value);
    }
    find(value.as_table()?, rest)
}
