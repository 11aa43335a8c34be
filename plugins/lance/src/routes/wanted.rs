//! Parameters that more than one route has.

use lance::datatypes::Schema;
use portico_hcp::document::{Bounds, Given};
use portico_sdk::{Error, Reason};

/// Any number that is not negative, as far as Lance can add to it.
pub(super) const NOT_NEGATIVE: Bounds = Bounds::new(0, i64::MAX / 2);
/// A page of rows, or of vectors.
pub(super) const PAGE: Bounds = Bounds::new(1, 200);

/// The version to read, if one is named.
pub(super) fn version(given: &mut Given) -> Option<u64> {
    given.text("version")?;
    Some(count(given.whole("version", None, Bounds::POSITIVE)))
}

/// A list with commas between; `None`: none is given.
pub(super) fn columns(given: &Given, name: &str) -> Option<Vec<String>> {
    let text = given.text(name)?;
    let names = text.split(',').map(str::trim);
    let names = names.filter(|name| !name.is_empty()).map(str::to_owned);
    let names: Vec<_> = names.collect();
    Some(names).filter(|names| !names.is_empty())
}

/// A number that was checked already.
pub(super) fn count<T: TryFrom<i64> + Default>(number: i64) -> T {
    T::try_from(number).unwrap_or_default()
}

/// Refuses columns that a table has not. They are paths, `column.field`, of the very letters; names with dots in
/// them stand in backticks.
pub(super) fn known<'a>(
    schema: &Schema,
    names: impl IntoIterator<Item = &'a String>,
) -> Result<(), Error> {
    let mut names = names.into_iter();
    let missing = names.find(|name| schema.field(name).is_none());
    match missing {
        None => Ok(()),
        Some(name) => {
            let words = format!("The table has no column '{name}'");
            Err(Error::with_message(Reason::Unprocessable, words))
        }
    }
}

#[cfg(test)]
mod tests {
    use arrow::datatypes::{DataType, Field};

    use super::*;

    #[test]
    fn lists_are_read_with_room_around_their_commas() {
        let given = Given::read(&"/?c=a,%20b%20,,c&d=,&e=".parse().unwrap());
        assert_eq!(columns(&given, "c").unwrap(), ["a", "b", "c"]);
        assert_eq!(columns(&given, "d"), None);
        assert_eq!(columns(&given, "e"), None);
    }

    #[test]
    fn columns_are_known_by_their_paths() {
        let part = Field::new("part", DataType::Int64, true);
        let fields = vec![Field::new(
            "Deep",
            DataType::Struct(vec![part].into()),
            true,
        )];
        let schema = Schema::try_from(&arrow::datatypes::Schema::new(fields)).unwrap();
        let known = |name: &str| known(&schema, &[name.to_owned()]).is_ok();
        assert!(known("Deep") && known("Deep.part"));
        assert!(!known("deep") && !known("Deep.nothing") && !known("*") && !known("_rowid"));
    }

    #[test]
    fn versions_are_counted_from_one() {
        let read = |query: &str| {
            let mut given = Given::read(&format!("/?{query}").parse().unwrap());
            let version = version(&mut given);
            given.done().map(|()| version)
        };
        assert_eq!(read(""), Ok(None));
        assert_eq!(read("version=3"), Ok(Some(3)));
        assert!(read("version=0").is_err() && read("version=x").is_err());
    }
}
