//! The process of the binary, and its log line by line.

use std::fs::File;
use std::io::{BufRead, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde_json::Value;

use super::PATIENCE;

/// A child of this test, ended with it.
pub struct Process {
    child: Child,
    log: Arc<Log>,
}

#[derive(Default)]
struct Log {
    kept: Mutex<Kept>,
    deaf: AtomicBool,
    /// Where every line is kept beyond the story.
    paper: Option<File>,
    more: Condvar,
}

#[derive(Default)]
struct Kept {
    lines: Vec<String>,
    over: bool,
}

/// A file for the log of a process, in the folder that `PORTICO_TEST_LOGS` names: `scripts/leaks.sh`
/// looks for secrets in all of them together.
fn paper(process: u32) -> Option<File> {
    let folder = std::env::var_os("PORTICO_TEST_LOGS")?;
    let name = format!("story-{}-{process}.log", std::process::id());
    Some(File::create(Path::new(&folder).join(name)).expect("a file"))
}

impl Process {
    /// `portico run` in a folder, with more arguments and nothing of this process's environment.
    pub fn start(folder: &Path, configuration: &Path, arguments: &[&str]) -> Self {
        let program = Command::new(env!("CARGO_BIN_EXE_portico"));
        Self::start_as(program, folder, configuration, arguments)
    }

    /// The same where `small` is a disk of so many bytes that nobody else sees, and that ends with it.
    pub fn start_with_disk(folder: &Path, configuration: &Path, small: &Path, size: u32) -> Self {
        let mut program = Command::new("unshare");
        program.args(["--user", "--map-root-user", "--mount", "sh", "-c"]);
        program.arg("mount -t tmpfs -o size=$1,mode=700 none \"$2\" && shift 2 && exec \"$@\"");
        program.args(["sh", &size.to_string()]).arg(small);
        program.arg(env!("CARGO_BIN_EXE_portico"));
        Self::start_as(program, folder, configuration, &[])
    }

    fn start_as(
        mut program: Command,
        folder: &Path,
        configuration: &Path,
        arguments: &[&str],
    ) -> Self {
        let mut child = program
            .arg("run")
            .args(arguments)
            .arg("--conf")
            .arg(configuration)
            .current_dir(folder)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let log = Arc::new(Log {
            paper: paper(child.id()),
            ..Log::default()
        });
        let errors = BufReader::new(child.stderr.take().expect("stderr is piped"));
        let writer = Arc::clone(&log);
        std::thread::spawn(move || writer.keep(errors));
        Self { child, log }
    }

    /// A path as the process sees it.
    pub fn path(&self, path: &Path) -> PathBuf {
        let mut seen = PathBuf::from(format!("/proc/{}/root", self.child.id()));
        seen.push(path.strip_prefix("/").expect("an absolute path"));
        seen
    }

    /// All lines so far.
    pub fn lines(&self) -> Vec<String> {
        self.log.kept().lines.clone()
    }

    /// The first line, past or to come, with this `msg`.
    #[track_caller]
    pub fn line(&self, message: &str) -> Value {
        self.lines_with(1, |line| line["msg"] == message).remove(0)
    }

    /// The first `count` lines, past or to come, that fit.
    #[track_caller]
    pub fn lines_with(&self, count: usize, fits: impl Fn(&Value) -> bool) -> Vec<Value> {
        let end = Instant::now() + PATIENCE;
        let mut kept = self.log.kept();
        loop {
            let lines = kept.lines.iter();
            let found = lines.filter_map(|line| serde_json::from_str(line).ok());
            let found: Vec<_> = found.filter(&fits).take(count).collect();
            if found.len() == count {
                return found;
            }
            let left = end.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero() && !kept.over,
                "the line never came; there are only {:#?}",
                kept.lines
            );
            let waited = self.log.more.wait_timeout(kept, left);
            kept = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// The address of a listener.
    #[track_caller]
    pub fn address(&self, listener: &str) -> SocketAddr {
        let fits = |line: &Value| line["msg"] == "listening" && line["listener"] == listener;
        let line = self.lines_with(1, fits).remove(0);
        let address = line["address"].as_str().expect("an address in the line");
        address.parse().expect("a socket address")
    }

    /// The most memory that the process has held since its start, in bytes (proc(5), `VmHWM`).
    #[track_caller]
    pub fn peak(&self) -> usize {
        let status = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(status).expect("a process");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
        let kib: usize = kib.and_then(|kib| kib.parse().ok()).expect("a peak");
        kib * 1024
    }

    /// Sends a signal, such as `TERM`.
    pub fn signal(&self, name: &str) {
        let line = format!("kill -{name} {}", self.child.id());
        let sent = Command::new("/bin/sh").args(["-c", &line]).status();
        assert!(sent.expect("a shell").success(), "{line}");
    }

    /// Nobody reads the log any more, from the next line on: what is written then fails. `line` does
    /// something that leaves a line.
    #[track_caller]
    pub fn lose_log(&self, line: impl FnOnce()) {
        self.log.deaf.store(true, Ordering::Release);
        line();
        self.until_over("nobody has stopped to read the log");
    }

    #[track_caller]
    fn until_over(&self, otherwise: &str) {
        let end = Instant::now() + PATIENCE;
        let mut kept = self.log.kept();
        while !kept.over {
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "{otherwise}");
            let waited = self.log.more.wait_timeout(kept, left);
            kept = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits for the process to end by itself.
    #[track_caller]
    pub fn ended(&mut self) -> ExitStatus {
        // Standard error ends with the process: no need to ask again and again.
        self.until_over("the process does not end");
        self.child.wait().expect("the process can be waited for")
    }

    /// Ends the process at once, if it still runs.
    pub fn end(&mut self) {
        // An error means that it has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

impl Log {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, errors: impl BufRead) {
        let mut lines = errors.lines();
        while let Some(Ok(line)) = lines.next() {
            if let Some(mut paper) = self.paper.as_ref() {
                writeln!(paper, "{line}").expect("a file");
            }
            self.kept().lines.push(line);
            self.more.notify_all();
            if self.deaf.load(Ordering::Acquire) {
                break;
            }
        }
        drop(lines);
        self.kept().over = true;
        self.more.notify_all();
    }
}
