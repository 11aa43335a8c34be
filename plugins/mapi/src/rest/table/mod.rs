//! All routes, area by area.

mod erasure;
mod namespace;
mod replication;
mod system;
mod tenant;

use std::collections::BTreeSet;

use super::row::{Param, Row, Sent, Verb};

/// Whether read-only properties are wanted too; HCP is always told.
const V: Param = Param::flag("verbose", Sent::Or("false"));

/// Accepted from clients that send it everywhere.
const PRETTY: Param = Param::flag("prettyprint", Sent::Never);

/// A part of a list (HCP, "Management API Reference", paging): with `verbose` as the route has it.
const fn listing(verbose: Param) -> [Param; 8] {
    [
        Param::int("offset"),
        Param::int("count"),
        Param::text("sortType"),
        Param::text("sortOrder"),
        Param::text("filterType"),
        Param::text("filterString"),
        verbose,
        PRETTY,
    ]
}

/// The tables, in the order of the contract.
const AREAS: [&[Row]; 7] = [
    system::ACCOUNTS,
    system::OPERATIONS,
    replication::ROWS,
    erasure::ROWS,
    tenant::ROWS,
    tenant::ACCOUNTS,
    namespace::ROWS,
];

/// Every route.
pub(super) fn rows() -> impl Iterator<Item = &'static Row> {
    AREAS.into_iter().flatten()
}

/// Every path once.
pub(super) fn paths() -> BTreeSet<&'static str> {
    rows().map(|row| row.path).collect()
}

/// The routes that a path would have as the value of another's name, for the methods that it has not
/// itself: `/namespaces/export` is a namespace too, for all but GET.
pub(super) fn hidden(path: &str) -> impl Iterator<Item = &'static Row> {
    rows().filter(move |row| {
        let own = |each: &Row| each.path == path && each.verb == row.verb;
        covers(row.path, path) && !rows().any(own)
    })
}

/// The methods of a path.
pub(super) fn verbs(path: &str) -> impl Iterator<Item = Verb> {
    let own = rows().filter(move |row| row.path == path);
    own.chain(hidden(path)).map(|row| row.verb)
}

/// Whether a path is another's, with a name filled in.
fn covers(template: &str, path: &str) -> bool {
    let mut segments = template.split('/').zip(path.split('/'));
    let named = |segment: &str| segment.starts_with('{');
    let fits = |(wanted, given): (&str, &str)| wanted == given || (named(wanted) && !named(given));
    template != path && template.split('/').count() == path.split('/').count() && segments.all(fits)
}
