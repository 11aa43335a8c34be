//! Text by its words: each a run of letters or a run of digits, in any case.

use super::pattern::{Pattern, Piece};

/// What a text must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Words {
    /// These words one after the other, whatever stands between them.
    Phrase(Vec<String>),
    /// At least one of these.
    Any(Vec<String>),
    /// A word like one of these, or a whole text like the last.
    Like(Vec<Pattern>, Pattern),
}

/// The words of a text.
pub(super) fn split(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = Class::Other;
    for c in text.chars() {
        let class = Class::of(c);
        if class != Class::Other {
            if class != before {
                words.push(String::new());
            }
            if let Some(word) = words.last_mut() {
                word.extend(c.to_lowercase());
            }
        }
        before = class;
    }
    words
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Letter,
    Digit,
    Other,
}

impl Class {
    fn of(c: char) -> Self {
        if c.is_alphabetic() {
            Self::Letter
        } else if c.is_numeric() {
            Self::Digit
        } else {
            Self::Other
        }
    }
}

impl Words {
    pub(super) fn phrase(text: &str) -> Self {
        Self::Phrase(split(text))
    }

    pub(super) fn word(pattern: &Pattern) -> Self {
        if !pattern.is_wild() {
            return Self::Any(split(&pattern.text()));
        }
        let pattern = pattern.folded();
        let separates = |piece: &Piece| match piece {
            Piece::Char(c) => Class::of(*c) == Class::Other,
            Piece::One | Piece::Many => false,
        };
        let parts = pattern.0.split(separates);
        let parts = parts.filter(|part| part.iter().any(|p| matches!(p, Piece::Char(_))));
        let parts = parts.map(|part| Pattern(part.to_vec())).collect();
        Self::Like(parts, pattern)
    }

    pub(super) fn are_in(&self, text: &str) -> bool {
        let found = split(text);
        match self {
            Self::Phrase(words) => {
                !words.is_empty() && found.windows(words.len()).any(|part| part == words)
            }
            Self::Any(words) => words.iter().any(|word| found.contains(word)),
            Self::Like(parts, whole) => {
                let like = |part: &Pattern| found.iter().any(|word| part.matches(word));
                whole.matches(&text.to_lowercase()) || parts.iter().any(like)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn letters_and_digits_part() {
        assert_eq!(
            split("/AnnualReport_2012.pdf"),
            ["annualreport", "2012", "pdf"]
        );
        assert_eq!(split("product123"), ["product", "123"]);
        assert_eq!(split("--"), Vec::<String>::new());
    }

    #[test]
    fn the_examples_of_the_documentation() {
        let any = |text| Words::word(&Pattern::wild(text));
        let report = "/AnnualReport_2012.pdf";
        for found in ["AnnualReport", "2012", "annualreport_2012"] {
            assert!(any(found).are_in(report), "{found}");
        }
        for missed in ["Annual", "201"] {
            assert!(!any(missed).are_in(report), "{missed}");
        }
        for text in ["product 123", "product123", "product_123"] {
            assert!(Words::phrase("product 123").are_in(text), "{text}");
        }
        assert!(!Words::phrase("product 123").are_in("123 product"));
        assert!(any("c**nflict*").are_in("/Conflicts.txt"));
        assert!(!any("c??nflict*").are_in("/Conflicts.txt"));
        assert!(any("princ*").are_in("/old/Principal.doc"));
        assert!(!any("tes*1").are_in("test1.txt"));
        assert!(any("/*/*/**").are_in("/a/b/c"));
        assert!(!any("/*/*/**").are_in("/a/b"));
    }

    proptest! {
        #[test]
        fn every_word_of_a_text_is_in_it(text in "\\PC{0,24}") {
            for word in split(&text) {
                prop_assert!(Words::phrase(&word).are_in(&text));
            }
        }
    }
}
