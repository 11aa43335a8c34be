//! What no public source says of HCP, as switches: a client should live with either answer.

use serde::{Deserialize, Serialize};

/// What HCP does with a property that the resource does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unknown {
    /// Takes it and shows it again, as a release would that knows more than the documents.
    #[default]
    Keep,
    /// Takes no notice of it.
    Ignore,
    /// Answers 400, as the documents of release 9 say.
    Refuse,
}

/// The body of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorBody {
    /// Nothing: all is in `X-HCP-ErrorMessage`.
    #[default]
    Empty,
    /// The message as plain text.
    Text,
    /// A page for people.
    Html,
}

/// The shape of a list of one in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SingleLists {
    /// An array of one.
    #[default]
    Array,
    /// The one thing without an array.
    Bare,
}

/// What `verbose=true` makes of a list of accounts or of content classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VerboseLists {
    /// Names and nothing else, as the documents show.
    #[default]
    Names,
    /// A bare array of whole documents in JSON, as one client has seen.
    Objects,
}

/// The names of a licence's properties: HCP's documents have two sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LicenseNames {
    /// `localCapacity` and `feature`, as in the table of properties.
    #[default]
    Table,
    /// `activeCapacity` and `licenseType`, as in the example.
    Example,
}

/// All switches. The defaults are what the documents say or, where they are silent, what clients
/// have been seen to cope with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Assumptions {
    /// The status of a HEAD that finds nothing or may not look: 302 or 404.
    pub head_miss: u16,
    /// The `Location` of that 302; none unless given.
    pub redirect_location: Option<String>,
    /// The body of an error.
    pub error_body: ErrorBody,
    /// Unknown properties.
    pub unknown_properties: Unknown,
    /// Whether `[…]` is taken where documents have `{"name":[…]}`.
    pub bare_lists: bool,
    /// Whether a POST that says all in its query may come without a body.
    pub actions_without_body: bool,
    /// Lists of one.
    pub single_lists: SingleLists,
    /// Lists with `verbose=true`.
    pub verbose_lists: VerboseLists,
    /// Licences.
    pub license_names: LicenseNames,
}

impl Default for Assumptions {
    fn default() -> Self {
        Self {
            head_miss: 302,
            redirect_location: None,
            error_body: ErrorBody::default(),
            unknown_properties: Unknown::default(),
            bare_lists: true,
            actions_without_body: true,
            single_lists: SingleLists::default(),
            verbose_lists: VerboseLists::default(),
            license_names: LicenseNames::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_them_may_be_said_as_json() {
        let said = r#"{"head-miss":404,"unknown-properties":"refuse"}"#;
        let said: Assumptions = serde_json::from_str(said).unwrap();
        let wanted = Assumptions {
            head_miss: 404,
            unknown_properties: Unknown::Refuse,
            ..Assumptions::default()
        };
        assert_eq!(said, wanted);
        assert!(serde_json::from_str::<Assumptions>(r#"{"head-mis":404}"#).is_err());
    }
}
