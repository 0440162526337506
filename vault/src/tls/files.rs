//! Reading certificates and keys, and noticing when they change.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use zeroize::Zeroizing;

use super::{CertificateSource, TlsSettings};
use crate::SettingsError;

/// Where distributions keep the system's certificate authorities, in Go's order.
const SYSTEM_BUNDLES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// The state of the files that TLS was set up from; differs as soon as one of them changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fingerprint(Vec<Option<FileState>>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct FileState {
    inode: u64,
    size: u64,
    changed: (i64, i64),
    modified: (i64, i64),
}

impl FileState {
    fn of(metadata: &Metadata) -> FileState {
        FileState {
            inode: metadata.ino(),
            size: metadata.size(),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
        }
    }
}

impl Fingerprint {
    /// Looks at each file now.
    pub(crate) fn of(settings: &TlsSettings) -> Fingerprint {
        let client = settings
            .client
            .iter()
            .flat_map(|client| [&client.certificate, &client.key]);
        let sources = settings.authorities.iter().chain(client);
        Fingerprint(sources.flat_map(paths).map(|path| state(&path)).collect())
    }

    /// Looks at these files now.
    pub fn of_files<'a>(files: impl IntoIterator<Item = &'a Path>) -> Fingerprint {
        Fingerprint(files.into_iter().map(state).collect())
    }
}

fn state(path: &Path) -> Option<FileState> {
    std::fs::metadata(path).ok().map(|metadata| FileState::of(&metadata))
}

/// The files a source stands for now.
fn paths(source: &CertificateSource) -> Vec<PathBuf> {
    match source {
        CertificateSource::File(path) => vec![path.clone()],
        CertificateSource::Directory(directory) => entries(directory).unwrap_or_default(),
        CertificateSource::Pem(_) => Vec::new(),
    }
}

/// The files of a directory in the order of their names; the `..data` links of Kubernetes volumes are left out.
fn entries(directory: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        let hidden = path
            .file_name()
            .is_none_or(|name| name.to_string_lossy().starts_with(".."));
        if !hidden && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The certificate authorities of all sources; without any source those of the system.
pub(super) fn authorities(sources: &[CertificateSource]) -> Result<Vec<CertificateDer<'static>>, SettingsError> {
    if sources.is_empty() {
        return Ok(system_authorities());
    }
    let mut found = Vec::new();
    for source in sources {
        found.extend(certificates("the certificate authority", source)?);
    }
    Ok(found)
}

/// The system's certificate authorities; none where there is no bundle, such as in an image without files.
fn system_authorities() -> Vec<CertificateDer<'static>> {
    let read = |path: &str| {
        CertificateDer::pem_file_iter(path)
            .ok()
            .map(|iter| iter.flatten().collect::<Vec<_>>())
    };
    SYSTEM_BUNDLES.iter().find_map(|path| read(path)).unwrap_or_default()
}

/// All certificates of a source.
pub(super) fn certificates(
    what: &'static str,
    source: &CertificateSource,
) -> Result<Vec<CertificateDer<'static>>, SettingsError> {
    let error = |reason: String| SettingsError::Certificate {
        what,
        from: source.name(),
        reason,
    };
    let mut found = Vec::new();
    let mut take = |certificates: &mut dyn Iterator<Item = Result<CertificateDer<'static>, pem::Error>>| -> Result<(), SettingsError> {
        for certificate in certificates {
            found.push(certificate.map_err(|cause| error(damage(&cause)))?);
        }
        Ok(())
    };
    // Files are read line by line: the whole text of a system's authorities would leave half a megabyte of holes.
    let open = |path: &Path| CertificateDer::pem_file_iter(path).map_err(|cause| error(damage(&cause)));
    match source {
        CertificateSource::Pem(text) => take(&mut CertificateDer::pem_slice_iter(text))?,
        CertificateSource::File(path) => take(&mut open(path)?)?,
        CertificateSource::Directory(directory) => {
            for path in entries(directory).map_err(|cause| error(format!("cannot be read: {cause}")))? {
                take(&mut open(&path)?)?;
            }
        }
    }
    if found.is_empty() {
        return Err(error("holds no PEM certificate".to_owned()));
    }
    Ok(found)
}

fn damage(cause: &pem::Error) -> String {
    match cause {
        pem::Error::Io(cause) => format!("cannot be read: {cause}"),
        _ => "holds a damaged PEM block".to_owned(),
    }
}

/// The first private key of a source.
pub(super) fn private_key(source: &CertificateSource) -> Result<PrivateKeyDer<'static>, SettingsError> {
    let error = |reason: String| SettingsError::Certificate {
        what: "the client key",
        from: source.name(),
        reason,
    };
    let text = match source {
        CertificateSource::Pem(pem) => pem.clone(),
        CertificateSource::File(path) | CertificateSource::Directory(path) => {
            Zeroizing::new(read(path).map_err(&error)?)
        }
    };
    PrivateKeyDer::from_pem_slice(&text).map_err(|_| error("holds no PEM private key".to_owned()))
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("cannot be read: {error}"))
}
