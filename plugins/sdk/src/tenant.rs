//! A tenant's name, valid by construction, because it becomes part of a host name.

use std::fmt;
use std::str::FromStr;

/// The name of an HCP tenant: one DNS label, kept in lower case.
///
/// HCP compares tenant names without regard to case. The rule is that of the login route
/// (`^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?$`) with the 63 bytes of RFC 1035 section 2.3.4
/// as its bound, so a tenant can be put into a host name without further thought.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tenant(Box<str>);

/// The text is no tenant name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Invalid tenant name")]
pub struct InvalidTenant;

impl Tenant {
    /// The name in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Tenant {
    type Err = InvalidTenant;

    fn from_str(text: &str) -> Result<Self, InvalidTenant> {
        let inner = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        let bytes = text.as_bytes();
        let edges_are_dashes = bytes.first() == Some(&b'-') || bytes.last() == Some(&b'-');
        if bytes.is_empty()
            || bytes.len() > 63
            || edges_are_dashes
            || !bytes.iter().all(|&b| inner(b))
        {
            return Err(InvalidTenant);
        }
        Ok(Self(text.to_ascii_lowercase().into()))
    }
}

impl fmt::Display for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_dns_labels_in_lower_case() {
        assert_eq!(
            "Research-1".parse::<Tenant>().unwrap().as_str(),
            "research-1"
        );
        let long = "a".repeat(64);
        for bad in [
            "",
            "-a",
            "a-",
            "a.b",
            "a/b",
            "a b",
            "å",
            "a\n",
            "a@b",
            "a:1",
            "a?",
            long.as_str(),
        ] {
            assert_eq!(bad.parse::<Tenant>(), Err(InvalidTenant), "{bad:?}");
        }
    }
}
