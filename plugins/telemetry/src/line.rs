//! A line of the log as one JSON object: `ts`, `level`, `logger`, `msg`, then the event's own
//! fields, then those of the spans around it.

use std::fmt::{self, Debug};

use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_log::NormalizeEvent as _;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

/// RFC 3339 in UTC with milliseconds.
const TIMESTAMP: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// The format; fields of spans must be formatted as JSON too.
pub(crate) struct JsonLine;

impl<S, N> FormatEvent<S, N> for JsonLine
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut fields = Fields::default();
        event.record(&mut fields);
        for span in context.event_scope().into_iter().flatten() {
            if let Some(around) = span.extensions().get::<FormattedFields<N>>() {
                fields.add_span(&around.fields);
            }
        }
        let normal = event.normalized_metadata();
        let metadata = normal.as_ref().unwrap_or_else(|| event.metadata());
        let now = OffsetDateTime::now_utc().format(TIMESTAMP);
        fields.write(
            &mut writer,
            &now.map_err(|_| fmt::Error)?,
            metadata.level().as_str(),
            metadata.target(),
        )
    }
}

/// The fields of an event in the order of the code, so that lines look alike.
#[derive(Default)]
struct Fields {
    message: String,
    others: Vec<(String, Value)>,
}

impl Fields {
    fn add(&mut self, field: &Field, value: Value) {
        match (field.name(), value) {
            ("message", Value::String(text)) => self.message = text,
            // What the bridge from `log` adds; the normalized metadata says it better.
            (name, _) if name.starts_with("log.") => {}
            (name, value) => self.others.push((name.to_owned(), value)),
        }
    }

    /// Adds the fields of a span that no closer one has, save those that speak to the maker of traces.
    fn add_span(&mut self, json: &str) {
        let around: Map<String, Value> = serde_json::from_str(json).unwrap_or_default();
        for (name, value) in around {
            if !name.starts_with("otel.") && !self.others.iter().any(|(known, _)| *known == name) {
                self.others.push((name, value));
            }
        }
    }

    fn write(&self, writer: &mut Writer<'_>, now: &str, level: &str, logger: &str) -> fmt::Result {
        let head = [
            ("ts", now),
            ("level", level),
            ("logger", logger),
            ("msg", &self.message),
        ];
        for (position, (name, text)) in head.into_iter().enumerate() {
            let before = if position == 0 { '{' } else { ',' };
            write!(writer, "{before}\"{name}\":{}", Value::from(text))?;
        }
        for (name, value) in &self.others {
            write!(writer, ",{}:{value}", Value::from(name.as_str()))?;
        }
        writeln!(writer, "}}")
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.add(field, Value::from(format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, Value::from(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, Value::from(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, Value::from(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, Value::from(value));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field, Value::from(value));
    }
}
