//! The exporters of the OpenTelemetry project, made for the settings' endpoint.
//!
//! Made inside the runtime that uses them: their connections belong to it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use opentelemetry::KeyValue;
use opentelemetry_otlp::{
    ExporterBuildError, LogExporter, MetricExporter, SpanExporter, WithExportConfig as _,
    WithHttpConfig as _, WithTonicConfig as _,
};
use opentelemetry_sdk::Resource;
use tonic::metadata::MetadataMap;
use tonic::transport::{Channel, Endpoint as Address};

use super::endpoint::Endpoint;
use super::settings::{Protocol, pairs};
use super::transport::{Sender, connector};
use crate::settings::Settings;

/// What the collector is told of this process.
pub(super) fn resource(settings: &Settings) -> Resource {
    let more = pairs(&settings.resource_attributes);
    Resource::builder()
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .with_attributes(more.map(|(name, value)| KeyValue::new(name, value)))
        .with_service_name(settings.service_name.clone())
        .build()
}

/// Makes exporters.
#[derive(Clone)]
pub(super) struct Exporters {
    endpoint: Option<Endpoint>,
    pub(super) resource: Resource,
    timeout: Duration,
}

/// One of the two ways to the collector, which all exporters share.
pub(super) enum Way {
    Http(Arc<Sender>, HashMap<String, String>, Box<Endpoint>),
    Grpc(Channel, HeaderMap),
}

/// The same for each kind of exporter.
macro_rules! build {
    ($self:ident, $way:ident, $kind:ident, $path:literal) => {
        match $way {
            Way::Http(sender, headers, endpoint) => $kind::builder()
                .with_http()
                .with_shared_http_client(Arc::clone(sender) as Arc<_>)
                .with_headers(headers.clone())
                .with_endpoint(endpoint.path($path))
                .with_timeout($self.timeout)
                .build(),
            Way::Grpc(channel, headers) => $kind::builder()
                .with_tonic()
                .with_channel(channel.clone())
                .with_metadata(MetadataMap::from_headers(headers.clone()))
                .with_timeout($self.timeout)
                .build(),
        }
    };
}

impl Exporters {
    pub(super) fn new(endpoint: Option<Endpoint>, resource: Resource, settings: &Settings) -> Self {
        Self {
            endpoint,
            resource,
            timeout: settings.otlp_timeout.0,
        }
    }

    /// The way to the collector; `None`: there is none.
    pub(super) fn way(&self) -> Option<Way> {
        let endpoint = self.endpoint.as_ref()?;
        Some(match endpoint.protocol {
            Protocol::Http => {
                let text = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
                    Some((name.to_string(), value.to_str().ok()?.to_owned()))
                };
                let headers = endpoint.headers.iter().filter_map(text).collect();
                let sender = Arc::new(Sender::new(endpoint));
                Way::Http(sender, headers, Box::new(endpoint.clone()))
            }
            Protocol::Grpc => {
                let address = Address::from(endpoint.uri.clone()).timeout(self.timeout);
                let channel = address.connect_with_connector_lazy(connector(endpoint, Some(b"h2")));
                Way::Grpc(channel, endpoint.headers.clone())
            }
        })
    }

    pub(super) fn spans(&self, way: &Way) -> Result<SpanExporter, ExporterBuildError> {
        build!(self, way, SpanExporter, "traces")
    }

    pub(super) fn metrics(&self, way: &Way) -> Result<MetricExporter, ExporterBuildError> {
        build!(self, way, MetricExporter, "metrics")
    }

    pub(super) fn logs(&self, way: &Way) -> Result<LogExporter, ExporterBuildError> {
        build!(self, way, LogExporter, "logs")
    }
}
