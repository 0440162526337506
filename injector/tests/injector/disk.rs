//! Certificates from a Secret volume: changed by swapping a symlink, sometimes half-way.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use coffret_injector::settings::DiskFiles;
use coffret_injector::tls::{Authority, Current, Disk, Leaf, provider};
use rcgen::PKCS_ECDSA_P256_SHA256;

fn write(folder: &Path, name: &str) -> (String, String) {
    let key = rcgen::KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let certificate = rcgen::CertificateParams::new(vec![name.to_owned()])
        .unwrap()
        .self_signed(&key)
        .unwrap();
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(folder.join("tls.crt"), certificate.pem()).unwrap();
    std::fs::write(folder.join("tls.key"), key.serialize_pem()).unwrap();
    (certificate.pem(), key.serialize_pem())
}

#[test]
fn a_swapped_volume_is_seen_and_a_torn_pair_is_not_used() {
    let root = tempfile::tempdir().unwrap();
    let base = root.path();
    write(&base.join("v1"), "a");
    symlink("v1", base.join("..data")).unwrap();
    for file in ["tls.crt", "tls.key"] {
        symlink(Path::new("..data").join(file), base.join(file)).unwrap();
    }
    let current = Arc::new(Current::new(provider()));
    let files = DiskFiles {
        certificate: base.join("tls.crt"),
        key: base.join("tls.key"),
        ca: None,
    };
    let mut disk = Disk::new(files, Arc::clone(&current));
    assert!(disk.refresh().unwrap());
    assert!(current.is_valid(SystemTime::now()));
    assert!(!disk.refresh().unwrap(), "nothing changed");

    let (certificate, _) = write(&base.join("v2"), "b");
    symlink("v2", base.join("..new")).unwrap();
    std::fs::rename(base.join("..new"), base.join("..data")).unwrap();
    assert!(disk.refresh().unwrap(), "the swap is seen");

    let (_, key) = write(&base.join("v3"), "c");
    std::fs::write(base.join("v2/tls.key"), key).unwrap();
    assert!(disk.refresh().is_err(), "key and certificate do not belong together");
    assert!(current.is_valid(SystemTime::now()), "what was served goes on");
    std::fs::write(base.join("v2/tls.crt"), &certificate[..40]).unwrap();
    assert!(disk.refresh().is_err(), "half a certificate");
    std::fs::remove_file(base.join("v2/tls.crt")).unwrap();
    assert!(disk.refresh().is_err(), "no certificate");
    assert!(current.is_valid(SystemTime::now()));
}

#[test]
fn a_leaf_never_outlives_its_ca() {
    let now = SystemTime::now();
    let authority =
        Authority::generate(now - coffret_injector::tls::CA_LIFE + std::time::Duration::from_secs(60)).unwrap();
    let Leaf { not_after, .. } = authority.issue(&["x".to_owned()], now).unwrap();
    assert!(not_after <= authority.not_after());
}
