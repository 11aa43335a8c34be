//! The origin of `make bench`: it looks like an object store and costs next to nothing, so that
//! what is measured is what stands in front of it.
//!
//! `GET` and `HEAD` of `/{bucket}/{bytes}` answer that many bytes out of one shared buffer; `PUT`
//! of the same path drains its body and refuses any other length, so that a proxy cannot win by
//! losing bytes. `GET /{bucket}/head` answers the head of the request as it came in, so that whoever
//! measures can check its signature. `GET /stats` tells how many requests and body bytes have come in.

use std::convert::Infallible;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use bytes::Bytes;
use clap::Parser;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

/// Serves objects whose names are their sizes.
#[derive(Parser)]
struct Args {
    /// Port on 127.0.0.1; 0 takes a free one. The address is printed as a line.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Threads that serve.
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// The largest object, in bytes; the process holds that much memory.
    #[arg(long, default_value_t = 64 << 20)]
    largest: usize,
}

/// The one buffer of all objects, and what has come in so far.
struct Origin {
    content: Bytes,
    requests: AtomicU64,
    received: AtomicU64,
}

fn main() -> io::Result<()> {
    let args = Args::parse();
    let origin = Arc::new(Origin {
        content: Bytes::from(vec![b'x'; args.largest]),
        requests: AtomicU64::new(0),
        received: AtomicU64::new(0),
    });
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(args.threads)
        .enable_all()
        .build()?
        .block_on(async move { tokio::spawn(serve(args.port, origin)).await? })
}

async fn serve(port: u16, origin: Arc<Origin>) -> io::Result<()> {
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], port))).await?;
    writeln!(io::stdout(), "{}", listener.local_addr()?)?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(connection(stream, Arc::clone(&origin)));
    }
}

async fn connection(stream: TcpStream, origin: Arc<Origin>) {
    let service = service_fn(|request| {
        let origin = Arc::clone(&origin);
        async move { Ok::<_, Infallible>(origin.answer(request).await) }
    });
    // Clients that go away in the middle are how every run of the load generator ends.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

impl Origin {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        if request.uri().path() == "/stats" {
            return self.stats();
        }
        if request.uri().path().ends_with("/head") {
            return head(&request);
        }
        self.requests.fetch_add(1, Relaxed);
        let Some(size) = size(request.uri().path()) else {
            return plain(StatusCode::NOT_FOUND, Bytes::new());
        };
        match *request.method() {
            Method::GET | Method::HEAD if size <= self.content.len() => {
                object(self.content.slice(..size))
            }
            Method::PUT => self.put(request, size).await,
            _ => plain(StatusCode::BAD_REQUEST, Bytes::new()),
        }
    }

    async fn put(&self, request: Request<Incoming>, size: usize) -> Response<Full<Bytes>> {
        let mut body = request.into_body();
        let mut received = 0;
        while let Some(Ok(frame)) = body.frame().await {
            let length = frame.data_ref().map_or(0, Bytes::len);
            received += length;
            self.received
                .fetch_add(u64::try_from(length).unwrap_or(0), Relaxed);
        }
        if received == size {
            object(Bytes::new())
        } else {
            plain(
                StatusCode::BAD_REQUEST,
                format!("{received} bytes came\n").into(),
            )
        }
    }

    fn stats(&self) -> Response<Full<Bytes>> {
        let (requests, received) = (self.requests.load(Relaxed), self.received.load(Relaxed));
        let json = format!("{{\"requests\":{requests},\"received\":{received}}}\n");
        plain(StatusCode::OK, json.into())
    }
}

/// Request line and headers, a line each.
fn head(request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let mut text = format!("{} {}\n", request.method(), request.uri()).into_bytes();
    for (name, value) in request.headers() {
        text.extend_from_slice(name.as_str().as_bytes());
        text.extend_from_slice(b": ");
        text.extend_from_slice(value.as_bytes());
        text.push(b'\n');
    }
    plain(StatusCode::OK, text.into())
}

/// The size that the last segment of a path names.
fn size(path: &str) -> Option<usize> {
    path.rsplit('/').next()?.parse().ok()
}

/// An answer with the headers that S3 gives, because each costs a proxy something.
fn object(content: Bytes) -> Response<Full<Bytes>> {
    let mut response = plain(StatusCode::OK, content);
    let headers = response.headers_mut();
    for (name, value) in [
        (header::ETAG, "\"9bb58f26192e4ba00f01e2e7b136bbd8\""),
        (header::LAST_MODIFIED, "Mon, 05 Jan 2026 10:00:00 GMT"),
        (header::ACCEPT_RANGES, "bytes"),
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::SERVER, "bench-origin"),
    ] {
        headers.insert(name, http::HeaderValue::from_static(value));
    }
    let request_id = http::HeaderValue::from_static("4442587FB7D0A2F9");
    headers.insert("x-amz-request-id", request_id);
    response
}

fn plain(status: StatusCode, content: Bytes) -> Response<Full<Bytes>> {
    let length = content.len();
    let mut response = Response::new(Full::new(content));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_LENGTH, length.into());
    response
}
