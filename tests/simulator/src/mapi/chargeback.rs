//! Chargeback reports: what namespaces hold and have moved, by interval.

use std::ops::Range;

use serde_json::json;
use time::OffsetDateTime;
use time::macros::format_description;

use super::call::{Call, Out};
use super::figures::Figures;
use super::namespaces::{iso, shown_name};
use super::query::{Query, invalid};
use super::refusal::Refusal;
use crate::branches::Branch;
use crate::store::{Bucket, Document, State};
use crate::traffic::Counts;

/// The columns of a report as text, in their order.
const COLUMNS: &[&str] = &[
    "systemName",
    "tenantName",
    "namespaceName",
    "startTime",
    "endTime",
    "objectCount",
    "ingestedVolume",
    "storageCapacityUsed",
    "bytesIn",
    "bytesOut",
    "reads",
    "writes",
    "deletes",
    "multipartObjects",
    "multipartObjectParts",
    "multipartObjectBytes",
    "multipartUploads",
    "multipartUploadParts",
    "multipartUploadBytes",
    "deleted",
    "valid",
];
const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
/// HCP keeps figures for this long.
const KEPT: i64 = 180 * DAY;

/// A row for every namespace and then one for all of them, interval by interval.
pub(crate) fn of_tenant(call: &Call<'_>) -> Result<Out, Refusal> {
    report(call, None)
}

pub(crate) fn of_namespace(call: &Call<'_>) -> Result<Out, Refusal> {
    let name = call.name("namespace").to_lowercase();
    call.namespace(|_| ())?;
    report(call, Some(&name))
}

fn report(call: &Call<'_>, only: Option<&str>) -> Result<Out, Refusal> {
    let branch = call.branch()?;
    let state = branch.api.tenant.state();
    let mut records = Vec::new();
    for span in intervals(call.query, &state)? {
        let report = Report {
            call,
            branch: &branch,
            span,
        };
        records.extend(report.rows(&state, only));
    }
    Ok(Out::Records {
        name: "chargebackData",
        records,
        columns: COLUMNS,
    })
}

struct Report<'a> {
    call: &'a Call<'a>,
    branch: &'a Branch,
    span: Range<i64>,
}

impl Report<'_> {
    fn rows(&self, state: &State, only: Option<&str>) -> Vec<Document> {
        let end = at(self.span.end);
        let wanted = |bucket: &&Bucket| only.is_none_or(|name| bucket.name == name);
        let (mut all, mut moved) = (Figures::default(), Counts::default());
        let mut rows = Vec::new();
        let there = state.buckets.values().filter(wanted);
        for bucket in there.filter(|bucket| bucket.created < end) {
            let figures = Figures::of(bucket, end);
            let counts = self.branch.traffic.within(&bucket.name, &self.span);
            all.add(figures);
            moved.add(counts);
            rows.push(self.row(Some(&shown_name(bucket)), figures, counts));
        }
        if only.is_none() {
            rows.push(self.row(None, all, moved));
        }
        rows
    }

    fn row(&self, namespace: Option<&str>, figures: Figures, moved: Counts) -> Document {
        let row = json!({
            "systemName": self.call.front.domain,
            "tenantName": self.branch.api.name,
            "namespaceName": namespace,
            "startTime": iso(Some(at(self.span.start))),
            "endTime": iso(Some(at(self.span.end))),
            "objectCount": figures.objects,
            "ingestedVolume": figures.ingested,
            "storageCapacityUsed": figures.used,
            "bytesIn": moved.bytes_in,
            "bytesOut": moved.bytes_out,
            "reads": moved.reads,
            "writes": moved.writes,
            "deletes": moved.deletes,
            "multipartObjects": figures.multipart_objects,
            "multipartObjectParts": figures.multipart_parts,
            "multipartObjectBytes": figures.multipart_bytes,
            "multipartUploads": figures.uploads,
            "multipartUploadParts": figures.upload_parts,
            "multipartUploadBytes": figures.upload_bytes,
            "deleted": if namespace.is_some() { "false" } else { "included" },
            "valid": true,
        });
        let mut row = row.as_object().cloned().unwrap_or_default();
        row.retain(|_, value| !value.is_null());
        row
    }
}

fn at(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// The spans of the report: from `start` or the first namespace, to `end` or now, outwards to
/// whole intervals.
fn intervals(query: &Query, state: &State) -> Result<Vec<Range<i64>>, Refusal> {
    let now = OffsetDateTime::now_utc().unix_timestamp();
    let first = state
        .buckets
        .values()
        .map(|bucket| bucket.created.unix_timestamp());
    let (start, end) = (date(query, "start")?, date(query, "end")?);
    if start.zip(end).is_some_and(|(start, end)| start >= end) {
        return Err(Refusal::bad("The start must be before the end."));
    }
    let start = start.or(first.min()).unwrap_or(now).max(now - KEPT);
    let end = end.unwrap_or(now).min(now).max(start);
    let granularity = query.get("granularity").unwrap_or("total");
    let step = match granularity.to_ascii_lowercase().as_str() {
        "hour" => HOUR,
        "day" => DAY,
        "total" => {
            let start = start.div_euclid(HOUR) * HOUR;
            let end = (end.div_euclid(HOUR) + 1) * HOUR;
            return Ok(std::iter::once(start..end).collect());
        }
        _ => return Err(invalid("granularity")),
    };
    let spans = start.div_euclid(step)..=end.div_euclid(step);
    Ok(spans.map(|nth| nth * step..(nth + 1) * step).collect())
}

/// `yyyy-MM-ddThh:mm:ss±hhmm`. A plus that was not encoded has become a space.
fn date(query: &Query, name: &str) -> Result<Option<i64>, Refusal> {
    let Some(text) = query.get(name) else {
        return Ok(None);
    };
    let form = format_description!(
        "[year]-[month]-[day]T[hour]:[minute]:[second][offset_hour sign:mandatory][offset_minute]"
    );
    let text = text.replace(' ', "+");
    let date = OffsetDateTime::parse(&text, form).map_err(|_| invalid(name))?;
    Ok(Some(date.unix_timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(query: &str) -> Result<Vec<Range<i64>>, Refusal> {
        intervals(&Query::read(Some(query)), &State::default())
    }

    #[test]
    fn intervals_are_whole_and_cover_what_is_asked() {
        let now = OffsetDateTime::now_utc().unix_timestamp();
        let hour = |ago: i64| iso(Some(at(now - ago * HOUR))).replace('+', "%2B");
        let query = format!("start={}&end={}&granularity=", hour(3), hour(1));
        let hours = spans(&format!("{query}HOUR")).unwrap();
        assert_eq!(hours.len(), 3);
        assert!(hours[0].contains(&(now - 3 * HOUR)));
        assert!(hours.iter().all(|span| span.start % HOUR == 0));
        let total = spans(&format!("{query}total")).unwrap();
        assert_eq!(total.len(), 1);
        assert_eq!(total[0], hours[0].start..hours[2].end);
        assert!(spans(&format!("{query}week")).is_err());
        assert!(spans("start=yesterday").is_err());
        let turned = format!("start={}&end={}", hour(1), hour(3));
        assert!(spans(&turned).is_err());
    }
}
