//! Credentials in files, which may be gone after the first reading.

use std::path::{Path, PathBuf};

use coffret_config::agent::Removal;
use secrecy::SecretString;
use thiserror::Error;
use zeroize::Zeroizing;

/// A credential that could not be read.
#[derive(Debug, Error)]
pub enum CredentialError {
    /// The file cannot be read.
    #[error("cannot read the {what} in {}: {}", path.display(), source.kind())]
    Unreadable {
        /// What it should hold.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is empty.
    #[error("the {what} in {} is empty", path.display())]
    Empty {
        /// What it should hold.
        what: &'static str,
        /// The file.
        path: PathBuf,
    },
}

/// Reads a file that may be gone later; what was read last is used then.
pub(super) fn consumed(
    what: &'static str,
    path: &Path,
    removal: Removal,
    kept: &mut Option<SecretString>,
) -> Result<SecretString, CredentialError> {
    match (read(what, path), &kept) {
        (Ok(read), _) => {
            remove(path, removal);
            Ok(kept.insert(read).clone())
        }
        (Err(_), Some(kept)) => Ok(kept.clone()),
        (Err(error), None) => Err(error),
    }
}

pub(super) fn read(what: &'static str, path: &Path) -> Result<SecretString, CredentialError> {
    let text = std::fs::read_to_string(path)
        .map(Zeroizing::new)
        .map_err(|source| CredentialError::Unreadable {
            what,
            path: path.to_owned(),
            source,
        })?;
    match text.trim() {
        "" => Err(CredentialError::Empty {
            what,
            path: path.to_owned(),
        }),
        text => Ok(SecretString::from(text)),
    }
}

pub(super) fn remove(path: &Path, removal: Removal) {
    let removed = match removal {
        Removal::Keep => Ok(()),
        Removal::Remove => std::fs::remove_file(path),
        Removal::RemoveTarget => std::fs::canonicalize(path).and_then(std::fs::remove_file),
    };
    if let Err(error) = removed {
        tracing::warn!(target: "agent.auth.handler", event = "auth.credential_not_removed", path = %path.display(), error = %error.kind(), "error removing the credential after reading");
    }
}
