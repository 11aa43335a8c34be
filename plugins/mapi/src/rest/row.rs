//! What one route of the table says. One handler interprets it; there is no code for any route.

use axum::routing::MethodFilter;
use http::Method;
use portico_sdk::rest::openapi::HttpMethod;

use super::words::{Choice, Model};

/// One route: how it is asked, what HCP is asked in turn, and what is answered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) verb: Verb,
    /// Below `/api/v1/mapi`, and below HCP's `/mapi` too.
    pub(super) path: &'static str,
    /// Where HCP's path is another.
    pub(super) mapi: &'static str,
    pub(super) query: &'static [Param],
    /// A parameter of HCP's alone, without a value.
    pub(super) action: Option<&'static str>,
    pub(super) body: Content,
    pub(super) done: Done,
    /// What 302, 404 and 409 speak of; `{name}` stands for a segment.
    pub(super) label: &'static str,
}

/// The methods that the table knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Get,
    Head,
    Put,
    Post,
    Delete,
}

/// What the client sends, and what goes on.
#[derive(Debug, Clone, Copy)]
pub(super) enum Content {
    /// Nothing is read and nothing sent.
    Nothing,
    /// Nothing is read, `{}` is sent.
    Empty,
    Document(&'static Model),
    /// May be left out.
    Maybe(&'static Model),
    /// An object of no declared form.
    Object,
    /// The form's field `file`, streamed.
    File,
}

/// What a success is answered with.
#[derive(Debug, Clone, Copy)]
pub(super) enum Done {
    /// HCP's document.
    Document(&'static Model),
    /// HCP's document, with the release that HCP names in a header.
    Released(&'static Model),
    /// HCP's list of names, or of whole documents.
    Listing(&'static Model, &'static Model),
    /// HCP's document, which is one of several.
    AnyOf(&'static [&'static Model]),
    /// A word, and perhaps one name.
    Word(&'static str, Option<(&'static str, Named)>),
    /// Nothing, 200.
    Bare,
    /// Nothing, with HCP's own status.
    BareAsHcp,
    /// HCP's bytes, streamed, to be saved under a name.
    Download(&'static str),
    /// HCP's bytes, streamed, as plain text.
    PlainText,
    /// A template of one namespace, or of those in `names`.
    Template,
}

/// Where a name of the answer comes from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Named {
    /// The body's field.
    Body(&'static str),
    /// The path's segment.
    Path(&'static str),
}

/// One parameter of the address.
#[derive(Debug, Clone, Copy)]
pub(super) struct Param {
    pub(super) name: &'static str,
    pub(super) kind: ParamKind,
    pub(super) required: bool,
    pub(super) sent: Sent,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum ParamKind {
    Text,
    /// Text that no answer repeats.
    Secret,
    Int,
    Flag,
    Choice(&'static Choice),
}

/// What of a parameter goes to HCP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sent {
    /// Nothing: it is accepted and no more.
    Never,
    /// Its value, if it is there.
    Given,
    /// Its value, if there is one: an empty one is none.
    Filled,
    /// Its value, or this one.
    Or(&'static str),
    /// The bare name (`cancel=`), if it is there with any value.
    Name,
    /// This word, if it is true.
    IfTrue(&'static str),
}

impl Verb {
    pub(super) fn method(self) -> Method {
        match self {
            Self::Get => Method::GET,
            Self::Head => Method::HEAD,
            Self::Put => Method::PUT,
            Self::Post => Method::POST,
            Self::Delete => Method::DELETE,
        }
    }

    /// As axum has it.
    pub(super) fn filter(self) -> MethodFilter {
        match self {
            Self::Get => MethodFilter::GET,
            Self::Head => MethodFilter::HEAD,
            Self::Put => MethodFilter::PUT,
            Self::Post => MethodFilter::POST,
            Self::Delete => MethodFilter::DELETE,
        }
    }

    /// As OpenAPI has it.
    pub(super) fn told(self) -> HttpMethod {
        match self {
            Self::Get => HttpMethod::Get,
            Self::Head => HttpMethod::Head,
            Self::Put => HttpMethod::Put,
            Self::Post => HttpMethod::Post,
            Self::Delete => HttpMethod::Delete,
        }
    }
}

impl Param {
    const fn new(name: &'static str, kind: ParamKind, sent: Sent) -> Self {
        Self {
            name,
            kind,
            required: false,
            sent,
        }
    }

    pub(super) const fn text(name: &'static str) -> Self {
        Self::new(name, ParamKind::Text, Sent::Given)
    }

    pub(super) const fn secret(name: &'static str) -> Self {
        Self::new(name, ParamKind::Secret, Sent::Filled)
    }

    pub(super) const fn int(name: &'static str) -> Self {
        Self::new(name, ParamKind::Int, Sent::Given)
    }

    pub(super) const fn flag(name: &'static str, sent: Sent) -> Self {
        Self::new(name, ParamKind::Flag, sent)
    }

    /// An order to HCP: its bare name counts, whatever its value.
    pub(super) const fn order(name: &'static str) -> Self {
        Self::flag(name, Sent::Name)
    }

    pub(super) const fn choice(name: &'static str, choice: &'static Choice, sent: Sent) -> Self {
        Self::new(name, ParamKind::Choice(choice), sent)
    }

    pub(super) const fn required(mut self) -> Self {
        self.required = true;
        self
    }
}

impl Row {
    const fn new(verb: Verb, path: &'static str, done: Done) -> Self {
        Self {
            verb,
            path,
            mapi: path,
            query: &[],
            action: None,
            body: Content::Nothing,
            done,
            label: "resource",
        }
    }

    /// GET of a document.
    pub(super) const fn get(path: &'static str, model: &'static Model) -> Self {
        Self::new(Verb::Get, path, Done::Document(model))
    }

    /// GET of anything else.
    pub(super) const fn fetch(path: &'static str, done: Done) -> Self {
        Self::new(Verb::Get, path, done)
    }

    /// HEAD.
    pub(super) const fn head(path: &'static str) -> Self {
        Self::new(Verb::Head, path, Done::Bare)
    }

    /// PUT, which creates.
    pub(super) const fn put(path: &'static str, body: Content) -> Self {
        Self::new(Verb::Put, path, Done::Word("created", None)).body(body)
    }

    /// POST, which changes.
    pub(super) const fn post(path: &'static str, body: Content) -> Self {
        Self::new(Verb::Post, path, Done::Word("updated", None)).body(body)
    }

    /// DELETE.
    pub(super) const fn delete(path: &'static str) -> Self {
        Self::new(Verb::Delete, path, Done::Word("deleted", None))
    }

    const fn body(mut self, body: Content) -> Self {
        self.body = body;
        self
    }

    pub(super) const fn query(mut self, query: &'static [Param]) -> Self {
        self.query = query;
        self
    }

    pub(super) const fn done(mut self, done: Done) -> Self {
        self.done = done;
        self
    }

    /// Another word than the method's own.
    pub(super) const fn says(mut self, word: &'static str) -> Self {
        self.done = Done::Word(word, None);
        self
    }

    /// A name beside the method's own word.
    pub(super) const fn names(mut self, key: &'static str, named: Named) -> Self {
        if let Done::Word(word, _) = self.done {
            self.done = Done::Word(word, Some((key, named)));
        }
        self
    }

    pub(super) const fn of(mut self, label: &'static str) -> Self {
        self.label = label;
        self
    }

    /// Another path of HCP's, with an action.
    pub(super) const fn asks(mut self, mapi: &'static str, action: &'static str) -> Self {
        self.mapi = mapi;
        self.action = Some(action);
        self
    }
}
