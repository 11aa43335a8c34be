//! A query as its document describes it, with all limits and defaults.

use serde_json::Value;

use super::facets::{self, Facet};
use super::fields::Fields;
use super::moments::{Stamp, read_millis};
use super::properties::{Property, Shown, listed, usable};
use super::record::Operation;
use super::refusal::Refusal;

const OBJECTS: usize = 100;
const MOST_OBJECTS: i64 = 10_000;
const MOST_SKIPPED: usize = 100_000;
const OPERATIONS: usize = 10_000;

/// What is asked.
pub(super) enum Request {
    Objects(Box<ObjectQuery>),
    Operations(Box<OperationQuery>),
}

/// A question about the objects that there are.
pub(super) struct ObjectQuery {
    pub(super) query: String,
    /// `usize::MAX` for all.
    pub(super) count: usize,
    pub(super) offset: usize,
    pub(super) sort: Vec<SortBy>,
    pub(super) shown: Shown,
    pub(super) facets: Option<Vec<Facet>>,
    pub(super) content_properties: bool,
}

pub(super) struct SortBy {
    pub(super) property: &'static Property,
    pub(super) descending: bool,
}

/// A question about what was done.
pub(super) struct OperationQuery {
    /// `usize::MAX` for all.
    pub(super) count: usize,
    pub(super) last: Option<Last>,
    pub(super) shown: Shown,
    /// In milliseconds, inclusive.
    pub(super) start: i64,
    /// In milliseconds, exclusive; the horizon unless told.
    pub(super) end: Option<i64>,
    pub(super) directories: Vec<String>,
    /// `namespace.tenant`; all unless told.
    pub(super) namespaces: Vec<String>,
    pub(super) indexable: Option<bool>,
    pub(super) collision: Option<bool>,
    pub(super) transactions: Vec<Operation>,
}

/// The last record of the page before.
pub(super) struct Last {
    pub(super) stamp: Stamp,
    pub(super) url: String,
    pub(super) version: u64,
}

impl Request {
    pub(super) fn read(document: Value) -> Result<Self, Refusal> {
        let mut top = Fields::new("queryRequest", document)?;
        if top.has("object") {
            let query = ObjectQuery::read(top.inner("object")?)?;
            top.finish()?;
            return Ok(Self::Objects(Box::new(query)));
        }
        let query = OperationQuery::read(top.inner("operation")?)?;
        top.finish()?;
        Ok(Self::Operations(Box::new(query)))
    }
}

impl ObjectQuery {
    fn read(mut fields: Fields) -> Result<Self, Refusal> {
        let query = fields.text("query")?;
        let query = query.ok_or_else(|| Refusal::invalid("The entry query is required"))?;
        let count = fields.parsed("count", |text| match text.parse().ok()? {
            -1 => Some(usize::MAX),
            count @ 0..=MOST_OBJECTS => usize::try_from(count).ok(),
            _ => None,
        })?;
        let offset = fields.parsed("offset", |text| {
            let offset = text.parse().ok()?;
            (offset <= MOST_SKIPPED).then_some(offset)
        })?;
        let asks_facets = fields.has("facets");
        let facets = facets::read(&fields.text("facets")?.unwrap_or_default())?;
        let read = Self {
            query,
            count: count.unwrap_or(OBJECTS),
            offset: offset.unwrap_or(0),
            sort: sort(&fields.text("sort")?.unwrap_or_default())?,
            shown: shown(&mut fields)?,
            facets: asks_facets.then_some(facets),
            content_properties: fields.flag("contentProperties")?.unwrap_or(false),
        };
        fields.finish()?;
        Ok(read)
    }
}

/// `objectProperties` has the last word, be `verbose` what it may.
fn shown(fields: &mut Fields) -> Result<Shown, Refusal> {
    let verbose = fields.flag("verbose")?.unwrap_or(false);
    Ok(match fields.text("objectProperties")? {
        Some(list) => Shown::Also(listed(&list, Property::shown)?),
        None if verbose => Shown::All,
        None => Shown::Basic,
    })
}

/// `property[+asc|+desc],…`
fn sort(list: &str) -> Result<Vec<SortBy>, Refusal> {
    let parts = list.split(',').map(str::trim);
    let parts = parts.filter(|part| !part.is_empty());
    let each = parts.map(|part| {
        let (name, order) = part.split_once('+').unwrap_or((part, "asc"));
        let descending = match order.trim() {
            "asc" => false,
            "desc" => true,
            _ => return Err(Refusal::invalid(format!("Invalid sort order: {order}"))),
        };
        Ok(SortBy {
            property: usable(name.trim(), Property::sorted)?,
            descending,
        })
    });
    each.collect()
}

impl OperationQuery {
    fn read(mut fields: Fields) -> Result<Self, Refusal> {
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
    use serde_json::json;

    fn objects(entries: &Value) -> Option<ObjectQuery> {
        match Request::read(json!({ "object": entries })) {
            Ok(Request::Objects(query)) => Some(*query),
            _ => None,
        }
    }

    fn operations(document: &Value) -> Option<OperationQuery> {
        match Request::read(document.clone()) {
            Ok(Request::Operations(query)) => Some(*query),
            _ => None,
        }
    }

    #[test]
    fn numbers_and_truths_may_be_quoted() {
        for (count, offset) in [(json!(5), json!(7)), (json!("5"), json!(" 7 "))] {
            let query = json!({"query": "*:*", "count": count, "offset": offset});
            let query = objects(&query).unwrap();
            assert_eq!((query.count, query.offset), (5, 7));
        }
        let default = objects(&json!({"query": "*:*"})).unwrap();
        assert_eq!((default.count, default.offset), (100, 0));
        let all = objects(&json!({"query": "*:*", "count": -1, "verbose": "true"})).unwrap();
        assert!(all.count == usize::MAX && matches!(all.shown, Shown::All));
        let given = json!({"query": "*:*", "verbose": true, "objectProperties": "size, shred"});
        let given = objects(&given).unwrap();
        assert!(matches!(given.shown, Shown::Also(list) if list.len() == 2));
    }

    #[test]
    fn what_is_beyond_the_limits_is_refused() {
        for entries in [
            json!({}),
            json!({"query": 1}),
            json!({"query": "*:*", "count": 10_001}),
            json!({"query": "*:*", "count": -2}),
            json!({"query": "*:*", "offset": 100_001}),
            json!({"query": "*:*", "offset": -1}),
            json!({"query": "*:*", "verbose": "yes"}),
            json!({"query": "*:*", "sort": "size+up"}),
            json!({"query": "*:*", "sort": "urlName"}),
            json!({"query": "*:*", "sort": "customMetadataContent"}),
            json!({"query": "*:*", "objectProperties": "aclGrant"}),
            json!({"query": "*:*", "objectProperties": "colour"}),
            json!({"query": "*:*", "objectProperties": ["size"]}),
            json!({"query": "*:*", "facets": "size"}),
            json!({"query": "*:*", "systemMetadata": {}}),
        ] {
            assert!(objects(&entries).is_none(), "{entries}");
        }
        let both = json!({"object": {"query": "*:*"}, "operation": {}});
        assert!(Request::read(both).is_err());
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
