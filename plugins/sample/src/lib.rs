//! The smallest whole plugin: one setting, one route, one response header, one metric.
//!
//! Copy this folder to begin a plugin. It is built in only with the feature `sample`.

use http::header::{HeaderMap, HeaderName, HeaderValue};
use portico_sdk::rest::openapi::HttpMethod;
use portico_sdk::rest::{Description, Routes, Shape};
use portico_sdk::settings::Fault;
use portico_sdk::{Exchange, Plugin, Registry, ResponseFilter};
use prometheus::IntCounter;
use serde::{Deserialize, Serialize};

/// The plugin.
#[derive(Debug)]
pub struct Sample;

/// `[sample]`.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// What the route says.
    pub greeting: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            greeting: "hello".to_owned(),
        }
    }
}

impl Plugin for Sample {
    const NAME: &'static str = "sample";
    type Settings = Settings;

    fn install(settings: Settings, registry: &mut Registry) -> Result<(), Fault> {
        let greeting = HeaderValue::from_str(&settings.greeting).map_err(|_| {
            Fault::key(
                Self::NAME,
                "greeting",
                "must be visible ASCII, since it becomes a header",
            )
        })?;
        let responses = IntCounter::new(
            "portico_sample_responses_total",
            "Responses seen by the sample plugin.",
        )
        .and_then(|counter| {
            registry
                .services
                .metrics
                .register(Box::new(counter.clone()))?;
            Ok(counter)
        })
        .map_err(|error| Fault::section(Self::NAME, error.to_string()))?;
        registry.public("/api/v1/sample");
        let about = Description::new("sample", "greet", "A greeting").answer_of(
            200,
            "The greeting.",
            "text/plain",
            Shape::text(),
        );
        let greet = move || async { settings.greeting };
        registry.rest(Routes::new().on(HttpMethod::Get, "/api/v1/sample", about, greet));
        registry.filter(Greet {
            greeting,
            responses,
        });
        Ok(())
    }
}

/// Adds `x-sample` to every response and counts them.
struct Greet {
    greeting: HeaderValue,
    responses: IntCounter,
}

impl ResponseFilter for Greet {
    fn head(&self, _exchange: &Exchange, headers: &mut HeaderMap) {
        self.responses.inc();
        headers.insert(HeaderName::from_static("x-sample"), self.greeting.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use portico_sdk::pipeline::Verdict;
    use portico_sdk::{Door, Services, body, clock, testkit};

    #[tokio::test]
    async fn the_route_answers_through_the_pipeline() {
        let mut registry = Registry::new(Services::new(clock::system(), testkit::upstreams()));
        Sample::install(Settings::default(), &mut registry).unwrap();
        let built = registry.build().unwrap();
        assert!(built.public.contains("/api/v1/sample"));
        let request = http::Request::get("/api/v1/sample").body(()).unwrap();
        let mut exchange = testkit::exchange(request, Door::Rest { public: true });
        let Verdict::Reply(mut reply) = built
            .pipeline
            .run(&mut exchange, body::empty())
            .await
            .unwrap()
        else {
            panic!("not answered");
        };
        built.pipeline.filter_head(&exchange, &mut reply.headers);
        assert_eq!(reply.headers["x-sample"], "hello");
        assert_eq!(body::read_whole(reply.body, 99).await.unwrap(), "hello");
    }

    #[test]
    fn a_bad_greeting_is_a_fault_with_its_key() {
        let mut registry = Registry::new(Services::new(clock::system(), testkit::upstreams()));
        let settings = Settings {
            greeting: "a\nb".to_owned(),
        };
        assert!(Sample::install(settings, &mut registry).is_err());
    }
}
