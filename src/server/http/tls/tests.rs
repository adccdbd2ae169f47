use super::*;
use rcgen::date_time_ymd;
use std::path::PathBuf;

/// 2026-11-23.
const NOW: Timestamp = Timestamp::from_seconds(1_795_415_575);

/// A certificate for these years and its key, in PEM.
fn pair(from: i32, to: i32) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["portal.example.com".to_owned()]).unwrap();
    (params.not_before, params.not_after) = (date_time_ymd(from, 1, 1), date_time_ymd(to, 1, 1));
    (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
}

struct Files {
    folder: tempfile::TempDir,
}

impl Files {
    fn new(cert: &str, key: &str) -> Self {
        let files = Self { folder: tempfile::tempdir().unwrap() };
        std::fs::write(files.cert(), cert).unwrap();
        std::fs::write(files.key(), key).unwrap();
        files
    }

    fn cert(&self) -> PathBuf {
        self.folder.path().join("portal.pem")
    }

    fn key(&self) -> PathBuf {
        self.folder.path().join("portal.key")
    }

    fn setting(&self) -> config::Tls {
        config::Tls::Files { cert: self.cert(), key: self.key() }
    }

    fn problem(&self) -> String {
        Tls::new(&self.setting(), NOW).unwrap_err().to_string()
    }
}

#[test]
fn a_pair_is_taken_and_so_is_none_at_all() {
    let (cert, key) = pair(2026, 2028);
    assert!(Tls::new(&Files::new(&cert, &key).setting(), NOW).unwrap().is_some());
    assert!(Tls::new(&config::Tls::SelfSigned, NOW).unwrap().is_some());
    assert!(Tls::new(&config::Tls::Off, NOW).unwrap().is_none());
}

#[test]
fn every_mistake_is_told_with_file_key_and_fix() {
    let ((cert, key), (_, other_key)) = (pair(2026, 2028), pair(2026, 2028));
    let (expired, expired_key) = pair(2020, 2026);
    let (early, early_key) = pair(2027, 2028);
    for (cert, key, wanted) in [
        (cert.as_str(), other_key.as_str(), "portal.key: web.tls.key: is not the key of the certificate in web.tls.cert. Fix: "),
        (&expired, &expired_key, "portal.pem: web.tls.cert: has expired. Fix: "),
        (&early, &early_key, "portal.pem: web.tls.cert: is not valid yet. Fix: "),
        ("", &key, "portal.pem: web.tls.cert: holds no certificate. Fix: "),
        (&key, &key, "portal.pem: web.tls.cert: holds no certificate. Fix: "),
        (&cert[..cert.len() / 2], &key, "portal.pem: web.tls.cert: is not a PEM file. Fix: "),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", &key, "portal.pem: web.tls.cert: holds something that is not a"),
        (&cert, "", "portal.key: web.tls.key: holds no private key. Fix: "),
        (&cert, &cert, "portal.key: web.tls.key: holds no private key. Fix: "),
        (
            &cert,
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
            "portal.key: web.tls.key: holds a key that cannot be used",
        ),
    ] {
        let problem = Files::new(cert, key).problem();
        assert!(problem.contains(wanted), "{wanted} not in {problem}");
    }
    let files = Files::new(&cert, &key);
    std::fs::remove_file(files.key()).unwrap();
    assert!(files.problem().contains("portal.key: web.tls.key: cannot be read: "), "{}", files.problem());
    std::fs::remove_file(files.cert()).unwrap();
    assert!(files.problem().contains("portal.pem: web.tls.cert: cannot be read: "), "{}", files.problem());
}

#[test]
fn a_renewed_certificate_is_used_only_once_it_is_put_into_place() {
    let ((cert, key), (next, next_key)) = (pair(2026, 2028), pair(2026, 2029));
    let files = Files::new(&cert, &key);
    let tls = Tls::new(&files.setting(), NOW).unwrap().unwrap();
    let in_use = || tls.certificate.0.read().unwrap().cert[0].clone();
    let first = in_use();
    std::fs::write(files.cert(), next).unwrap();
    assert!(tls.read_anew(&files.setting(), NOW).is_err(), "the key is still the old one");
    std::fs::write(files.key(), next_key).unwrap();
    let renewed = tls.read_anew(&files.setting(), NOW).unwrap().unwrap();
    assert_eq!(in_use(), first);
    renewed.put();
    assert_ne!(in_use(), first);
}

#[test]
fn debug_shows_no_key() {
    let (cert, key) = pair(2026, 2028);
    let files = Files::new(&cert, &key);
    let tls = Tls::new(&files.setting(), NOW).unwrap().unwrap();
    let renewed = tls.read_anew(&files.setting(), NOW).unwrap().unwrap();
    assert_eq!(format!("{tls:?} {renewed:?} {:?}", tls.certificate), "Tls { .. } Renewed { .. } Certificate(…)");
}
