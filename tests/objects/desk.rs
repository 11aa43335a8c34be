//! A house, a caller, and requests in few words.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::house::{Answer, BUCKET, House, Plan, Request};

/// Where buckets are.
pub(crate) const ROOT: &str = "/api/v1/buckets";

/// A house with somebody who is logged in.
pub(crate) struct Desk {
    pub(crate) house: House,
    pub(crate) token: String,
}

impl Desk {
    /// Before HCP of release 9.
    pub(crate) fn hcp() -> Self {
        Self::of(House::hcp())
    }

    /// Before HCP of release 10.
    pub(crate) fn hcp10() -> Self {
        Self::of(Plan::hcp10().open())
    }

    /// `ada` of `research`.
    pub(crate) fn of(house: House) -> Self {
        let token = house.login("research");
        Self { house, token }
    }

    /// `ada` of a store that has one account for everyone.
    pub(crate) fn shared(plan: Plan<'_>) -> Self {
        let house = plan.open();
        let token = house.token("username=ada&password=hush");
        Self { house, token }
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> Request {
        let request = Request::new(method, &format!("{ROOT}{path}"));
        request.header("authorization", format!("Bearer {}", self.token))
    }

    pub(crate) fn ask(&self, method: &str, path: &str) -> Answer {
        self.house.rest(self.request(method, path))
    }

    pub(crate) fn tell(&self, method: &str, path: &str, document: &Value) -> Answer {
        let request = self.request(method, path);
        let request = request.header("content-type", "application/json");
        self.house.rest(request.body(document.to_string()))
    }

    /// A success, and what it says.
    #[track_caller]
    pub(crate) fn good(&self, method: &str, path: &str) -> Value {
        let answer = self.ask(method, path);
        assert!((200..300).contains(&answer.status), "{answer:?}");
        answer.json()
    }

    /// An upload through a form.
    pub(crate) fn upload(&self, path: &str, data: &[u8]) -> Answer {
        let (kind, body) = form("file", data);
        let request = self.request("POST", path).header("content-type", kind);
        self.house.rest(request.body(body))
    }

    /// Stores an object through a form.
    #[track_caller]
    pub(crate) fn store(&self, key: &str, data: &[u8]) {
        let answer = self.upload(&object(key), data);
        assert_eq!(answer.status, 201, "{answer:?}");
    }
}

/// A form with one field: its type and its body.
pub(crate) fn form(name: &str, data: &[u8]) -> (String, Vec<u8>) {
    let boundary = "a-boundary-of-the-stories";
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"f\"\r\n\
         Content-Type: text/plain\r\n\r\n"
    );
    let end = format!("\r\n--{boundary}--\r\n");
    let body = [head.as_bytes(), data, end.as_bytes()].concat();
    (format!("multipart/form-data; boundary={boundary}"), body)
}

/// A name as front ends escape it: as a whole, slashes too.
pub(crate) fn escaped(name: &str) -> String {
    utf8_percent_encode(name, NON_ALPHANUMERIC).to_string()
}

/// The path of an object in the bucket of the stories.
pub(crate) fn object(key: &str) -> String {
    format!("/{BUCKET}/objects/{}", escaped(key))
}

/// Status and words of a refusal.
pub(crate) fn refusal(answer: &Answer) -> (u16, String) {
    let words = answer.json()["detail"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    (answer.status, words)
}
