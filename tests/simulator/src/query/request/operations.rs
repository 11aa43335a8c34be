//! Operation queries as their documents describe them.

use super::shown;
use crate::query::fields::Fields;
use crate::query::moments::{Stamp, read_millis};
use crate::query::properties::Shown;
use crate::query::record::Operation;
use crate::query::refusal::Refusal;

const OPERATIONS: usize = 10_000;

/// A question about what was done.
pub(in crate::query) struct OperationQuery {
    /// `usize::MAX` for all.
    pub(in crate::query) count: usize,
    pub(in crate::query) last: Option<Last>,
    pub(in crate::query) shown: Shown,
    /// In milliseconds, inclusive.
    pub(in crate::query) start: i64,
    /// In milliseconds, exclusive; the horizon unless told.
    pub(in crate::query) end: Option<i64>,
    pub(in crate::query) directories: Vec<String>,
    /// `namespace.tenant`; all unless told.
    pub(in crate::query) namespaces: Vec<String>,
    pub(in crate::query) indexable: Option<bool>,
    pub(in crate::query) collision: Option<bool>,
    pub(in crate::query) transactions: Vec<Operation>,
}

/// The last record of the page before.
pub(in crate::query) struct Last {
    pub(in crate::query) stamp: Stamp,
    pub(in crate::query) url: String,
    pub(in crate::query) version: u64,
}

impl OperationQuery {
    pub(super) fn read(mut fields: Fields) -> Result<Self, Refusal> {
        // The documentation names -1 and positive numbers, and gives an example with 0.
        let count = fields.parsed("count", |text| match text.parse::<i64>().ok()? {
            -1 => Some(usize::MAX),
            count => usize::try_from(count).ok(),
        })?;
        let last = fields.has("lastResult");
        let last = last.then(|| Last::read(fields.inner("lastResult")?));
        let last = last.transpose()?.flatten();
        let shown = shown(&mut fields)?;
        let mut metadata = fields.inner("systemMetadata")?;
        fields.finish()?;
        let mut time = metadata.inner("changeTime")?;
        let start = time.parsed("start", |text| read_millis(text).ok())?;
        let end = time.parsed("end", |text| read_millis(text).ok())?;
        time.finish()?;
        let read = Self {
            count: count.unwrap_or(OPERATIONS),
            last,
            shown,
            start: start.unwrap_or(0),
            end,
            directories: directories(&mut metadata)?,
            namespaces: metadata.list("namespaces", "namespace")?,
            indexable: metadata.flag("indexable")?,
            collision: metadata.flag("replicationCollision")?,
            transactions: transactions(&mut metadata)?,
        };
        metadata.finish()?;
        Ok(read)
    }
}

impl Last {
    /// An empty entry is none.
    fn read(mut fields: Fields) -> Result<Option<Self>, Refusal> {
        let stamp = fields.parsed("changeTimeMilliseconds", |text| text.parse().ok())?;
        let url = fields.text("urlName")?;
        let version = fields.parsed("version", |text| text.parse().ok())?;
        fields.finish()?;
        match (stamp, url, version) {
            (None, None, None) => Ok(None),
            (Some(stamp), Some(url), version) => Ok(Some(Self {
                stamp,
                url: url.trim().to_owned(),
                version: version.unwrap_or(0),
            })),
            _ => Err(Refusal::invalid(
                "lastResult needs urlName and changeTimeMilliseconds",
            )),
        }
    }
}

fn directories(metadata: &mut Fields) -> Result<Vec<String>, Refusal> {
    let list = metadata.list("directories", "directory")?;
    match list.iter().find(|path| !path.starts_with('/')) {
        None => Ok(list),
        Some(path) => Err(Refusal::invalid(format!("Invalid directory path: {path}"))),
    }
}

/// Without the entry: everything but pruning and disposition.
fn transactions(metadata: &mut Fields) -> Result<Vec<Operation>, Refusal> {
    let list = metadata.list("transactions", "transaction")?;
    if list.is_empty() {
        return Ok(vec![
            Operation::Created,
            Operation::Deleted,
            Operation::Purged,
        ]);
    }
    let each = list.iter().map(|name| match name.as_str() {
        "create" => Ok(Operation::Created),
        "delete" => Ok(Operation::Deleted),
        "dispose" => Ok(Operation::Disposed),
        "prune" => Ok(Operation::Pruned),
        "purge" => Ok(Operation::Purged),
        other => Err(Refusal::invalid(format!("Invalid transaction: {other}"))),
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::request::Request;
    use serde_json::{Value, json};

    fn operations(document: &Value) -> Option<OperationQuery> {
        match Request::read(document.clone()) {
            Ok(Request::Operations(query)) => Some(*query),
            _ => None,
        }
    }

    #[test]
    fn nothing_asks_for_all_operations() {
        let all = operations(&json!({})).unwrap();
        assert_eq!((all.count, all.start, all.end), (10_000, 0, None));
        assert_eq!(all.transactions.len(), 3);
        assert!(operations(&json!({"operation": null})).is_some());
    }

    #[test]
    fn operations_are_narrowed_by_arrays() {
        let metadata = json!({
            "changeTime": {"start": "1970-01-01T00:00:01+0000", "end": 2000},
            "directories": {"directory": ["/a"]},
            "namespaces": {"namespace": ["maps.europe"]},
            "transactions": {"transaction": ["prune", "dispose"]},
            "indexable": "true",
        });
        let last = json!({"urlName": "u", "changeTimeMilliseconds": "5.01", "version": "7"});
        let query = json!({"operation": {"systemMetadata": metadata, "lastResult": last}});
        let query = operations(&query).unwrap();
        assert_eq!((query.start, query.end), (1000, Some(2000)));
        assert_eq!(query.indexable, Some(true));
        let last = query.last.unwrap();
        assert_eq!((last.stamp.to_string().as_str(), last.version), ("5.01", 7));
        for metadata in [
            json!({"namespaces": {"namespace": "maps.europe"}}),
            json!({"namespaces": ["maps.europe"]}),
            json!({"directories": {"directory": ["a"]}}),
            json!({"transactions": {"transaction": ["erase"]}}),
            json!({"changeTime": {"start": "yesterday"}}),
            json!({"changeTime": {"from": 1}}),
        ] {
            let query = json!({"operation": {"systemMetadata": metadata}});
            assert!(operations(&query).is_none(), "{query}");
        }
    }
}
