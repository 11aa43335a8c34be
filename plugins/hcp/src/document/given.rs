//! The parameters of an address, checked as front ends know it.

use axum::extract::Query;
use http::Uri;
use portico_sdk::invalid::{Invalid, Issue};
use serde_json::Value;

use super::bounds::Bounds;
use super::lax;

/// What the client gave, and what was wrong with it so far.
pub struct Given {
    pairs: Vec<(String, String)>,
    issues: Vec<Issue>,
}

impl Given {
    /// Reads the query of an address; what is no query counts as an empty one.
    #[must_use]
    pub fn read(uri: &Uri) -> Self {
        let pairs = Query::<Vec<(String, String)>>::try_from_uri(uri);
        Self {
            pairs: pairs.map(|Query(pairs)| pairs).unwrap_or_default(),
            issues: Vec::new(),
        }
    }

    /// The last value of a name.
    fn last(&self, name: &str) -> Option<String> {
        let last = self.pairs.iter().rfind(|(each, _)| each == name);
        last.map(|(_, value)| value.clone())
    }

    /// A text; an empty one counts as none.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        self.last(name).filter(|text| !text.is_empty())
    }

    /// Whether a name is there, whatever its value.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.last(name).is_some()
    }

    /// A text that must be there.
    pub fn required(&mut self, name: &'static str) -> String {
        self.last(name).unwrap_or_else(|| {
            self.issues.push(Issue::missing(["query", name]));
            String::new()
        })
    }

    /// A truth; false where nobody says otherwise.
    pub fn flag(&mut self, name: &'static str) -> bool {
        let Some(text) = self.last(name) else {
            return false;
        };
        let input = Value::from(text);
        lax::flag(&input).unwrap_or_else(|(kind, words)| {
            let issue = Issue::new(kind, ["query", name], words);
            self.issues.push(issue.input(input));
            false
        })
    }

    /// A number within bounds; without a preset it must be there. Whatever is below all numbers of 32
    /// bits is as wrong as the least.
    pub fn int(&mut self, name: &'static str, preset: Option<i64>, bounds: Bounds) -> i32 {
        let number = self.whole(name, preset, bounds);
        i32::try_from(number).unwrap_or(i32::MIN)
    }

    /// As [`int`](Self::int), of 64 bits.
    pub fn whole(&mut self, name: &'static str, preset: Option<i64>, bounds: Bounds) -> i64 {
        let place = ["query", name];
        let Some(text) = self.last(name) else {
            if preset.is_none() {
                self.issues.push(Issue::missing(place));
            }
            return preset.unwrap_or_default();
        };
        let input = Value::from(text);
        let number = lax::int(&input)
            .map_err(|(kind, words)| Box::new(Issue::new(kind, place, words).input(input.clone())));
        let number = number.and_then(|number| bounds.check(&number, place, &input));
        number.unwrap_or_else(|issue| {
            self.issues.push(*issue);
            0
        })
    }

    /// A number that need not be whole, if there is one.
    pub fn number(&mut self, name: &'static str) -> Option<f64> {
        let input = Value::from(self.last(name)?);
        match lax::number(&input) {
            Ok(number) => number.as_f64(),
            Err((kind, words)) => {
                self.fault(Issue::new(kind, ["query", name], words).input(input));
                None
            }
        }
    }

    /// Adds what a caller has found wrong.
    pub fn fault(&mut self, issue: Issue) {
        self.issues.push(issue);
    }

    /// Everything that was wrong, if anything.
    ///
    /// # Errors
    /// Whatever was found so far.
    pub fn done(self) -> Result<(), Invalid> {
        if self.issues.is_empty() {
            return Ok(());
        }
        Err(Invalid(self.issues))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_wrong_is_told_in_one_list() {
        let uri = "/?n=1001&f=perhaps&k=x&t=".parse().unwrap();
        let mut given = Given::read(&uri);
        assert_eq!(given.text("t"), None);
        given.int("n", Some(1000), Bounds::up_to(1000));
        given.int("k", None, Bounds::new(1, 10));
        given.int("m", None, Bounds::new(1, 10));
        given.flag("f");
        given.required("u");
        let Invalid(issues) = given.done().unwrap_err();
        let issues = serde_json::to_value(issues).unwrap();
        assert_eq!(
            issues[0],
            json!({"type": "less_than_equal", "loc": ["query", "n"], "input": "1001",
                "msg": "Input should be less than or equal to 1000", "ctx": {"le": 1000}})
        );
        let kinds: Vec<_> = issues
            .as_array()
            .unwrap()
            .iter()
            .map(|issue| &issue["type"])
            .collect();
        assert_eq!(
            kinds,
            [
                "less_than_equal",
                "int_parsing",
                "missing",
                "bool_parsing",
                "missing"
            ]
        );
    }

    #[test]
    fn what_nobody_gave_is_the_preset() {
        let mut given = Given::read(&"/?f=YES&n=-7".parse().unwrap());
        assert!(given.flag("f") && !given.flag("g"));
        assert_eq!(given.int("m", Some(1000), Bounds::up_to(1000)), 1000);
        assert_eq!(given.int("n", Some(1000), Bounds::up_to(1000)), -7);
        assert!(given.done().is_ok());
    }
}
