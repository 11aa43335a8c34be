//! Users of a generic store: their logins, sessions, and what ends them.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod support;

use http::Request;
use portico_sdk::credential::Credential;
use portico_sdk::principal::Way;
use portico_sdk::{Door, Reason};
use secrecy::ExposeSecret as _;
use serde_json::json;
use support::{
    HASH, House, NOW, OTHER_HASH, OTHER_SECRET, SECRET, generic, generic_of, house, python, rule,
    user,
};

const FORM: &str = "username=ann&password=hush";

fn with_ann() -> House {
    generic(vec![user("ann", HASH, vec![rule(&["b"], &[], false)])])
}

async fn knows(house: &House, token: &str) -> Result<(), Reason> {
    let request = Request::get("/").header("authorization", format!("Bearer {token}"));
    let request = request.body(()).unwrap();
    let (exchange, error) = house.knock(request, Door::Rest { public: false }).await;
    match exchange.principal {
        Some(_) => Ok(()),
        None => Err(error.unwrap().reason()),
    }
}

#[tokio::test]
async fn a_password_gives_a_token_that_does_not_hold_it() {
    let house = with_ann();
    let token = house.token(FORM).await;
    let login = house.tokens.read_login(&token).unwrap();
    assert_ne!(login.password.expose_secret(), "hush");
    assert_eq!(knows(&house, &token).await, Ok(()));
}

#[tokio::test]
async fn nothing_tells_a_wrong_name_from_a_wrong_password() {
    let house = with_ann();
    for form in [
        "username=ann&password=Hush",
        "username=Ann&password=hush",
        "username=nobody&password=hush",
        "username=ann&password=hush&tenant=t",
        "username=t/ann&password=hush",
    ] {
        let answer = house.log_in(form).await;
        assert_eq!(answer.status, 401, "{form}");
        assert_eq!(
            answer.text,
            r#"{"detail":"Incorrect username or password"}"#
        );
        assert_eq!(answer.headers["www-authenticate"], "Bearer");
    }
}

#[tokio::test]
async fn a_bearer_acts_with_the_account_of_the_house_and_the_rights_of_the_user() {
    let house = with_ann();
    let token = house.token(FORM).await;
    let request = Request::get("/").header("authorization", format!("Bearer {token}"));
    let door = Door::Rest { public: false };
    let (exchange, _) = house.knock(request.body(()).unwrap(), door).await;
    let principal = exchange.principal.unwrap();
    assert_eq!(
        (principal.user.as_str(), principal.way),
        ("ann", Way::Bearer)
    );
    let Credential::House(keys) = &principal.credential else {
        panic!("the store knows the house alone");
    };
    assert_eq!(keys.access_key, "house");
    let rights = principal.rights.unwrap();
    assert!(rights.write("b", "k") && !rights.see("c"));
}

#[tokio::test]
async fn a_token_ends_with_its_user_and_with_the_password() {
    let token = with_ann().token(FORM).await;
    let rules = || vec![rule(&["b"], &[], false)];
    let same = generic(vec![
        user("zoe", OTHER_HASH, rules()),
        user("ann", HASH, rules()),
    ]);
    assert_eq!(knows(&same, &token).await, Ok(()));
    let gone = generic(vec![user("zoe", HASH, rules())]);
    assert_eq!(knows(&gone, &token).await, Err(Reason::InvalidToken));
    let changed = generic(vec![user("ann", OTHER_HASH, rules())]);
    assert_eq!(knows(&changed, &token).await, Err(Reason::InvalidToken));
}

#[tokio::test]
async fn secrets_rotate_without_ending_logins() {
    let ann = || vec![user("ann", HASH, Vec::new())];
    let token = generic_of(&[SECRET], ann()).token(FORM).await;
    let rotated = generic_of(&[OTHER_SECRET, SECRET], ann());
    assert_eq!(knows(&rotated, &token).await, Ok(()));
    let over = generic_of(&[OTHER_SECRET], ann());
    assert_eq!(knows(&over, &token).await, Err(Reason::InvalidToken));
}

#[tokio::test]
async fn a_token_that_nobody_checked_is_of_no_use() {
    let generic = with_ann();
    let unchecked = house().token(FORM).await;
    assert_eq!(knows(&generic, &unchecked).await, Err(Reason::InvalidToken));
    let open = python(&json!({"sub": "ann", "exp": NOW + 60, "pwd": "hush"}));
    assert_eq!(knows(&generic, &open).await, Err(Reason::InvalidToken));
}

#[tokio::test]
async fn credentials_are_of_the_session_and_not_of_the_house() {
    let house = with_ann();
    let bearer = format!("Bearer {}", house.token(FORM).await);
    let answer = house.get("/api/v1/credentials", Some(&bearer)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let body = answer.json();
    assert!(!answer.text.contains("the secret of the house"));
    assert_eq!(body["access_key_id"], "YW5u");
    assert_eq!(body["username"], "ann");
    let session = house
        .tokens
        .read_session(body["session_token"].as_str().unwrap());
    let keys = session.unwrap().keys;
    assert_eq!(body["secret_access_key"], keys.secret_key.expose_secret());
    let users = house.users.as_ref().unwrap();
    assert!(users.recognize("ann", &keys).unwrap().see("b"));
    assert!(users.recognize("ben", &keys).is_err());
    let again = house.get("/api/v1/credentials", Some(&bearer)).await.json();
    assert_ne!(again["secret_access_key"], body["secret_access_key"]);

    let changed = generic(vec![user("ann", OTHER_HASH, Vec::new())]);
    let refused = changed.users.unwrap().recognize("ann", &keys).unwrap_err();
    assert_eq!(refused.reason(), Reason::InvalidToken);
}
