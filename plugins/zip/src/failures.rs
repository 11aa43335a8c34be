//! The entry that lists what is missing.

use std::fmt::Write as _;

use portico_sdk::Error;

/// An object that is not in the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Its key.
    pub key: String,
    /// Why, in words for whoever asked.
    pub why: String,
}

impl Failure {
    pub(crate) fn new(key: &str, error: &Error) -> Self {
        Self {
            key: key.to_owned(),
            why: error.message().to_owned(),
        }
    }
}

/// One line for each: the key, with everything that could break a line escaped, and why.
pub(crate) fn text(failures: &[Failure]) -> String {
    let mut text = String::from("These objects could not be added to this archive:\r\n\r\n");
    for Failure { key, why } in failures {
        let [key, why] = [key, why].map(|text| one_line(text));
        // Writing to a text cannot fail.
        let _ = write!(text, "{key}\t{why}\r\n");
    }
    text
}

fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_control() {
            line.extend(letter.escape_default());
        } else {
            line.push(letter);
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_is_one_line() {
        let failure = Failure {
            key: "a\nb".to_owned(),
            why: "gone".to_owned(),
        };
        let text = text(&[failure.clone(), failure]);
        assert!(text.ends_with("\r\n\r\na\\nb\tgone\r\na\\nb\tgone\r\n"));
    }
}
