//! Certificates from files. A Secret volume is changed by swapping a symlink, so the files are read again and
//! compared instead of being watched: that sees every kind of change. A pair that does not belong together,
//! because only one of the files was replaced so far, is not used; what was served before goes on.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use thiserror::Error;

use super::authority::Leaf;
use super::current::{Current, CurrentError};
use super::expiry;
use crate::settings::DiskFiles;

/// How often the files are read.
const PERIOD: Duration = Duration::from_secs(1);

/// Why the files cannot be served.
#[derive(Debug, Error)]
pub enum DiskError {
    /// A file that cannot be read.
    #[error("reading {path}")]
    Read {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// No certificate in it.
    #[error("{0} holds no PEM certificate")]
    Certificate(String),
    /// No key in it.
    #[error("{0} holds no PEM key")]
    Key(String),
    /// Key and certificate do not belong together.
    #[error(transparent)]
    Current(#[from] CurrentError),
}

/// What was read last.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Contents {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

/// Reads certificate files again and again.
#[derive(Debug)]
pub struct Disk {
    files: DiskFiles,
    current: Arc<Current>,
    served: Contents,
}

impl Disk {
    /// A source for these files.
    #[must_use]
    pub fn new(files: DiskFiles, current: Arc<Current>) -> Disk {
        Disk {
            files,
            current,
            served: Contents::default(),
        }
    }

    /// Serves what the files hold if it changed; true when it did.
    ///
    /// # Errors
    /// Files that cannot be read or do not belong together; nothing changes then.
    pub fn refresh(&mut self) -> Result<bool, DiskError> {
        let contents = Contents {
            certificate: read(&self.files.certificate)?,
            key: read(&self.files.key)?,
        };
        if contents == self.served {
            return Ok(false);
        }
        self.current.serve(leaf(&self.files, &contents)?)?;
        self.served = contents;
        Ok(true)
    }

    /// The files.
    #[must_use]
    pub fn files(&self) -> &DiskFiles {
        &self.files
    }

    /// Whether there is a CA to publish.
    #[must_use]
    pub fn has_ca(&self) -> bool {
        self.files.ca.is_some()
    }

    /// The CA to publish, if one is configured.
    ///
    /// # Errors
    /// A CA file that cannot be read.
    pub fn ca(&self) -> Result<Option<Vec<u8>>, DiskError> {
        self.files.ca.as_deref().map(read).transpose()
    }

    /// Refreshes for ever; each new mistake is logged once.
    pub async fn run(mut self) {
        let mut last = String::new();
        loop {
            match self.refresh() {
                Ok(true) => tracing::info!(expiry = self.current.expiry(), "serving the certificate from disk"),
                Ok(false) => {}
                Err(error) => {
                    let text = super::chain(&error);
                    if text != last {
                        tracing::error!(
                            error = text.as_str(),
                            "the certificate on disk cannot be used; serving the one before"
                        );
                    }
                    last = text;
                    tokio::time::sleep(PERIOD).await;
                    continue;
                }
            }
            last.clear();
            tokio::time::sleep(PERIOD).await;
        }
    }
}

fn read(path: &std::path::Path) -> Result<Vec<u8>, DiskError> {
    std::fs::read(path).map_err(|source| DiskError::Read {
        path: path.display().to_string(),
        source,
    })
}

fn leaf(files: &DiskFiles, contents: &Contents) -> Result<Leaf, DiskError> {
    let no_certificate = || DiskError::Certificate(files.certificate.display().to_string());
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&contents.certificate).collect();
    let chain = chain.map_err(|_| no_certificate())?;
    let not_after: SystemTime = chain.first().and_then(expiry::of).ok_or_else(no_certificate)?;
    let key =
        PrivateKeyDer::from_pem_slice(&contents.key).map_err(|_| DiskError::Key(files.key.display().to_string()))?;
    Ok(Leaf { chain, key, not_after })
}
