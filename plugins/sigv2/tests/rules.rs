//! The rules around a signature: what it covers, and what is refused.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

mod common;

use common::{ACCESS_KEY, NOW, Request, at, now, secret};
use portico_sigv2::{Fault, Form, Proof, ProofError, SignError, is_anonymous, presign, sign};
use secrecy::ExposeSecret;

fn get() -> Request {
    Request::new("GET", "/bucket/key", None)
}

fn both_forms() -> [Request; 2] {
    [get().signed(), get().presigned()]
}

/// Signs as a client with rules of its own would: over the text it made.
fn authorize(request: Request, resource: &str) -> Request {
    let date = "Tue, 27 Mar 2007 19:36:42 GMT";
    // A signature over any resource can be had from a request whose path that is, unless it
    // has a query, which the signer must write itself.
    let (path, query) = resource.split_once('?').unwrap_or((resource, ""));
    assert!(query.is_empty(), "only paths");
    let other = Request::new(&request.method, path, None).signed();
    let authorization = other.headers["authorization"].to_str().unwrap().to_owned();
    request
        .with("date", date)
        .with("authorization", &authorization)
}

#[test]
fn no_sub_resource_can_be_added_in_any_spelling() {
    for signed in both_forms() {
        for name in [
            "acl",
            "ACL",
            "%61cl",
            "%41CL",
            "acl=",
            "uploads",
            "uploadId=1",
            "versionId=x",
            "response-content-type=text/html",
            "response%2Dexpires=1",
            "torrent",
            "delete",
            "tagging",
            "select&select-type=2",
        ] {
            let added = signed.adding(name);
            assert_eq!(
                added.verify().unwrap_err(),
                ProofError::SignatureMismatch,
                "{name}"
            );
        }
    }
}

#[test]
fn younger_sub_resources_are_always_signed_in_a_link() {
    for name in [
        "retention",
        "legal-hold",
        "encryption=",
        "ReTention",
        "attributes",
    ] {
        let link = get().presigned().adding(name);
        assert_eq!(
            link.verify().unwrap_err(),
            ProofError::SignatureMismatch,
            "{name}"
        );
        let bare = name.trim_end_matches('=');
        // In the header form, botocore does not sign them.
        let header = get().signed().adding(name).verify().unwrap();
        assert!(!header.covers(bare), "{name}");
        let whole = Request::new("GET", "/bucket/key", Some(name));
        assert!(
            whole.clone().signed().verify().unwrap().covers(bare),
            "{name}"
        );
        assert!(whole.presigned().verify().unwrap().covers(bare), "{name}");
    }
}

#[test]
fn what_is_not_covered_is_named() {
    for (signed, expected) in both_forms().into_iter().zip([
        &[
            "Expires",
            "Signature",
            "list-type",
            "prefix",
            "x-amz-acl",
            "x-id",
        ][..],
        &["list-type", "prefix", "x-id"],
    ]) {
        let query = "prefix=a&%70refix=b&x-id=GetObject&list-type=2";
        let mut added = signed.adding(query);
        if expected.len() > 3 {
            added = added.adding("x-amz-acl=private&Expires=1");
            // Alone, `Expires` claims nothing.
            added = added.adding("%53ignature%20");
        }
        let verified = added.verify().unwrap();
        let named: Vec<_> = verified
            .unsigned_parameters(&added.view())
            .iter()
            .map(|name| name.trim().to_owned())
            .collect();
        assert_eq!(named, expected);
        assert!(expected.iter().all(|name| !verified.covers(name)));
        assert!(verified.covers("acl"));
    }
}

#[test]
fn a_link_cannot_be_given_headers() {
    let link = get().presigned();
    for header in [
        "x-amz-acl",
        "x-amz-copy-source",
        "x-amz-security-token",
        "x-amz-date",
    ] {
        let with_header = link.clone().with(header, "x");
        assert_eq!(
            with_header.verify().unwrap_err(),
            ProofError::SignatureMismatch
        );
        for spelled in [
            header.to_owned(),
            header.to_uppercase(),
            header.replace('-', "%2d"),
        ] {
            let with_parameter = link.adding(&format!("{spelled}=x"));
            let error = with_parameter.verify().unwrap_err();
            assert_eq!(error, ProofError::SignatureMismatch, "{spelled}");
        }
    }
    let typed = link.with("content-type", "text/plain");
    assert_eq!(typed.verify().unwrap_err(), ProofError::SignatureMismatch);
}

#[test]
fn a_signed_parameter_may_be_repeated_as_a_header_with_the_same_value() {
    let query = "x-amz-meta-a=b%20c&x-amz-security-token=t%2B";
    let link = Request::new("PUT", "/b/k", Some(query)).presigned();
    let token = link.proof().unwrap();
    assert_eq!(token.security_token().unwrap().expose_secret(), "t+");
    assert!(!format!("{token:?}").contains("t+"));
    link.verify().unwrap();
    let both = link
        .clone()
        .with("x-amz-meta-a", "b c")
        .with("x-amz-security-token", "t+");
    both.verify().unwrap();
    let other = link.clone().with("x-amz-meta-a", "b");
    let contradiction = ProofError::Contradiction("x-amz-meta-a".to_owned());
    assert_eq!(other.proof().unwrap_err(), contradiction);
    let twice = link.adding("x%2Damz-meta-a=b%20c").proof().unwrap_err();
    assert_eq!(twice, Fault::Repeated("x-amz-meta-a".to_owned()).of_query());
    // The holder may move them into headers, which means the same.
    let mut moved = link
        .clone()
        .with("x-amz-meta-a", "b c")
        .with("x-amz-security-token", "t+");
    let query = String::from_utf8(link.query.unwrap()).unwrap();
    let claim = query.split_once("&AWS").unwrap().1;
    moved.query = Some(format!("AWS{claim}").into_bytes());
    moved.verify().unwrap();
}

#[test]
fn a_parameter_cannot_smuggle_a_header_or_another_parameter() {
    let link = get().presigned();
    for piece in [
        "x-amz-a=b%0Ax-amz-acl:c",
        "x-amz-a%3Ab=c",
        "x-amz-a%0A=b",
        "x-amz-é=1",
    ] {
        let error = link.adding(piece).proof().unwrap_err();
        assert_eq!(error, Fault::Characters.of_query(), "{piece}");
    }
    // Two parameters are signed; one that reads the same once decoded must not pass.
    let two = Request::new("GET", "/b/k", Some("response-content-type=a&versionId=1"));
    let two = two.presigned();
    two.verify().unwrap();
    let query = String::from_utf8(two.query.clone().unwrap()).unwrap();
    for joined in [
        "a%26versionId%3D1",
        "a%26versionId=1",
        "a%26%76ersionId",
        "a%26ACL",
    ] {
        let mut one = two.clone();
        one.query = Some(query.replace("a&versionId=1", joined).into_bytes());
        assert_eq!(
            one.proof().unwrap_err(),
            ProofError::Target("parameter"),
            "{joined}"
        );
    }
    let name = "response-content-disposition=attachment;%20filename=%22a%26b=c.txt%22";
    Request::new("GET", "/b/k", Some(name))
        .presigned()
        .verify()
        .unwrap();
    let broken = get()
        .presigned()
        .adding("versionId=%0A")
        .proof()
        .unwrap_err();
    assert_eq!(broken, ProofError::Target("parameter"));
}

#[test]
fn a_target_cannot_pass_for_another_part() {
    for mut signed in both_forms() {
        for path in ["x", "/a b", "/a\nb", "/a?acl", "*", "/\x7f"] {
            signed.path = path.as_bytes().to_vec();
            assert_eq!(
                signed.proof().unwrap_err(),
                ProofError::Target("path"),
                "{path:?}"
            );
        }
        signed.path = b"/bucket/key".to_vec();
        signed.method = "GET\n".to_owned();
        assert_eq!(signed.proof().unwrap_err(), ProofError::Target("method"));
    }
}

#[test]
fn a_path_style_signature_opens_no_virtual_host() {
    for signed in both_forms() {
        signed.verify().unwrap();
        for bucket in ["bucket", "other", ""] {
            let elsewhere = signed.clone().at_bucket(bucket);
            assert_eq!(
                elsewhere.verify().unwrap_err(),
                ProofError::SignatureMismatch
            );
        }
    }
    // The other way round it is the same object.
    let hosted = Request::new("GET", "/key", None)
        .at_bucket("bucket")
        .signed();
    hosted.verify().unwrap();
    let mut path_style = hosted.clone();
    path_style.path = b"/bucket/key".to_vec();
    path_style.bucket = None;
    path_style.verify().unwrap();
}

#[test]
fn a_bucket_may_be_signed_with_a_slash_at_its_end() {
    let bucket = Request::new("GET", "/bucket", None);
    authorize(bucket.clone(), "/bucket/").verify().unwrap();
    authorize(bucket.clone(), "/bucket").verify().unwrap();
    for (sent, signed) in [
        ("/bucket/key", "/bucket/key/"),
        ("/bucket/key/", "/bucket/key"),
    ] {
        let request = authorize(Request::new("GET", sent, None), signed);
        assert_eq!(
            request.verify().unwrap_err(),
            ProofError::SignatureMismatch,
            "{sent}"
        );
    }
    let hosted = authorize(Request::new("GET", "/key", None).at_bucket("b"), "/b/key/");
    assert_eq!(hosted.verify().unwrap_err(), ProofError::SignatureMismatch);
    // A host without a path is the bucket.
    let empty = Request::new("GET", "", None).at_bucket("bucket");
    authorize(empty, "/bucket/").verify().unwrap();
}

#[test]
fn one_claim_only() {
    let [header, link] = both_forms();
    let both = link.clone().with("authorization", "Bearer x");
    assert_eq!(both.proof().unwrap_err(), ProofError::ConflictingMechanisms);
    let twice = header.clone().with("authorization", "AWS a:b");
    let repeated = ProofError::RepeatedHeader("authorization");
    assert_eq!(twice.proof().unwrap_err(), repeated);
    let half = header.adding("Signature=");
    assert_eq!(half.proof().unwrap_err(), ProofError::ConflictingMechanisms);
    let twice = link.adding("Expires=9999999999").proof().unwrap_err();
    assert_eq!(twice, Fault::Repeated("Expires".to_owned()).of_query());
    for name in [
        "content-md5",
        "content-type",
        "date",
        "x-amz-date",
        "x-amz-security-token",
    ] {
        let mut repeated = header.clone().with("content-type", "x");
        repeated.set(name, b"x");
        repeated.append(name, b"x");
        let error = repeated.proof().unwrap_err();
        assert_eq!(error, ProofError::RepeatedHeader(name));
    }
}

#[test]
fn nobody_has_no_proof() {
    let nobody = get().with("authorization", "AWS all_users:");
    assert!(Proof::from_request(&nobody.view()).unwrap().is_none());
    assert!(is_anonymous(&nobody.headers));
    assert!(Proof::from_request(&get().view()).unwrap().is_none());
    let both = nobody.adding("Signature=x").view().headers.clone();
    assert!(is_anonymous(&both));
    let both = get()
        .with("authorization", "AWS all_users:")
        .adding("Signature=x");
    let error = Proof::from_request(&both.view()).unwrap_err();
    assert_eq!(error, ProofError::ConflictingMechanisms);
}

#[test]
fn empty_values_are_signed_with_and_without_equals_sign() {
    // Signed bare, as AWS and Go's clients do, whatever is sent.
    let signed = Request::new("GET", "/b/k", Some("acl")).signed();
    for query in ["acl", "acl=", "%61cl="] {
        let mut sent = signed.clone();
        sent.query = Some(query.as_bytes().to_vec());
        sent.verify().unwrap();
    }
}

#[test]
fn what_cannot_be_signed_is_said() {
    let request = get();
    let reserved = request.adding("Expires=1");
    let error = presign(&reserved.outgoing(), ACCESS_KEY, &secret(), NOW).unwrap_err();
    assert_eq!(error, SignError::ReservedParameter("Expires"));
    let error = sign(&request.outgoing(), "a\nb", &secret(), now()).unwrap_err();
    assert_eq!(error, SignError::AccessKey);
    let spaced = Request::new("GET", "/a b", None);
    let error = sign(&spaced.outgoing(), "a", &secret(), now()).unwrap_err();
    assert_eq!(error, SignError::Request(ProofError::Target("path")));
    let early = std::time::UNIX_EPOCH - std::time::Duration::from_secs(1);
    let error = sign(&request.outgoing(), "a", &secret(), early).unwrap_err();
    assert_eq!(error, SignError::Request(ProofError::InvalidDate));
    let late = at(1 << 40);
    let error = sign(&request.outgoing(), "a", &secret(), late).unwrap_err();
    assert_eq!(error, SignError::Request(ProofError::InvalidDate));
}

#[test]
fn faults_have_the_codes_of_s3() {
    for (error, code, status) in [
        (ProofError::SignatureMismatch, "SignatureDoesNotMatch", 403),
        (ProofError::Skewed, "RequestTimeTooSkewed", 403),
        (ProofError::Expired, "AccessDenied", 403),
        (ProofError::IncompleteQuery, "AccessDenied", 403),
        (ProofError::MissingDate, "AccessDenied", 403),
        (ProofError::ConflictingMechanisms, "InvalidArgument", 400),
        (Fault::Shape.of_query(), "InvalidArgument", 400),
        (ProofError::Target("path"), "InvalidRequest", 400),
    ] {
        assert_eq!((error.s3_code(), error.status().as_u16()), (code, status));
    }
}

trait OfQuery {
    fn of_query(self) -> ProofError;
}

impl OfQuery for Fault {
    fn of_query(self) -> ProofError {
        let form = Form::Query;
        ProofError::Malformed { form, fault: self }
    }
}
