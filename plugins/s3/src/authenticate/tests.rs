//! Way 3, with a keyring that the tests fill; the other ways are stories over the wire.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use portico_sdk::route::S3Target;
use portico_sdk::s3::Operation;
use portico_sdk::testkit;
use portico_sigv4::{Outgoing, PayloadMode, Scope, SigningKey, Timestamp};

use portico_sdk::keyring::Accounts;

use super::*;

/// `base64("ada")`.
const ADA: &str = "YWRh";

struct Ring(Vec<(&'static str, &'static str, &'static str)>);

#[async_trait]
impl Keyring for Ring {
    async fn secrets(&self, tenant: &Tenant, access_key: &str) -> Vec<SecretString> {
        let known = self.0.iter();
        let known = known.filter(|(of, key, _)| *of == tenant.as_str() && *key == access_key);
        known
            .map(|(_, _, secret)| SecretString::from(*secret))
            .collect()
    }

    fn learn(&self, _: &Tenant, _: &AccessKeys) {}
    fn forget(&self, _: &Tenant, _: &AccessKeys) {}
    fn forget_all(&self, _: &Tenant, _: &str) {}
    fn forget_accounts(&self, _: &Accounts) {}
}

fn signature(default_tenant: Option<&str>) -> Signature {
    let ring = Ring(vec![
        ("research", ADA, "new"),
        ("research", ADA, "old"),
        ("archive", ADA, "elsewhere"),
        ("research", "not-base64", "x"),
    ]);
    Signature {
        tokens: None,
        keyring: Some(Arc::new(ring)),
        keys: ConfiguredKeys::default(),
        default_tenant: default_tenant.map(|tenant| tenant.parse().unwrap()),
        clock: portico_sdk::clock::system(),
        rack: Arc::new(KeyRack::new()),
    }
}

/// A `GET /data/k` signed with this secret, and where it came in.
fn exchange(access_key: &str, secret: &str, tenant: Option<&str>, door: Door) -> Exchange {
    let at = Timestamp::from_system(SystemTime::now()).unwrap();
    let scope = Scope::new(&at, "us-east-1", "s3").unwrap();
    let outgoing = Outgoing {
        method: "GET",
        path: "/data/k",
        query: None,
        headers: &HeaderMap::new(),
        host: "localhost",
        sign_also: &[],
    };
    let key = SigningKey::derive(&SecretString::from(secret), &scope);
    let signed = portico_sigv4::sign(&outgoing, PayloadMode::Unsigned, access_key, &key, at);
    let mut request = http::Request::get("/data/k").header("host", "localhost");
    let mut own = HeaderMap::new();
    signed.unwrap().apply(&mut own);
    request.headers_mut().unwrap().extend(own);
    let mut exchange = testkit::exchange(request.body(()).unwrap(), door);
    exchange.route.tenant = tenant.map(|tenant| tenant.parse().unwrap());
    exchange
}

fn s3() -> Door {
    Door::S3(S3Target {
        operation: Operation::GetObject,
        bucket: Some("data".into()),
        upstream_path: "/data/k".to_owned(),
        style: Style::Path,
    })
}

#[tokio::test]
async fn the_signature_decides_among_several_secrets() {
    for secret in ["new", "old"] {
        let mut exchange = exchange(ADA, secret, Some("research"), s3());
        let proof = signature(None).authenticate(&mut exchange).await.unwrap();
        let Proof::Given(principal) = proof else {
            panic!("not claimed");
        };
        assert_eq!(
            (principal.user.as_str(), principal.way),
            ("ada", Way::Keyring)
        );
        assert_eq!(principal.tenant.as_ref().unwrap().as_str(), "research");
        assert_eq!(principal.s3_keys().secret_key.expose_secret(), secret);
        assert!(
            exchange
                .extensions
                .get::<portico_sigv4::Verified>()
                .is_some()
        );
    }
}

#[tokio::test]
async fn whoever_is_not_known_is_refused() {
    for (key, secret, tenant, reason) in [
        (
            ADA,
            "elsewhere",
            Some("research"),
            Reason::SignatureDoesNotMatch,
        ),
        (ADA, "new", Some("archive"), Reason::SignatureDoesNotMatch),
        ("Ym9i", "new", Some("research"), Reason::InvalidAccessKeyId),
        (
            "not-base64",
            "x",
            Some("research"),
            Reason::InvalidAccessKeyId,
        ),
        (ADA, "new", None, Reason::InvalidAccessKeyId),
    ] {
        let mut exchange = exchange(key, secret, tenant, s3());
        let refused = signature(None).authenticate(&mut exchange).await;
        assert_eq!(
            refused.unwrap_err().reason(),
            reason,
            "{key} {secret} {tenant:?}"
        );
    }
    let mut nobody = exchange(ADA, "new", Some("research"), s3());
    let without = Signature {
        keyring: None,
        ..signature(None)
    };
    let refused = without.authenticate(&mut nobody).await;
    assert_eq!(refused.unwrap_err().reason(), Reason::InvalidAccessKeyId);
}

#[tokio::test]
async fn a_default_tenant_counts_where_the_host_names_none() {
    let mut exchange = exchange(ADA, "new", None, s3());
    let proof = signature(Some("research"))
        .authenticate(&mut exchange)
        .await;
    assert!(matches!(proof, Ok(Proof::Given(_))));
}

/// Under HCP's own names a secret that has changed there is HCP's to judge, and so is everything on
/// its other protocols.
#[tokio::test]
async fn under_hcps_own_names_hcp_decides() {
    for (secret, door) in [("wrong", s3()), ("new", Door::Native)] {
        let mut exchange = exchange(ADA, secret, Some("research"), door);
        exchange.route.own_name = Some("research.hcp.test".into());
        let proof = signature(None).authenticate(&mut exchange).await;
        assert!(matches!(proof, Ok(Proof::Absent)), "{secret}");
    }
}

#[tokio::test]
async fn a_replay_is_refused_before_any_secret_is_tried() {
    #[derive(Debug)]
    struct Tomorrow;
    impl Clock for Tomorrow {
        fn now(&self) -> SystemTime {
            SystemTime::now() + Duration::from_hours(24)
        }
    }
    let mut exchange = exchange(ADA, "new", Some("research"), s3());
    let late = Signature {
        clock: Arc::new(Tomorrow),
        ..signature(None)
    };
    let refused = late.authenticate(&mut exchange).await;
    assert_eq!(refused.unwrap_err().reason(), Reason::RequestTimeTooSkewed);
}
