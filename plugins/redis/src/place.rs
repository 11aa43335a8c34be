//! Where Redis is, and how a connection is made there.

use std::time::Duration;

use portico_sdk::shared::{RedisPlace, Sentinels, SharedRedis};
use redis::aio::PubSub;
use redis::cluster::ClusterClient;
use redis::sentinel::{SentinelClientBuilder, SentinelServerType};
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, RedisResult,
    TlsCertificates, TlsMode,
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
    nodes: Vec<ConnectionInfo>,
    sentinels: Sentinels,
    authorities: Authorities,
}

/// Who is trusted instead of the system's authorities, wherever TLS is spoken.
#[derive(Clone)]
struct Authorities(Option<TlsCertificates>);

impl Place {
    pub(crate) fn of(shared: &SharedRedis) -> Result<Self, Unavailable> {
        let authorities = Authorities::of(shared);
        let place = match &shared.place {
            RedisPlace::Single(url) => {
                let client = authorities.client(url);
                client.map(|client| Self::One(Box::new(client)))
            }
            RedisPlace::Cluster(nodes) => cluster(nodes, &authorities),
            RedisPlace::Sentinel(sentinels) => {
                let watched = Watched::of(sentinels, authorities);
                watched.map(|watched| Self::Sentinel(Box::new(watched)))
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

fn cluster(nodes: &[SecretString], authorities: &Authorities) -> RedisResult<Place> {
    let mut client = ClusterClient::builder(nodes.iter().map(ExposeSecret::expose_secret))
        .connection_timeout(ONE_NODE)
        .retries(REDIRECTS)
        .min_retry_wait(2)
        .max_retry_wait(20);
    let nodes: RedisResult<Vec<_>> = nodes.iter().map(|url| authorities.client(url)).collect();
    let nodes = nodes?;
    let seals = |node: &Client| speaks_tls(node.get_connection_info().addr());
    if let Some(own) = authorities.0.as_ref().filter(|_| nodes.iter().any(seals)) {
        client = client.certs(own.clone());
    }
    Ok(Place::Cluster {
        client: Box::new(client.build()?),
        nodes,
    })
}

fn speaks_tls(address: &ConnectionAddr) -> bool {
    matches!(address, ConnectionAddr::TcpTls { .. })
}

impl Authorities {
    fn of(shared: &SharedRedis) -> Self {
        let own = shared.ca_pem.as_ref().map(|pem| TlsCertificates {
            client_tls: None,
            root_cert: Some(pem.to_vec()),
        });
        Self(own)
    }

    /// A client for a URL, which says whether TLS is spoken.
    fn client(&self, url: &SecretString) -> RedisResult<Client> {
        let node = url.expose_secret().into_connection_info()?;
        match &self.0 {
            Some(own) if speaks_tls(node.addr()) => Client::build_with_tls(node, own.clone()),
            _ => Client::open(node),
        }
    }
}

impl Watched {
    fn of(sentinels: &Sentinels, authorities: Authorities) -> RedisResult<Self> {
        let urls = sentinels.nodes.iter().map(ExposeSecret::expose_secret);
        let nodes: RedisResult<_> = urls.map(IntoConnectionInfo::into_connection_info).collect();
        Ok(Self {
            nodes: nodes?,
            sentinels: sentinels.clone(),
            authorities,
        })
    }

    /// The master of this moment. The sentinels are asked anew each time, over new connections: an
    /// old one may lead to a sentinel that is cut off.
    async fn master(&self) -> RedisResult<Client> {
        let nodes = self.nodes.iter().map(|node| node.addr().clone());
        let (name, kind) = (&self.sentinels.master, SentinelServerType::Master);
        let builder = SentinelClientBuilder::new(nodes, name, kind)?;
        let mut asked = self.to_master(self.to_sentinels(builder)).build()?;
        asked.async_get_client().await
    }

    /// All of them take the same user and password.
    fn to_sentinels(&self, mut builder: SentinelClientBuilder) -> SentinelClientBuilder {
        let login = self.nodes.first().map(ConnectionInfo::redis_settings);
        if let Some(user) = login.and_then(|login| login.username()) {
            builder = builder.set_client_to_sentinel_username(user);
        }
        if let Some(password) = login.and_then(|login| login.password()) {
            builder = builder.set_client_to_sentinel_password(password);
        }
        let sealed = self.nodes.iter().all(|node| speaks_tls(node.addr()));
        if let Some(own) = self.authorities.0.as_ref().filter(|_| sealed) {
            builder = builder.set_client_to_sentinel_certificates(own.clone());
        }
        builder
    }

    fn to_master(&self, mut builder: SentinelClientBuilder) -> SentinelClientBuilder {
        let login = &self.sentinels;
        builder = builder.set_client_to_redis_db(login.database.into());
        if !login.user.is_empty() {
            builder = builder.set_client_to_redis_username(&login.user);
        }
        let password = login.password.expose_secret();
        if !password.is_empty() {
            builder = builder.set_client_to_redis_password(password);
        }
        if !login.tls {
            return builder;
        }
        let builder = builder.set_client_to_redis_tls_mode(TlsMode::Secure);
        match &self.authorities.0 {
            Some(own) => builder.set_client_to_redis_certificates(own.clone()),
            None => builder,
        }
    }
}
