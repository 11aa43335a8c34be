use std::path::Path;

use rcgen::CertifiedKey;

use super::*;

fn write(folder: &Path, file: &str, text: &str) -> String {
    let path = folder.join(file);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn made(names: &[&str]) -> CertifiedKey<rcgen::KeyPair> {
    let names: Vec<_> = names.iter().map(|&name| name.to_owned()).collect();
    rcgen::generate_simple_self_signed(names).unwrap()
}

fn pair(folder: &Path, names: &[&str]) -> Files {
    let made = made(names);
    Files {
        certificate: write(folder, "cert.pem", &made.cert.pem()),
        key: write(folder, "key.pem", &made.signing_key.serialize_pem()),
    }
}

fn load(files: &Files) -> Result<(Certificates, Vec<Pair>), CertificateError> {
    Certificates::load(Listener::S3, vec![files.clone()], false)
}

#[test]
fn a_pair_says_its_names_and_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let files = pair(folder.path(), &["hcp.test", "*.hcp.test"]);
    let pair = Pair::read(&files).unwrap();
    assert_eq!(pair.names, ["hcp.test", "*.hcp.test"]);
    assert!(pair.expires > 1_700_000_000, "{}", pair.expires);
    assert!(!format!("{pair:?}").contains("key:"), "{pair:?}");
}

#[test]
fn without_alternative_names_the_common_name_counts() {
    let folder = tempfile::tempdir().unwrap();
    let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
    let name = rcgen::DnType::CommonName;
    params.distinguished_name.push(name, "old.hcp.test");
    let key = rcgen::KeyPair::generate().unwrap();
    let pem = params.self_signed(&key).unwrap().pem();
    let files = Files {
        certificate: write(folder.path(), "cert.pem", &pem),
        key: write(folder.path(), "key.pem", &key.serialize_pem()),
    };
    let names = Pair::read(&files).unwrap().names;
    assert!(names.contains(&"old.hcp.test".to_owned()), "{names:?}");
}

#[test]
fn a_fault_names_the_file_and_the_setting() {
    let folder = tempfile::tempdir().unwrap();
    let good = pair(folder.path(), &["hcp.test"]);
    let other = made(&["hcp.test"]).signing_key.serialize_pem();
    let nothing = write(folder.path(), "nothing.pem", "nothing");
    let der = "-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n";
    for (certificate, key, setting) in [
        (nothing.clone(), good.key.clone(), "certificate"),
        ("gone.pem".to_owned(), good.key.clone(), "certificate"),
        (good.certificate.clone(), nothing.clone(), "key"),
        (good.certificate.clone(), "gone.pem".to_owned(), "key"),
        (
            good.certificate.clone(),
            write(folder.path(), "other.pem", &other),
            "key",
        ),
        (
            write(folder.path(), "odd.pem", der),
            good.key.clone(),
            "certificate",
        ),
    ] {
        let files = Files { certificate, key };
        let error = fault(std::slice::from_ref(&files)).unwrap();
        assert_eq!(error.setting(&files), setting, "{error}");
        let file = if setting == "key" {
            &files.key
        } else {
            &files.certificate
        };
        assert!(error.to_string().contains(file.as_str()), "{error}");
    }
}

#[test]
fn new_files_are_taken_and_broken_ones_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let files = pair(folder.path(), &["hcp.test"]);
    let (certificates, _) = load(&files).unwrap();
    let certificates = Arc::new(certificates);
    let first = certificates.acceptor();
    assert!(matches!(certificates.read_again(), Ok(None)));

    std::fs::write(&files.key, "broken").unwrap();
    assert!(matches!(
        certificates.read_again(),
        Err(CertificateError::NoKey(_))
    ));
    assert!(Arc::ptr_eq(&first, &certificates.acceptor()));
    // It is told once.
    assert!(matches!(certificates.read_again(), Ok(None)));

    pair(folder.path(), &["new.hcp.test"]);
    let Ok(Some(fresh)) = certificates.read_again() else {
        panic!("new files were not seen");
    };
    assert!(Arc::ptr_eq(&first, &certificates.acceptor()), "not yet");
    let (_, pairs) = fresh.take();
    assert_eq!(pairs[0].names, ["new.hcp.test"]);
    assert!(!Arc::ptr_eq(&first, &certificates.acceptor()));
}
