//! Filters: SQL expressions over a table's columns, read before anything is asked of the store.
//!
//! | room | question |
//! |---|---|
//! | `words` | is it one expression, and of which words? |
//! | `functions` | what may it call? |
//! | `plan` | is it a condition, on columns that there are? |

mod functions;
mod plan;
mod words;

use std::panic::{AssertUnwindSafe, catch_unwind};

use lance::datatypes::Schema;
use portico_sdk::Error;

use words::refusal;

/// The longest filter, in bytes.
const LONGEST: usize = 8 * 1024;

/// The filter in the one form that Lance and `LanceDB` read alike: whoever asks for rows, for their number or
/// for some of them means the same.
///
/// # Errors
/// [`Reason::InvalidArgument`](portico_sdk::Reason::InvalidArgument) for what is no filter, or none of this
/// table, with the place in the text where it is known.
pub(crate) fn check(filter: &str, schema: &Schema) -> Result<String, Error> {
    if filter.len() > LONGEST {
        return Err(refusal(None, "it is longer than 8 KiB"));
    }
    let words = words::read(filter)?;
    functions::check(&words)?;
    let text = words::canonical(&words);
    // Lance's planner has places that it thinks are never reached.
    let planned = catch_unwind(AssertUnwindSafe(|| plan::check(&text, &words, schema)));
    planned.unwrap_or_else(|_| Err(refusal(None, "it cannot be understood")))?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use arrow::datatypes::{DataType, Field};
    use portico_sdk::Reason;

    use super::*;

    fn told(filter: &str) -> Result<String, String> {
        let part = Field::new("part", DataType::Int64, true);
        let fields = vec![
            Field::new("id", DataType::Int64, true),
            Field::new("Label", DataType::Utf8, true),
            Field::new("yes", DataType::Boolean, true),
            Field::new("deep", DataType::Struct(vec![part].into()), true),
        ];
        let schema = arrow::datatypes::Schema::new(fields);
        let checked = check(filter, &Schema::try_from(&schema).unwrap());
        checked.map_err(|error| {
            assert_eq!(error.reason(), Reason::InvalidArgument);
            error.message().to_owned()
        })
    }

    #[test]
    fn expressions_over_columns_pass() {
        for filter in [
            "id > 3",
            "id == 3 AND Label LIKE 'a%'",
            "`Label` IS NOT NULL",
            "id IN (1, 2) OR NOT (id BETWEEN 3 AND 4)",
            "length(Label) > 2",
            "label = 'it''s'",
            "yes AND deep.part = 1",
            "CAST(id AS double) > 0.5",
            "_rowid < 10",
            "lower(trim(Label)) = 'a' -- no more",
            "coalesce(id, deep.part, 1) = 1 AND coalesce(Label, 'a') = 'a'",
        ] {
            assert!(told(filter).is_ok(), "{filter}: {:?}", told(filter));
        }
    }

    #[test]
    fn names_in_double_quotes_are_names() {
        let canonical = told("\"Label\" = 'a \"b\" ''c'''").unwrap();
        assert_eq!(canonical, "`Label` = 'a \"b\" ''c'''");
        assert_eq!(told(&canonical).unwrap(), canonical);
        assert!(told("\"label\" = 'a'").unwrap_err().contains("no column"));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (filter, place) in [
            ("id >", "line 1, column 5"),
            ("id > 3 LIMIT 1", "line 1, column 8"),
            ("id > 3; DROP TABLE t", "line 1, column 7"),
            ("id = 1\n  AND nothing = 2", "line 2, column 7"),
            ("id = 'abc", "line 1, column 6"),
            ("id = 1 AND length(nothing) = 2", "line 1, column 19"),
            ("id = 1 AND deep.nothing = 2", "line 1, column 12"),
            ("id = 1 AND repeat('x', 9) = 'x'", "line 1, column 12"),
        ] {
            let words = told(filter).unwrap_err();
            assert!(words.contains(place), "{filter}: {words}");
        }
        assert!(
            told("nothing = 2")
                .unwrap_err()
                .contains("no column `nothing`")
        );
    }

    #[test]
    fn what_is_no_condition_is_refused() {
        for filter in ["id", "id + 1", "Label", "'a'", "id > 'abc'"] {
            assert!(told(filter).is_err(), "{filter}");
        }
    }

    #[test]
    fn what_could_fill_the_memory_cannot_be_called() {
        for filter in [
            "repeat('x', 2000000000) = 'x'",
            "REPEAT ('x', 2000000000) = 'x'",
            "\"repeat\"('x', 2000000000) = 'x'",
            "/* /* */ repeat('x', 2000000000) = 'x' -- */",
            "length(lpad('x', 2000000000, 'y')) > 2",
            "array_has(range(2000000000), id)",
            "id = (SELECT 1)",
            "length((SELECT 'a')) = 1",
            "count(id) = 1",
            "EXISTS (VALUES (1))",
            "Label || Label || Label = 'a'",
            "coalesce(yes, coalesce(yes, yes))",
            "coalesce(yes, NOT coalesce(yes, yes))",
        ] {
            assert!(told(filter).is_err(), "{filter}");
        }
        let words = told("repeat('x', 2) = 'x'").unwrap_err();
        assert!(words.contains("no function `repeat`"), "{words}");
    }

    #[test]
    fn what_the_planner_does_not_know_is_no_panic() {
        for filter in [
            "$1 = 1",
            "id = ?",
            ":x = 1",
            "Label = N'a'",
            "Label = $$a$$",
            "CAST(id AS decimal(100, 2)) = 1",
        ] {
            assert!(told(filter).is_err(), "{filter}");
        }
    }

    #[test]
    fn what_is_deep_or_long_is_no_danger() {
        let deep = format!("{}id = 1{}", "(".repeat(400), ")".repeat(400));
        assert!(told(&deep).unwrap_err().contains("recursion"));
        let many = vec!["id = 1"; 400].join(" OR ");
        assert!(told(&many).unwrap_err().contains("1000 words"));
        let long = vec!["id = 1"; 2000].join(" OR ");
        assert!(told(&long).unwrap_err().contains("8 KiB"));
    }
}
