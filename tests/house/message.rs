//! Requests as a story words them, and answers as it reads them.

use std::fmt::{self, Display};

/// A request as it goes out, headers in order.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn new(method: &str, target: &str) -> Self {
        Self {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// Adds a header; an earlier one of the name stays.
    pub fn header(mut self, name: &str, value: impl Display) -> Self {
        self.headers.push((name.to_owned(), value.to_string()));
        self
    }

    /// Sets a header in place of any of the name.
    pub fn instead(mut self, name: &str, value: impl Display) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self.header(name, value)
    }

    /// Sets the body and its length.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        let length = self.body.len();
        self.instead("content-length", length)
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The request line and the headers, empty line included.
    pub fn head(&self) -> Vec<u8> {
        let line = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        let fields = self.headers.iter();
        let fields = fields.map(|(name, value)| format!("{name}: {value}\r\n"));
        let lines = std::iter::once(line).chain(fields);
        let head: Vec<_> = lines.chain(["\r\n".to_owned()]).collect();
        head.concat().into_bytes()
    }

    pub fn bytes(&self) -> Vec<u8> {
        [self.head(), self.body.clone()].concat()
    }
}

/// The head of a message, whichever way it goes.
#[derive(Clone, Debug)]
pub struct Head {
    pub line: String,
    pub headers: Vec<(String, String)>,
}

impl Head {
    /// The value of a header (lower case); there must not be two.
    #[track_caller]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(known, _)| known == name);
        let value = found.next().map(|(_, value)| value.as_str());
        assert!(found.next().is_none(), "two {name} in {self:?}");
        value
    }
}

/// A whole answer.
#[derive(Clone)]
pub struct Answer {
    pub status: u16,
    pub head: Head,
    pub body: Vec<u8>,
}

impl Answer {
    #[track_caller]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.header(name)
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The text of the first XML element of this name.
    pub fn element(&self, name: &str) -> String {
        let text = self.text();
        let from = text.split_once(&format!("<{name}>"));
        let inner = from.and_then(|(_, rest)| rest.split_once(&format!("</{name}>")));
        inner.map_or_else(String::new, |(inner, _)| inner.to_owned())
    }

    /// Status and S3 error code.
    pub fn error(&self) -> (u16, String) {
        (self.status, self.element("Code"))
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: String = self.text().chars().take(400).collect();
        write!(f, "{:?} {shown:?}", self.head)
    }
}
