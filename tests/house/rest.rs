//! The REST side of a house: logins and the keys that they give.

use super::{ARCHIVE_PASSWORD, Answer, Connection, House, Keys, RESEARCH_PASSWORD, Request};

impl House {
    /// A request to the REST listener.
    #[track_caller]
    pub fn rest(&self, request: Request) -> Answer {
        let request = request.header("host", self.api);
        Connection::open(self.api).ask(&request)
    }

    /// A request to the REST listener under another host, on a connection of its own that waits for
    /// its answer.
    #[track_caller]
    pub fn begin_rest(&self, host: &str, request: Request) -> Connection {
        let mut client = Connection::open(self.api);
        client.send(request.instead("host", host).bytes());
        client
    }

    /// A request to the admin listener.
    #[track_caller]
    pub fn admin(&self, request: Request) -> Answer {
        let request = request.header("host", self.admin);
        Connection::open(self.admin).ask(&request)
    }

    /// The login token of `ada` of a tenant.
    #[track_caller]
    pub fn login(&self, tenant: &str) -> String {
        let password = match tenant {
            "research" => RESEARCH_PASSWORD,
            _ => ARCHIVE_PASSWORD,
        };
        self.token(&format!("username=ada&password={password}&tenant={tenant}"))
    }

    /// What the login route says to a form.
    #[track_caller]
    pub fn log_in(&self, form: &str) -> Answer {
        let request = Request::new("POST", "/api/v1/auth/token")
            .header("content-type", "application/x-www-form-urlencoded");
        self.rest(request.body(form))
    }

    /// The login token that a form gives.
    #[track_caller]
    pub fn token(&self, form: &str) -> String {
        let answer = self.log_in(form);
        assert_eq!(answer.status, 200, "{answer:?}");
        let token = answer.json()["access_token"].take();
        token.as_str().expect("a token").to_owned()
    }

    /// The S3 keys of `ada` of a tenant, with a session token.
    #[track_caller]
    pub fn keys(&self, tenant: &str) -> Keys {
        self.session(&self.login(tenant))
    }

    /// The S3 keys that a login token gives, with a session token.
    #[track_caller]
    pub fn session(&self, login: &str) -> Keys {
        let bearer = format!("Bearer {login}");
        let request = Request::new("GET", "/api/v1/credentials").header("authorization", bearer);
        let answer = self.rest(request);
        assert_eq!(answer.status, 200, "{answer:?}");
        let answer = answer.json();
        let text = |name: &str| answer[name].as_str().expect("a credential").to_owned();
        Keys {
            access_key: text("access_key_id"),
            secret_key: text("secret_access_key"),
            token: Some(text("session_token")),
        }
    }
}
