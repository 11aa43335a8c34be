//! Where the store is, and what is no place.

use std::net::SocketAddr;

use portico_sdk::upstream::{Backend, Upstreams};

use super::*;
use crate::settings::UpstreamSettings;

fn upstreams(change: impl FnOnce(&mut UpstreamSettings)) -> Result<Upstreams, Vec<Fault>> {
    let mut settings = UpstreamSettings::default();
    change(&mut settings);
    settings.upstreams()
}

/// The keys (or the section) that are refused.
fn refused(change: impl FnOnce(&mut UpstreamSettings)) -> Vec<String> {
    let faults = upstreams(change).unwrap_err();
    faults
        .iter()
        .map(|fault| format!("{:?}", fault.place))
        .collect()
}

#[test]
fn a_domain_makes_tenants_hosts() {
    let upstreams = upstreams(|settings| {
        settings.domain = "HCP.example.com.".into();
        settings.s3_addresses = vec!["127.0.0.1:81".into(), "[::1]:82".into()];
        settings.mapi_addresses = vec!["127.0.0.1:83".into()];
    })
    .unwrap();
    let tenant = "t1".parse().unwrap();
    let s3 = upstreams.s3(Some(&tenant)).unwrap();
    assert_eq!(s3.authority(), "t1.hcp.example.com");
    assert_eq!(s3.addresses().len(), 2);
    assert!(s3.tls());
    let mapi = upstreams.mapi(None).unwrap();
    assert_eq!(mapi.authority(), "admin.hcp.example.com:9090");
    assert_eq!(mapi.addresses()[0].port(), 83);
    assert!(upstreams.s3(None).is_err());
}

#[test]
fn an_endpoint_serves_every_backend() {
    for backend in [Backend::Hcp, Backend::Minio, Backend::Generic] {
        let upstreams = upstreams(|settings| {
            settings.backend = backend;
            settings.s3_endpoint = "http://10.0.0.5:9000".into();
        })
        .unwrap();
        let s3 = upstreams.s3(None).unwrap();
        assert_eq!(s3.authority(), "10.0.0.5:9000");
        assert_eq!(
            s3.addresses()[..],
            ["10.0.0.5:9000".parse::<SocketAddr>().unwrap()]
        );
        assert!(!s3.tls());
    }
}

#[test]
fn a_domain_means_nothing_where_there_are_no_tenants() {
    let upstreams = upstreams(|settings| {
        settings.backend = Backend::Generic;
        settings.domain = "hcp.example.com".into();
        settings.s3_endpoint = "https://s3.example.com".into();
    })
    .unwrap();
    assert_eq!(upstreams.domain, None);
}

#[test]
fn a_store_without_a_place_is_refused() {
    assert_eq!(refused(|_| ()), ["Section"]);
    assert_eq!(
        refused(|settings| settings.backend = Backend::Minio),
        ["Section"]
    );
    let generic = upstreams(|settings| {
        settings.backend = Backend::Generic;
        settings.domain = "hcp.example.com".into();
        settings.region = "eu-north-1".into();
    });
    let message = &generic.unwrap_err()[0].message;
    assert!(
        message.contains("https://s3.eu-north-1.amazonaws.com"),
        "{message}"
    );
}

#[test]
fn every_value_that_is_no_place_is_refused() {
    let found = refused(|settings| {
        settings.domain = "https://hcp".into();
        settings.s3_endpoint = "s3.example.com/x".into();
        settings.s3_addresses = vec!["s3.example.com:443".into()];
        settings.mapi_addresses = vec!["10.0.0.5".into()];
        settings.s3_port = 0;
        settings.ca_file = "/nonexistent/ca.pem".into();
        settings.connect_timeout = Duration::from_secs(0);
    });
    let keys = [
        "connect_timeout",
        "domain",
        "s3_port",
        "s3_addresses",
        "mapi_addresses",
        "s3_endpoint",
        "ca_file",
    ];
    assert_eq!(found, keys.map(|key| format!("Key({key:?})")));
}

#[test]
fn authorities_are_read_and_must_be_pem() {
    let story = Story::new();
    let pem = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";
    let good = story.write("ca.pem", pem);
    let bad = story.write("ca.der", "0\u{82}");
    let with = |path: PathBuf| {
        upstreams(|settings| {
            settings.domain = "hcp".into();
            settings.ca_file = path.display().to_string();
        })
    };
    let tls = with(good).unwrap().tls;
    assert_eq!(tls.ca_pem.as_deref(), Some(pem.as_bytes()));
    assert!(tls.verify);
    assert!(with(bad).unwrap_err()[0].message.contains("no certificate"));
}
