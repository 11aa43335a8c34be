//! What a document is made of: names, types, defaults.

/// A document with declared fields. Fields that it does not declare pass in both directions.
#[derive(Debug)]
pub struct Model {
    /// Its name in the document of the API.
    pub name: &'static str,
    /// In the order of answers.
    pub fields: &'static [Field],
}

/// One declared field.
#[derive(Debug)]
pub struct Field {
    /// As on the wire.
    pub name: &'static str,
    /// Whether a request must have it; any other may be null.
    pub required: bool,
    /// The type of its value.
    pub kind: Kind,
    /// What stands there unless somebody says otherwise.
    pub preset: Preset,
}

impl Field {
    /// A field of a request that may be missing or null.
    #[must_use]
    pub const fn optional(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            required: false,
            kind,
            preset: Preset::Null,
        }
    }
}

/// What stands in a field that nobody gave.
#[derive(Debug, Clone, Copy)]
pub enum Preset {
    /// Nothing.
    Null,
    /// A number.
    Int(i64),
    /// A truth.
    Flag(bool),
    /// A text.
    Text(&'static str),
}

/// The type of a value.
#[derive(Debug)]
pub enum Kind {
    /// Text.
    Text,
    /// Text that no answer repeats.
    Secret,
    /// A whole number.
    Int,
    /// A number.
    Number,
    /// A truth.
    Flag,
    /// Whatever it is.
    Any,
    /// An object of no declared form.
    Object,
    /// One of some words.
    Choice(&'static Choice),
    /// Another document.
    Model(&'static Model),
    /// Any number of these.
    List(&'static Kind),
    /// A list in the contract, an object around a list for HCP: `{"ipAddress": […]}`
    /// (HCP, "Management API Reference", nested lists).
    Wrapped(&'static str, &'static Kind),
}

/// One of some words.
#[derive(Debug)]
pub struct Choice {
    /// Its name in the tables.
    pub name: &'static str,
    /// As HCP writes them.
    pub words: &'static [&'static str],
    /// Whether a word may be written in any case; it goes on as it stands in the list.
    pub any_case: bool,
}

impl Choice {
    /// The word of the list that is meant.
    #[must_use]
    pub fn word(&self, text: &str) -> Option<&'static str> {
        let same =
            |word: &&&str| **word == text || (self.any_case && word.eq_ignore_ascii_case(text));
        self.words.iter().find(same).copied()
    }

    /// `'A', 'B' or 'C'`.
    #[must_use]
    pub fn expected(&self) -> String {
        let quoted: Vec<_> = self.words.iter().map(|word| format!("'{word}'")).collect();
        match quoted.split_last() {
            Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
            _ => quoted.concat(),
        }
    }
}

impl Kind {
    /// The document inside, if there is one.
    #[must_use]
    pub fn model(&self) -> Option<&'static Model> {
        match self {
            Self::Model(model) => Some(model),
            Self::List(item) | Self::Wrapped(_, item) => item.model(),
            _ => None,
        }
    }
}

impl Model {
    /// The only field, if it is a list: HCP may send such a document as a bare list.
    #[must_use]
    pub fn only_list(&self) -> Option<&'static Field> {
        match self.fields {
            [field] => Some(field).filter(|field| matches!(field.kind, Kind::List(_))),
            _ => None,
        }
    }
}
