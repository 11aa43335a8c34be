//! Where Redis is, and how a connection is made there.

use std::time::Duration;

use portico_sdk::shared::{RedisPlace, Sentinels, SharedRedis};
use redis::aio::PubSub;
use redis::cluster::ClusterClient;
use redis::sentinel::{SentinelClient, SentinelNodeConnectionInfo, SentinelServerType};
use redis::{
    AsyncConnectionConfig, Client, ConnectionInfo, IntoConnectionInfo, RedisConnectionInfo,
    RedisResult, TlsMode,
};
use secrecy::{ExposeSecret, SecretString};

use crate::fault::Unavailable;
use crate::link::Link;

/// How long a connection may take to be made, login and all. A call that needs one does not wait
/// that long: the connection is then there for the next.
pub(crate) const CONNECT: Duration = Duration::from_secs(3);

/// For one node among several: a dead one must leave time for the others.
const ONE_NODE: Duration = Duration::from_secs(1);

/// How often a cluster's client looks for a slot that has moved, within the time of a call.
const REDIRECTS: u32 = 4;

/// A Redis that can be connected to again and again.
pub(crate) enum Place {
    One(Box<Client>),
    Cluster {
        client: Box<ClusterClient>,
        nodes: Vec<Client>,
    },
    Sentinel(Box<Watched>),
}

/// A master that sentinels watch.
pub(crate) struct Watched {
    sentinels: Vec<ConnectionInfo>,
    name: String,
    master: SentinelNodeConnectionInfo,
}

impl Place {
    pub(crate) fn of(shared: &SharedRedis) -> Result<Self, Unavailable> {
        let place = match &shared.place {
            RedisPlace::Single(url) => one(url),
            RedisPlace::Cluster(nodes) => cluster(nodes),
            RedisPlace::Sentinel(sentinels) => {
                watched(sentinels).map(|watched| Self::Sentinel(Box::new(watched)))
            }
        };
        place.map_err(|_| Unavailable::Failed("its addresses cannot be understood"))
    }

    /// A connection for commands.
    pub(crate) async fn connect(&self) -> RedisResult<Link> {
        let client = match self {
            Self::One(client) => Client::clone(client),
            Self::Sentinel(watched) => watched.master().await?,
            Self::Cluster { client, .. } => {
                return client.get_async_connection().await.map(Link::Cluster);
            }
        };
        // The callers' own limit counts; whoever has given up is skipped when the answer comes.
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT))
            .set_response_timeout(None);
        let made = client.get_multiplexed_async_connection_with_config(&config);
        made.await.map(Link::One)
    }

    /// A connection for messages. A cluster tells every node of them, so that any will do; the
    /// turn says which.
    pub(crate) async fn listen(&self, turn: usize) -> RedisResult<PubSub> {
        match self {
            Self::One(client) => client.get_async_pubsub().await,
            Self::Sentinel(watched) => watched.master().await?.get_async_pubsub().await,
            Self::Cluster { nodes, .. } => nodes[turn % nodes.len()].get_async_pubsub().await,
        }
    }
}

fn one(url: &SecretString) -> RedisResult<Place> {
    Client::open(url.expose_secret()).map(|client| Place::One(Box::new(client)))
}

fn cluster(nodes: &[SecretString]) -> RedisResult<Place> {
    let urls = || nodes.iter().map(ExposeSecret::expose_secret);
    let client = ClusterClient::builder(urls())
        .connection_timeout(ONE_NODE)
        .retries(REDIRECTS)
        .min_retry_wait(2)
        .max_retry_wait(20)
        .build()?;
    let nodes: Result<_, _> = urls().map(Client::open).collect();
    Ok(Place::Cluster {
        client: Box::new(client),
        nodes: nodes?,
    })
}

fn watched(sentinels: &Sentinels) -> RedisResult<Watched> {
    let urls = sentinels.nodes.iter().map(ExposeSecret::expose_secret);
    let nodes: Result<_, _> = urls.map(IntoConnectionInfo::into_connection_info).collect();
    let mut login = RedisConnectionInfo::default().set_db(sentinels.database.into());
    if !sentinels.user.is_empty() {
        login = login.set_username(&sentinels.user);
    }
    let password = sentinels.password.expose_secret();
    if !password.is_empty() {
        login = login.set_password(password);
    }
    let mut master = SentinelNodeConnectionInfo::default().set_redis_connection_info(login);
    if sentinels.tls {
        master = master.set_tls_mode(TlsMode::Secure);
    }
    Ok(Watched {
        sentinels: nodes?,
        name: sentinels.master.clone(),
        master,
    })
}

impl Watched {
    /// The master of this moment. The sentinels are asked anew each time, over new connections: an
    /// old one may lead to a sentinel that is cut off.
    async fn master(&self) -> RedisResult<Client> {
        let (sentinels, kind) = (self.sentinels.clone(), SentinelServerType::Master);
        let mut asked =
            SentinelClient::build(sentinels, &self.name, Some(self.master.clone()), kind)?;
        asked.async_get_client().await
    }
}
