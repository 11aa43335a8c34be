//! Properties at the level of the system.

use crate::mapi::field::{Field, choice, flag, text};

pub(crate) const NETWORK: &[Field] = &[choice("downstreamDNSMode", &["BASIC", "ADVANCED"])];

pub(crate) const LOG_PREPARE: &[Field] = &[text("startDate"), text("endDate"), text("snodes")];

pub(crate) const LOG_DOWNLOAD: &[Field] = &[text("nodes"), text("snodes"), text("content")];

pub(crate) const HEALTH_PREPARE: &[Field] = &[
    text("startDate"),
    text("endDate"),
    text("exactTime"),
    flag("collectCurrent"),
];

pub(crate) const HEALTH_DOWNLOAD: &[Field] = &[text("nodes"), text("content")];
