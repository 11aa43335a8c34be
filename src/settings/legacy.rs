//! The names that the Python backend read from its environment, and where they live now.

use portico_sdk::settings::{Origin, Value};

/// One old name.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) name: &'static str,
    /// `section.key`.
    pub(super) target: &'static str,
    pub(super) form: Form,
    /// The only kind of store for which the name means anything.
    pub(super) only: Option<Store>,
}

/// The two kinds of store that the old names tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Store {
    Hcp,
    Other,
}

impl Store {
    /// The kind that a `backend` setting means.
    pub(super) fn of(backend: Option<&str>) -> Self {
        match backend {
            None | Some("hcp") => Self::Hcp,
            Some(_) => Self::Other,
        }
    }
}

/// How an old value is written, and what it becomes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Form {
    /// Text as it stands.
    Text,
    /// A whole number.
    Number,
    /// What pydantic takes for a truth value.
    Truth,
    /// A whole number of seconds; becomes a length of time.
    Seconds,
    /// A whole number of minutes; becomes a length of time.
    Minutes,
    /// Text; becomes a list of one.
    One,
    /// Texts with commas between them; becomes a list.
    Commas,
}

const fn row(name: &'static str, target: &'static str, form: Form, only: Option<Store>) -> Row {
    Row {
        name,
        target,
        form,
        only,
    }
}

/// Every old name. A target that no plugin of this build reads is reported once at start.
#[rustfmt::skip]
const ROWS: &[Row] = &[
    row("STORAGE_BACKEND",               "upstream.backend",        Form::Text,    None),
    row("HCP_DOMAIN",                    "upstream.domain",         Form::Text,    None),
    row("HCP_PORT",                      "upstream.mapi_port",      Form::Number,  None),
    row("HCP_VERIFY_SSL",                "upstream.verify",         Form::Truth,   Some(Store::Hcp)),
    row("HCP_HOST",                      "upstream.mapi_host",      Form::Text,    Some(Store::Hcp)),
    row("HCP_AUTH_TYPE",                 "upstream.auth_type",      Form::Text,    Some(Store::Hcp)),
    row("HCP_TIMEOUT",                   "upstream.response_timeout", Form::Seconds, None),
    row("MAPI_ENABLED",                  "mapi.enabled",            Form::Truth,   None),
    row("S3_ENDPOINT_URL",               "upstream.s3_endpoint",    Form::Text,    None),
    row("S3_REGION",                     "upstream.region",         Form::Text,    None),
    row("S3_VERIFY_SSL",                 "upstream.verify",         Form::Truth,   Some(Store::Other)),
    row("S3_ADDRESSING_STYLE",           "s3.addressing_style",     Form::Text,    Some(Store::Other)),
    row("S3_ACCESS_KEY",                 "s3.access_key",           Form::Text,    Some(Store::Other)),
    row("S3_SECRET_KEY",                 "s3.secret_key",           Form::Text,    Some(Store::Other)),
    row("API_SECRET_KEY",                "auth.secrets",            Form::One,     None),
    row("API_TOKEN_EXPIRE_MINUTES",      "auth.token_lifetime",     Form::Minutes, None),
    row("REDIS_URL",                     "redis.url",               Form::Text,    None),
    row("CACHE_DEFAULT_TTL",             "cache.default_ttl",       Form::Seconds, None),
    row("CACHE_STATS_TTL",               "cache.stats_ttl",         Form::Seconds, None),
    row("CACHE_CONFIG_TTL",              "cache.config_ttl",        Form::Seconds, None),
    row("CACHE_S3_LIST_TTL",             "cache.s3_list_ttl",       Form::Seconds, None),
    row("CACHE_S3_META_TTL",             "cache.s3_meta_ttl",       Form::Seconds, None),
    row("CACHE_S3_LIST_NOCACHE_WINDOW",  "cache.s3_list_quiet",     Form::Seconds, None),
    row("CACHE_QUERY_OBJECT_TTL",        "cache.query_object_ttl",  Form::Seconds, None),
    row("CACHE_QUERY_OPERATION_TTL",     "cache.query_operation_ttl", Form::Seconds, None),
    row("CACHE_KEY_PREFIX",              "cache.key_prefix",        Form::Text,    None),
    row("CORS_ORIGINS",                  "cors.origins",            Form::Commas,  None),
    row("ROOT_PATH",                     "docs.root_path",          Form::Text,    None),
    row("OTEL_EXPORTER_OTLP_ENDPOINT",   "telemetry.otlp_endpoint", Form::Text,    None),
    row("OTEL_SERVICE_NAME",             "telemetry.service_name",  Form::Text,    None),
    row("OTEL_TRACES_EXPORTER",          "telemetry.traces_exporter", Form::Text,  None),
    row("OTEL_METRICS_EXPORTER",         "telemetry.metrics_exporter", Form::Text, None),
    row("OTEL_LOGS_EXPORTER",            "telemetry.logs_exporter", Form::Text,    None),
    row("OTEL_EXPORTER_OTLP_PROTOCOL",   "telemetry.otlp_protocol", Form::Text,    None),
    row("OTEL_EXPORTER_OTLP_HEADERS",    "telemetry.otlp_headers",  Form::Text,    None),
    row("OTEL_RESOURCE_ATTRIBUTES",      "telemetry.resource_attributes", Form::Text, None),
];

/// The row of a name in capitals.
pub(super) fn row_of(name: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.name == name)
}

/// Old names and their `section.key`, for the test that holds the plugins to them.
pub fn legacy_names() -> impl Iterator<Item = (&'static str, &'static str)> {
    ROWS.iter().map(|row| (row.name, row.target))
}

impl Form {
    /// The value that an old text means.
    ///
    /// # Errors
    /// What would have worked.
    pub(super) fn read(self, text: &str, origin: &Origin) -> Result<Value, &'static str> {
        let origin = origin.clone();
        let whole = |form| text.parse::<u32>().map_err(|_| form);
        match self {
            Self::Text => Ok(Value::text(origin, text)),
            Self::Number => Ok(Value::integer(origin, whole("a whole number")?.into())),
            Self::Truth => truth(text)
                .map(|truth| Value::boolean(origin, truth))
                .ok_or("true or false"),
            Self::Seconds => {
                let seconds = whole("a whole number of seconds")?;
                Ok(Value::text(origin, format!("{seconds}s")))
            }
            Self::Minutes => {
                let minutes = whole("a whole number of minutes")?;
                Ok(Value::text(origin, format!("{minutes}m")))
            }
            Self::One => Ok(Value::texts(&origin, [text])),
            Self::Commas => Ok(Value::texts(&origin, text.split(',').map(str::trim))),
        }
    }
}

/// As pydantic reads it.
fn truth(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "true" | "t" | "yes" | "y" | "on" => Some(true),
        "0" | "false" | "f" | "no" | "n" | "off" => Some(false),
        _ => None,
    }
}
