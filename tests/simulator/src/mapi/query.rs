//! The query of a management request.

use percent_encoding::percent_decode_str;

use super::refusal::Refusal;

/// Parameters in order of arrival, decoded. Names are case-sensitive; unknown ones do nothing.
#[derive(Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn read(text: Option<&str>) -> Self {
        let pairs = text.unwrap_or_default().split('&');
        let pairs = pairs.filter(|pair| !pair.is_empty());
        Self(pairs.map(pair).collect())
    }

    /// The value, empty for a parameter that is only a name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let mut pairs = self.0.iter();
        let found = pairs.find(|(found, _)| found == name);
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// A bad Boolean is false.
    pub(crate) fn is_true(&self, name: &str) -> bool {
        matches!(self.get(name), Some("true" | "t" | "1"))
    }

    /// A value that must be there.
    pub(crate) fn need(&self, name: &str) -> Result<&str, Refusal> {
        let value = self.get(name).filter(|value| !value.is_empty());
        value.ok_or_else(|| Refusal::bad(format!("The query parameter {name} is required.")))
    }

    pub(crate) fn number(&self, name: &str) -> Result<Option<usize>, Refusal> {
        let value = self.get(name).map(str::parse).transpose();
        value.map_err(|_| invalid(name))
    }

    /// One of these, or the first of them where the request says nothing.
    pub(crate) fn one_of(&self, name: &str, of: &[&'static str]) -> Result<&'static str, Refusal> {
        let Some(value) = self.get(name) else {
            return Ok(of.first().copied().unwrap_or_default());
        };
        let found = of.iter().find(|one| **one == value);
        found.copied().ok_or_else(|| invalid(name))
    }
}

pub(crate) fn invalid(name: &str) -> Refusal {
    Refusal::bad(format!("Invalid value for query parameter {name}."))
}

fn pair(text: &str) -> (String, String) {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    (decoded(name), decoded(value))
}

fn decoded(text: &str) -> String {
    let text = text.replace('+', " ");
    percent_decode_str(&text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded_and_some_are_only_names() {
        let query = Query::read(Some("mark=a+b%2Bc&cancel&count=2&verbose=yes"));
        assert_eq!(query.get("mark"), Some("a b+c"));
        assert_eq!(query.get("cancel"), Some(""));
        assert!(!query.has("Mark"));
        assert!(!query.is_true("verbose"));
        assert_eq!(query.number("count"), Ok(Some(2)));
        assert!(query.number("mark").is_err());
        assert_eq!(query.one_of("sortType", &["name", "size"]), Ok("name"));
        assert!(query.one_of("count", &["name"]).is_err());
    }
}
