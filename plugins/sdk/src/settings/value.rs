//! The configuration as one tree, in which every value knows where it came from.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

/// Where a value was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Bytes of the configuration file.
    File(Range<usize>),
    /// An environment variable, by the name that a person is to be shown.
    Variable(Arc<str>),
}

/// A value of the configuration. Its `Debug` shows nothing, because it may be a secret.
#[derive(Clone)]
pub struct Value {
    pub(super) origin: Origin,
    pub(super) kind: Kind,
}

#[derive(Clone)]
pub(super) enum Kind {
    Text(String),
    /// A word of the environment, whose type is the one that is asked for.
    Word(String),
    /// `None`: too large for any integer type.
    Integer(Option<i128>),
    Float(f64),
    Boolean(bool),
    /// Items that were taken out leave a gap, so that those behind keep their numbers.
    List(Vec<Option<Value>>),
    Table(Table),
}

/// Keys with the place of the key itself, and their values.
pub(super) type Table = BTreeMap<String, (Origin, Value)>;

impl Value {
    /// A whole file.
    #[must_use]
    pub fn file(document: Spanned<DeTable<'_>>) -> Self {
        let span = document.span();
        Self::toml(
            Spanned::new(span, DeValue::Table(document.into_inner())),
            &Origin::File,
        )
    }

    /// A table without keys.
    #[must_use]
    pub fn empty(origin: Origin) -> Self {
        Self::new(origin, Kind::Table(Table::new()))
    }

    /// A word of the environment: text where text is wanted, and read as TOML where a number,
    /// a truth value, a list or a table is.
    #[must_use]
    pub fn word(origin: Origin, text: impl Into<String>) -> Self {
        Self::new(origin, Kind::Word(text.into()))
    }

    /// A text as it stands.
    #[must_use]
    pub fn text(origin: Origin, text: impl Into<String>) -> Self {
        Self::new(origin, Kind::Text(text.into()))
    }

    /// A whole number.
    #[must_use]
    pub fn integer(origin: Origin, number: i64) -> Self {
        Self::new(origin, Kind::Integer(Some(number.into())))
    }

    /// A truth value.
    #[must_use]
    pub fn boolean(origin: Origin, truth: bool) -> Self {
        Self::new(origin, Kind::Boolean(truth))
    }

    /// A list of texts.
    #[must_use]
    pub fn texts<T: Into<String>>(origin: &Origin, texts: impl IntoIterator<Item = T>) -> Self {
        let item = |text: T| Some(Self::text(origin.clone(), text));
        Self::new(
            origin.clone(),
            Kind::List(texts.into_iter().map(item).collect()),
        )
    }

    fn new(origin: Origin, kind: Kind) -> Self {
        Self { origin, kind }
    }

    /// Where it was written.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Whether it is a table.
    #[must_use]
    pub fn is_table(&self) -> bool {
        matches!(self.kind, Kind::Table(_))
    }

    /// The text, if it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) | Kind::Word(text) => Some(text),
            _ => None,
        }
    }

    /// The value under a path of keys.
    #[must_use]
    pub fn get(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |value, key| match &value.kind {
            Kind::Table(table) => table.get(*key).map(|(_, value)| value),
            _ => None,
        })
    }

    /// Takes a key out of a table, with its value.
    pub fn take(&mut self, key: &str) -> Option<Self> {
        match &mut self.kind {
            Kind::Table(table) => table.remove(key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The keys and values of a table in alphabetical order; nothing if it is none.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &Self)> {
        let table = match &self.kind {
            Kind::Table(table) => Some(table),
            _ => None,
        };
        table
            .into_iter()
            .flatten()
            .map(|(key, (_, value))| (key.as_str(), value))
    }

    /// Puts a value under a path of keys, and makes the tables on the way.
    ///
    /// # Errors
    /// Something on the way is no table; nothing is changed.
    pub fn set(&mut self, path: &[&str], value: Self) -> Result<(), NoTable> {
        let Kind::Table(table) = &mut self.kind else {
            return Err(NoTable);
        };
        let origin = value.origin.clone();
        match path {
            [] => Err(NoTable),
            [key] => {
                table.insert((*key).to_owned(), (origin, value));
                Ok(())
            }
            [key, rest @ ..] => table
                .entry((*key).to_owned())
                .or_insert_with(|| (origin.clone(), Self::empty(origin)))
                .1
                .set(rest, value),
        }
    }

    /// Whether it says the same, wherever it was written: a word of the environment is what it reads as.
    #[must_use]
    pub fn says_the_same_as(&self, other: &Self) -> bool {
        match (&self.kind, &other.kind) {
            (Kind::Table(one), Kind::Table(two)) => {
                one.len() == two.len()
                    && one
                        .iter()
                        .zip(two)
                        .all(|((one, (_, its)), (two, (_, that)))| {
                            one == two && its.says_the_same_as(that)
                        })
            }
            (Kind::List(one), Kind::List(two)) => {
                one.len() == two.len()
                    && one.iter().zip(two).all(|pair| match pair {
                        (Some(one), Some(two)) => one.says_the_same_as(two),
                        (one, two) => one.is_none() && two.is_none(),
                    })
            }
            (Kind::Integer(one), Kind::Integer(two)) => one == two,
            (Kind::Float(one), Kind::Float(two)) => one.total_cmp(two).is_eq(),
            (Kind::Boolean(one), Kind::Boolean(two)) => one == two,
            (Kind::Word(_) | Kind::Text(_), Kind::Word(_) | Kind::Text(_)) => {
                self.as_text() == other.as_text()
            }
            (Kind::Word(word), _) => self.word_as_toml(word).is_some_and(|read| {
                !matches!(read.kind, Kind::Word(_)) && read.says_the_same_as(other)
            }),
            (_, Kind::Word(_)) => other.says_the_same_as(self),
            _ => false,
        }
    }

    /// The place of every table and value below, under its dotted path.
    #[must_use]
    pub fn origins(&self) -> BTreeMap<String, Origin> {
        let mut origins = BTreeMap::new();
        self.collect_origins("", &mut origins);
        origins
    }

    fn collect_origins(&self, path: &str, origins: &mut BTreeMap<String, Origin>) {
        let Kind::Table(table) = &self.kind else {
            return;
        };
        for (key, (_, value)) in table {
            let path = if path.is_empty() {
                key.clone()
            } else {
                format!("{path}.{key}")
            };
            value.collect_origins(&path, origins);
            origins.insert(path, value.origin.clone());
        }
    }

    /// Takes out what lies under a path of keys and list positions; `false`: there is no such.
    pub(super) fn remove(&mut self, path: &[Step]) -> bool {
        match (&mut self.kind, path) {
            (Kind::Table(table), [Step::Key(key)]) => table.remove(key).is_some(),
            (Kind::List(list), [Step::Item(at)]) => {
                list.get_mut(*at).is_some_and(|item| item.take().is_some())
            }
            (Kind::Table(table), [Step::Key(key), rest @ ..]) => table
                .get_mut(key)
                .is_some_and(|(_, value)| value.remove(rest)),
            (Kind::List(list), [Step::Item(at), rest @ ..]) => list
                .get_mut(*at)
                .and_then(Option::as_mut)
                .is_some_and(|value| value.remove(rest)),
            _ => false,
        }
    }

    /// What a word of the environment says when it is read as TOML.
    pub(super) fn word_as_toml(&self, text: &str) -> Option<Self> {
        let value = DeValue::parse(text).ok()?;
        Some(Self::toml(value, &|_| self.origin.clone()))
    }

    fn toml(value: Spanned<DeValue<'_>>, place: &dyn Fn(Range<usize>) -> Origin) -> Self {
        let origin = place(value.span());
        Self::new(origin, Kind::toml(value.into_inner(), place))
    }
}

impl Kind {
    fn toml(value: DeValue<'_>, place: &dyn Fn(Range<usize>) -> Origin) -> Self {
        match value {
            DeValue::String(text) => Self::Text(text.into_owned()),
            DeValue::Integer(number) => Self::Integer(integer(&number)),
            DeValue::Float(number) => Self::Float(number.as_str().parse().unwrap_or(f64::NAN)),
            DeValue::Boolean(truth) => Self::Boolean(truth),
            DeValue::Datetime(date) => Self::Text(date.to_string()),
            DeValue::Array(list) => Self::List(
                list.into_iter()
                    .map(|item| Some(Value::toml(item, place)))
                    .collect(),
            ),
            DeValue::Table(table) => Self::Table(
                table
                    .into_iter()
                    .map(|(key, value)| {
                        let origin = place(key.span());
                        let key = key.into_inner().into_owned();
                        (key, (origin, Value::toml(value, place)))
                    })
                    .collect(),
            ),
        }
    }
}

fn integer(number: &DeInteger<'_>) -> Option<i128> {
    i128::from_str_radix(number.as_str(), number.radix()).ok()
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Value(..)")
    }
}

/// A value stands where a table is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a value stands where a table is needed")]
pub struct NoTable;

/// One step of a path into the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Item(usize),
}
