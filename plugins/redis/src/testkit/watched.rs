//! A master, its replica, and a sentinel that watches them.

use super::{Server, until};

/// The name under which the sentinel knows the master.
pub const MASTER: &str = "mymaster";

/// A master whose place its replica takes a few seconds after it went.
#[derive(Debug)]
pub struct Watched {
    /// The master of the beginning.
    pub master: Server,
    /// Who follows it.
    pub replica: Server,
    /// Who watches both. It decides alone.
    pub sentinel: Server,
}

impl Watched {
    /// Servers with this password (none if empty); the sentinel itself has none.
    #[must_use]
    pub fn start(password: &str) -> Self {
        let master = Server::with(|_| secured(password));
        let port = master.port().to_string();
        let replica = Server::with(|_| {
            let mut arguments = secured(password);
            arguments.extend(["--replicaof", "127.0.0.1", &port].map(str::to_owned));
            arguments.extend(["--repl-diskless-sync-delay", "0"].map(str::to_owned));
            arguments
        });
        until("the replica follows", || {
            replica
                .says(&["info", "replication"])
                .contains("master_link_status:up")
        });
        let sentinel = watch(master.port(), password);
        Self {
            master,
            replica,
            sentinel,
        }
    }

    /// Where the sentinel says that the master is.
    #[must_use]
    pub fn port_of_master(&self) -> u16 {
        let command = ["sentinel", "get-master-addr-by-name", MASTER];
        let said = self.sentinel.says(&command);
        said.lines().nth(1).unwrap().trim().parse().unwrap()
    }
}

fn secured(password: &str) -> Vec<String> {
    let options = ["--requirepass", password, "--masterauth", password];
    if password.is_empty() {
        return Vec::new();
    }
    options.map(str::to_owned).to_vec()
}

fn watch(port: u16, password: &str) -> Server {
    let login = match password {
        "" => String::new(),
        password => format!("sentinel auth-pass {MASTER} {password}\n"),
    };
    let text = format!(
        "sentinel monitor {MASTER} 127.0.0.1 {port} 1\n\
         sentinel down-after-milliseconds {MASTER} 500\n\
         sentinel failover-timeout {MASTER} 5000\n\
         {login}"
    );
    let sentinel = Server::with(|folder| {
        let file = folder.join("sentinel.conf");
        std::fs::write(&file, &text).unwrap();
        vec![file.display().to_string(), "--sentinel".to_owned()]
    });
    until("the sentinel knows the replica", || {
        let said = sentinel.says(&["sentinel", "replicas", MASTER]);
        said.contains("master-link-status\nok")
    });
    sentinel
}
