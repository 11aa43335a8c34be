//! Reads the text of a query.

use std::ops::Bound;

use super::check::{Check, Given};
use super::pattern::{Pattern, Piece};
use super::{Clause, Criterion, Expression, Occur};
use crate::query::properties::{Property, usable};
use crate::query::refusal::Refusal;

/// How deep parentheses may stand in each other.
const DEPTH: usize = 100;
const BRACKETS: &str = "()[]{}\"";

/// Reads a query. `me` is `location,username` of whoever asks, for criteria that mean them.
pub(in crate::query) fn parse(text: &str, me: &str) -> Result<Expression, Refusal> {
    let mut parser = Parser {
        rest: text,
        depth: 0,
        me,
    };
    parser.clauses(None, false)
}

struct Parser<'t> {
    rest: &'t str,
    depth: usize,
    me: &'t str,
}

/// How a criterion is joined to the one before it.
#[derive(PartialEq, Eq)]
enum Joint {
    None,
    And,
    Or,
}

impl Parser<'_> {
    fn clauses(
        &mut self,
        property: Option<&'static Property>,
        nested: bool,
    ) -> Result<Expression, Refusal> {
        let mut clauses: Vec<Clause> = Vec::new();
        while !self.at_end(nested)? {
            let joint = self.joint(clauses.is_empty())?;
            let mut occur = self.occur();
            if joint == Joint::And {
                require(clauses.last_mut().map(|before| &mut before.occur));
                require(Some(&mut occur));
            }
            let expression = self.criterion(property)?;
            clauses.push(Clause { occur, expression });
        }
        if clauses.is_empty() {
            return Err(Refusal::invalid("The query has no criterion"));
        }
        Ok(Expression::Clauses(clauses))
    }

    /// Whether the list of criteria ends here; takes the closing parenthesis.
    fn at_end(&mut self, nested: bool) -> Result<bool, Refusal> {
        self.space();
        match self.peek() {
            None if nested => Err(unbalanced()),
            None => Ok(true),
            Some(')') if nested => {
                self.next();
                Ok(true)
            }
            Some(')') => Err(unbalanced()),
            Some(_) => Ok(false),
        }
    }

    fn joint(&mut self, first: bool) -> Result<Joint, Refusal> {
        let joint = if self.keyword("AND") {
            Joint::And
        } else if self.keyword("OR") {
            Joint::Or
        } else {
            return Ok(Joint::None);
        };
        self.space();
        if first || matches!(self.peek(), None | Some(')')) {
            return Err(Refusal::invalid("AND and OR stand between two criteria"));
        }
        Ok(joint)
    }

    fn occur(&mut self) -> Occur {
        let occur = match self.peek() {
            Some('+') => Occur::Must,
            Some('-') => Occur::MustNot,
            _ if self.keyword("NOT") => {
                self.space();
                return Occur::MustNot;
            }
            _ => return Occur::Should,
        };
        self.next();
        self.space();
        occur
    }

    fn criterion(&mut self, property: Option<&'static Property>) -> Result<Expression, Refusal> {
        if property.is_none() && self.keyword("*:*") {
            return Ok(Expression::All);
        }
        let given = match self.peek() {
            Some('(') => return self.group(property),
            Some('"') => Given::Quoted(self.quoted()?),
            Some('[' | '{') => self.range()?,
            Some('+' | '-') => return Err(Refusal::invalid("Two operators in a row")),
            _ => {
                let word = self.word(property.is_none())?;
                if property.is_none() && self.peek() == Some(':') {
                    self.next();
                    return self.value(&word);
                }
                Given::Word(not_leading(word)?)
            }
        };
        self.finish(property, given)
    }

    /// What follows `property:`. A negative number must be quoted.
    fn value(&mut self, name: &Pattern) -> Result<Expression, Refusal> {
        let property = usable(&name.text(), Property::asked)?;
        self.space();
        if matches!(self.peek(), Some('+' | '-') | None) {
            return Err(Refusal::invalid(format!(
                "No value for property {}",
                property.name
            )));
        }
        self.criterion(Some(property))
    }

    fn finish(
        &self,
        property: Option<&'static Property>,
        given: Given,
    ) -> Result<Expression, Refusal> {
        let check = Check::new(property, given, self.me)?;
        Ok(Expression::Criterion(Criterion { property, check }))
    }

    fn group(&mut self, property: Option<&'static Property>) -> Result<Expression, Refusal> {
        self.next();
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(Refusal::invalid("Too many parentheses"));
        }
        let group = self.clauses(property, true)?;
        self.depth -= 1;
        Ok(group)
    }

    /// `[a TO b]`, `{a TO b}` or one bracket of each; `*` is no limit.
    fn range(&mut self) -> Result<Given, Refusal> {
        let open = self.next();
        let from = self.limit()?;
        self.space();
        if !self.keyword("TO") {
            return Err(Refusal::invalid("A range is [start TO end]"));
        }
        let to = self.limit()?;
        self.space();
        let close = self.next();
        if !matches!(close, Some(']' | '}')) {
            return Err(Refusal::invalid("A range ends with a bracket"));
        }
        let bound = |limit: Option<String>, included| match limit {
            None => Bound::Unbounded,
            Some(limit) if included => Bound::Included(limit),
            Some(limit) => Bound::Excluded(limit),
        };
        let from = bound(from, open == Some('['));
        Ok(Given::Range(from, bound(to, close == Some(']'))))
    }

    fn limit(&mut self) -> Result<Option<String>, Refusal> {
        self.space();
        match self.peek() {
            Some('"') => return self.quoted().map(Some),
            Some('+' | '-') => return Err(Refusal::invalid("No operator inside of a range")),
            _ => {}
        }
        let word = self.word(false)?;
        let open = word.0 == [Piece::Many];
        if word.is_wild() && !open {
            return Err(Refusal::invalid("No wildcard inside of a range"));
        }
        Ok((!open).then(|| word.text()))
    }

    /// Text in quotation marks, in which only the backslash is special.
    fn quoted(&mut self) -> Result<String, Refusal> {
        self.next();
        let mut text = String::new();
        while let Some(c) = self.next() {
            match c {
                '"' => return Ok(text),
                '\\' => text.push(self.escaped()?),
                other => text.push(other),
            }
        }
        Err(Refusal::invalid("A quotation mark is missing"))
    }

    /// Text up to a space or bracket, or to a colon.
    fn word(&mut self, to_colon: bool) -> Result<Pattern, Refusal> {
        let ends = |c: char| c.is_whitespace() || BRACKETS.contains(c) || (to_colon && c == ':');
        let mut pieces = Vec::new();
        while let Some(c) = self.peek().filter(|c| !ends(*c)) {
            self.next();
            pieces.push(match c {
                '*' => Piece::Many,
                '?' => Piece::One,
                '\\' => Piece::Char(self.escaped()?),
                other => Piece::Char(other),
            });
        }
        if pieces.is_empty() {
            return Err(Refusal::invalid("A criterion is missing"));
        }
        Ok(Pattern(pieces))
    }

    fn escaped(&mut self) -> Result<char, Refusal> {
        let next = self.next();
        next.ok_or_else(|| Refusal::invalid("Nothing after a backslash"))
    }

    /// Takes this word, if it is a whole one.
    fn keyword(&mut self, word: &str) -> bool {
        let Some(rest) = self.rest.strip_prefix(word) else {
            return false;
        };
        let whole = rest.chars().next().is_none_or(ends_word);
        if whole {
            self.rest = rest;
        }
        whole
    }

    fn space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.rest = self.rest.get(c.len_utf8()..).unwrap_or_default();
        Some(c)
    }
}

fn ends_word(c: char) -> bool {
    c.is_whitespace() || BRACKETS.contains(c)
}

/// `AND` makes optional criteria required; forbidden ones stay forbidden.
fn require(occur: Option<&mut Occur>) {
    if let Some(occur @ Occur::Should) = occur {
        *occur = Occur::Must;
    }
}

fn not_leading(word: Pattern) -> Result<Pattern, Refusal> {
    if word.begins_wild() {
        return Err(Refusal::invalid("A value cannot begin with a wildcard"));
    }
    Ok(word)
}

fn unbalanced() -> Refusal {
    Refusal::invalid("The parentheses do not match")
}
