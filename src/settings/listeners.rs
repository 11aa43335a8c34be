//! `[listeners.*]`: where clients connect.

use std::fs::File;

use portico_sdk::settings::Fault;
use serde::{Deserialize, Deserializer, Serialize};

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
        }
    }
}

impl Listeners {
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

    fn check(&self, section: &str, faults: &mut Vec<Fault>) {
        if !self.address.is_empty() && !is_address(&self.address) {
            let message = "expected host:port such as \"0.0.0.0:9000\" or \"[::]:9000\", or \"\" \
                           to switch the listener off";
            faults.push(Fault::key(section, "address", message));
        }
        match (self.certificate.is_empty(), self.key.is_empty()) {
            (true, true) => {}
            (false, true) => faults.push(Fault::key(
                section,
                "certificate",
                "a certificate needs its `key`",
            )),
            (true, false) => {
                faults.push(Fault::key(section, "key", "a key needs its `certificate`"));
            }
            (false, false) => {
                faults.extend(unreadable(section, "certificate", &self.certificate));
                faults.extend(unreadable(section, "key", &self.key));
            }
        }
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
    Some(Fault::key(
        section,
        key,
        format!("{path} cannot be read: {error}"),
    ))
}
