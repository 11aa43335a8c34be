//! Routes that cannot be served without being described.

use axum::handler::Handler;
use axum::routing::{MethodFilter, MethodRouter, any, on};
use utoipa::openapi::path::{HttpMethod, PathItem, Paths};
use utoipa::openapi::schema::Schema;
use utoipa::openapi::{Components, OpenApi, RefOr};

use super::description::Description;
use super::slash::Templates;

/// REST routes, each with its description: what is served and what the document tells are one.
#[must_use]
pub struct Routes<S = ()> {
    router: axum::Router<S>,
    document: OpenApi,
    templates: Templates,
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// No routes yet.
    pub fn new() -> Self {
        Self {
            router: axum::Router::new(),
            document: OpenApi::default(),
            templates: Templates::default(),
        }
    }

    /// Adds a route: a path as axum writes it, in full.
    ///
    /// As in axum, two handlers for one path and method panic at the start.
    pub fn on<H, T>(
        mut self,
        method: HttpMethod,
        path: &str,
        description: Description,
        handler: H,
    ) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self.router = self.router.route(path, on(filter(&method), handler));
        self.templates.add(path);
        // OpenAPI knows no parameter that spans segments.
        self.tell(method, path.replace("{*", "{"), description)
    }

    /// Adds one handler for every method and all that is below a root, its empty rest included, with
    /// the operations that it tells apart there, each under a path of its own. It answers 404 and 405
    /// itself.
    pub fn below<H, T>(
        mut self,
        root: &str,
        operations: impl IntoIterator<Item = (HttpMethod, String, Description)>,
        handler: H,
    ) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        for (method, path, description) in operations {
            self = self.tell(method, path, description);
        }
        self.unlisted(&format!("{root}/"), any(handler.clone()))
            .unlisted(&format!("{root}/{{*rest}}"), any(handler))
    }

    /// Puts an operation into the document.
    fn tell(mut self, method: HttpMethod, path: String, description: Description) -> Self {
        let (operation, named) = description.finish(&path);
        let mut paths = Paths::new();
        paths.paths.insert(path, PathItem::new(method, operation));
        self.document.paths.merge(paths);
        self.learn(named);
        self
    }

    /// Adds a route that is no part of the API and stays out of its document: pages and figures.
    pub fn unlisted(mut self, path: &str, methods: MethodRouter<S>) -> Self {
        self.router = self.router.route(path, methods);
        self.templates.add(path);
        self
    }

    /// Adds the routes of another.
    pub fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.document.merge(other.document);
        self.templates.extend(&other.templates);
        self
    }

    /// Changes the router as a whole, with layers and not with routes.
    pub fn layered(mut self, change: impl FnOnce(axum::Router<S>) -> axum::Router<S>) -> Self {
        self.router = change(self.router);
        self
    }

    /// Gives the handlers their state.
    pub fn with_state<S2>(self, state: S) -> Routes<S2> {
        Routes {
            router: self.router.with_state(state),
            document: self.document,
            templates: self.templates,
        }
    }

    fn learn(&mut self, named: Vec<(String, RefOr<Schema>)>) {
        let components = self.document.components.get_or_insert_with(Components::new);
        for (name, schema) in named {
            components.schemas.entry(name).or_insert(schema);
        }
    }
}

impl<S: Clone + Send + Sync + 'static> Default for Routes<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl Routes {
    pub(crate) fn into_parts(self) -> (axum::Router, OpenApi, Templates) {
        (self.router, self.document, self.templates)
    }
}

fn filter(method: &HttpMethod) -> MethodFilter {
    match method {
        HttpMethod::Get => MethodFilter::GET,
        HttpMethod::Post => MethodFilter::POST,
        HttpMethod::Put => MethodFilter::PUT,
        HttpMethod::Delete => MethodFilter::DELETE,
        HttpMethod::Options => MethodFilter::OPTIONS,
        HttpMethod::Head => MethodFilter::HEAD,
        HttpMethod::Patch => MethodFilter::PATCH,
        HttpMethod::Trace => MethodFilter::TRACE,
    }
}
