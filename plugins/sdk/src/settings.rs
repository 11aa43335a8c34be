//! How a plugin's part of the configuration is read, typed, with faults that name their place.

mod fault;
mod nearest;
mod read;
mod refusal;
mod secret;
mod section;
mod units;
mod value;

#[cfg(test)]
mod tests;

pub use fault::{Fault, Place};
pub use nearest::nearest;
pub use secret::Secret;
pub use section::Section;
pub use units::{Duration, Size};
pub use value::{NoTable, Origin, Value};
