//! Cross-origin rules: one XML text in a document, and the rules of the bucket.

use quick_xml::escape::escape;
use serde_json::{Value, json};

use super::call::{Call, Out, text};
use super::codec::from_xml;
use super::plain;
use super::refusal::Refusal;
use crate::store::CorsRule;

pub(crate) fn read(call: &Call<'_>) -> Result<Out, Refusal> {
    let rules = call.namespace(|bucket| bucket.cors.clone())?;
    if rules.is_empty() {
        return Err(Refusal::missing("the CORS rules"));
    }
    let document = json!({"cors": write(&rules)});
    Ok(call.show(document.as_object().cloned().unwrap_or_default()))
}

pub(crate) fn replace(call: &Call<'_>) -> Result<Out, Refusal> {
    let given = call.admit(true)?;
    let rules = rules(text(&given, "cors").unwrap_or_default())?;
    call.namespace(|bucket| bucket.cors = rules)?;
    Ok(Out::Nothing)
}

/// The tenant's rules are kept as they came: S3 asks the bucket's only.
pub(crate) fn replace_default(call: &Call<'_>) -> Result<Out, Refusal> {
    let given = call.admit(true)?;
    rules(text(&given, "cors").unwrap_or_default())?;
    plain::replace(call)
}

pub(crate) fn remove(call: &Call<'_>) -> Result<Out, Refusal> {
    let before = call.namespace(|bucket| std::mem::take(&mut bucket.cors))?;
    if before.is_empty() {
        return Err(Refusal::missing("the CORS rules"));
    }
    Ok(Out::Nothing)
}

fn rules(document: &str) -> Result<Vec<CorsRule>, Refusal> {
    let wrong = || Refusal::bad("The CORS configuration is not valid.");
    let (root, configuration) = from_xml(document.trim().as_bytes()).ok_or_else(wrong)?;
    if root != "CORSConfiguration" {
        return Err(wrong());
    }
    let rules = many(configuration.get("CORSRule")).map(|rule| CorsRule {
        id: texts(rule, "ID").pop().or_else(|| texts(rule, "Id").pop()),
        origins: texts(rule, "AllowedOrigin"),
        methods: texts(rule, "AllowedMethod"),
        headers: texts(rule, "AllowedHeader"),
        expose: texts(rule, "ExposeHeader"),
        max_age: texts(rule, "MaxAgeSeconds")
            .pop()
            .and_then(|age| age.parse().ok()),
    });
    let rules: Vec<CorsRule> = rules.collect();
    let whole = |rule: &CorsRule| !rule.origins.is_empty() && !rule.methods.is_empty();
    if rules.is_empty() || !rules.iter().all(whole) {
        return Err(wrong());
    }
    Ok(rules)
}

fn many(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    let items = match value {
        Some(Value::Array(items)) => items.iter().collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    };
    items.into_iter()
}

fn texts(rule: &Value, name: &str) -> Vec<String> {
    let texts = many(rule.get(name)).filter_map(Value::as_str);
    texts.map(|text| text.trim().to_owned()).collect()
}

fn write(rules: &[CorsRule]) -> String {
    let mut text = "<CORSConfiguration>".to_owned();
    for rule in rules {
        text.push_str("<CORSRule>");
        let age: Vec<String> = rule.max_age.iter().map(ToString::to_string).collect();
        let id: Vec<String> = rule.id.iter().cloned().collect();
        for (name, values) in [
            ("ID", &id),
            ("AllowedOrigin", &rule.origins),
            ("AllowedMethod", &rule.methods),
            ("AllowedHeader", &rule.headers),
            ("ExposeHeader", &rule.expose),
            ("MaxAgeSeconds", &age),
        ] {
            for value in values {
                text.extend(["<", name, ">", &escape(value.as_str()), "</", name, ">"]);
            }
        }
        text.push_str("</CORSRule>");
    }
    text + "</CORSConfiguration>"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_come_back_as_they_were_put() {
        let text = "<CORSConfiguration><CORSRule><ID>a</ID><AllowedOrigin>https://x?a&amp;b</AllowedOrigin>\
                    <AllowedMethod>GET</AllowedMethod><AllowedMethod>PUT</AllowedMethod>\
                    <MaxAgeSeconds>60</MaxAgeSeconds></CORSRule></CORSConfiguration>";
        assert_eq!(write(&rules(text).unwrap()), text);
        for bad in [
            "",
            "<a/>",
            "<CORSConfiguration/>",
            "<CORSConfiguration><CORSRule/></CORSConfiguration>",
        ] {
            assert!(rules(bad).is_err(), "{bad}");
        }
    }
}
