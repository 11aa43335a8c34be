//! Object queries: what is stored now.

use std::cmp::Ordering;

use super::Scope;
use super::access::home;
use super::answer::{About, Found};
use super::language::parse;
use super::record::{Record, current};
use super::refusal::Refusal;
use super::request::{ObjectQuery, SortBy};

/// Answers an object query.
pub(super) async fn find(scope: &Scope<'_>, query: ObjectQuery) -> Result<Found, Refusal> {
    let expression = parse(&query.query, &scope.asker.location())?;
    let mut records = scope.gather(|api, bucket| current(&home(api, bucket), bucket));
    let sorts_hash = query.sort.iter().any(|by| by.property.name == "hash");
    if sorts_hash || expression.mentions("hash") {
        scope.hashes.fill(&mut records).await;
    }
    let scored = records
        .into_iter()
        .filter_map(|record| Some((expression.score(&record)?, record)));
    let mut scored: Vec<(u32, Record)> = scored.collect();
    scored.sort_by(|a, b| order(&query.sort, a, b));
    let facets = query.facets.map(|facets| {
        let all = || scored.iter().map(|(_, record)| record);
        let counted = facets.into_iter().map(|facet| (facet, facet.count(all())));
        counted.collect()
    });
    let total = scored.len();
    let page = scored.into_iter().skip(query.offset).take(query.count);
    let mut records: Vec<Record> = page.map(|(_, record)| record).collect();
    scope.hashes.fill_shown(&query.shown, &mut records).await;
    Ok(Found {
        complete: query.offset.saturating_add(records.len()) >= total,
        about: About::Expression(query.query),
        records,
        shown: query.shown,
        total: Some(total),
        content_properties: query.content_properties,
        facets,
    })
}

/// As told, else by relevance; what is equal then comes in the order of names, so that pages fit
/// together.
fn order(sort: &[SortBy], a: &(u32, Record), b: &(u32, Record)) -> Ordering {
    let told = sort.iter().map(|by| {
        let value = by.property.value;
        let order = value(&a.1).compare(&value(&b.1));
        if by.descending {
            order.reverse()
        } else {
            order
        }
    });
    let told = told.fold(Ordering::Equal, Ordering::then);
    let relevance = if sort.is_empty() {
        b.0.cmp(&a.0)
    } else {
        Ordering::Equal
    };
    told.then(relevance)
        .then_with(|| name(&a.1).cmp(&name(&b.1)))
}

fn name(record: &Record) -> (&str, &str, &str) {
    (&record.home.tenant, &record.home.bucket, &record.key)
}
