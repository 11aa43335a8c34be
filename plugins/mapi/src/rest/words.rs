//! The words in which the tables of documents are written.

pub(super) use portico_hcp::document::{Choice, Field, Kind, Model, Preset};

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
