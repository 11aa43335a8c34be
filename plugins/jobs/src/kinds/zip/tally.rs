//! Takes down how far an archive has come, and in which state its objects were.

use std::time::UNIX_EPOCH;

use portico_aws::{Item, KeyFault};
use portico_sdk::error::Remedy;
use portico_sdk::{Error, Reason};
use portico_zip::{Known, Watch};

use super::list::{Wanted, ZipList};
use crate::work::Work;

/// Watches one run.
pub(super) struct Tally<'a> {
    work: &'a Work,
    list: &'a mut ZipList,
    /// Bytes of the object that is read; taken back if it fails.
    bytes: u64,
    /// Objects in a row that could not be had because the store is away, as the last of its answers says.
    away: usize,
    /// So many, and it is the store that is away, and no single object.
    most_away: usize,
}

/// As many are asked for at one time, each for as long as the settings say.
const AT_ONCE: usize = 20;

impl<'a> Tally<'a> {
    pub(super) fn new(work: &'a Work, list: &'a mut ZipList) -> Self {
        let asked_for = |wanted: &&Wanted| !wanted.folder && wanted.missing.is_none();
        let asked_for = list.wanted.iter().filter(asked_for).count();
        Self {
            work,
            list,
            bytes: 0,
            away: 0,
            most_away: AT_ONCE.min(asked_for),
        }
    }
}

impl Watch for Tally<'_> {
    fn bytes(&mut self, count: u64) {
        self.bytes += count;
        self.work.tell(|report| report.bytes += count);
    }

    fn added(&mut self, index: usize, known: &Known) {
        let size = std::mem::take(&mut self.bytes);
        let Some(wanted) = self.list.wanted.get_mut(index) else {
            return;
        };
        if !wanted.folder {
            self.away = 0;
            let modified = known
                .modified
                .and_then(|moment| moment.duration_since(UNIX_EPOCH).ok());
            wanted.modified = wanted.modified.or(modified.map(|since| since.as_secs()));
            wanted.tag = wanted.tag.take().or_else(|| known.e_tag.clone());
            wanted.size = Some(size);
        }
        let folder = u64::from(wanted.folder);
        self.work.tell(|report| {
            report.done += 1;
            report.folders += folder;
        });
    }

    /// A repeated archive is the same as it was, or none.
    fn failed(&mut self, index: usize, error: Error) -> Result<(), Error> {
        let bytes = std::mem::take(&mut self.bytes);
        let Some(wanted) = self.list.wanted.get_mut(index) else {
            return Ok(());
        };
        let fault = KeyFault::of(Item::object(wanted.key.clone()), &error);
        self.work.tell(|report| {
            report.bytes = report.bytes.saturating_sub(bytes);
            report.fail(fault);
        });
        if self.list.again && wanted.missing.is_none() {
            return Err(changed(&wanted.key, error));
        }
        wanted.missing = Some(error.message().to_owned());
        if error.reason().row().remedy != Remedy::Wait {
            self.away = 0;
            return Ok(());
        }
        self.away += 1;
        if self.away >= self.most_away {
            return Err(error);
        }
        Ok(())
    }
}

fn changed(key: &str, error: Error) -> Error {
    let words = match error.reason() {
        Reason::PreconditionFailed => "has changed since the archive was made",
        Reason::NotFound => "is gone since the archive was made",
        _ => "cannot be had again",
    };
    let words = format!("The archive cannot be made again: object '{key}' {words}");
    Error::with_message(Reason::Conflict, words).because(error)
}
