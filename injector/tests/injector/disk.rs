//! Certificates from a Secret volume: changed by swapping a symlink, sometimes half-way.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use coffret_injector::settings::DiskFiles;
use coffret_injector::tls::{Authority, Current, Disk, Leaf, provider};
use rcgen::PKCS_ECDSA_P256_SHA256;

use crate::handshake;

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

#[tokio::test]
async fn half_written_files_never_interrupt_the_service() {
    let root = tempfile::tempdir().unwrap();
    let (old, _) = write(root.path(), "svc");
    let files = DiskFiles {
        certificate: root.path().join("tls.crt"),
        key: root.path().join("tls.key"),
        ca: None,
    };
    let current = Arc::new(Current::new(provider()));
    let mut disk = Disk::new(files.clone(), Arc::clone(&current));
    assert!(disk.refresh().unwrap());
    let (new, new_key) = write(&root.path().join("new"), "svc");
    let half = |text: &str| text[..text.len() / 2].to_owned();
    let put = |path: &Path, text: &str| std::fs::write(path, text).unwrap();
    let steps: [(&str, &dyn Fn()); 7] = [
        ("the certificate is emptied", &|| put(&files.certificate, "")),
        ("half of the certificate", &|| put(&files.certificate, &half(&new))),
        ("the certificate without its key", &|| put(&files.certificate, &new)),
        ("the key is emptied", &|| put(&files.key, "")),
        ("half of the key", &|| put(&files.key, &half(&new_key))),
        ("the key is gone", &|| std::fs::remove_file(&files.key).unwrap()),
        ("the key is no text", &|| {
            std::fs::write(&files.key, [0xff, 0xfe]).unwrap();
        }),
    ];
    for (what, step) in steps {
        step();
        assert!(disk.refresh().is_err(), "{what}");
        let problem = handshake::problem(&current, old.as_bytes(), "svc", SystemTime::now()).await;
        assert_eq!(problem, None, "{what}: the old certificate is served");
    }
    put(&files.key, &new_key);
    assert!(disk.refresh().unwrap());
    let problem = handshake::problem(&current, new.as_bytes(), "svc", SystemTime::now()).await;
    assert_eq!(problem, None, "the new certificate is served");
}
