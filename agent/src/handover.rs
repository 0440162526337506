//! Handing token, leases and answers from an init container to the sidecar, through a sealed file on the shared memory
//! volume, so that there is one login and one credential for both.
//!
//! The file is sealed with a key derived from the credential that both containers log in with (the service account
//! token, say) and a random salt. Whoever can read that credential could log in anyway; whoever cannot, learns nothing
//! from the file. The sidecar removes the file when it has read it. A credential that was rotated in between does not
//! open it, and the sidecar logs in as if there were none.

use std::path::{Path, PathBuf};
use std::time::Duration;

use coffret_config::agent::{Method, MethodKind};
use jiff::Timestamp;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, KeyType, Salt};
use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::file::{self, Target, WriteError};
use crate::random::Random;
use crate::wire::{Mount, Wire};

const MAGIC: &[u8] = b"coffret-handover-1\n";
const SALT: usize = 16;
const KEY: usize = 32;
/// The owner alone, which is the same user in both containers.
const MODE: u32 = 0o600;

/// Where the file is and what seals it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handover {
    /// The file.
    pub path: PathBuf,
    /// File with the credential that both containers have.
    pub credential: PathBuf,
    /// Leave the file after reading it.
    pub keep: bool,
    /// A file that cannot be used ends the agent.
    pub required: bool,
}

/// What is handed over.
#[derive(Serialize, Deserialize)]
pub struct Parcel {
    /// When it was packed.
    pub packed: Timestamp,
    /// The token.
    pub token: Zeroizing<String>,
    /// Time the token had left; zero for one that never ends.
    pub token_left: Duration,
    /// Whether the token can be renewed.
    pub renewable: bool,
    /// Mounts that were looked up.
    pub mounts: Vec<Mount>,
    /// Answers.
    pub answers: Vec<Packed>,
}

/// One answer with its lease.
#[derive(Serialize, Deserialize)]
pub struct Packed {
    /// What it answers.
    pub wire: Wire,
    /// The response as it came.
    pub body: Zeroizing<String>,
    /// Time until it was to be acted on.
    pub due_in: Duration,
    /// Its lease.
    pub lease: Option<PackedLease>,
}

/// A lease on its way.
#[derive(Serialize, Deserialize)]
pub struct PackedLease {
    /// The server's name of it.
    pub id: String,
    /// Time it had left.
    pub left: Duration,
    /// The most that was ever granted.
    pub longest: Duration,
    /// Whether it can be renewed.
    pub renewable: bool,
}

/// Why nothing was handed over.
#[derive(Debug, Error)]
pub enum HandoverError {
    /// The credential that seals cannot be read.
    #[error("reading {} to seal the hand-over", .0.display())]
    Credential(PathBuf, #[source] std::io::Error),
    /// The file cannot be read.
    #[error("reading the hand-over {}", .0.display())]
    Unreadable(PathBuf, #[source] std::io::Error),
    /// The file was not sealed with this credential, or was changed.
    #[error("the hand-over {} cannot be opened with this pod's credential (was it rotated?)", .0.display())]
    Sealed(PathBuf),
    /// The operating system has no randomness.
    #[error("no randomness to seal the hand-over with")]
    Random,
    /// The file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl Handover {
    /// The hand-over at `path`, sealed with what `method` logs in with; none for methods without a lasting file.
    #[must_use]
    pub fn with_method(path: PathBuf, method: &Method, keep: bool) -> Option<Self> {
        let credential = match &method.kind {
            MethodKind::Kubernetes(kubernetes) => Some(kubernetes.token_path.clone()),
            MethodKind::AppRole(approle) => Some(approle.role_id_file.clone()),
            MethodKind::TokenFile(path) => Some(path.clone()),
            MethodKind::Cert(cert) => cert.client_key.clone(),
            MethodKind::Jwt(_) | MethodKind::Ldap(_) => None,
        };
        credential.map(|credential| Self {
            path,
            credential,
            keep,
            required: false,
        })
    }

    /// Seals and writes.
    ///
    /// # Errors
    /// What could not be read or written.
    pub fn write(&self, parcel: &Parcel, random: &dyn Random) -> Result<(), HandoverError> {
        let source = SystemRandom::new();
        let mut salt = [0_u8; SALT];
        let mut nonce = [0_u8; NONCE_LEN];
        source
            .fill(&mut salt)
            .and_then(|()| source.fill(&mut nonce))
            .map_err(|_| HandoverError::Random)?;
        let mut sealed = Zeroizing::new(serde_json::to_vec(parcel).unwrap_or_default());
        self.key(&salt)?
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(MAGIC), &mut *sealed)
            .map_err(|_| HandoverError::Random)?;
        let bytes = [MAGIC, &salt, &nonce, &sealed].concat();
        let target = Target {
            mode: Some(MODE),
            create_directories: false,
            ..Target::new(&self.path)
        };
        Ok(file::write(&target, &bytes, random).map(drop)?)
    }

    /// Reads, opens and removes; none when there is no file.
    ///
    /// # Errors
    /// Why it could not be opened. The file is removed all the same: it is of no use to anybody.
    pub fn take(&self) -> Result<Option<Parcel>, HandoverError> {
        let bytes = match std::fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(HandoverError::Unreadable(self.path.clone(), error)),
        };
        if !self.keep {
            // A file that cannot be removed can still be read only by those who have the credential.
            let _ = std::fs::remove_file(&self.path);
        }
        self.open(&bytes).map(Some)
    }

    fn open(&self, bytes: &[u8]) -> Result<Parcel, HandoverError> {
        let refused = || HandoverError::Sealed(self.path.clone());
        let rest = bytes.strip_prefix(MAGIC).ok_or_else(refused)?;
        let (salt, rest) = rest.split_at_checked(SALT).ok_or_else(refused)?;
        let (nonce, sealed) = rest.split_at_checked(NONCE_LEN).ok_or_else(refused)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| refused())?;
        let mut opened = Zeroizing::new(sealed.to_vec());
        let plain = self
            .key(salt)?
            .open_in_place(nonce, Aad::from(MAGIC), &mut opened)
            .map_err(|_| refused())?;
        serde_json::from_slice(plain).map_err(|_| refused())
    }

    fn key(&self, salt: &[u8]) -> Result<LessSafeKey, HandoverError> {
        let credential = std::fs::read(&self.credential)
            .map(Zeroizing::new)
            .map_err(|error| HandoverError::Credential(self.credential.clone(), error))?;
        let mut key = Zeroizing::new([0_u8; KEY]);
        Salt::new(HKDF_SHA256, salt)
            .extract(credential.trim_ascii())
            .expand(&[MAGIC], Length)
            .and_then(|expanded| expanded.fill(&mut *key))
            .map_err(|_| HandoverError::Random)?;
        let unbound = UnboundKey::new(&AES_256_GCM, &*key).map_err(|_| HandoverError::Random)?;
        Ok(LessSafeKey::new(unbound))
    }
}

/// The length of an AES-256 key, as the derivation wants to be told.
struct Length;

impl KeyType for Length {
    fn len(&self) -> usize {
        KEY
    }
}

/// The default file in a directory that both containers share.
#[must_use]
pub fn file_in(directory: &Path) -> PathBuf {
    directory.join(".coffret-handover")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parcel() -> Parcel {
        Parcel {
            packed: Timestamp::UNIX_EPOCH,
            token: Zeroizing::new("hvs.known".into()),
            token_left: Duration::from_secs(60),
            renewable: true,
            mounts: vec![],
            answers: vec![],
        }
    }

    fn place() -> (tempfile::TempDir, Handover) {
        let place = tempfile::tempdir().unwrap();
        let credential = place.path().join("jwt");
        std::fs::write(&credential, "a.service.account\n").unwrap();
        let handover = Handover {
            path: file_in(place.path()),
            credential,
            keep: false,
            required: false,
        };
        (place, handover)
    }

    #[test]
    fn what_is_sealed_is_opened_once() {
        let (_place, handover) = place();
        handover.write(&parcel(), &crate::random::SystemRandom).unwrap();
        let bytes = std::fs::read(&handover.path).unwrap();
        assert!(!bytes.windows(9).any(|window| window == b"hvs.known"));
        assert_eq!(handover.take().unwrap().unwrap().token.as_str(), "hvs.known");
        assert!(handover.take().unwrap().is_none());
    }

    #[test]
    fn another_credential_or_a_changed_byte_does_not_open_it() {
        let (_place, handover) = place();
        handover.write(&parcel(), &crate::random::SystemRandom).unwrap();
        let bytes = std::fs::read(&handover.path).unwrap();
        for at in [0, MAGIC.len(), MAGIC.len() + SALT, bytes.len() - 1] {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(handover.open(&changed).is_err(), "byte {at} does not matter");
        }
        assert!(handover.open(&bytes[..MAGIC.len() + 3]).is_err());
        std::fs::write(&handover.credential, "another").unwrap();
        assert!(matches!(handover.take(), Err(HandoverError::Sealed(_))));
        assert!(!handover.path.exists());
    }
}
