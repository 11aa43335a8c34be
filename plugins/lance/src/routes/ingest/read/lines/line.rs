//! A line of a body, and which it is.

use arrow::error::ArrowError;
use serde_json::Value;

/// What is made of a document takes many times its length.
const LONGEST: usize = 4 << 20;

/// A line that is not blank.
#[derive(Debug)]
pub(super) struct Line<'a> {
    number: usize,
    pub(super) text: &'a [u8],
}

impl Line<'_> {
    /// The row that it is.
    ///
    /// # Errors
    /// It is none, is too long, or as deep as no row is.
    pub(super) fn document(&self) -> Result<Value, ArrowError> {
        if self.text.len() > LONGEST {
            return Err(self.wrong("it is longer than 4 MiB"));
        }
        match serde_json::from_slice(self.text) {
            Ok(row @ Value::Object(_)) => Ok(row),
            Ok(_) => Err(self.wrong("a row is an object")),
            Err(error) => {
                // It counts lines as well, and has seen this one alone.
                let words = error.to_string();
                Err(self.wrong(&words.replace(" at line 1 column", " at column")))
            }
        }
    }

    /// An error, with where it is.
    pub(super) fn fault(&self, error: &ArrowError) -> ArrowError {
        match error {
            ArrowError::JsonError(words) => self.wrong(words),
            other => self.wrong(&other.to_string()),
        }
    }

    fn wrong(&self, words: &str) -> ArrowError {
        ArrowError::JsonError(format!("line {}: {words}", self.number))
    }
}

/// The lines of a body.
#[derive(Debug)]
pub(super) struct Lines<'a> {
    rest: &'a [u8],
    number: usize,
}

impl<'a> Lines<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        Self {
            rest: bytes,
            number: 0,
        }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        while !self.rest.is_empty() {
            let length = self.rest.iter().position(|byte| *byte == b'\n');
            let (text, rest) = match length {
                Some(length) => (&self.rest[..length], &self.rest[length + 1..]),
                None => (self.rest, &[][..]),
            };
            self.rest = rest;
            self.number += 1;
            let text = text.trim_ascii();
            if !text.is_empty() {
                let number = self.number;
                return Some(Line { number, text });
            }
        }
        None
    }
}
