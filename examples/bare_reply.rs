//! The engine's own ceiling of answers out of memory in `make bench`: everything is answered from
//! `request_filter`, always the same, and nobody is asked who they are.

use std::error::Error;
use std::io::{self, Write as _};
use std::path::PathBuf;

use async_trait::async_trait;
use bytes::Bytes;
use clap::Parser;
use pingora::http::{ResponseHeader, StatusCode};
use pingora::proxy::{ProxyHttp, Session, http_proxy_service};
use pingora::server::configuration::ServerConf;
use pingora::server::{RunArgs, Server};
use pingora::upstreams::peer::HttpPeer;
use pingora::{Error as EngineError, ErrorType};

/// Answers 200 with headers and a body out of files.
#[derive(Parser)]
struct Args {
    /// Port on 127.0.0.1; the engine binds it later than it could tell, so 0 does not work.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    port: u16,
    /// A file with the headers, one `Name: value` a line; the engine itself adds `Date` and
    /// `Connection`.
    #[arg(long)]
    head: PathBuf,
    /// A file with the body; an empty one for answers to HEAD.
    #[arg(long)]
    body: PathBuf,
    /// Threads that serve.
    #[arg(long, default_value_t = 1)]
    threads: usize,
}

struct Bare {
    head: ResponseHeader,
    body: Bytes,
}

impl Bare {
    fn read(args: &Args) -> Result<Self, Box<dyn Error>> {
        let mut head = ResponseHeader::build(StatusCode::OK, None)?;
        for line in std::fs::read_to_string(&args.head)?.lines() {
            let (name, value) = line.split_once(": ").ok_or("a header without a colon")?;
            head.append_header(name.to_owned(), value)?;
        }
        let body = std::fs::read(&args.body)?.into();
        Ok(Self { head, body })
    }
}

#[async_trait]
impl ProxyHttp for Bare {
    type CTX = ();

    fn new_ctx(&self) {}

    async fn request_filter(
        &self,
        session: &mut Session,
        _context: &mut (),
    ) -> pingora::Result<bool> {
        let head = Box::new(self.head.clone());
        session
            .write_response_header(head, self.body.is_empty())
            .await?;
        if !self.body.is_empty() {
            let body = Some(self.body.clone());
            session.write_response_body(body, true).await?;
        }
        Ok(true)
    }

    async fn upstream_peer(
        &self,
        _session: &mut Session,
        _context: &mut (),
    ) -> pingora::Result<Box<HttpPeer>> {
        EngineError::e_explain(ErrorType::InternalError, "everything is answered before")
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let conf = ServerConf {
        threads: args.threads,
        ..ServerConf::default()
    };
    let mut server = Server::new_with_opt_and_conf(None, conf);
    server.bootstrap();
    let address = format!("127.0.0.1:{}", args.port);
    let mut service = http_proxy_service(&server.configuration, Bare::read(&args)?);
    service.add_tcp(&address);
    server.add_service(service);
    writeln!(io::stdout(), "{address}")?;
    server.run(RunArgs::default());
    Ok(())
}
