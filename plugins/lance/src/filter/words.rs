//! The words of a filter, as Lance itself takes a text apart.

use std::any::TypeId;

use datafusion::sql::sqlparser::dialect::{Dialect, GenericDialect};
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};
use portico_sdk::{Error, Reason};

/// The most words and signs of a filter: what is made of it is as deep as it has operators.
const MOST: usize = 1000;

/// Lance's dialect, with names in double quotes as `LanceDB` has them: where a text or a comment ends must be
/// the same there and here, or something would pass that nobody has looked at.
#[derive(Debug, Default)]
struct Spoken(GenericDialect);

impl Dialect for Spoken {
    fn dialect(&self) -> TypeId {
        self.0.dialect()
    }

    fn is_identifier_start(&self, letter: char) -> bool {
        self.0.is_identifier_start(letter)
    }

    fn is_identifier_part(&self, letter: char) -> bool {
        self.0.is_identifier_part(letter)
    }

    fn is_delimited_identifier_start(&self, letter: char) -> bool {
        letter == '"' || letter == '`'
    }

    fn supports_bitwise_shift_operators(&self) -> bool {
        self.0.supports_bitwise_shift_operators()
    }
}

/// The words of the filter, which is one expression and nothing behind it.
pub(super) fn read(filter: &str) -> Result<Vec<TokenWithSpan>, Error> {
    let dialect = Spoken::default();
    // Texts stay as they were written, so that they can be written again.
    let mut tokenizer = Tokenizer::new(&dialect, filter).with_unescape(false);
    let tokens = tokenizer.tokenize_with_location();
    let tokens = tokens.map_err(|error| refusal(Some(error.location), &error.message))?;
    if tokens.iter().filter(|each| !is_blank(each)).count() > MOST {
        return Err(refusal(None, "it has more than 1000 words and signs"));
    }
    let mut parser = Parser::new(&dialect).with_tokens_with_locations(equal(tokens.clone()));
    let parsed = parser.parse_expr();
    let next = parser.peek_token();
    if let Err(error) = parsed {
        let words = error.to_string();
        let words = words.split(" at Line:").next().unwrap_or_default();
        return Err(refusal(place(&next, filter), words));
    }
    if next.token != Token::EOF {
        let words = format!("the expression has ended before `{}`", next.token);
        return Err(refusal(place(&next, filter), &words));
    }
    Ok(tokens)
}

/// The text again, with nothing in it that Lance and `LanceDB` read otherwise than the other: Lance has names
/// in backticks alone, and takes those in double quotes for texts.
pub(super) fn canonical(words: &[TokenWithSpan]) -> String {
    let written = words.iter().map(|each| match &each.token {
        Token::Whitespace(_) => " ".to_owned(),
        Token::Word(word) if word.quote_style == Some('"') => {
            let name = word.value.replace("\"\"", "\"").replace('`', "``");
            format!("`{name}`")
        }
        other => other.to_string(),
    });
    written.collect()
}

/// Lance reads `==` as `=`, as Python writes it.
fn equal(mut tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    tokens.dedup_by(|next, before| next.token == Token::Eq && before.token == Token::Eq);
    for each in &mut tokens {
        if each.token == Token::DoubleEq {
            each.token = Token::Eq;
        }
    }
    tokens
}

/// Where a token begins; where the text ends, for the end.
fn place(token: &TokenWithSpan, filter: &str) -> Option<Location> {
    if token.token != Token::EOF {
        return Some(token.span.start);
    }
    let line = u64::try_from(filter.lines().count().max(1)).ok()?;
    let last = filter.lines().last().unwrap_or_default();
    let column = u64::try_from(last.chars().count()).ok()? + 1;
    Some(Location { line, column })
}

/// Whether there is nothing to read in it.
pub(super) fn is_blank(token: &TokenWithSpan) -> bool {
    matches!(token.token, Token::Whitespace(_))
}

/// The answer to a filter that is none.
pub(super) fn refusal(place: Option<Location>, words: &str) -> Error {
    let place = match place {
        Some(Location { line, column }) if line > 0 => format!(" at line {line}, column {column}"),
        _ => String::new(),
    };
    let words = words.trim_start_matches("sql parser error: ");
    Error::with_message(
        Reason::InvalidArgument,
        format!("Invalid filter{place}: {words}"),
    )
}
