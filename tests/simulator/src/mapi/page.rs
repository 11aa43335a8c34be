//! Paging, sorting and filtering of lists.

use std::cmp::Ordering;

use super::query::{Query, invalid};
use super::refusal::Refusal;

/// One thing in a list, with what it may be sorted and filtered by.
#[derive(Debug, Clone, Default)]
pub(crate) struct Entry {
    pub(crate) name: String,
    /// In bytes.
    pub(crate) hard_quota: f64,
    pub(crate) tags: Vec<String>,
}

impl Entry {
    pub(crate) fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }
}

const FILTER_LIMIT: usize = 64;

/// The part of a list that the query asks for, in the order that it asks for. The first of the
/// `sorts` and `filters` is meant where the query names none.
pub(crate) fn page(
    query: &Query,
    mut entries: Vec<Entry>,
    sorts: &[&'static str],
    filters: &[&'static str],
) -> Result<Vec<String>, Refusal> {
    filter(query, &mut entries, filters)?;
    let sort = query.one_of("sortType", sorts)?;
    let order = query.one_of("sortOrder", &["ascending", "descending"])?;
    entries.sort_by(|one, other| compare(sort, one, other));
    if order == "descending" {
        entries.reverse();
    }
    let offset = query.number("offset")?.unwrap_or(0);
    let count = query.number("count")?.unwrap_or(usize::MAX);
    let part = entries.into_iter().skip(offset).take(count);
    Ok(part.map(|entry| entry.name).collect())
}

fn filter(
    query: &Query,
    entries: &mut Vec<Entry>,
    filters: &[&'static str],
) -> Result<(), Refusal> {
    let by = query.one_of("filterType", filters)?;
    let Some(prefix) = query.get("filterString") else {
        return Ok(());
    };
    if prefix.chars().count() > FILTER_LIMIT || prefix.contains(',') {
        return Err(invalid("filterString"));
    }
    let prefix = prefix.to_lowercase();
    let fits = |text: &String| text.to_lowercase().starts_with(&prefix);
    entries.retain(|entry| match by {
        "tag" => entry.tags.iter().any(fits),
        _ => fits(&entry.name),
    });
    Ok(())
}

fn compare(sort: &str, one: &Entry, other: &Entry) -> Ordering {
    let by_name = || one.name.to_lowercase().cmp(&other.name.to_lowercase());
    match sort {
        "hardQuota" => one
            .hard_quota
            .total_cmp(&other.hard_quota)
            .then_with(by_name),
        _ => by_name(),
    }
}

/// Bytes of `50 GB`, `1.5 TB` or `2048 MB`; nothing for what is none of these.
pub(crate) fn quota(text: &str) -> Option<f64> {
    let (number, unit) = text.trim().split_once(' ')?;
    let decimals = number.split_once('.').map_or(0, |(_, after)| after.len());
    let number: f64 = number.parse().ok()?;
    let factor = match unit.trim() {
        "MB" => 1_048_576.0,
        "GB" => 1_073_741_824.0,
        "TB" => 1_099_511_627_776.0,
        _ => return None,
    };
    (decimals <= 2 && number >= 0.0).then_some(number * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(query: &str) -> Result<Vec<String>, Refusal> {
        let entry = |name: &str, hard: &str, tag: &str| Entry {
            name: name.to_owned(),
            hard_quota: quota(hard).unwrap(),
            tags: vec![tag.to_owned()],
        };
        let entries = vec![
            entry("Beta", "1 TB", "Blue"),
            entry("alpha", "50 GB", "red"),
            entry("gamma", "500.25 MB", "blue"),
        ];
        let query = Query::read(Some(query));
        page(&query, entries, &["name", "hardQuota"], &["name", "tag"])
    }

    #[test]
    fn lists_are_sorted_cut_and_filtered() {
        assert_eq!(names("").unwrap(), ["alpha", "Beta", "gamma"]);
        assert_eq!(
            names("sortType=hardQuota").unwrap(),
            ["gamma", "alpha", "Beta"]
        );
        let last = names("sortOrder=descending&count=1").unwrap();
        assert_eq!(last, ["gamma"]);
        assert_eq!(names("offset=1&count=1").unwrap(), ["Beta"]);
        assert_eq!(names("offset=3").unwrap(), [""; 0]);
        assert_eq!(names("filterString=BE").unwrap(), ["Beta"]);
        assert_eq!(
            names("filterType=tag&filterString=b").unwrap(),
            ["Beta", "gamma"]
        );
        assert_eq!(names("filterType=tag").unwrap().len(), 3);
    }

    #[test]
    fn bad_values_are_refused() {
        for bad in [
            "offset=-1",
            "count=x",
            "sortType=size",
            "sortOrder=up",
            "filterType=owner",
            "filterString=a,b",
        ] {
            assert!(names(bad).is_err(), "{bad}");
        }
        assert_eq!(quota("1.005 GB"), None);
        assert_eq!(quota("1 PB"), None);
        assert_eq!(quota("1"), None);
    }
}
