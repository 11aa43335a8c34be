//! Listings of objects and of versions, with folders, common prefixes and pages.

use std::collections::BTreeMap;
use std::ops::{Bound, ControlFlow};

use super::bucket::{Bucket, Version};

/// What to list.
#[derive(Debug, Clone, Default)]
pub(crate) struct ListQuery {
    pub(crate) prefix: String,
    pub(crate) delimiter: String,
    /// Only keys after this one.
    pub(crate) after: String,
    pub(crate) max: usize,
}

/// One page. Everything in it counts towards the page's size.
pub(crate) struct Listed<T> {
    pub(crate) items: Vec<T>,
    pub(crate) prefixes: Vec<String>,
    /// The last thing on this page, when there is another page.
    pub(crate) next: Option<T>,
    pub(crate) next_prefix: Option<String>,
}

impl<T> Listed<T> {
    fn new() -> Self {
        Self {
            items: Vec::new(),
            prefixes: Vec::new(),
            next: None,
            next_prefix: None,
        }
    }

    pub(crate) fn truncated(&self) -> bool {
        self.next.is_some() || self.next_prefix.is_some()
    }

    pub(crate) fn count(&self) -> usize {
        self.items.len() + self.prefixes.len()
    }
}

/// What to list among versions: after this key, or after this version of that key.
#[derive(Debug, Clone, Default)]
pub(crate) struct VersionQuery {
    pub(crate) list: ListQuery,
    pub(crate) after_version: Option<u64>,
}

impl ListQuery {
    /// The common prefix that stands for a key, if it is folded into one.
    fn folded<'k>(&self, key: &'k str) -> Option<&'k str> {
        let rest = key.strip_prefix(&self.prefix)?;
        if self.delimiter.is_empty() {
            return None;
        }
        let at = rest.find(&self.delimiter)?;
        Some(&key[..self.prefix.len() + at + self.delimiter.len()])
    }

    /// A prefix that an earlier page showed stands for all its keys.
    fn shown_before(&self, folded: &str) -> bool {
        !self.after.is_empty() && folded <= self.after.as_str()
    }

    fn start(&self) -> Bound<&str> {
        if self.after < self.prefix {
            Bound::Included(&self.prefix)
        } else {
            Bound::Excluded(&self.after)
        }
    }
}

/// Fills a page, one key after the other.
struct Pager<'q, T> {
    query: &'q ListQuery,
    page: Listed<T>,
    last: Option<T>,
}

impl<'q, T: Clone> Pager<'q, T> {
    fn new(query: &'q ListQuery) -> Self {
        Self {
            query,
            page: Listed::new(),
            last: None,
        }
    }

    /// Breaks when the page is full or the key is past the prefix.
    fn take(&mut self, key: &str, item: T) -> ControlFlow<()> {
        if !key.starts_with(&self.query.prefix) {
            return ControlFlow::Break(());
        }
        let folded = self.query.folded(key);
        if folded.is_some_and(|prefix| self.known(prefix)) {
            return ControlFlow::Continue(());
        }
        if self.page.count() == self.query.max {
            self.close();
            return ControlFlow::Break(());
        }
        if let Some(prefix) = folded {
            self.page.prefixes.push(prefix.to_owned());
            self.last = None;
        } else {
            self.last = Some(item.clone());
            self.page.items.push(item);
        }
        ControlFlow::Continue(())
    }

    fn known(&self, prefix: &str) -> bool {
        let newest = self.page.prefixes.last();
        newest.is_some_and(|known| known == prefix) || self.query.shown_before(prefix)
    }

    /// There is more: remember where this page ended, at an item or at a prefix.
    fn close(&mut self) {
        match self.last.take() {
            Some(last) => self.page.next = Some(last),
            None => self.page.next_prefix = self.page.prefixes.last().cloned(),
        }
    }
}

impl Bucket {
    /// A page of current objects and folders, in the order of their UTF-8 bytes.
    pub(crate) fn list(&mut self, query: &ListQuery) -> Listed<(String, Version)> {
        let ghosts = self.haunt();
        let range = (query.start(), Bound::Unbounded);
        let alive = self.entries.range::<str, _>(range);
        let alive = alive.filter_map(|(key, versions)| Some((key, versions.last()?)));
        let alive = alive.filter(|(_, version)| !version.is_marker());
        if ghosts.is_empty() {
            return fill(query, alive);
        }
        let mut shown: BTreeMap<_, _> = ghosts.range::<str, _>(range).collect();
        shown.extend(alive);
        fill(query, shown.into_iter())
    }

    /// The deleted objects that this listing still shows; each has one showing less afterwards.
    fn haunt(&mut self) -> BTreeMap<String, Version> {
        let showing = self.ghosts.iter();
        let showing = showing.map(|(key, (version, _))| (key.clone(), version.clone()));
        let showing = showing.collect();
        self.ghosts.retain(|_, (_, left)| {
            *left -= 1;
            *left > 0
        });
        showing
    }

    /// A page of versions. The versions of a key come oldest first, unlike on AWS.
    pub(crate) fn list_versions(&self, query: &VersionQuery) -> Listed<VersionItem> {
        let list = &query.list;
        let start = match query.after_version {
            Some(_) if list.after >= list.prefix => Bound::Included(list.after.as_str()),
            _ => list.start(),
        };
        let mut pager = Pager::new(list);
        let range = self.entries.range::<str, _>((start, Bound::Unbounded));
        let items = range.flat_map(|(key, versions)| version_items(key, versions));
        for item in items.filter(|item| !query.seen(item)) {
            if pager.take(&item.key.clone(), item).is_break() {
                break;
            }
        }
        pager.page
    }
}

fn fill<'b>(
    query: &ListQuery,
    found: impl Iterator<Item = (&'b String, &'b Version)>,
) -> Listed<(String, Version)> {
    let mut pager = Pager::new(query);
    for (key, version) in found {
        let item = (key.clone(), version.clone());
        if pager.take(key, item).is_break() {
            break;
        }
    }
    pager.page
}

impl VersionQuery {
    fn seen(&self, item: &VersionItem) -> bool {
        item.key == self.list.after && self.after_version >= Some(item.version.id)
    }
}

/// One line of a version listing.
#[derive(Clone)]
pub(crate) struct VersionItem {
    pub(crate) key: String,
    pub(crate) version: Version,
    pub(crate) latest: bool,
}

fn version_items(key: &str, versions: &[Version]) -> impl Iterator<Item = VersionItem> {
    let newest = versions.last().map(|version| version.id);
    versions.iter().map(move |version| VersionItem {
        key: key.to_owned(),
        version: version.clone(),
        latest: Some(version.id) == newest,
    })
}
