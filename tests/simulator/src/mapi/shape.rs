//! Documents are checked against the properties of their resource on the way in, and trimmed to
//! what is to be seen on the way out.

use serde_json::Value;

use super::assumptions::{Assumptions, Unknown};
use super::field::{Access, Field, Form};
use super::refusal::Refusal;
use super::who::Actor;
use crate::store::Document;

/// Under what circumstances a document comes in.
pub(crate) struct Asking<'a> {
    pub(crate) creating: bool,
    pub(crate) actor: &'a Actor,
    pub(crate) assumptions: &'a Assumptions,
}

impl Asking<'_> {
    /// The document with every value in its form, or the first thing wrong with it: 400 for what
    /// the resource does not know, 403 for what may not be said now or by this account.
    pub(crate) fn admit(&self, fields: &[Field], given: Value) -> Result<Document, Refusal> {
        let document = self.known(fields, given)?;
        if self.creating {
            let missing = |field: &&Field| field.needed && !document.contains_key(field.name);
            if let Some(field) = fields.iter().find(missing) {
                let message = format!("The property {} is required.", field.name);
                return Err(Refusal::bad(message));
            }
        }
        Ok(document)
    }

    fn known(&self, fields: &[Field], given: Value) -> Result<Document, Refusal> {
        let mut document = Document::new();
        for (name, value) in object(given)? {
            match fields.iter().find(|field| field.name == name) {
                _ if value.is_null() => {}
                Some(field) => {
                    self.check(field)?;
                    document.insert(name, self.value(field, value)?);
                }
                None => match self.assumptions.unknown_properties {
                    Unknown::Keep => {
                        document.insert(name, value);
                    }
                    Unknown::Ignore => {}
                    Unknown::Refuse => {
                        return Err(Refusal::bad(format!("Invalid property: {name}.")));
                    }
                },
            }
        }
        Ok(document)
    }

    fn check(&self, field: &Field) -> Result<(), Refusal> {
        let now = match field.access {
            Access::Open | Access::WriteOnly => true,
            Access::CreateOnly => self.creating,
            Access::ModifyOnly => !self.creating,
            Access::ReadOnly => false,
        };
        let level = !field.above || self.actor.is_above();
        let role = field.by.is_none_or(|who| self.actor.has_role(who));
        if now && level && role {
            return Ok(());
        }
        let message = format!("The property {} cannot be set by this request.", field.name);
        Err(Refusal::forbidden(message))
    }

    fn value(&self, field: &Field, value: Value) -> Result<Value, Refusal> {
        let good = match field.form {
            Form::Text => text(&value).map(Value::String),
            Form::Flag => Some(Value::Bool(is_true(&value))),
            Form::Whole => whole(&value).map(Value::from),
            Form::Choice(of) => text(&value).and_then(|text| one_of(of, &text)),
            Form::Texts(of) => texts(of, value),
            Form::Group(fields) => return self.group(field, fields, value),
            Form::Groups(fields) => return self.groups(fields, value),
        };
        good.ok_or_else(|| Refusal::bad(format!("Invalid value for property {}.", field.name)))
    }

    fn group(&self, field: &Field, fields: &[Field], value: Value) -> Result<Value, Refusal> {
        let value = match (value, fields) {
            (value @ Value::Array(_), [only]) if self.assumptions.bare_lists => {
                Value::Object(Document::from_iter([(only.name.to_owned(), value)]))
            }
            (value, _) => value,
        };
        // An empty element: a list without items, or nothing at all.
        if value.as_str().is_some_and(|text| text.trim().is_empty()) {
            let lists = fields.iter().filter(|field| field.form.repeats());
            let lists = lists.map(|list| (list.name.to_owned(), Value::Array(Vec::new())));
            return Ok(Value::Object(lists.collect()));
        }
        let named = |_| Refusal::bad(format!("Invalid value for property {}.", field.name));
        let document = object(value).map(Value::Object).map_err(named)?;
        self.known(fields, document).map(Value::Object)
    }

    fn groups(&self, fields: &[Field], value: Value) -> Result<Value, Refusal> {
        let items = many(value).into_iter();
        let items = items.map(|item| self.admit(fields, item).map(Value::Object));
        Ok(Value::Array(items.collect::<Result<_, _>>()?))
    }
}

impl Form {
    fn repeats(self) -> bool {
        matches!(self, Self::Texts(_) | Self::Groups(_))
    }
}

/// An empty XML element is a document without properties.
fn object(value: Value) -> Result<Document, Refusal> {
    match value {
        Value::Object(document) => Ok(document),
        Value::String(text) if text.trim().is_empty() => Ok(Document::new()),
        _ => Err(Refusal::bad("The request body is not a document.")),
    }
}

/// XML does not tell a list of one from the one thing.
fn many(value: Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items,
        one => vec![one],
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    }
}

fn is_true(value: &Value) -> bool {
    text(value).is_some_and(|text| matches!(text.as_str(), "true" | "t" | "1"))
}

fn whole(value: &Value) -> Option<i64> {
    text(value)?.trim().parse().ok()
}

fn one_of(of: &[&str], text: &str) -> Option<Value> {
    let found = of.iter().find(|one| one.eq_ignore_ascii_case(text.trim()));
    found.map(|one| Value::from(*one))
}

fn texts(of: &[&str], value: Value) -> Option<Value> {
    let items = many(value).into_iter().map(|item| text(&item));
    let items: Vec<String> = items.collect::<Option<_>>()?;
    let good = |text: &String| of.is_empty() || of.contains(&text.as_str());
    items.iter().all(good).then(|| Value::from(items))
}

/// What is to be seen of a document.
pub(crate) fn show(
    fields: &[Field],
    mut document: Document,
    verbose: bool,
    above: bool,
) -> Document {
    document.retain(|name, _| {
        let field = fields.iter().find(|field| field.name == name);
        field.is_none_or(|field| match field.access {
            Access::WriteOnly => false,
            _ if field.hidden => above,
            Access::Open | Access::ModifyOnly => above || verbose || !field.above,
            Access::CreateOnly | Access::ReadOnly => verbose,
        })
    });
    document
}

/// A POST changes what it names; a list is replaced as a whole.
pub(crate) fn merge(into: &mut Document, changes: Document) {
    for (name, change) in changes {
        match (into.get_mut(&name), change) {
            (Some(Value::Object(old)), Value::Object(new)) => merge(old, new),
            (_, change) => {
                into.insert(name, change);
            }
        }
    }
}
