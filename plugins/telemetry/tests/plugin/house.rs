//! A house with this plugin alone, and a log that can be read.

use std::io;
use std::sync::{Arc, Mutex};

use http::{Request, Response};
use portico_sdk::body::read_whole;
use portico_sdk::pipeline::Verdict;
use portico_sdk::plugin::Built;
use portico_sdk::route::Listener;
use portico_sdk::testkit::{ManualClock, exchange, upstreams};
use portico_sdk::upstream::Upstreams;
use portico_sdk::{Door, Exchange, Plugin as _, Registry, Services, body};
use portico_telemetry::{LogFormat, Settings, Telemetry, logging};
use serde_json::Value;

/// An HCP system that is nowhere.
pub(crate) fn nowhere() -> Upstreams {
    let mut upstreams = upstreams();
    upstreams.tls.verify = false;
    upstreams
}

pub(crate) fn built(settings: Settings, upstreams: Upstreams) -> Built {
    let clock = Arc::new(ManualClock::at(1_700_000_000));
    let mut registry = Registry::new(Services::new(clock, upstreams));
    Telemetry::install(settings, &mut registry).unwrap();
    registry.build().unwrap()
}

pub(crate) fn arrived(request: Request<()>, listener: Listener) -> Exchange {
    let mut exchange = exchange(request, Door::Rest { public: true });
    exchange.arrival.listener = listener;
    exchange
}

/// Asks as the server would, and gives the answer with its body as text.
pub(crate) async fn ask(
    built: &Built,
    method: &str,
    path: &str,
    listener: Listener,
) -> Response<String> {
    assert!(built.public.contains(path));
    let request = Request::builder().method(method).uri(path);
    let mut exchange = arrived(request.body(()).unwrap(), listener);
    let verdict = built.pipeline.run(&mut exchange, body::empty()).await;
    let reply = match verdict {
        Ok(Verdict::Reply(reply)) => reply,
        Ok(Verdict::Forward(_)) => unreachable!("nobody forwards"),
        Err(error) => portico_sdk::dialect::reply(&error, &exchange),
    };
    let whole = read_whole(reply.body, 1 << 20).await.unwrap();
    let mut response = Response::new(String::from_utf8(whole.to_vec()).unwrap());
    *response.status_mut() = reply.status;
    *response.headers_mut() = reply.headers;
    response
}

/// Where a log is written to.
#[derive(Clone, Default)]
pub(crate) struct Paper(Arc<Mutex<Vec<u8>>>);

impl io::Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Paper {
    pub(crate) fn dispatch(&self, format: LogFormat, level: &str) -> tracing::Dispatch {
        let paper = self.clone();
        logging::subscriber(format, level, move || paper.clone()).unwrap()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    pub(crate) fn lines(&self) -> Vec<Value> {
        let text = self.text();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}
