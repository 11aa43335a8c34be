//! Values with wildcards: `?` for one character, `*` for any number of them.

/// A part of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    Char(char),
    One,
    Many,
}

/// A value as it stands in a query.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Pattern(pub(super) Vec<Piece>);

impl Pattern {
    /// A value in which nothing is a wildcard.
    pub(super) fn literal(text: &str) -> Self {
        Self(text.chars().map(Piece::Char).collect())
    }

    /// A value in which `*` and `?` are wildcards.
    pub(super) fn wild(text: &str) -> Self {
        let piece = |c| match c {
            '*' => Piece::Many,
            '?' => Piece::One,
            other => Piece::Char(other),
        };
        Self(text.chars().map(piece).collect())
    }

    pub(super) fn is_wild(&self) -> bool {
        self.0.iter().any(|piece| !matches!(piece, Piece::Char(_)))
    }

    pub(super) fn begins_wild(&self) -> bool {
        matches!(self.0.first(), Some(Piece::One | Piece::Many))
    }

    /// The value with its wildcards as they were typed.
    pub(super) fn text(&self) -> String {
        let typed = self.0.iter().map(|piece| match piece {
            Piece::Char(c) => *c,
            Piece::One => '?',
            Piece::Many => '*',
        });
        typed.collect()
    }

    pub(super) fn folded(&self) -> Self {
        let pieces = self.0.iter().flat_map(|piece| match piece {
            Piece::Char(c) => c.to_lowercase().map(Piece::Char).collect(),
            wild => vec![*wild],
        });
        Self(pieces.collect())
    }

    /// Whether this is the whole text.
    pub(super) fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        let (mut at, mut piece) = (0, 0);
        // The last `*`, and how much of the text it has taken so far.
        let mut star: Option<(usize, usize)> = None;
        while at < text.len() {
            match self.0.get(piece) {
                Some(Piece::Many) => {
                    star = Some((piece, at));
                    piece += 1;
                    continue;
                }
                Some(Piece::One) => {
                    (at, piece) = (at + 1, piece + 1);
                    continue;
                }
                Some(Piece::Char(c)) if text.get(at) == Some(c) => {
                    (at, piece) = (at + 1, piece + 1);
                    continue;
                }
                _ => {}
            }
            let Some((many, taken)) = star else {
                return false;
            };
            star = Some((many, taken + 1));
            (at, piece) = (taken + 1, many + 1);
        }
        let rest = self.0.get(piece..).unwrap_or_default();
        rest.iter().all(|piece| *piece == Piece::Many)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The slow way, straight from the meaning.
    fn slow(pattern: &[Piece], text: &[char]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some((Piece::Many, rest)), _) => {
                (0..=text.len()).any(|taken| slow(rest, &text[taken..]))
            }
            (Some((Piece::One, rest)), Some((_, text))) => slow(rest, text),
            (Some((Piece::Char(c), rest)), Some((found, text))) => c == found && slow(rest, text),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn the_fast_way_finds_what_the_slow_way_finds(
            pattern in "[ab?*]{0,8}",
            text in "[ab]{0,8}",
        ) {
            let pattern = Pattern::wild(&pattern);
            let chars: Vec<char> = text.chars().collect();
            prop_assert_eq!(pattern.matches(&text), slow(&pattern.0, &chars));
        }

        #[test]
        fn a_literal_matches_itself_alone(text in "\\PC{0,12}", other in "\\PC{0,12}") {
            let pattern = Pattern::literal(&text);
            prop_assert!(pattern.matches(&text));
            prop_assert_eq!(pattern.matches(&other), text == other);
        }
    }
}
