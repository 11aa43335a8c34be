//! Starts the log of the process: `tracing` events and `log` records, on standard error.

use std::io::{self, IsTerminal as _};

use tracing::Dispatch;
use tracing_log::AsLog as _;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::JsonFields;
use tracing_subscriber::layer::Filter;
use tracing_subscriber::reload;
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};
use tracing_subscriber::{EnvFilter, Registry};

use crate::line::JsonLine;
use crate::otel::{self, Layers};
use crate::settings::LogFormat;
use crate::steering::Steering;

/// The log cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum LoggingError {
    /// The level is neither one nor a list of directives.
    #[error(
        "`{0}` is no log level; write \"info\", \"debug\", or directives such as \
         \"info,portico_s3=debug\""
    )]
    Level(String, #[source] Option<ParseError>),
    /// There is a log already.
    #[error("a log has been started already")]
    Started(#[from] TryInitError),
}

/// Starts the log of the whole process; to be called once, before anything else logs.
///
/// # Errors
/// A level that cannot be read, or a log that runs already.
pub fn init(format: LogFormat, level: &str) -> Result<(), LoggingError> {
    let (log, steering) = build(format, level, io::stderr, io::stderr().is_terminal())?;
    log.try_init()?;
    steering.take_over();
    Ok(())
}

/// The same, where lines and spans are exported as well.
pub(crate) fn init_exporting(
    format: LogFormat,
    level: &str,
    layers: Layers,
) -> Result<(), LoggingError> {
    let filter = filter(level)?;
    let most = filter.max_level_hint().unwrap_or(LevelFilter::TRACE);
    let (filter, handle) = reload::Layer::new(filter);
    let terminal = io::stderr().is_terminal();
    exporting(format, filter, io::stderr, terminal, layers).try_init()?;
    // Spans have raised it, also for the libraries that log by other means.
    log::set_max_level(most.as_log());
    steering(level, handle).take_over();
    Ok(())
}

/// The same lines as those of [`build`].
fn exporting<W>(
    format: LogFormat,
    filter: impl Filter<Registry> + Send + Sync + 'static,
    writer: W,
    terminal: bool,
    layers: Layers,
) -> Dispatch
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let mut paper = tracing_subscriber::fmt::layer()
        .log_internal_errors(false)
        .with_writer(writer);
    if !terminal {
        paper = paper.with_ansi(false);
    }
    if is_human(format, terminal) {
        otel::dispatch(paper, filter, layers)
    } else {
        let paper = paper.fmt_fields(JsonFields::new()).event_format(JsonLine);
        otel::dispatch(paper, filter, layers)
    }
}

/// The same log with another destination, without colours and with no effect on the process.
///
/// # Errors
/// A level that cannot be read.
pub fn subscriber<W>(format: LogFormat, level: &str, writer: W) -> Result<Dispatch, LoggingError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    build(format, level, writer, false).map(|(log, _)| log)
}

fn build<W>(
    format: LogFormat,
    level: &str,
    writer: W,
    terminal: bool,
) -> Result<(Dispatch, Steering), LoggingError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let mut builder = tracing_subscriber::fmt()
        // It would tell on standard error that nothing can be written there, which panics: a full disk
        // would end every request.
        .log_internal_errors(false)
        .with_env_filter(filter(level)?)
        .with_writer(writer);
    if !terminal {
        // On a terminal the library decides, since it knows `NO_COLOR`.
        builder = builder.with_ansi(false);
    }
    Ok(if is_human(format, terminal) {
        let builder = builder.with_filter_reloading();
        let handle = builder.reload_handle();
        let log = Dispatch::new(builder.finish());
        (log, steering(level, handle))
    } else {
        let builder = builder.fmt_fields(JsonFields::new());
        let builder = builder.event_format(JsonLine).with_filter_reloading();
        let handle = builder.reload_handle();
        let log = Dispatch::new(builder.finish());
        (log, steering(level, handle))
    })
}

fn steering<S: 'static>(level: &str, handle: reload::Handle<EnvFilter, S>) -> Steering {
    let apply = Box::new(move |filter| handle.reload(filter).is_ok());
    Steering::new(level, apply)
}

/// Libraries whose lines below `info` show whole heads and bodies, bearer tokens included.
const TALKATIVE: [&str; 5] = ["pingora", "hyper", "h2", "ureq", "aws_"];

/// Libraries that repeat themselves, and what is left of them. The one of Redis tells of every attempt,
/// hundreds in a second while a cluster is away: our own lines say when it went and when it came back.
/// That of tables tells of every table that is opened.
const REPETITIVE: [(&str, LevelFilter); 2] =
    [("redis", LevelFilter::OFF), ("lance", LevelFilter::WARN)];

/// Reads a level or a list of directives; the talkative libraries stay at `info`, and of the
/// repetitive ones little is left, unless the directives name them.
pub(crate) fn filter(level: &str) -> Result<EnvFilter, LoggingError> {
    let failed = |error| LoggingError::Level(level.to_owned(), Some(error));
    if !level.split(',').all(is_directive) {
        return Err(LoggingError::Level(level.to_owned(), None));
    }
    let filter = EnvFilter::builder().parse(level).map_err(failed)?;
    let most = filter.max_level_hint();
    let unnamed = |name: &str| !level.split(',').any(|each| each.trim().starts_with(name));
    let mut whole = vec![level.to_owned()];
    let repetitive = REPETITIVE.iter().filter(|(name, _)| unnamed(name));
    let repetitive = repetitive.filter(|(_, left)| most > Some(*left));
    whole.extend(repetitive.map(|(name, left)| format!("{name}={left}")));
    if most > Some(LevelFilter::INFO) {
        let talkative = TALKATIVE.iter().filter(|name| unnamed(name));
        whole.extend(talkative.map(|name| format!("{name}=info")));
    }
    EnvFilter::builder().parse(whole.join(",")).map_err(failed)
}

/// The library takes a word that is no level for the name of a module, so that a slip of the pen would
/// silence all others.
fn is_directive(text: &str) -> bool {
    text.contains(['=', '[']) || (!text.is_empty() && text.parse::<LevelFilter>().is_ok())
}

fn is_human(format: LogFormat, terminal: bool) -> bool {
    match format {
        LogFormat::Auto => terminal,
        LogFormat::Json => false,
        LogFormat::Human => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn talkative_libraries_stay_quiet_unless_named() {
        let read = |level: &str| filter(level).unwrap().to_string();
        assert!(read("debug").contains("pingora=info"));
        assert!(read("info,portico_s3=trace").contains("hyper=info"));
        assert!(!read("warn").contains("pingora"));
        assert!(read("warn").contains("redis=off"));
        assert!(!read("info,redis=warn").contains("redis=off"));
        assert!(read("info,portico_lance=debug").contains(",lance=warn"));
        assert!(
            !read("warn").contains("lance=") && !read("info,lance=info").contains("lance=warn")
        );
        assert!(!read("debug,pingora=trace").contains("pingora=info"));
        assert!(filter("portico_s3").is_err() && filter("inof").is_err());
    }
}
