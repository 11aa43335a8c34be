//! Every fault of the configuration, each with its place.

use std::fmt;

/// Every fault of the configuration: one line each, `file:line:column: [section] key: message`,
/// with the name of the variable for what came from the environment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Faults(Vec<Located>);

/// A fault with its place in words.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Located {
    /// Line and column, for the order.
    pub(super) position: Option<(usize, usize)>,
    /// Empty: it has none.
    pub(super) place: String,
    pub(super) message: String,
}

impl Located {
    /// A fault of a whole file, or of a variable.
    pub(super) fn whole(place: &str, message: String) -> Self {
        Self {
            position: None,
            place: place.to_owned(),
            message,
        }
    }
}

impl Faults {
    /// The faults in the order of the file.
    pub(super) fn new(faults: impl IntoIterator<Item = Located>) -> Self {
        let mut faults: Vec<_> = faults.into_iter().collect();
        faults.sort();
        faults.dedup();
        Self(faults)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, fault) in self.0.iter().enumerate() {
            if number > 0 {
                f.write_str("\n")?;
            }
            if !fault.place.is_empty() {
                write!(f, "{}: ", fault.place)?;
            }
            f.write_str(&fault.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}
