//! What refusals speak of.

/// Of no bucket in particular.
pub(crate) const BUCKETS: &str = "buckets";

pub(crate) fn bucket(name: &str) -> String {
    format!("bucket '{name}'")
}

pub(crate) fn object(key: &str) -> String {
    format!("object '{key}'")
}

pub(crate) fn folder(key: &str) -> String {
    format!("folder '{key}'")
}

pub(crate) fn prefix(text: &str) -> String {
    format!("prefix '{text}'")
}

pub(crate) fn part(key: &str, number: i32) -> String {
    format!("object '{key}' part {number}")
}
