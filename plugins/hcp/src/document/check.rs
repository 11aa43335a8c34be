//! A request's document: checked field by field, and in the form that HCP wants.

use portico_sdk::invalid::{Issue, no_document};
use serde_json::{Map, Value, json};

use super::lax;
use super::model::{Choice, Field, Kind, Model, Preset};

/// Checks a document. What goes to HCP has the defaults filled in, lists wrapped as HCP wants them,
/// and no nulls; fields that nobody declared go on as they are.
///
/// # Errors
/// All that is wrong with it, at places below `body`.
pub fn document(model: &'static Model, value: Value) -> Result<Value, Vec<Issue>> {
    let mut check = Check::default();
    let checked = check.model(model, value);
    check.done(checked)
}

/// Checks a document of no declared form.
///
/// # Errors
/// It is no object.
pub fn object(value: Value) -> Result<Value, Vec<Issue>> {
    let mut check = Check::default();
    let checked = check.value(&Kind::Object, value);
    check.done(checked)
}

struct Check {
    place: Vec<Value>,
    issues: Vec<Issue>,
}

impl std::default::Default for Check {
    fn default() -> Self {
        Self {
            place: vec![Value::from("body")],
            issues: Vec::new(),
        }
    }
}

/// Whether what a client sends for this model must not be repeated to it, as logs may hold it then.
fn holds_secret(model: &Model) -> bool {
    let secret = |field: &Field| matches!(field.kind, Kind::Secret);
    model.fields.iter().any(secret)
}

impl Check {
    fn done(self, checked: Value) -> Result<Value, Vec<Issue>> {
        if self.issues.is_empty() {
            Ok(without_nulls(checked))
        } else {
            Err(self.issues)
        }
    }

    fn model(&mut self, model: &'static Model, value: Value) -> Value {
        let Value::Object(mut given) = value else {
            // A text that is no document may be one all the same, password and all.
            let input = if holds_secret(model) {
                Value::Null
            } else {
                value
            };
            self.issues.push(no_document(self.place.clone(), input));
            return Value::Null;
        };
        let whole = whole(model, &given);
        let mut checked = Map::new();
        for field in model.fields {
            self.place.push(Value::from(field.name));
            let value = match given.shift_remove(field.name) {
                Some(value) => self.field(field, value),
                None => self.absent(field, &whole),
            };
            checked.insert(field.name.to_owned(), value);
            self.place.pop();
        }
        checked.append(&mut given);
        Value::Object(checked)
    }

    fn field(&mut self, field: &Field, value: Value) -> Value {
        if value.is_null() && !field.required {
            return value;
        }
        self.value(&field.kind, value)
    }

    fn value(&mut self, kind: &Kind, value: Value) -> Value {
        match kind {
            Kind::Any => value,
            Kind::Text | Kind::Secret if value.is_string() => value,
            Kind::Text => self.fault("string_type", "Input should be a valid string", value),
            Kind::Secret => {
                self.fault("string_type", "Input should be a valid string", Value::Null)
            }
            Kind::Int => self.lax(lax::int(&value), value),
            Kind::Number => self.lax(lax::number(&value), value),
            Kind::Flag => self.lax(lax::flag(&value).map(Value::Bool), value),
            Kind::Object if value.is_object() => value,
            Kind::Object => self.fault("dict_type", "Input should be a valid dictionary", value),
            Kind::Choice(choice) => self.choice(choice, value),
            Kind::Model(model) => self.model(model, value),
            Kind::List(item) => self.list(item, value),
            Kind::Wrapped(key, item) => {
                let list = self.list(item, unwrapped(key, value));
                json!({ *key: list })
            }
        }
    }

    fn list(&mut self, item: &Kind, value: Value) -> Value {
        let Value::Array(items) = value else {
            return self.fault("list_type", "Input should be a valid list", value);
        };
        let items = items.into_iter().enumerate().map(|(index, value)| {
            self.place.push(Value::from(index));
            let value = self.value(item, value);
            self.place.pop();
            value
        });
        items.collect()
    }

    fn choice(&mut self, choice: &Choice, value: Value) -> Value {
        if let Some(word) = value.as_str().and_then(|text| choice.word(text)) {
            return Value::from(word);
        }
        let expected = choice.expected();
        let words = format!("Input should be {expected}");
        let issue = Issue::new("enum", self.place.clone(), words);
        let issue = issue.input(value).context(json!({ "expected": expected }));
        self.issues.push(issue);
        Value::Null
    }

    fn lax(&mut self, read: Result<Value, lax::Fault>, value: Value) -> Value {
        read.unwrap_or_else(|(kind, words)| self.fault(kind, words, value))
    }

    fn fault(&mut self, kind: &'static str, words: &'static str, value: Value) -> Value {
        let issue = Issue::new(kind, self.place.clone(), words).input(value);
        self.issues.push(issue);
        Value::Null
    }

    fn absent(&mut self, field: &Field, whole: &Value) -> Value {
        if field.required {
            let issue = Issue::missing(self.place.clone());
            self.issues.push(issue.input(whole.clone()));
        }
        field.preset.value()
    }
}

/// What is repeated to who left a field out: the document, as Pydantic does, unless it may hold a secret.
fn whole(model: &Model, given: &Map<String, Value>) -> Value {
    let lacks = |field: &Field| field.required && !given.contains_key(field.name);
    if holds_secret(model) || !model.fields.iter().any(lacks) {
        return Value::Null;
    }
    Value::Object(given.clone())
}

impl Preset {
    /// What stands in the field.
    #[must_use]
    pub fn value(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Int(number) => Value::from(number),
            Self::Flag(truth) => Value::from(truth),
            Self::Text(text) => Value::from(text),
        }
    }
}

/// The list of `{key: […]}`; whatever else it is, as it is.
fn unwrapped(key: &str, value: Value) -> Value {
    match value {
        Value::Object(mut object) if object.len() == 1 && object.contains_key(key) => {
            object.shift_remove(key).unwrap_or_default()
        }
        other => other,
    }
}

/// A value without the fields that are null, however deep.
#[must_use]
pub fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(object) => {
            let fields = object.into_iter().filter(|(_, value)| !value.is_null());
            let fields = fields.map(|(name, value)| (name, without_nulls(value)));
            Value::Object(fields.collect())
        }
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        other => other,
    }
}
