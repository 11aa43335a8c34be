//! The object that makes a version of a table, as Lance calls it.

use object_store::path::Path;

/// The folder of a table's versions.
pub(crate) const FOLDER: &str = "_versions";
const ENDING: &str = ".manifest";
/// Digits of a name that counts down, so that the newest is listed first; older tables count up.
const DIGITS: usize = 20;

/// A version that somebody makes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Version {
    /// The folder of all versions of the table.
    pub(super) folder: Path,
    /// The version before; the first has none.
    pub(super) before: Option<Path>,
}

impl Version {
    /// None, if the object is something else.
    pub(super) fn of(object: &Path) -> Option<Self> {
        let mut parts: Vec<_> = object.parts().collect();
        let name = parts.pop()?;
        let folder: Path = parts.iter().cloned().collect();
        if parts.last()?.as_ref() != FOLDER {
            return None;
        }
        let (name, number) = read(name.as_ref())?;
        let before = if name.len() == DIGITS {
            let before = number.checked_add(1).filter(|before| *before < u64::MAX);
            before.map(|before| format!("{before:020}{ENDING}"))
        } else {
            let before = number.checked_sub(1).filter(|before| *before > 0);
            before.map(|before| format!("{before}{ENDING}"))
        };
        let before = before.map(|before| folder.clone().join(before));
        Some(Self { folder, before })
    }
}

/// The number of the version that a key makes: the larger the newer; none, if it makes none.
pub(crate) fn number(key: &str) -> Option<u64> {
    let name = key.rsplit('/').next().unwrap_or(key);
    let (name, number) = read(name)?;
    Some(if name.len() == DIGITS {
        u64::MAX - number
    } else {
        number
    })
}

/// A name without its ending, and the number that it is.
fn read(name: &str) -> Option<(&str, u64)> {
    let name = name.strip_suffix(ENDING)?;
    Some((name, name.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_tell_the_newest_in_both_ways_of_counting() {
        for (key, expected) in [
            ("a/_versions/18446744073709551614.manifest", Some(1)),
            ("a/_versions/18446744073709551605.manifest", Some(10)),
            ("a/_versions/10.manifest", Some(10)),
            ("a/_versions/latest_version_hint.json", None),
            ("a/_versions/", None),
        ] {
            assert_eq!(number(key), expected, "{key}");
        }
    }

    fn before(name: &str) -> Option<String> {
        let object = Path::from(format!("a/t.lance/_versions/{name}"));
        let version = Version::of(&object)?;
        assert_eq!(version.folder.as_ref(), "a/t.lance/_versions");
        let before = version.before?;
        before.filename().map(str::to_owned)
    }

    #[test]
    fn the_version_before_is_told_in_both_ways_of_counting() {
        for (name, expected) in [
            ("18446744073709551614.manifest", None),
            (
                "18446744073709551613.manifest",
                Some("18446744073709551614.manifest"),
            ),
            ("1.manifest", None),
            ("10.manifest", Some("9.manifest")),
        ] {
            assert_eq!(before(name).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn nothing_else_is_a_version() {
        for name in [
            "t.lance/data/1.manifest",
            "_versions/x.manifest",
            "_versions/1.txn",
            "",
        ] {
            assert_eq!(Version::of(&Path::from(name)), None, "{name}");
        }
    }
}
