//! The collector: its address, whom to trust about it, what it wants to be told.

use std::fs;
use std::str::FromStr as _;

use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use portico_clients::{trusting, trusting_nobody};
use portico_sdk::settings::Fault;
use portico_sdk::upstream::TlsRules;
use rustls::ClientConfig;

use super::settings::{Protocol, fault, pairs};
use crate::settings::{NAME, Settings};

/// The collector.
#[derive(Clone)]
pub(super) struct Endpoint {
    pub(super) uri: Uri,
    pub(super) protocol: Protocol,
    pub(super) headers: HeaderMap,
    /// Whom to believe; nobody, where nothing is encrypted.
    pub(super) tls: ClientConfig,
}

impl Endpoint {
    /// The collector of the settings, if they name one.
    pub(super) fn of(settings: &Settings) -> Result<Option<Self>, Fault> {
        if settings.otlp_endpoint.is_empty() {
            return Ok(None);
        }
        let uri = address(&settings.otlp_endpoint)?;
        let secure = uri.scheme_str() == Some("https");
        let tls = if secure {
            tls(&settings.otlp_ca_file)?
        } else {
            trusting_nobody().map_err(fault)?
        };
        Ok(Some(Self {
            uri,
            protocol: settings.otlp_protocol,
            headers: headers(settings.otlp_headers.expose())?,
            tls,
        }))
    }

    /// Where signals of a kind go over HTTP (OTLP specification, "OTLP/HTTP Request").
    pub(super) fn path(&self, signal: &str) -> String {
        let base = self.uri.to_string();
        format!("{}/v1/{signal}", base.trim_end_matches('/'))
    }
}

fn address(text: &str) -> Result<Uri, Fault> {
    let uri = Uri::from_str(text).ok();
    let usable = |uri: &Uri| {
        let known = matches!(uri.scheme_str(), Some("http" | "https"));
        known && uri.host().is_some_and(|host| !host.is_empty()) && uri.query().is_none()
    };
    uri.filter(usable).ok_or_else(|| {
        let words = "must be an address such as \"http://127.0.0.1:4318\"";
        Fault::key(NAME, "otlp_endpoint", words)
    })
}

fn headers(text: &str) -> Result<HeaderMap, Fault> {
    // Neither name nor value is repeated: they may be secrets.
    let unusable = || Fault::key(NAME, "otlp_headers", "holds what no header can hold");
    let mut headers = HeaderMap::new();
    for (name, value) in pairs(text) {
        let name = HeaderName::from_str(&name).map_err(|_| unusable())?;
        let mut value = HeaderValue::from_str(&value).map_err(|_| unusable())?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(headers)
}

fn tls(ca_file: &str) -> Result<ClientConfig, Fault> {
    let ca_pem = match ca_file {
        "" => None,
        file => {
            let read = fs::read(file);
            let unread = |error| Fault::key(NAME, "otlp_ca_file", format!("{file}: {error}"));
            Some(read.map_err(unread)?.into())
        }
    };
    let rules = TlsRules {
        ca_pem,
        verify: true,
    };
    trusting(&rules).map_err(fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(endpoint: &str, headers: &str) -> Settings {
        Settings {
            otlp_endpoint: endpoint.to_owned(),
            otlp_headers: headers.into(),
            ..Settings::default()
        }
    }

    #[test]
    fn each_kind_of_signal_has_its_path_below_the_endpoint() {
        for base in ["http://c:4318", "http://c:4318/"] {
            let endpoint = Endpoint::of(&settings(base, "")).unwrap().unwrap();
            assert_eq!(endpoint.path("traces"), "http://c:4318/v1/traces");
        }
        let below = Endpoint::of(&settings("http://c/otlp", "")).unwrap();
        assert_eq!(below.unwrap().path("logs"), "http://c/otlp/v1/logs");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in ["collector:4318", "ftp://c", "/v1", "http://c?x=1"] {
            assert!(Endpoint::of(&settings(text, "")).is_err(), "{text}");
        }
    }

    #[test]
    fn headers_are_read_and_a_bad_one_is_not_repeated() {
        let endpoint = Endpoint::of(&settings("http://c", "api-key=hush")).unwrap();
        assert_eq!(endpoint.unwrap().headers["api-key"], "hush");
        let bad = Endpoint::of(&settings("http://c", "api key=hush"));
        let fault = format!("{:?}", bad.err().unwrap());
        assert!(!fault.contains("hush"), "{fault}");
    }
}
