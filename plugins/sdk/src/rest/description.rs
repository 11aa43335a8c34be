//! What a route takes and gives, in OpenAPI's terms and few words.

use utoipa::ToSchema;
use utoipa::openapi::path::{
    Operation, OperationBuilder, Parameter, ParameterBuilder, ParameterIn,
};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{AnyOfBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{
    ArrayBuilder, ContentBuilder, ObjectBuilder, Ref, RefOr, Required, Response, ResponseBuilder,
};

/// The name of the shared response `{"detail": string}`.
pub(super) const REFUSED: &str = "Refused";
/// The name of the shared response `{"detail": [issue, …]}`.
pub(super) const INVALID: &str = "Invalid";

const JSON: &str = "application/json";

/// A schema and the named schemas that it refers to.
#[derive(Clone)]
pub struct Shape {
    schema: RefOr<Schema>,
    named: Vec<(String, RefOr<Schema>)>,
}

impl Shape {
    /// The shape of a type, under the type's name.
    #[must_use]
    pub fn of<T: ToSchema>() -> Self {
        let mut named = vec![(T::name().into_owned(), T::schema())];
        T::schemas(&mut named);
        Self {
            schema: Ref::from_schema_name(T::name()).into(),
            named,
        }
    }

    /// A shape under a name: for tables, which have no types.
    #[must_use]
    pub fn named(name: &str, schema: impl Into<RefOr<Schema>>) -> Self {
        Self {
            schema: Ref::from_schema_name(name).into(),
            named: vec![(name.to_owned(), schema.into())],
        }
    }

    /// Brings the named schemas of another along, which this one refers to.
    #[must_use]
    pub fn beside(mut self, other: Self) -> Self {
        self.named.extend(other.named);
        self
    }

    /// A list of these.
    #[must_use]
    pub fn list(self) -> Self {
        Self {
            schema: ArrayBuilder::new().items(self.schema).into(),
            named: self.named,
        }
    }

    /// One of these.
    #[must_use]
    pub fn either(shapes: impl IntoIterator<Item = Self>) -> Self {
        let (mut schemas, mut named) = (AnyOfBuilder::new(), Vec::new());
        for shape in shapes {
            schemas = schemas.item(shape.schema);
            named.extend(shape.named);
        }
        Self {
            schema: schemas.into(),
            named,
        }
    }

    /// Any text.
    #[must_use]
    pub fn text() -> Self {
        ObjectBuilder::new().schema_type(Type::String).into()
    }

    /// Bytes, unread.
    #[must_use]
    pub fn bytes() -> Self {
        let any = ObjectBuilder::new().schema_type(SchemaType::AnyValue);
        any.into()
    }
}

impl<T: Into<RefOr<Schema>>> From<T> for Shape {
    fn from(schema: T) -> Self {
        Self {
            schema: schema.into(),
            named: Vec::new(),
        }
    }
}

/// The description of one operation. Parameters of the path, refusals that every route shares and
/// the need of a token add themselves.
pub struct Description {
    operation: OperationBuilder,
    named: Vec<(String, RefOr<Schema>)>,
    parameters: Vec<Parameter>,
    validates: bool,
}

impl Description {
    /// An operation of a group, with a unique id (the name in generated clients) and one line.
    #[must_use]
    pub fn new(group: &str, id: impl Into<String>, summary: impl Into<String>) -> Self {
        let operation = OperationBuilder::new().tag(group);
        Self {
            operation: operation.operation_id(Some(id)).summary(Some(summary)),
            named: Vec::new(),
            parameters: Vec::new(),
            validates: false,
        }
    }

    /// More than one line about it, in Markdown.
    #[must_use]
    pub fn details(mut self, text: impl Into<String>) -> Self {
        self.operation = self.operation.description(Some(text));
        self
    }

    /// Words about a parameter of the path, which is a string unless it is described.
    #[must_use]
    pub fn path(self, name: &str, shape: impl Into<Shape>, words: &str) -> Self {
        self.parameter(ParameterIn::Path, name, shape, Required::True, words)
    }

    /// A field of the query.
    #[must_use]
    pub fn query(
        mut self,
        name: &str,
        shape: impl Into<Shape>,
        required: Required,
        words: &str,
    ) -> Self {
        self.validates = true;
        self.parameter(ParameterIn::Query, name, shape, required, words)
    }

    /// A header of the request.
    #[must_use]
    pub fn header(
        self,
        name: &str,
        shape: impl Into<Shape>,
        required: Required,
        words: &str,
    ) -> Self {
        self.parameter(ParameterIn::Header, name, shape, required, words)
    }

    fn parameter(
        mut self,
        place: ParameterIn,
        name: &str,
        shape: impl Into<Shape>,
        required: Required,
        words: &str,
    ) -> Self {
        let schema = self.learn(shape);
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(place)
            .required(required)
            .description(Some(words).filter(|words| !words.is_empty()))
            .schema(Some(schema));
        self.parameters.push(parameter.build());
        self
    }

    /// Says that the answer may be a list of what is wrong with the request (422), though nothing that is
    /// described here can be: another route may have the path.
    #[must_use]
    pub fn may_be_invalid(mut self) -> Self {
        self.validates = true;
        self
    }

    /// A body of JSON, which must be there.
    #[must_use]
    pub fn json(self, shape: impl Into<Shape>) -> Self {
        self.body([JSON], shape, Required::True)
    }

    /// A body of any of these media types.
    #[must_use]
    pub fn body<'a>(
        mut self,
        kinds: impl IntoIterator<Item = &'a str>,
        shape: impl Into<Shape>,
        required: Required,
    ) -> Self {
        self.validates = true;
        let content = ContentBuilder::new()
            .schema(Some(self.learn(shape)))
            .build();
        let body = RequestBodyBuilder::new().required(Some(required));
        let add = |body: RequestBodyBuilder, kind| body.content(kind, content.clone());
        let body = kinds.into_iter().fold(body, add);
        self.operation = self.operation.request_body(Some(body.build()));
        self
    }

    /// An answer of JSON.
    #[must_use]
    pub fn answer(self, status: u16, words: &str, shape: impl Into<Shape>) -> Self {
        self.answer_of(status, words, JSON, shape)
    }

    /// An answer of any media type.
    #[must_use]
    pub fn answer_of(self, status: u16, words: &str, kind: &str, shape: impl Into<Shape>) -> Self {
        self.answer_as(status, words, [(kind, shape.into())])
    }

    /// An answer in whichever of these media types the request's `Accept` names.
    #[must_use]
    pub fn answer_as<'a>(
        mut self,
        status: u16,
        words: &str,
        forms: impl IntoIterator<Item = (&'a str, Shape)>,
    ) -> Self {
        let mut response = ResponseBuilder::new().description(words);
        for (kind, shape) in forms {
            let content = ContentBuilder::new().schema(Some(self.learn(shape)));
            response = response.content(kind, content.build());
        }
        self.respond(status, response.build())
    }

    /// An answer without a body.
    #[must_use]
    pub fn answer_empty(self, status: u16, words: &str) -> Self {
        self.respond(status, Response::new(words))
    }

    /// A refusal worth a line of its own: `{"detail": string}`.
    #[must_use]
    pub fn refusal(self, status: u16, words: &str) -> Self {
        self.answer(status, words, Ref::from_schema_name(REFUSED))
    }

    fn respond(mut self, status: u16, response: Response) -> Self {
        self.operation = self.operation.response(status.to_string(), response);
        self
    }

    fn learn(&mut self, shape: impl Into<Shape>) -> RefOr<Schema> {
        let shape = shape.into();
        self.named.extend(shape.named);
        shape.schema
    }

    /// The operation at a path of OpenAPI, and the schemas that it names.
    pub(super) fn finish(mut self, path: &str) -> (Operation, Vec<(String, RefOr<Schema>)>) {
        for name in parameters(path) {
            let described =
                |told: &Parameter| told.parameter_in == ParameterIn::Path && told.name == name;
            if !self.parameters.iter().any(described) {
                self = self.path(name, Shape::text(), "");
            }
        }
        let mut operation = self.operation;
        for parameter in self.parameters {
            operation = operation.parameter(parameter);
        }
        if self.validates {
            operation = operation.response("422", Ref::from_response_name(INVALID));
        }
        operation = operation.response("default", Ref::from_response_name(REFUSED));
        (operation.build(), self.named)
    }
}

/// The names between braces.
fn parameters(path: &str) -> impl Iterator<Item = &str> {
    let segments = path.split('/');
    segments.filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
}
