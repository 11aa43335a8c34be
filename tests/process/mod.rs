//! The real binary as a child: started in a folder of its own, watched line by line, and ended by
//! its own id.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "not every file of tests needs all of it"
)]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Longer than anything here takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A signing secret that nothing outside the tests trusts.
pub const SECRET: &str = "the house tests sign their tokens";

/// The hash of "hush", cheap because tests log in often.
pub const HASH: &str = "$argon2id$v=19$m=64,t=1,p=1$c2FsdCBvZiBzdG9yaWVzIQ$XIQ+v5sdH52Ii9Khqy6HC+9tdtp96zev3nVp6jD8cfo";

/// A folder with a configuration, and the environment of the processes in it.
pub struct Place {
    folder: TempDir,
    variables: BTreeMap<String, String>,
}

impl Place {
    /// An empty folder that is the home and the working directory.
    pub fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().display().to_string();
        // What a killed process leaves behind goes with the folder.
        let names = ["HOME", "TMPDIR"].into_iter();
        let variables = names.map(|name| (name.to_owned(), home.clone())).collect();
        Self { folder, variables }
    }

    /// With a signing secret, a store that nobody asks for long, and free ports.
    pub fn usable() -> Self {
        Self::empty()
            .on_free_ports()
            .with("PORTICO__AUTH__SECRETS", &format!("[\"{SECRET}\"]"))
            .with("PORTICO__UPSTREAM__DOMAIN", "hcp.test")
            .with("PORTICO__UPSTREAM__S3_ADDRESSES", "[\"127.0.0.1:9\"]")
            .with("PORTICO__UPSTREAM__MAPI_ADDRESSES", "[\"127.0.0.1:9\"]")
    }

    pub fn on_free_ports(self) -> Self {
        self.with("PORTICO__LISTENERS__S3__ADDRESS", "127.0.0.1:0")
            .with("PORTICO__LISTENERS__API__ADDRESS", "127.0.0.1:0")
            .with("PORTICO__LISTENERS__ADMIN__ADDRESS", "127.0.0.1:0")
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Writes a file, and tells where it is.
    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The environment of its processes.
    pub fn variables(&self) -> BTreeMap<String, String> {
        self.variables.clone()
    }

    /// Starts the binary with nothing but this environment.
    pub fn start(&self, arguments: &[&str]) -> Process {
        self.start_with(arguments, Stdio::null())
    }

    /// Runs the binary to its end, with this standard input.
    pub fn run_with(&self, arguments: &[&str], input: &str) -> Ended {
        let input = std::fs::File::open(self.file("input", input)).unwrap();
        self.start_with(arguments, input.into()).ended()
    }

    fn start_with(&self, arguments: &[&str], input: Stdio) -> Process {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portico"));
        command
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .envs(&self.variables)
            .stdin(input)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Process::of(command.spawn().unwrap())
    }

    /// Runs the binary to its end.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        self.start(arguments).ended()
    }

    /// Serves; the words come back that were said until every listener was named.
    pub fn serve(&self, arguments: &[&str]) -> Serving {
        let mut process = self.start(&[&["run"], arguments].concat());
        let mut addresses = BTreeMap::new();
        while addresses.len() < 3 {
            let line = process.line();
            let event: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
            if event["msg"] == "listening" {
                let text = |key: &str| event[key].as_str().unwrap().to_owned();
                addresses.insert(text("listener"), text("address").parse().unwrap());
            }
        }
        Serving { process, addresses }
    }
}

/// A process that runs. Its end is the end of the child.
pub struct Process {
    child: Child,
    lines: Receiver<(Stream, String)>,
    /// Everything that was said so far.
    pub said: String,
    /// What of it went to standard output.
    pub out: String,
}

#[derive(Clone, Copy, PartialEq)]
enum Stream {
    Out,
    Err,
}

impl Process {
    fn of(mut child: Child) -> Self {
        let (sender, lines) = channel();
        pass_on(child.stdout.take().unwrap(), Stream::Out, sender.clone());
        pass_on(child.stderr.take().unwrap(), Stream::Err, sender);
        let (said, out) = (String::new(), String::new());
        Self {
            child,
            lines,
            said,
            out,
        }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The next line; panics with everything that was said when there is none.
    pub fn line(&mut self) -> String {
        let next = self.next();
        next.unwrap_or_else(|| panic!("the process ended; it said\n{}", self.said))
    }

    /// Reads on until a line holds the words.
    pub fn line_with(&mut self, words: &str) -> String {
        loop {
            let line = self.line();
            if line.contains(words) {
                return line;
            }
        }
    }

    /// The next line, or nothing once all of its pipes are closed.
    fn next(&mut self) -> Option<String> {
        let (stream, line) = match self.lines.recv_timeout(PATIENCE) {
            Ok(next) => next,
            Err(RecvTimeoutError::Disconnected) => return None,
            Err(RecvTimeoutError::Timeout) => panic!("silence after\n{}", self.said),
        };
        self.said.extend([line.as_str(), "\n"]);
        if stream == Stream::Out {
            self.out.extend([line.as_str(), "\n"]);
        }
        Some(line)
    }

    pub fn signal(&self, name: &str) {
        let id = self.id().to_string();
        let sent = Command::new("sh")
            .args(["-c", "kill -s \"$0\" \"$1\"", name, &id])
            .status()
            .unwrap();
        assert!(sent.success());
    }

    /// Its children, by id (`proc_pid_task`(5)).
    pub fn children(&self) -> Vec<u32> {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.id())).unwrap();
        let lists = tasks.filter_map(|task| {
            // A thread may end meanwhile.
            std::fs::read_to_string(task.ok()?.path().join("children")).ok()
        });
        let ids = |list: String| -> Vec<u32> {
            let ids = list.split_whitespace();
            ids.map(|id| id.parse().unwrap()).collect()
        };
        lists.flat_map(ids).collect()
    }

    /// Waits until it has ended and everything that inherited its pipes too.
    pub fn ended(mut self) -> Ended {
        let began = Instant::now();
        while self.next().is_some() {}
        let status = self.child.wait().unwrap();
        Ended {
            status,
            said: std::mem::take(&mut self.said),
            out: std::mem::take(&mut self.out),
            after: began.elapsed(),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn pass_on(pipe: impl Read + Send + 'static, stream: Stream, sender: Sender<(Stream, String)>) {
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            if sender.send((stream, line)).is_err() {
                break;
            }
        }
    });
}

/// What a process left behind.
pub struct Ended {
    pub status: ExitStatus,
    pub said: String,
    pub out: String,
    /// From the moment that its end was awaited.
    pub after: Duration,
}

impl Ended {
    #[track_caller]
    pub fn assert_code(&self, code: i32) {
        assert_eq!(self.status.code(), Some(code), "{}", self.said);
    }

    #[track_caller]
    pub fn assert_says(&self, words: &str) {
        assert!(self.said.contains(words), "no `{words}` in\n{}", self.said);
    }
}

/// A Portico that serves.
pub struct Serving {
    pub process: Process,
    addresses: BTreeMap<String, SocketAddr>,
}

impl Serving {
    pub fn address(&self, listener: &str) -> SocketAddr {
        self.addresses[listener]
    }

    pub fn url(&self, listener: &str, path: &str) -> String {
        format!("http://{}{path}", self.address(listener))
    }
}

/// A client for which every status is an answer, and that never waits for ever.
pub fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(PATIENCE))
        .build()
        .new_agent()
}

/// The body of a GET, which must have gone well.
#[track_caller]
pub fn get(url: &str) -> String {
    let mut answer = agent().get(url).call().unwrap();
    let body = answer.body_mut().read_to_string().unwrap();
    assert_eq!(answer.status(), 200, "{url}: {body}");
    body
}
