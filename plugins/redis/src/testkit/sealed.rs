//! A server that speaks TLS, with a certificate of the test's making.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tempfile::TempDir;

use super::{MASTER, Server, free_port, until};

/// A server on a port with TLS; on another port of its own it speaks in the clear, for the test alone.
#[derive(Debug)]
pub struct Sealed {
    /// The server.
    pub server: Server,
    port: u16,
    folder: TempDir,
}

impl Sealed {
    /// A server whose certificate is for the loopback address.
    #[must_use]
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        certify(folder.path());
        let (server, port) = serve(folder.path(), |_| Vec::new());
        Self {
            server,
            port,
            folder,
        }
    }

    /// `rediss://127.0.0.1:…`
    #[must_use]
    pub fn url(&self) -> String {
        url(self.port)
    }

    /// Another server with the same certificate and with these arguments, and its port with TLS.
    pub(super) fn another(&self, arguments: impl Fn(&Path) -> Vec<String>) -> (Server, u16) {
        serve(self.folder.path(), arguments)
    }

    /// A sentinel that watches it, with the same certificate, and its URL.
    #[must_use]
    pub fn sentinel(&self) -> (Server, String) {
        let text = format!("sentinel monitor {MASTER} 127.0.0.1 {} 1\n", self.port);
        let (sentinel, port) = self.another(|folder| {
            let file = folder.join("sentinel.conf");
            std::fs::write(&file, &text).unwrap();
            let file = file.display().to_string();
            let arguments = [&file, "--sentinel", "--tls-replication", "yes"];
            arguments.map(str::to_owned).to_vec()
        });
        until("the sentinel reaches the master", || {
            let said = sentinel.says(&["sentinel", "master", MASTER]);
            said.contains("flags\nmaster\n")
        });
        (sentinel, url(port))
    }

    /// The authority that has issued its certificate, as a file in PEM.
    #[must_use]
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }
}

fn url(port: u16) -> String {
    format!("rediss://127.0.0.1:{port}")
}

/// A server with the certificate of a folder, and its port with TLS.
fn serve(certificates: &Path, more: impl Fn(&Path) -> Vec<String>) -> (Server, u16) {
    let chosen = Cell::new(0);
    let server = Server::with(|folder| {
        chosen.set(free_port());
        let port = chosen.get().to_string();
        let mut arguments = more(folder);
        arguments.extend(["--tls-port", &port, "--tls-auth-clients", "no"].map(str::to_owned));
        for (option, name) in [
            ("--tls-cert-file", "server.pem"),
            ("--tls-key-file", "server.key"),
            ("--tls-ca-cert-file", "ca.pem"),
        ] {
            let file = certificates.join(name).display().to_string();
            arguments.extend([option.to_owned(), file]);
        }
        arguments
    });
    (server, chosen.get())
}

fn certify(folder: &Path) {
    let titled = |names: &[&str], title: &str| {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.distinguished_name.push(DnType::CommonName, title);
        params
    };
    let mut authority = titled(&[], "an authority of the tests");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let server = titled(&["127.0.0.1"], "a Redis").signed_by(&key, &authority);
    for (name, text) in [
        ("ca.pem", authority.pem()),
        ("server.pem", server.unwrap().pem()),
        ("server.key", key.serialize_pem()),
    ] {
        std::fs::write(folder.join(name), text).unwrap();
    }
}
