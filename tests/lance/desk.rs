//! Somebody who asks for tables.

use serde_json::{Value, json};

use crate::house::{Answer, BUCKET, House, Request};

/// A login, and the house that gave it.
pub(crate) struct Desk<'a> {
    pub(crate) house: &'a House,
    pub(crate) token: String,
}

impl<'a> Desk<'a> {
    pub(crate) fn of(house: &'a House, tenant: &str) -> Self {
        let token = house.login(tenant);
        Self { house, token }
    }

    /// A request below `/lance` about the bucket of the stories.
    pub(crate) fn request(&self, method: &str, target: &str) -> Request {
        let mark = if target.contains('?') { '&' } else { '?' };
        let target = format!("/api/v1/lance/{target}{mark}bucket={BUCKET}");
        Request::new(method, &target).header("authorization", format!("Bearer {}", self.token))
    }

    #[track_caller]
    pub(crate) fn get(&self, target: &str) -> Answer {
        self.house.rest(self.request("GET", target))
    }

    /// The document of an answer that must be a success.
    #[track_caller]
    pub(crate) fn read(&self, target: &str) -> Value {
        let answer = self.get(target);
        assert_eq!(answer.status, 200, "{target} {answer:?} {}", answer.text());
        answer.json()
    }

    /// The status of a refusal, and its words.
    #[track_caller]
    pub(crate) fn refused(&self, target: &str) -> (u16, String) {
        let answer = self.get(target);
        let detail = answer.json()["detail"].clone();
        (
            answer.status,
            detail.as_str().unwrap_or_default().to_owned(),
        )
    }

    /// Rows for a table, each a document.
    #[track_caller]
    pub(crate) fn write(&self, target: &str, rows: &[Value]) -> Answer {
        let lines: Vec<_> = rows.iter().map(|row| format!("{row}\n")).collect();
        let request = self.request("POST", &format!("tables/{target}"));
        let request = request.header("content-type", "application/x-ndjson");
        self.house.rest(request.body(lines.concat()))
    }

    /// A table with so many rows, whose vectors lie on a line.
    #[track_caller]
    pub(crate) fn line(&self, name: &str, count: u32) {
        let row = |id| json!({"id": id, "name": format!("row {id}"), "vector": [id, 1.0]});
        let rows: Vec<_> = (0..count).map(row).collect();
        let written = self.write(name, &rows);
        assert_eq!(written.status, 201, "{written:?} {}", written.text());
    }
}
