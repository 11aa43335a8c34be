//! What filters may call: functions and signs that make nothing larger than what they are given.
//!
//! `DataFusion` has others, such as `repeat` and `range`: one call fills the memory, in one step that no limit
//! ends.

use datafusion::common::tree_node::TreeNode as _;
use datafusion::logical_expr::{Expr, Operator};
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Word};
use portico_sdk::Error;

use super::words::{is_blank, refusal};

/// The functions.
const KNOWN: [&str; 54] = [
    "abs",
    "array_contains",
    "array_has",
    "array_has_all",
    "array_has_any",
    "array_length",
    "btrim",
    "cardinality",
    "ceil",
    "char_length",
    "character_length",
    "coalesce",
    "contains",
    "contains_tokens",
    "date_part",
    "date_trunc",
    "ends_with",
    "extract",
    "floor",
    "is_valid",
    "isnan",
    "json_array_contains",
    "json_array_length",
    "json_exists",
    "json_extract",
    "json_get",
    "json_get_bool",
    "json_get_float",
    "json_get_int",
    "json_get_string",
    "left",
    "length",
    "lower",
    "ltrim",
    "nullif",
    "octet_length",
    "position",
    "regexp_like",
    "regexp_match",
    "right",
    "round",
    "rtrim",
    "starts_with",
    "strpos",
    "substr",
    "substring",
    "to_date",
    "to_timestamp",
    "to_timestamp_micros",
    "to_timestamp_millis",
    "to_timestamp_nanos",
    "to_timestamp_seconds",
    "trim",
    "upper",
];
/// What fields of structs and items of lists become on the way: nobody calls them.
const MADE: [&str; 3] = ["array_element", "get_field", "make_array"];
/// Words of the language that stand before brackets and call nothing.
const OWN: [&str; 21] = [
    "and",
    "as",
    "between",
    "case",
    "cast",
    "datetime",
    "decimal",
    "else",
    "escape",
    "from",
    "ilike",
    "in",
    "is",
    "like",
    "not",
    "or",
    "safe_cast",
    "then",
    "timestamp",
    "try_cast",
    "when",
];

/// Refuses calls of anything else, and questions within the question.
pub(super) fn check(words: &[TokenWithSpan]) -> Result<(), Error> {
    let words: Vec<_> = words.iter().filter(|each| !is_blank(each)).collect();
    for (index, each) in words.iter().enumerate() {
        if is_strange(&each.token) {
            let told = format!("`{}` is not for filters", each.token);
            return Err(refusal(Some(each.span.start), &told));
        }
        let Token::Word(word) = &each.token else {
            continue;
        };
        let next = words.get(index + 1);
        let is_called = next.is_some_and(|next| next.token == Token::LParen);
        if is_word(word, "select") {
            return Err(refusal(Some(each.span.start), "a filter cannot select"));
        }
        if is_called && !is_own(word) && !is_known(&word.value) {
            let told = format!("there is no function `{}` for filters", word.value);
            return Err(refusal(Some(each.span.start), &told));
        }
    }
    Ok(())
}

/// Texts and marks that Lance's planner does not know, some of which make it panic, and the sign that makes
/// long texts of short ones.
fn is_strange(token: &Token) -> bool {
    matches!(
        token,
        Token::Placeholder(_)
            | Token::StringConcat
            | Token::Colon
            | Token::NationalStringLiteral(_)
            | Token::DollarQuotedString(_)
    )
}

/// Whether an expression calls nothing else, however its text was read.
pub(super) fn are_known(planned: &Expr) -> bool {
    let strange = planned.exists(|part| Ok(!is_fine(part) || doubles(part)));
    strange.is_ok_and(|strange| !strange)
}

/// What `DataFusion` writes as `CASE WHEN a IS NOT NULL THEN a`: within itself it would double at each level.
fn doubles(part: &Expr) -> bool {
    let is_it = |part: &Expr| match part {
        Expr::ScalarFunction(call) => call.func.name() == "coalesce",
        _ => false,
    };
    let Expr::ScalarFunction(call) = part else {
        return false;
    };
    is_it(part)
        && call
            .args
            .iter()
            .any(|each| each.exists(|inner| Ok(is_it(inner))).unwrap_or(true))
}

fn is_fine(part: &Expr) -> bool {
    match part {
        Expr::ScalarFunction(call) => {
            let name = call.func.name();
            let other = call.func.aliases().iter().any(|alias| is_known(alias));
            other || is_known(name) || MADE.contains(&name)
        }
        Expr::BinaryExpr(each) => each.op != Operator::StringConcat,
        Expr::Alias(_)
        | Expr::Column(_)
        | Expr::Literal(..)
        | Expr::Like(_)
        | Expr::SimilarTo(_)
        | Expr::Not(_)
        | Expr::IsNotNull(_)
        | Expr::IsNull(_)
        | Expr::IsTrue(_)
        | Expr::IsFalse(_)
        | Expr::IsUnknown(_)
        | Expr::IsNotTrue(_)
        | Expr::IsNotFalse(_)
        | Expr::IsNotUnknown(_)
        | Expr::Negative(_)
        | Expr::Between(_)
        | Expr::Case(_)
        | Expr::Cast(_)
        | Expr::TryCast(_)
        | Expr::InList(_) => true,
        _ => false,
    }
}

fn is_known(name: &str) -> bool {
    KNOWN.iter().any(|known| name.eq_ignore_ascii_case(known))
}

fn is_own(word: &Word) -> bool {
    OWN.iter().any(|own| is_word(word, own))
}

/// Whether a word is this one of the language, and no name.
fn is_word(word: &Word, own: &str) -> bool {
    word.quote_style.is_none() && word.value.eq_ignore_ascii_case(own)
}
