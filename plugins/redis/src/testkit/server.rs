//! One `redis-server` process.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::{free_port, until};

/// A port may be taken by somebody else between its choice and its use.
const ATTEMPTS: usize = 10;

/// A server on a port and in a folder of its own; keeps nothing on its disk unless its arguments say so.
#[derive(Debug)]
pub struct Server {
    folder: TempDir,
    port: u16,
    arguments: Vec<String>,
    child: Option<Child>,
}

impl Server {
    /// A server as it comes.
    #[must_use]
    pub fn start() -> Self {
        Self::with(|_| Vec::new())
    }

    /// A server with arguments, which may need the folder. Tried again with another port when that
    /// of the first attempt is taken.
    pub fn with(arguments: impl Fn(&Path) -> Vec<String>) -> Self {
        for _ in 0..ATTEMPTS {
            let folder = tempfile::tempdir().unwrap();
            let mut server = Self {
                arguments: arguments(folder.path()),
                folder,
                port: free_port(),
                child: None,
            };
            if server.run() {
                return server;
            }
        }
        panic!("redis-server does not start");
    }

    /// `redis://127.0.0.1:…`
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Where it listens, on the loopback address.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What `redis-cli` says to a command.
    #[must_use]
    pub fn says(&self, command: &[&str]) -> String {
        let output = Command::new("redis-cli")
            .args(["-p", &self.port.to_string()])
            .env("REDISCLI_AUTH", self.password())
            .args(command)
            .output()
            .expect("redis-cli, which `make setup` installs");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Stops it where it stands (SIGSTOP): connections stay open and nobody answers.
    pub fn pause(&self) {
        self.signal("STOP");
    }

    /// Lets it go on.
    pub fn resume(&self) {
        self.signal("CONT");
    }

    /// Ends it at once, as a crash would.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Starts it on its old port, after [`Server::kill`].
    pub fn restart(&mut self) {
        until("the port is free again", || self.run());
    }

    /// Its own, if it was started with one.
    fn password(&self) -> &str {
        let mut arguments = self.arguments.iter();
        let found = arguments.find(|argument| *argument == "--requirepass");
        found
            .and_then(|_| arguments.next())
            .map_or("", String::as_str)
    }

    fn signal(&self, name: &str) {
        let id = self.id().to_string();
        let sent = Command::new("sh")
            .args(["-c", "kill -s \"$0\" \"$1\"", name, &id])
            .status()
            .unwrap();
        assert!(sent.success());
    }

    fn id(&self) -> u32 {
        self.child.as_ref().expect("a server that runs").id()
    }

    /// Whether it runs and it is ours that answers.
    fn run(&mut self) -> bool {
        // A file comes before all options, and of two equal options the last counts.
        let given = &self.arguments;
        let files = given
            .iter()
            .take_while(|argument| !argument.starts_with("--"))
            .count();
        let child = Command::new("redis-server")
            .args(&given[..files])
            .args(["--port", &self.port.to_string(), "--bind", "127.0.0.1"])
            .args(["--save", "", "--appendonly", "no"])
            .args(&given[files..])
            .current_dir(self.folder.path())
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server, which `make setup` installs");
        self.child = Some(child);
        let mine = format!("process_id:{}\r", self.id());
        let mut ended = false;
        until("Redis listens", || {
            ended = self.has_ended();
            ended || self.says(&["info", "server"]).contains(&mine)
        });
        !ended
    }

    fn has_ended(&mut self) -> bool {
        let child = self.child.as_mut().expect("a server that was started");
        child.try_wait().unwrap().is_some()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}
