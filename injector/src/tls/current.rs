//! The certificate served right now. It is swapped while connections go on; the accept loop never restarts.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use arc_swap::ArcSwapOption;
use rustls::crypto::CryptoProvider;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use thiserror::Error;

use super::authority::Leaf;

/// Why a certificate cannot be served.
#[derive(Debug, Error)]
pub enum CurrentError {
    /// A key of an unknown kind, or one that is not the certificate's.
    #[error("loading the key of the served certificate")]
    Key(#[source] rustls::Error),
}

#[derive(Debug)]
struct Served {
    key: Arc<CertifiedKey>,
    not_after: SystemTime,
}

/// The served certificate.
#[derive(Debug)]
pub struct Current {
    provider: Arc<CryptoProvider>,
    served: ArcSwapOption<Served>,
}

impl Current {
    /// Nothing to serve yet: handshakes fail until [`Current::serve`].
    #[must_use]
    pub fn new(provider: Arc<CryptoProvider>) -> Current {
        Current {
            provider,
            served: ArcSwapOption::empty(),
        }
    }

    /// Serves a certificate from the next handshake on. Key and certificate must belong together.
    ///
    /// # Errors
    /// A key that cannot be used; what was served before goes on.
    pub fn serve(&self, leaf: Leaf) -> Result<(), CurrentError> {
        let key = CertifiedKey::from_der(leaf.chain, leaf.key, &self.provider).map_err(CurrentError::Key)?;
        self.served.store(Some(Arc::new(Served {
            key: Arc::new(key),
            not_after: leaf.not_after,
        })));
        Ok(())
    }

    /// Whether a certificate valid at this time is served.
    #[must_use]
    pub fn is_valid(&self, now: SystemTime) -> bool {
        self.served.load().as_ref().is_some_and(|served| served.not_after > now)
    }

    /// The end of validity in seconds since 1970; 0 without a certificate.
    #[must_use]
    pub fn expiry(&self) -> u64 {
        let end = self.served.load().as_ref().map(|served| served.not_after);
        end.and_then(|end| end.duration_since(UNIX_EPOCH).ok())
            .map_or(0, |since| since.as_secs())
    }
}

impl ResolvesServerCert for Current {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.served.load().as_ref().map(|served| Arc::clone(&served.key))
    }
}
