//! `[listeners.*]`: where clients connect.

use std::fs::File;
use std::net::IpAddr;

use ipnet::IpNet;
use portico_sdk::route::Listener;
use portico_sdk::settings::Fault;
use serde::{Deserialize, Deserializer, Serialize};

use crate::origin::{ForwardedBy, TrustedProxies};
use crate::tls::{self, Files};

/// The listeners.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Listeners {
    /// The S3 door.
    #[serde(deserialize_with = "s3")]
    pub s3: ListenerSettings,
    /// REST, `/mapi` and health.
    #[serde(deserialize_with = "api")]
    pub api: ListenerSettings,
    /// Metrics and health.
    #[serde(deserialize_with = "admin")]
    pub admin: ListenerSettings,
    /// Networks (`10.0.0.0/8`) or addresses of the proxies before us that are believed.
    pub trusted_proxies: Vec<String>,
    /// In which header they name their client.
    pub forwarded_by: ForwardedBy,
}

/// One listener.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ListenerSettings {
    /// `host:port`; port 0 takes a free one; empty: the listener is off.
    pub address: String,
    /// The certificate chain (PEM); empty: no TLS.
    pub certificate: String,
    /// The certificate's private key (PEM).
    pub key: String,
    /// More of them; a client gets the one whose names it asks for.
    pub certificates: Vec<Files>,
    /// Whether connections begin with a PROXY preamble; only trusted proxies may connect then.
    pub proxy_protocol: bool,
    /// More addresses of the listener, each with certificates of its own; those have no more.
    pub more: Vec<ListenerSettings>,
}

const S3: &str = "0.0.0.0:9000";
const API: &str = "0.0.0.0:8000";
const ADMIN: &str = "127.0.0.1:9901";

impl Default for Listeners {
    fn default() -> Self {
        Self {
            s3: ListenerSettings::at(S3),
            api: ListenerSettings::at(API),
            admin: ListenerSettings::at(ADMIN),
            trusted_proxies: Vec::new(),
            forwarded_by: ForwardedBy::default(),
        }
    }
}

/// The table as it is written: only here can a missing address be told from an empty one.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Written {
    address: Option<String>,
    certificate: String,
    key: String,
    certificates: Vec<Files>,
    proxy_protocol: bool,
    more: Vec<Another>,
}

/// One more address as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Another {
    address: String,
    #[serde(default)]
    certificate: String,
    #[serde(default)]
    key: String,
    #[serde(default)]
    certificates: Vec<Files>,
    #[serde(default)]
    proxy_protocol: bool,
}

impl From<Another> for ListenerSettings {
    fn from(another: Another) -> Self {
        Self {
            address: another.address,
            certificate: another.certificate,
            key: another.key,
            certificates: another.certificates,
            proxy_protocol: another.proxy_protocol,
            more: Vec::new(),
        }
    }
}

fn s3<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ListenerSettings, D::Error> {
    Written::deserialize(deserializer).map(|written| written.or(S3))
}

fn api<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ListenerSettings, D::Error> {
    Written::deserialize(deserializer).map(|written| written.or(API))
}

fn admin<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ListenerSettings, D::Error> {
    Written::deserialize(deserializer).map(|written| written.or(ADMIN))
}

impl Written {
    fn or(self, address: &str) -> ListenerSettings {
        ListenerSettings {
            address: self.address.unwrap_or_else(|| address.to_owned()),
            certificate: self.certificate,
            key: self.key,
            certificates: self.certificates,
            proxy_protocol: self.proxy_protocol,
            more: self.more.into_iter().map(Into::into).collect(),
        }
    }
}

impl Listeners {
    /// Every address of every listener that is switched on.
    pub fn open(&self) -> impl Iterator<Item = (Listener, &ListenerSettings)> {
        let all = [
            (Listener::S3, &self.s3),
            (Listener::Api, &self.api),
            (Listener::Admin, &self.admin),
        ];
        let open = all.into_iter().filter(|(_, it)| !it.address.is_empty());
        open.flat_map(|(listener, first)| {
            let addresses = std::iter::once(first).chain(&first.more);
            addresses.map(move |settings| (listener, settings))
        })
    }

    /// Who is believed about clients.
    #[must_use]
    pub fn trusted_proxies(&self) -> TrustedProxies {
        let networks = self.networks().unwrap_or_default();
        TrustedProxies::new(&networks, self.forwarded_by)
    }

    /// `None`: one of them is none.
    fn networks(&self) -> Option<Vec<IpNet>> {
        let network = |text: &String| {
            let address = text.parse::<IpAddr>().map(IpNet::from);
            address.ok().or_else(|| text.parse().ok())
        };
        self.trusted_proxies.iter().map(network).collect()
    }

    /// What only a look at several settings, or at the file system, can find.
    pub(super) fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        let all = [
            ("listeners.s3", &self.s3),
            ("listeners.api", &self.api),
            ("listeners.admin", &self.admin),
        ];
        for (section, listener) in all {
            listener.check(section, &mut faults);
            faults.extend(
                listener
                    .more
                    .iter()
                    .flat_map(|more| more.faults_as_more(section)),
            );
            let mut addresses = std::iter::once(listener).chain(&listener.more);
            let preambles = addresses.any(|address| address.proxy_protocol);
            if preambles && self.trusted_proxies.is_empty() {
                let message = "needs the proxies in [listeners] trusted_proxies";
                faults.push(Fault::key(section, "proxy_protocol", message));
            }
        }
        if self.networks().is_none() {
            let message = "expected networks such as \"10.0.0.0/8\" or addresses such as \
                           \"192.0.2.1\"";
            faults.push(Fault::key("listeners", "trusted_proxies", message));
        }
        if all.iter().all(|(_, listener)| listener.address.is_empty()) {
            faults.push(Fault::section("listeners", "every listener is off"));
        }
        faults
    }
}

impl ListenerSettings {
    fn at(address: &str) -> Self {
        Self {
            address: address.to_owned(),
            ..Self::default()
        }
    }

    /// Every certificate, the default first; none: no TLS.
    #[must_use]
    pub fn certificates(&self) -> Vec<Files> {
        let own = Files {
            certificate: self.certificate.clone(),
            key: self.key.clone(),
        };
        let own = (!self.certificate.is_empty()).then_some(own);
        own.into_iter().chain(self.certificates.clone()).collect()
    }

    fn check(&self, section: &str, faults: &mut Vec<Fault>) {
        if !self.address.is_empty() && !is_address(&self.address) {
            let message = "expected host:port such as \"0.0.0.0:9000\" or \"[::]:9000\", or \"\" \
                           to switch the listener off";
            faults.push(Fault::key(section, "address", message));
        }
        match (self.certificate.is_empty(), self.key.is_empty()) {
            (false, true) => faults.push(Fault::key(
                section,
                "certificate",
                "a certificate needs its `key`",
            )),
            (true, false) => {
                faults.push(Fault::key(section, "key", "a key needs its `certificate`"));
            }
            _ => faults.extend(self.unusable(section)),
        }
    }

    /// The faults of one more address, which has no line of its own.
    fn faults_as_more(&self, section: &str) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.address.is_empty() {
            let message = "one more address is \"host:port\"";
            faults.push(Fault::key(section, "more", message));
        }
        self.check(section, &mut faults);
        let as_more = |fault: Fault| Fault::key(section, "more", fault.message);
        faults.into_iter().map(as_more).collect()
    }

    /// Files that cannot be read, or else the first certificate that cannot be used.
    fn unusable(&self, section: &str) -> Vec<Fault> {
        let files = [("certificate", &self.certificate), ("key", &self.key)];
        let files = files.into_iter().filter(|(_, file)| !file.is_empty());
        let unreadable: Vec<_> = files
            .filter_map(|(key, file)| unreadable(section, key, file))
            .collect();
        if !unreadable.is_empty() {
            return unreadable;
        }
        let unusable = |(at, files): (usize, Files)| {
            let error = tls::fault(std::slice::from_ref(&files))?;
            let key = match at {
                0 if !self.certificate.is_empty() => error.setting(&files),
                _ => "certificates",
            };
            Some(Fault::key(section, key, error.to_string()))
        };
        let all = self.certificates().into_iter().enumerate();
        all.filter_map(unusable).collect()
    }
}

fn is_address(text: &str) -> bool {
    let Some((host, port)) = text.rsplit_once(':') else {
        return false;
    };
    let bracketed = host.starts_with('[') && host.ends_with(']');
    !host.is_empty() && (bracketed || !host.contains(':')) && port.parse::<u16>().is_ok()
}

fn unreadable(section: &str, key: &'static str, path: &str) -> Option<Fault> {
    let error = File::open(path).err()?;
    let message = format!("{path} cannot be read: {error}");
    Some(Fault::key(section, key, message))
}
