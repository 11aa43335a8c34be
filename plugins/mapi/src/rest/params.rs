//! The parameters of an address: checked by the route's rules, and what of them goes to HCP.

use axum::extract::Query as Pairs;
use http::Uri;
use portico_hcp::Query;
use portico_sdk::invalid::Issue;
use serde_json::{Value, json};

use super::row::{Param, ParamKind, Sent};
use portico_hcp::document::lax;

/// What the client gave, as read from the address. May hold secrets.
pub(super) struct Given(Vec<(String, String)>);

impl Given {
    pub(super) fn read(uri: &Uri) -> Self {
        let pairs = Pairs::<Vec<(String, String)>>::try_from_uri(uri);
        Self(pairs.map(|Pairs(pairs)| pairs).unwrap_or_default())
    }

    /// The last value of a name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let last = self.0.iter().rfind(|(each, _)| each == name);
        last.map(|(_, value)| value.as_str())
    }

    /// The query for HCP, or everything that is wrong with what was given.
    pub(super) fn check(&self, params: &[Param]) -> (Query, Vec<Issue>) {
        let (mut query, mut issues) = (Query::default(), Vec::new());
        for param in params {
            match value(param, self.get(param.name)) {
                Ok(Some(value)) => query.push(param.name, value),
                Ok(None) => {}
                Err(issue) => issues.push(*issue),
            }
        }
        (query, issues)
    }
}

/// What goes to HCP of one parameter, if anything.
fn value(param: &Param, given: Option<&str>) -> Result<Option<String>, Box<Issue>> {
    let Some(given) = given else {
        if param.required {
            return Err(Box::new(Issue::missing(["query", param.name])));
        }
        return Ok(match param.sent {
            Sent::Or(default) => Some(default.to_owned()),
            _ => None,
        });
    };
    // An order is given by its name: HCP's own clients write no value.
    if param.sent == Sent::Name && given.is_empty() {
        return Ok(Some(String::new()));
    }
    let checked = checked(param, given)?;
    Ok(match param.sent {
        Sent::Never => None,
        Sent::Given | Sent::Or(_) => Some(checked),
        Sent::Filled => Some(checked).filter(|text| !text.is_empty()),
        Sent::Name => Some(String::new()),
        Sent::IfTrue(word) => (checked == "true").then(|| word.to_owned()),
    })
}

/// The value in HCP's spelling.
fn checked(param: &Param, given: &str) -> Result<String, Box<Issue>> {
    let place = || ["query", param.name];
    let fault = |(kind, words): lax::Fault| Box::new(Issue::new(kind, place(), words).input(given));
    let text = Value::from(given);
    match param.kind {
        ParamKind::Text | ParamKind::Secret => Ok(given.to_owned()),
        ParamKind::Int => lax::int(&text).map(|int| int.to_string()).map_err(fault),
        ParamKind::Flag => lax::flag(&text).map(|flag| flag.to_string()).map_err(fault),
        ParamKind::Choice(choice) => choice.word(given).map(str::to_owned).ok_or_else(|| {
            let expected = choice.expected();
            let words = format!("Input should be {expected}");
            let issue = Issue::new("enum", place(), words).input(given);
            Box::new(issue.context(json!({ "expected": expected })))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(params: &[Param], uri: &str) -> Result<String, Vec<Issue>> {
        let (query, issues) = Given::read(&uri.parse().unwrap()).check(params);
        if issues.is_empty() {
            Ok(query.encoded())
        } else {
            Err(issues)
        }
    }

    #[test]
    fn every_rule_sends_what_it_says() {
        let verbose = [Param::flag("verbose", Sent::Or("false"))];
        assert_eq!(sent(&verbose, "/").unwrap(), "verbose=false");
        assert_eq!(sent(&verbose, "/?verbose=YES").unwrap(), "verbose=true");
        assert_eq!(
            sent(&verbose, "/?verbose=1&verbose=0").unwrap(),
            "verbose=false"
        );
        assert!(sent(&verbose, "/?verbose=").is_err());

        let pretty = [Param::flag("prettyprint", Sent::IfTrue("True"))];
        assert_eq!(
            sent(&pretty, "/?prettyprint=true").unwrap(),
            "prettyprint=True"
        );
        assert_eq!(sent(&pretty, "/?prettyprint=0").unwrap(), "");

        let orders = [Param::order("suspend"), Param::order("resume")];
        assert_eq!(
            sent(&orders, "/?resume=false&suspend").unwrap(),
            "suspend=&resume="
        );
        assert!(sent(&orders, "/?resume=perhaps").is_err());

        let password = [Param::secret("password")];
        assert_eq!(sent(&password, "/?password=").unwrap(), "");
        assert_eq!(sent(&password, "/?password=a%20b").unwrap(), "password=a+b");

        let never = [Param::flag("verbose", Sent::Never), Param::int("count")];
        assert_eq!(
            sent(&never, "/?verbose=true&count=%2B07&other=1").unwrap(),
            "count=7"
        );
    }

    #[test]
    fn what_is_wrong_is_told_in_one_list() {
        let params = [Param::text("username").required(), Param::int("count")];
        let issues = sent(&params, "/?count=x").unwrap_err();
        let issues = serde_json::to_value(issues).unwrap();
        let missing = json!({"type": "missing", "loc": ["query", "username"],
            "msg": "Field required", "input": null});
        let parsing = json!({"type": "int_parsing", "loc": ["query", "count"],
            "msg": "Input should be a valid integer, unable to parse string as an integer",
            "input": "x"});
        assert_eq!(issues, json!([missing, parsing]));
    }
}
