//! A route that everybody of a tenant may share: who is given what another was told, and who is not.

use hcp_simulator::{Builder, Port, Role, User};
use toml::Table;

use super::house::{Answer, House, Plan, Request};

const STATISTICS: &str = "/mapi/tenants/research/statistics";
const NAMESPACES: &str = "/mapi/tenants/research/namespaces";
/// What nobody is shown who only looks on.
const SETTINGS: &str = "/mapi/tenants/research/consoleSecurity";

fn bob(roles: &[Role]) -> User {
    User::new("bob", "sponge").with_roles(roles.iter().copied())
}

fn open(shared: bool) -> House {
    let builder = Builder::default().account("research", bob(&[Role::Monitor]));
    let plan = Plan::before_hcp_of(builder).with("cache.enabled", true);
    if !shared {
        return plan.open();
    }
    let text = r#"{ operation = "mapi", path = "/mapi/tenants/*/statistics" }"#;
    let route: Table = toml::from_str::<Table>(&format!("route = {text}")).expect("a table");
    plan.with("cache.shared_read", vec![route["route"].clone()])
        .open()
}

/// Somebody with a login token, who asks and is told whether HCP was asked in turn.
struct Asker<'a> {
    house: &'a House,
    token: String,
}

impl<'a> Asker<'a> {
    fn new(house: &'a House, user: &str, password: &str) -> Self {
        let form = format!("username={user}&password={password}&tenant=research");
        Self {
            house,
            token: house.token(&form),
        }
    }

    fn ada(house: &'a House) -> Self {
        Self::new(house, "ada", super::house::RESEARCH_PASSWORD)
    }

    fn ask(&self, target: &str) -> (Answer, bool) {
        self.house.store().clear_requests();
        let request = Request::new("GET", target)
            .header("authorization", format!("Bearer {}", self.token))
            .header("accept", "application/json");
        let answer = self.house.rest(request);
        let asked = self.house.store().requests();
        (
            answer,
            asked.iter().any(|request| request.port == Port::Mapi),
        )
    }

    /// Whether HCP was not asked for a good answer.
    fn is_kept(&self, target: &str) -> bool {
        let (answer, asked) = self.ask(target);
        assert_eq!(answer.status, 200, "{answer:?}");
        !asked
    }
}

#[test]
fn who_was_let_in_is_given_what_another_was_told() {
    let house = open(true);
    let (ada, bob) = (Asker::ada(&house), Asker::new(&house, "bob", "sponge"));
    assert!(!bob.is_kept(NAMESPACES), "HCP lets bob in");
    assert!(!ada.is_kept(STATISTICS));
    assert!(bob.is_kept(STATISTICS), "and bob reads what ada was told");
    assert!(!ada.is_kept(NAMESPACES), "but nothing that is not shared");
    // A write of anybody is seen by all.
    let request = Request::new("POST", &format!("{NAMESPACES}/data"))
        .header("authorization", format!("Bearer {}", ada.token))
        .header("content-type", "application/json")
        .body(r#"{"description":"x"}"#);
    assert_eq!(house.rest(request).status, 200);
    assert!(!bob.is_kept(STATISTICS));
    assert!(ada.is_kept(STATISTICS));
}

#[test]
fn who_does_not_know_the_password_is_hcps_to_refuse() {
    let house = open(true);
    let (ada, guesser) = (Asker::ada(&house), Asker::new(&house, "bob", "a+guess"));
    ada.ask(STATISTICS);
    for _ in 0..2 {
        let (answer, asked) = guesser.ask(STATISTICS);
        assert_eq!((answer.status, asked), (403, true), "{answer:?}");
    }
    assert!(ada.is_kept(STATISTICS), "and the others lose nothing by it");
}

#[test]
fn a_withdrawn_right_ends_with_the_first_refusal() {
    let house = open(true);
    let (ada, bob) = (Asker::ada(&house), Asker::new(&house, "bob", "sponge"));
    bob.ask(STATISTICS);
    ada.ask(STATISTICS);
    assert!(bob.is_kept(STATISTICS));
    house.store().set_user("research", self::bob(&[]));
    // As with one's own answers: until HCP has said so, nobody knows.
    assert!(bob.is_kept(STATISTICS));
    assert_eq!(bob.ask(SETTINGS).0.status, 403);
    let (answer, asked) = bob.ask(STATISTICS);
    assert_eq!((answer.status, asked), (403, true), "{answer:?}");
    assert!(
        !ada.is_kept(STATISTICS),
        "what was taken from one may be taken from all"
    );
    assert!(ada.is_kept(STATISTICS));
    assert_eq!(bob.ask(STATISTICS).0.status, 403);
}

#[test]
fn nothing_is_shared_unless_the_settings_say_so() {
    let house = open(false);
    let (ada, bob) = (Asker::ada(&house), Asker::new(&house, "bob", "sponge"));
    for _ in 0..2 {
        bob.ask(NAMESPACES);
        ada.ask(STATISTICS);
    }
    assert!(!bob.is_kept(STATISTICS));
    assert!(bob.is_kept(STATISTICS));
}
