//! How a plugin's part of the configuration is read, typed, with faults that name their place.

use std::fmt;
use std::ops::Range;

use secrecy::{ExposeSecret as _, SecretString};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use toml::Spanned;
use toml::de::DeTable;

/// One table of the configuration, still raw, with the spans of the file it came from.
#[derive(Debug)]
pub struct Section {
    name: String,
    table: Spanned<DeTable<'static>>,
}

impl Section {
    /// A table of the file.
    #[must_use]
    pub fn new(name: impl Into<String>, table: Spanned<DeTable<'static>>) -> Self {
        Self {
            name: name.into(),
            table,
        }
    }

    /// A table that the file does not have: every setting at its default.
    #[must_use]
    pub fn absent(name: impl Into<String>) -> Self {
        Self::new(name, Spanned::new(0..0, DeTable::default()))
    }

    /// The name of the table.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Reads the table into a settings type.
    ///
    /// # Errors
    /// The first key that is unknown or holds a value of the wrong kind, with its place.
    pub fn read<T: DeserializeOwned>(self) -> Result<T, Fault> {
        let name = self.name;
        T::deserialize(toml::de::Deserializer::from(self.table)).map_err(|error| Fault {
            section: name,
            place: error.span().map_or(Place::Section, Place::Span),
            message: error.message().to_owned(),
        })
    }
}

/// Where in the configuration a fault is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Bytes of the file.
    Span(Range<usize>),
    /// A key of the section, whose bytes the loader looks up.
    Key(&'static str),
    /// The section as a whole.
    Section,
}

/// A setting that cannot be used, and what would have worked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("[{section}] {message}")]
pub struct Fault {
    /// The table.
    pub section: String,
    /// Where in it.
    pub place: Place,
    /// What is wrong, and what would have worked. Holds no secret.
    pub message: String,
}

impl Fault {
    /// A fault in one key that only the plugin can see.
    #[must_use]
    pub fn key(section: &str, key: &'static str, message: impl Into<String>) -> Self {
        Self {
            section: section.to_owned(),
            place: Place::Key(key),
            message: message.into(),
        }
    }

    /// A fault of the section as a whole.
    #[must_use]
    pub fn section(section: &str, message: impl Into<String>) -> Self {
        Self {
            section: section.to_owned(),
            place: Place::Section,
            message: message.into(),
        }
    }
}

/// A secret in the settings: read as text, shown by nobody; empty means "not set".
#[derive(Clone, Default)]
pub struct Secret(SecretString);

impl Secret {
    /// The secret itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Whether it is not set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.expose().is_empty()
    }

    /// The secret as the type that the rest of the house uses.
    #[must_use]
    pub fn to_secret_string(&self) -> SecretString {
        self.0.clone()
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(SecretString::from(text))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(SecretString::from(text)))
    }
}

/// Written as the empty text, so that defaults can be listed and secrets cannot.
impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("")
    }
}

/// A length of time, written as people do: `"90s"`, `"15m"`, `"8h"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duration(pub std::time::Duration);

impl Duration {
    /// So many seconds.
    #[must_use]
    pub const fn from_secs(seconds: u64) -> Self {
        Self(std::time::Duration::from_secs(seconds))
    }
}

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        humantime::parse_duration(&text).map(Self).map_err(|_| {
            D::Error::custom(format!(
                "`{text}` is no length of time; write it as \"30s\", \"15m\" or \"8h\""
            ))
        })
    }
}

impl Serialize for Duration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&humantime::format_duration(self.0))
    }
}

/// A number of bytes, written as people do: `"4MiB"`, `"64KiB"`, `"1GiB"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(pub u64);

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse::<bytesize::ByteSize>()
            .map(|size| Self(size.as_u64()))
            .map_err(|_| {
                D::Error::custom(format!(
                    "`{text}` is no size; write it as \"64KiB\", \"4MiB\" or \"1GiB\""
                ))
            })
    }
}

impl Serialize for Size {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&bytesize::ByteSize(self.0).display().iec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        wait: Duration,
        size: Size,
        secret: Secret,
    }

    fn section(text: &str) -> Section {
        let mut table = DeTable::parse(text).unwrap();
        table.get_mut().make_owned();
        let span = table.span();
        let inner = table.into_inner();
        // Spans survive the move of ownership; only the borrowed text is copied.
        Section::new("sample", Spanned::new(span, into_static(inner)))
    }

    fn into_static(table: DeTable<'_>) -> DeTable<'static> {
        let text = toml::to_string(
            &toml::Table::deserialize(toml::de::Deserializer::from(Spanned::new(0..0, table)))
                .unwrap(),
        )
        .unwrap();
        let leaked: &'static str = Box::leak(text.into_boxed_str());
        DeTable::parse(leaked).unwrap().into_inner()
    }

    #[test]
    fn durations_sizes_and_secrets_are_read() {
        let sample: Sample = section("wait = \"15m\"\nsize = \"4MiB\"\nsecret = \"hush\"")
            .read()
            .unwrap();
        assert_eq!(sample.wait.0.as_secs(), 900);
        assert_eq!(sample.size.0, 4 << 20);
        assert_eq!(sample.secret.expose(), "hush");
        assert!(!format!("{sample:?}").contains("hush"));
    }

    #[test]
    fn a_fault_names_its_place_and_what_would_have_worked() {
        let fault = section("wait = \"soon\"\nsize = \"1KiB\"\nsecret = \"\"")
            .read::<Sample>()
            .unwrap_err();
        assert!(matches!(fault.place, Place::Span(_)), "{fault:?}");
        assert!(fault.message.contains("15m"), "{fault}");
        let unknown = section("wait = \"1s\"\nsize = \"1KiB\"\nsecret = \"\"\ntypo = 1")
            .read::<Sample>()
            .unwrap_err();
        assert!(
            unknown.message.contains("typo") && unknown.message.contains("secret"),
            "{unknown}"
        );
    }
}
