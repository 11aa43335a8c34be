//! Whole bodies through whole plans, signed by an implementation of the tests' own.

mod decode;
mod forms;
mod plans;
mod properties;
mod sender;
