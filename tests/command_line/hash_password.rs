//! `portico hash-password`: what it prints is what a configuration takes and a login matches.

use crate::process::{Ended, Place, SECRET};

/// What comes out for this standard input.
fn hashed(input: &str) -> Ended {
    Place::empty().run_with(&["hash-password"], input)
}

#[test]
fn one_line_gives_one_hash_and_another_each_time() {
    let [one, other] = ["hush\n", "hush\r\nmore\n"].map(hashed);
    one.assert_code(0);
    assert!(
        one.out.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
        "{}",
        one.out
    );
    assert_eq!(one.out.lines().count(), 1);
    assert_ne!(one.out, other.out);
    assert_eq!(one.said, one.out, "the hash and no other word");
}

#[test]
fn nothing_is_no_password() {
    let ended = hashed("\n");
    ended.assert_code(1);
    assert_eq!(ended.out, "");
    ended.assert_says("the password is empty");
}

#[test]
fn a_hash_that_was_made_is_one_that_the_configuration_takes() {
    let hash = hashed("hush").out;
    let check = |hash: &str| {
        let place = Place::empty();
        let conf = format!(
            "upstream = {{ backend = 'generic', s3_endpoint = 'http://127.0.0.1:9' }}\n\
             s3 = {{ access_key = 'a', secret_key = 'b' }}\n\
             auth = {{ secrets = ['{SECRET}'], users = [{{ name = 'ann', password_hash = '{hash}' }}] }}\n"
        );
        let conf = place.file("p.toml", &conf);
        place.run(&["check", "--conf", conf.to_str().unwrap()])
    };
    check(hash.trim()).assert_code(0);
    let refused = check(&hash.trim().replace("argon2id", "argon2d"));
    refused.assert_code(64);
    refused.assert_says("user number 1: password_hash is no Argon2id hash");
}

#[test]
fn a_generic_store_without_users_says_how_to_make_one() {
    let place = Place::empty();
    let conf = format!(
        "upstream = {{ backend = 'minio', s3_endpoint = 'http://127.0.0.1:9' }}\n\
         s3 = {{ access_key = 'a', secret_key = 'b' }}\nauth = {{ secrets = ['{SECRET}'] }}\n"
    );
    let conf = place.file("p.toml", &conf);
    let ended = place.run(&["check", "--conf", conf.to_str().unwrap()]);
    ended.assert_code(64);
    ended.assert_says("portico hash-password");
}
