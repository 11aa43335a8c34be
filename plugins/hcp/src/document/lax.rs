//! What counts as a number or a truth: Pydantic's lax rules, which front ends rely on.

use serde_json::{Number, Value};

/// Why a value is none of its type: Pydantic's name for it, and its words.
pub type Fault = (&'static str, &'static str);

const INT_PARSING: Fault = (
    "int_parsing",
    "Input should be a valid integer, unable to parse string as an integer",
);
const INT_FROM_FLOAT: Fault = (
    "int_from_float",
    "Input should be a valid integer, got a number with a fractional part",
);
const INT_TYPE: Fault = ("int_type", "Input should be a valid integer");
const FLOAT_PARSING: Fault = (
    "float_parsing",
    "Input should be a valid number, unable to parse string as a number",
);
const FLOAT_TYPE: Fault = ("float_type", "Input should be a valid number");
const BOOL_PARSING: Fault = (
    "bool_parsing",
    "Input should be a valid boolean, unable to interpret input",
);
const BOOL_TYPE: Fault = ("bool_type", "Input should be a valid boolean");

/// The largest whole number that a float holds without a doubt.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A whole number: as such, with nothing behind its point, in a string, or a truth.
///
/// # Errors
/// It is none.
pub fn int(value: &Value) -> Result<Value, Fault> {
    match value {
        Value::Number(number) if number.is_i64() || number.is_u64() => Ok(value.clone()),
        Value::Number(number) => whole(number).ok_or(INT_FROM_FLOAT),
        Value::String(text) => int_text(text).ok_or(INT_PARSING),
        Value::Bool(truth) => Ok(Value::from(u8::from(*truth))),
        _ => Err(INT_TYPE),
    }
}

fn whole(number: &Number) -> Option<Value> {
    let float = number.as_f64()?;
    let exact = float.fract() == 0.0 && float.abs() <= EXACT;
    // Written out and read again: there is no other way that cannot lose anything.
    exact.then(|| format!("{float:.0}").parse::<i64>().ok().map(Value::from))?
}

fn int_text(text: &str) -> Option<Value> {
    let text = text.trim();
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    if !rest.bytes().all(|byte| byte == b'0') || (text.contains('.') && rest.is_empty()) {
        return None;
    }
    let signed = whole.parse::<i64>().map(Value::from);
    signed
        .or_else(|_| whole.parse::<u64>().map(Value::from))
        .ok()
}

/// Any number, or one in a string.
///
/// # Errors
/// It is none.
pub fn number(value: &Value) -> Result<Value, Fault> {
    match value {
        Value::Number(_) => Ok(value.clone()),
        Value::String(text) => {
            let float = text.trim().parse::<f64>().ok();
            let number = float.and_then(Number::from_f64);
            number.map(Value::Number).ok_or(FLOAT_PARSING)
        }
        Value::Bool(truth) => Ok(Value::from(u8::from(*truth))),
        _ => Err(FLOAT_TYPE),
    }
}

/// A truth: as such, 0 or 1, or one of the usual words in any case.
///
/// # Errors
/// It is none.
pub fn flag(value: &Value) -> Result<bool, Fault> {
    match value {
        Value::Bool(truth) => Ok(*truth),
        Value::String(text) => flag_text(text).ok_or(BOOL_PARSING),
        Value::Number(number) => match number.as_f64() {
            Some(0.0) => Ok(false),
            Some(1.0) => Ok(true),
            _ => Err(BOOL_PARSING),
        },
        _ => Err(BOOL_TYPE),
    }
}

fn flag_text(text: &str) -> Option<bool> {
    const YES: [&str; 6] = ["true", "1", "yes", "on", "t", "y"];
    const NO: [&str; 6] = ["false", "0", "no", "off", "f", "n"];
    let is = |words: [&str; 6]| words.iter().any(|word| word.eq_ignore_ascii_case(text));
    is(YES).then_some(true).or_else(|| is(NO).then_some(false))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn whole_numbers_in_every_guise() {
        for given in [
            json!(7),
            json!(7.0),
            json!("7"),
            json!(" 7.0 "),
            json!("+7"),
        ] {
            assert_eq!(int(&given), Ok(json!(7)), "{given}");
        }
        assert_eq!(int(&json!(true)), Ok(json!(1)));
        assert_eq!(int(&json!(u64::MAX)), Ok(json!(u64::MAX)));
        assert_eq!(int(&json!(7.5)), Err(INT_FROM_FLOAT));
        for bad in ["", "x", "7.5", "7.", "1e3"] {
            assert_eq!(int(&json!(bad)), Err(INT_PARSING), "{bad}");
        }
        assert_eq!(int(&json!([])), Err(INT_TYPE));
        assert_eq!(number(&json!("1.5")), Ok(json!(1.5)));
        assert_eq!(number(&json!("nan")), Err(FLOAT_PARSING));
        assert_eq!(number(&json!({})), Err(FLOAT_TYPE));
    }

    #[test]
    fn truths_in_every_guise() {
        for given in [
            json!(true),
            json!(1),
            json!(1.0),
            json!("YES"),
            json!("t"),
            json!("on"),
        ] {
            assert_eq!(flag(&given), Ok(true), "{given}");
        }
        for given in [
            json!(false),
            json!(0),
            json!("No"),
            json!("F"),
            json!("off"),
        ] {
            assert_eq!(flag(&given), Ok(false), "{given}");
        }
        assert_eq!(flag(&json!("")), Err(BOOL_PARSING));
        assert_eq!(flag(&json!(2)), Err(BOOL_PARSING));
        assert_eq!(flag(&json!([])), Err(BOOL_TYPE));
    }
}
