//! Names of entries: safe to unpack, and no two alike.

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

/// The most bytes of a name: far from what a record holds, and more than any key has.
const LONGEST: usize = 8192;

/// Gives each key the name of its entry.
///
/// A name is made of the key's parts between slashes, without empty ones; control characters,
/// backslashes and a drive's colon become underscores, and so do the dots of `.` and `..`. A file that
/// has the name of another, or of a folder, gets a number: `a (2).txt`. Folders keep theirs, since
/// what is in them is named after them.
#[derive(Debug, Default)]
pub struct Names {
    /// Every folder that some entry lies in or is, without the slash at its end.
    folders: HashSet<String>,
    /// What files would be called if they were alone: no other file is renamed to that.
    wanted: HashSet<String>,
    taken: HashSet<String>,
    entered: HashSet<String>,
    /// The last number that a name got.
    numbers: HashMap<String, u64>,
}

impl Names {
    /// Names for these keys, each with whether it is a folder.
    pub fn of<'a>(keys: impl Iterator<Item = (&'a str, bool)>) -> Self {
        let mut names = Self::default();
        for (key, folder) in keys {
            let name = safe(key);
            names.above(&name);
            if folder {
                names.folders.insert(name);
            } else {
                names.wanted.insert(name);
            }
        }
        names
    }

    /// The name of the next entry; `None` for a folder that has one.
    pub fn give(&mut self, key: &str, folder: bool) -> Option<String> {
        let name = safe(key);
        if folder {
            let name = format!("{name}/");
            return self.entered.insert(name.clone()).then_some(name);
        }
        if !self.folders.contains(&name) && self.taken.insert(name.clone()) {
            return Some(name);
        }
        Some(self.numbered(&name))
    }

    fn above(&mut self, name: &str) {
        for (at, _) in name.match_indices('/') {
            self.folders.insert(name[..at].to_owned());
        }
    }

    fn numbered(&mut self, name: &str) -> String {
        loop {
            let number = self.numbers.entry(name.to_owned()).or_insert(1);
            *number += 1;
            let other = with_number(name, *number);
            let used = self.folders.contains(&other) || self.wanted.contains(&other);
            if !used && self.taken.insert(other.clone()) {
                return other;
            }
        }
    }
}

/// `a.txt` becomes `a (2).txt`, and `.profile` `.profile (2)`.
fn with_number(name: &str, number: u64) -> String {
    let last = name.rfind('/').map_or(0, |slash| slash + 1);
    let dot = name[last..].rfind('.').filter(|dot| *dot > 0);
    let (stem, end) = name.split_at(dot.map_or(name.len(), |dot| last + dot));
    format!("{stem} ({number}){end}")
}

/// The name that a key has when no other is like it, without a slash at its end.
fn safe(key: &str) -> String {
    let mut name = String::with_capacity(key.len());
    for part in key.split('/').filter(|part| !part.is_empty()) {
        if !name.is_empty() {
            name.push('/');
        }
        let dots = part == "." || part == "..";
        name.extend(part.chars().map(|letter| plain(letter, dots)));
    }
    undrive(&mut name);
    if name.is_empty() {
        name.push('_');
    }
    cut(&mut name);
    name
}

fn plain(letter: char, dots: bool) -> char {
    let bad = letter.is_control() || letter == '\\' || dots;
    if bad { '_' } else { letter }
}

/// `C:` at the beginning would name a drive on Windows.
fn undrive(name: &mut String) {
    let mut letters = name.chars();
    let drive = letters.next().is_some_and(|c| c.is_ascii_alphabetic());
    if drive && letters.next() == Some(':') {
        name.replace_range(1..2, "_");
    }
}

fn cut(name: &mut String) {
    if name.len() > LONGEST {
        name.truncate(name.floor_char_boundary(LONGEST));
        // A part that was cut must not be empty, or dots alone.
        name.push('_');
    }
}
