//! The engine's own ceiling in `make bench`: the smallest proxy that Pingora allows. It forwards
//! everything to one address; whatever Portico costs beyond it is Portico's own.

use std::error::Error;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;

use async_trait::async_trait;
use clap::Parser;
use pingora::proxy::{ProxyHttp, Session, http_proxy_service};
use pingora::server::configuration::ServerConf;
use pingora::server::{RunArgs, Server};
use pingora::upstreams::peer::HttpPeer;

/// Forwards everything over plain HTTP; takes TLS where it has a certificate.
#[derive(Parser)]
struct Args {
    /// Port on 127.0.0.1; the engine binds it later than it could tell, so 0 does not work.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    port: u16,
    /// Where everything goes.
    #[arg(long)]
    origin: SocketAddr,
    /// Threads that serve.
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// Certificate chain, a PEM file.
    #[arg(long, requires = "key")]
    certificate: Option<PathBuf>,
    /// Its private key, a PEM file.
    #[arg(long, requires = "certificate")]
    key: Option<PathBuf>,
}

struct Bare(SocketAddr);

#[async_trait]
impl ProxyHttp for Bare {
    type CTX = ();

    fn new_ctx(&self) {}

    async fn upstream_peer(
        &self,
        _session: &mut Session,
        _context: &mut (),
    ) -> pingora::Result<Box<HttpPeer>> {
        Ok(Box::new(HttpPeer::new(self.0, false, String::new())))
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let conf = ServerConf {
        threads: args.threads,
        // As Portico has it; every other value is the engine's default.
        upstream_keepalive_pool_size: 1024,
        ..ServerConf::default()
    };
    let mut server = Server::new_with_opt_and_conf(None, conf);
    server.bootstrap();
    let address = format!("127.0.0.1:{}", args.port);
    let mut service = http_proxy_service(&server.configuration, Bare(args.origin));
    match args.certificate.zip(args.key) {
        Some((certificate, key)) => service.add_tls(
            &address,
            &certificate.to_string_lossy(),
            &key.to_string_lossy(),
        )?,
        None => service.add_tcp(&address),
    }
    server.add_service(service);
    writeln!(io::stdout(), "{address}")?;
    server.run(RunArgs::default());
    Ok(())
}
