//! What a document of the contract is made of: names, types, defaults. Data, which four places
//! read: the check of requests, the shape of answers, what goes to HCP, and the description.

/// A document with declared fields. Fields that it does not declare pass in both directions.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) name: &'static str,
    pub(super) fields: &'static [Field],
}

/// One declared field.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) required: bool,
    pub(super) kind: Kind,
    pub(super) preset: Preset,
}

/// What stands in a field that nobody gave.
#[derive(Debug, Clone, Copy)]
pub(super) enum Preset {
    Null,
    Int(i64),
    Flag(bool),
    Text(&'static str),
}

/// The type of a value.
#[derive(Debug)]
pub(super) enum Kind {
    Text,
    /// Text that no answer repeats.
    Secret,
    Int,
    Number,
    Flag,
    /// An object of no declared form.
    Object,
    Choice(&'static Choice),
    Model(&'static Model),
    List(&'static Kind),
    /// A list in the contract, an object around a list for HCP: `{"ipAddress": […]}`
    /// (HCP, "Management API Reference", nested lists).
    Wrapped(&'static str, &'static Kind),
}

/// One of some words.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) name: &'static str,
    pub(super) words: &'static [&'static str],
    /// Whether a word may be written in any case; it goes on as it stands in the list.
    pub(super) any_case: bool,
}

impl Choice {
    /// The word of the list that is meant.
    pub(super) fn word(&self, text: &str) -> Option<&'static str> {
        let same =
            |word: &&&str| **word == text || (self.any_case && word.eq_ignore_ascii_case(text));
        self.words.iter().find(same).copied()
    }

    /// `'A', 'B' or 'C'`.
    pub(super) fn expected(&self) -> String {
        let quoted: Vec<_> = self.words.iter().map(|word| format!("'{word}'")).collect();
        match quoted.split_last() {
            Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
            _ => quoted.concat(),
        }
    }
}

impl Model {
    /// The only field, if it is a list: HCP may send such a document as a bare list.
    pub(super) fn only_list(&self) -> Option<&'static Field> {
        match self.fields {
            [field] => Some(field).filter(|field| matches!(field.kind, Kind::List(_))),
            _ => None,
        }
    }
}

/// The word of the tables for a type.
///
/// `text`, `secret`, `int`, `number`, `flag`, `object`; `(MODEL)`; `{CHOICE}`; `[of]` a list;
/// `[key of]` a list that HCP wants as `{key: […]}`.
macro_rules! kind {
    (text) => {
        Kind::Text
    };
    (secret) => {
        Kind::Secret
    };
    (int) => {
        Kind::Int
    };
    (number) => {
        Kind::Number
    };
    (flag) => {
        Kind::Flag
    };
    (object) => {
        Kind::Object
    };
    (($model:ident)) => {
        Kind::Model(&$model)
    };
    ({$choice:ident}) => {
        Kind::Choice(&$choice)
    };
    ([$item:tt]) => {
        Kind::List(&kind!($item))
    };
    ([$key:ident $item:tt]) => {
        Kind::Wrapped(stringify!($key), &kind!($item))
    };
}

/// Declares documents: `NAME "Name" { field: kind, field(required): kind, field: kind = Int(1) }`.
macro_rules! models {
    ($($(#[$doc:meta])* $model:ident $name:literal {
        $($field:ident $(($required:ident))? : $kind:tt $(= $preset:ident($value:literal))?),* $(,)?
    })*) => { $(
        $(#[$doc])*
        pub(in crate::rest) const $model: Model = Model {
            name: $name,
            fields: &[$(Field {
                name: stringify!($field),
                required: models!(@is $($required)?),
                kind: kind!($kind),
                preset: models!(@preset $($preset $value)?),
            }),*],
        };
    )* };
    (@is required) => { true };
    (@is) => { false };
    (@preset $preset:ident $value:literal) => { Preset::$preset($value) };
    (@preset) => { Preset::Null };
}

/// Declares choices: `NAME "Name" ["A", "B"]`, or `NAME "Name" any_case [..]`.
macro_rules! choices {
    ($($choice:ident $name:literal $($any_case:ident)? [$($word:literal),*])*) => { $(
        pub(in crate::rest) const $choice: Choice = Choice {
            name: $name,
            words: &[$($word),*],
            any_case: choices!(@is $($any_case)?),
        };
    )* };
    (@is any_case) => { true };
    (@is) => { false };
}

pub(super) use {choices, kind, models};
