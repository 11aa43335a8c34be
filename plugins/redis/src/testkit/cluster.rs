//! A Redis Cluster of three masters.

use super::{Server, free_port, until};

/// The slots of each node.
const SLOTS: [(&str, &str); 3] = [("0", "5460"), ("5461", "10922"), ("10923", "16383")];

/// Three masters with a third of the slots each. Slots without their master are missed, the others
/// go on.
#[derive(Debug)]
pub struct Cluster {
    /// The nodes, in the order of their slots.
    pub nodes: Vec<Server>,
}

impl Cluster {
    /// A cluster in which every node knows all others.
    #[must_use]
    pub fn start() -> Self {
        let nodes: Vec<_> = SLOTS.iter().map(|_| node()).collect();
        for (number, (node, (first, last))) in nodes.iter().zip(SLOTS).enumerate() {
            let epoch = (number + 1).to_string();
            done(node, &["cluster", "addslotsrange", first, last]);
            done(node, &["cluster", "set-config-epoch", &epoch]);
        }
        for node in &nodes[1..] {
            let own = node.says(&["config", "get", "cluster-port"]);
            let bus = own.lines().nth(1).unwrap();
            let port = node.port().to_string();
            done(&nodes[0], &["cluster", "meet", "127.0.0.1", &port, bus]);
        }
        let cluster = Self { nodes };
        cluster.settle();
        cluster
    }

    /// The URLs of its nodes.
    #[must_use]
    pub fn urls(&self) -> Vec<String> {
        self.nodes.iter().map(Server::url).collect()
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

fn node() -> Server {
    Server::with(|_| {
        let bus = free_port().to_string();
        [
            "--cluster-enabled",
            "yes",
            "--cluster-port",
            &bus,
            "--cluster-node-timeout",
            "1000",
            "--cluster-require-full-coverage",
            "no",
        ]
        .map(str::to_owned)
        .to_vec()
    })
}

fn done(node: &Server, command: &[&str]) {
    let said = node.says(command);
    assert_eq!(said.trim(), "OK", "{command:?}");
}
