//! The configuration as one tree with every default in it, and what differs between two.

use std::collections::BTreeSet;

use portico_sdk::settings::{Origin, Value};
use toml::de::DeTable;

/// What was written, and the defaults of everything else.
pub(super) fn whole(tree: &Value, defaults: &toml::Table) -> Value {
    let text = toml::to_string(defaults).unwrap_or_default();
    let document = DeTable::parse(&text).map(Value::file);
    let mut whole = document.unwrap_or_else(|_| Value::empty(Origin::File(0..0)));
    for (section, table) in tree.entries() {
        for (key, value) in table.entries() {
            // All that is no table has been found to be a fault.
            let _ = whole.set(&[section, key], value.clone());
        }
    }
    whole
}

/// The settings, as `section.key`, that two configurations do not have alike.
#[must_use]
pub fn differences(old: &Value, new: &Value) -> Vec<String> {
    let names = |tree: &Value| {
        let of = |section: &str, table: &Value| {
            let keys = table.entries();
            keys.map(|(key, _)| (section.to_owned(), key.to_owned()))
                .collect::<Vec<_>>()
        };
        let sections = tree.entries();
        sections
            .flat_map(|(section, table)| of(section, table))
            .collect::<BTreeSet<_>>()
    };
    let all: BTreeSet<_> = names(old).union(&names(new)).cloned().collect();
    let differs = |(section, key): &(String, String)| {
        let path = [section.as_str(), key.as_str()];
        match (old.get(&path), new.get(&path)) {
            (Some(one), Some(two)) => !one.says_the_same_as(two),
            _ => true,
        }
    };
    let changed = all.into_iter().filter(differs);
    changed
        .map(|(section, key)| format!("{section}.{key}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(text: &str) -> Value {
        let defaults = toml::toml! {
            [limits]
            size = "1KiB"
            many = 3
            list = []
            [route]
            names = ["a"]
        };
        whole(&Value::file(DeTable::parse(text).unwrap()), &defaults)
    }

    #[test]
    fn what_is_written_like_the_default_is_no_change() {
        let old = tree("");
        let same = "[limits]\nmany = 3\n[route]\nnames = ['a']";
        assert!(differences(&old, &tree(same)).is_empty());
        let new = tree("[limits]\nmany = 4\nlist = [{ x = 1 }]\n[other]\nkey = true");
        let expected = ["limits.list", "limits.many", "other.key"];
        assert_eq!(differences(&old, &new), expected);
        assert_eq!(differences(&new, &old), expected);
    }

    #[test]
    fn a_word_of_the_environment_is_what_it_reads_as() {
        let variable = || Origin::Variable("PORTICO__LIMITS__MANY".into());
        let mut new = tree("");
        new.set(&["limits", "many"], Value::word(variable(), "3"))
            .unwrap();
        new.set(&["limits", "size"], Value::word(variable(), "1KiB"))
            .unwrap();
        assert!(differences(&tree(""), &new).is_empty());
        new.set(&["limits", "many"], Value::word(variable(), "4"))
            .unwrap();
        assert_eq!(differences(&tree(""), &new), ["limits.many"]);
    }
}
