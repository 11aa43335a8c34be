//! Which spans become part of a trace: those of the house inside of an exchange or job that is
//! followed. Everything else costs no more than this question.

use tracing::level_filters::LevelFilter;
use tracing::subscriber::Interest;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Filter};
use tracing_subscriber::registry::LookupSpan;

/// The target of the spans with which a trace begins here.
pub(super) const ROOT: &str = "portico_telemetry::root";

/// What the crates of the house are called.
const HOUSE: &str = "portico";

/// The filter of the layer that makes traces.
#[derive(Debug, Clone, Copy)]
pub(super) struct Followed;

impl<S> Filter<S> for Followed
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn enabled(&self, metadata: &Metadata<'_>, context: &Context<'_, S>) -> bool {
        is_ours(metadata) && (metadata.target() == ROOT || context.lookup_current().is_some())
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if !is_ours(metadata) {
            Interest::never()
        } else if metadata.target() == ROOT {
            Interest::always()
        } else {
            Interest::sometimes()
        }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::DEBUG)
    }
}

fn is_ours(metadata: &Metadata<'_>) -> bool {
    metadata.is_span() && metadata.target().starts_with(HOUSE)
}
