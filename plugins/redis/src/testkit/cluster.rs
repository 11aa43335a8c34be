//! A Redis Cluster of three masters.

use super::{Sealed, Server, free_port, until};

/// The slots of each node.
const SLOTS: [(&str, &str); 3] = [("0", "5460"), ("5461", "10922"), ("10923", "16383")];

/// Three masters with a third of the slots each. Slots without their master are missed, the others
/// go on.
#[derive(Debug)]
pub struct Cluster {
    /// The nodes, in the order of their slots.
    pub nodes: Vec<Server>,
    urls: Vec<String>,
}

impl Cluster {
    /// A cluster in which every node knows all others.
    #[must_use]
    pub fn start() -> Self {
        let nodes: Vec<_> = SLOTS
            .iter()
            .map(|_| Server::with(|_| arguments(&[])))
            .collect();
        let ports: Vec<_> = nodes.iter().map(Server::port).collect();
        let urls = nodes.iter().map(Server::url).collect();
        Self::of(nodes, &ports, urls)
    }

    /// The same over TLS, among each other too, with the certificate of a server.
    #[must_use]
    pub fn sealed(like: &Sealed) -> Self {
        let nodes = SLOTS
            .iter()
            .map(|_| like.another(|_| arguments(&["--tls-cluster", "yes"])));
        let (nodes, ports): (Vec<_>, Vec<_>) = nodes.unzip();
        let urls = ports
            .iter()
            .map(|port| format!("rediss://127.0.0.1:{port}"));
        let urls = urls.collect();
        Self::of(nodes, &ports, urls)
    }

    /// Makes one of nodes that know each other by these ports.
    fn of(nodes: Vec<Server>, ports: &[u16], urls: Vec<String>) -> Self {
        for (number, (node, (first, last))) in nodes.iter().zip(SLOTS).enumerate() {
            let epoch = (number + 1).to_string();
            done(node, &["cluster", "addslotsrange", first, last]);
            done(node, &["cluster", "set-config-epoch", &epoch]);
        }
        for (node, port) in nodes.iter().zip(ports).skip(1) {
            let own = node.says(&["config", "get", "cluster-port"]);
            let bus = own.lines().nth(1).unwrap();
            let port = port.to_string();
            done(&nodes[0], &["cluster", "meet", "127.0.0.1", &port, bus]);
        }
        let cluster = Self { nodes, urls };
        cluster.settle();
        cluster
    }

    /// The URLs of its nodes.
    #[must_use]
    pub fn urls(&self) -> Vec<String> {
        self.urls.clone()
    }

    /// Waits until every node knows where every slot is.
    pub fn settle(&self) {
        until("the cluster is whole", || {
            self.nodes.iter().all(|node| {
                let state = node.says(&["cluster", "info"]);
                [
                    "cluster_state:ok",
                    "cluster_slots_ok:16384",
                    "cluster_known_nodes:3",
                ]
                .iter()
                .all(|line| state.contains(line))
            })
        });
    }
}

fn arguments(more: &[&str]) -> Vec<String> {
    let bus = free_port().to_string();
    let own = [
        "--cluster-enabled",
        "yes",
        "--cluster-port",
        &bus,
        "--cluster-node-timeout",
        "1000",
        "--cluster-require-full-coverage",
        "no",
    ];
    own.iter()
        .chain(more)
        .map(|word| (*word).to_owned())
        .collect()
}

fn done(node: &Server, command: &[&str]) {
    let said = node.says(command);
    assert_eq!(said.trim(), "OK", "{command:?}");
}
