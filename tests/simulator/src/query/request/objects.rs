//! Object queries as their documents describe them.

use super::shown;
use crate::query::facets::{self, Facet};
use crate::query::fields::Fields;
use crate::query::properties::{Property, Shown, usable};
use crate::query::refusal::Refusal;

const OBJECTS: usize = 100;
const MOST_OBJECTS: i64 = 10_000;
const MOST_SKIPPED: usize = 100_000;

/// A question about the objects that there are.
pub(in crate::query) struct ObjectQuery {
    pub(in crate::query) query: String,
    /// `usize::MAX` for all.
    pub(in crate::query) count: usize,
    pub(in crate::query) offset: usize,
    pub(in crate::query) sort: Vec<SortBy>,
    pub(in crate::query) shown: Shown,
    pub(in crate::query) facets: Option<Vec<Facet>>,
    pub(in crate::query) content_properties: bool,
}

pub(in crate::query) struct SortBy {
    pub(in crate::query) property: &'static Property,
    pub(in crate::query) descending: bool,
}

impl ObjectQuery {
    pub(super) fn read(mut fields: Fields) -> Result<Self, Refusal> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::request::Request;
    use serde_json::{Value, json};

    fn objects(entries: &Value) -> Option<ObjectQuery> {
        match Request::read(json!({ "object": entries })) {
            Ok(Request::Objects(query)) => Some(*query),
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
}
