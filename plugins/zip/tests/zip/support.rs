//! A store in memory, and the programs that read archives.

use std::collections::{HashMap, VecDeque};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use futures_util::{StreamExt as _, pin_mut};
use portico_sdk::{Body, Error, Reason, body};
use portico_zip::{Item, Known, Limits, Object, Plan, Source, instant};

/// 2026-11-22 09:30:15 UTC.
pub(crate) const WHEN: u64 = 1_795_339_815;

/// How one opening of an object goes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fault {
    /// It is refused.
    Refused(Reason),
    /// It breaks off behind so many bytes.
    Broken(usize),
    /// Nothing comes, ever.
    Stuck,
}

#[derive(Debug, Default)]
pub(crate) struct Store {
    objects: HashMap<String, (Bytes, &'static str)>,
    faults: Mutex<HashMap<String, VecDeque<Fault>>>,
    pub(crate) asked: Mutex<Vec<(String, u64)>>,
    pub(crate) open: Arc<AtomicUsize>,
    pub(crate) most_open: AtomicUsize,
    /// Bytes that have left the store.
    pub(crate) given: Arc<AtomicUsize>,
}

/// Counts an object as open as long as it lives.
struct Opened(Arc<AtomicUsize>);

impl Drop for Opened {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Store {
    pub(crate) fn with(mut self, key: &str, bytes: impl Into<Bytes>, media: &'static str) -> Self {
        self.objects.insert(key.to_owned(), (bytes.into(), media));
        self
    }

    pub(crate) fn failing(self, key: &str, faults: impl IntoIterator<Item = Fault>) -> Self {
        let faults = faults.into_iter().collect();
        self.faults.lock().unwrap().insert(key.to_owned(), faults);
        self
    }

    /// The objects in the order of these keys; those that end with a slash are folders.
    pub(crate) fn items(&self, keys: &[&str]) -> Vec<Item> {
        let item = |key: &&str| Item {
            key: (*key).to_owned(),
            size: self.objects.get(*key).map(|(bytes, _)| bytes.len() as u64),
            e_tag: Some(tag(key)),
            modified: Some(UNIX_EPOCH + Duration::from_secs(WHEN)),
            folder: key.ends_with('/'),
            missing: None,
        };
        keys.iter().map(item).collect()
    }

    fn fault(&self, key: &str) -> Option<Fault> {
        let mut faults = self.faults.lock().unwrap();
        faults.get_mut(key).and_then(VecDeque::pop_front)
    }
}

pub(crate) fn tag(key: &str) -> String {
    format!("\"{key}\"")
}

impl Source for Store {
    async fn open(&self, key: &str, e_tag: Option<&str>, from: u64) -> Result<Object, Error> {
        self.asked.lock().unwrap().push((key.to_owned(), from));
        let opened = Opened(Arc::clone(&self.open));
        let now = self.open.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_open.fetch_max(now, Ordering::SeqCst);
        let fault = self.fault(key);
        match fault {
            Some(Fault::Refused(reason)) => return Err(Error::new(reason)),
            Some(Fault::Stuck) => std::future::pending().await,
            _ => {}
        }
        let gone = || Error::new(Reason::NotFound);
        let (bytes, media) = self.objects.get(key).ok_or_else(gone)?;
        if e_tag.is_some_and(|asked| asked != tag(key)) {
            return Err(Error::new(Reason::PreconditionFailed));
        }
        let from = usize::try_from(from).unwrap();
        let known = Known {
            size: Some(bytes.len() as u64),
            e_tag: Some(tag(key)),
            modified: Some(UNIX_EPOCH + Duration::from_secs(WHEN)),
            media: Some((*media).to_owned()),
        };
        let end = match fault {
            Some(Fault::Broken(behind)) => from + behind,
            _ => bytes.len(),
        };
        let body = pieces(
            bytes.slice(from..end),
            matches!(fault, Some(Fault::Broken(_))),
            opened,
            &self.given,
        );
        Ok(Object { known, body })
    }
}

/// A body in pieces of 16 KiB.
fn pieces(mut bytes: Bytes, broken: bool, opened: Opened, given: &Arc<AtomicUsize>) -> Body {
    let (writer, body) = body::channel();
    let given = Arc::clone(given);
    tokio::spawn(async move {
        let _opened = opened;
        while !bytes.is_empty() {
            let piece = bytes.split_to(bytes.len().min(16 * 1024));
            given.fetch_add(piece.len(), Ordering::SeqCst);
            if !writer.write(piece).await {
                return;
            }
        }
        if broken {
            writer.fail(Error::new(Reason::UpstreamFailed)).await;
        }
    });
    body
}

/// The whole instant archive of these keys.
pub(crate) async fn zipped(store: Store, keys: &[&str]) -> Result<Vec<u8>, Error> {
    let plan = Plan::new(store.items(keys));
    let stream = instant(plan, Arc::new(store), Limits::default());
    pin_mut!(stream);
    let mut whole = Vec::new();
    while let Some(piece) = stream.next().await {
        whole.extend_from_slice(&piece?);
    }
    Ok(whole)
}

/// What Python, Info-ZIP and 7-Zip say of an archive; Python's list of name, size, time and SHA-256.
pub(crate) fn read(archive: &Path) -> Vec<String> {
    check("unzip", &["-tqq"], archive, &[0]);
    check("7z", &["t", "-bso0", "-bsp0"], archive, &[0]);
    listed(archive)
}

pub(crate) fn listed(archive: &Path) -> Vec<String> {
    let script = "import hashlib, sys, zipfile\n\
        z = zipfile.ZipFile(sys.argv[1])\n\
        for i in z.infolist():\n    \
            h = hashlib.sha256()\n    \
            f = z.open(i)\n    \
            for b in iter(lambda: f.read(1 << 20), b''): h.update(b)\n    \
            print(i.filename, i.file_size, i.compress_type, i.date_time, h.hexdigest()[:8], sep='|')\n";
    let text = check("python3", &["-c", script], archive, &[0]);
    text.lines().map(str::to_owned).collect()
}

/// Lets a program test an archive.
pub(crate) fn check(program: &str, arguments: &[&str], archive: &Path, codes: &[i32]) -> String {
    ok(Command::new(program).args(arguments).arg(archive), codes)
}

fn ok(command: &mut Command, codes: &[i32]) -> String {
    let output = command.env("LC_ALL", "C.UTF-8").output();
    let output = output.unwrap_or_else(|error| panic!("{command:?}: {error}; see `make setup`"));
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    let good = output
        .status
        .code()
        .is_some_and(|code| codes.contains(&code));
    assert!(
        good,
        "{command:?}: {told}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    told
}
