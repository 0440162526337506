//! When a CA is made, published, used and forgotten: pure rules over what the Secret holds and the time.
//!
//! A new CA is published beside the old one for a while before anything is signed with it, and the old one
//! stays published until everything it signed has expired. So an API server always trusts what is served.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use secrecy::{ExposeSecret, SecretString};

use super::authority::{Authority, AuthorityError, CA_LIFE, LEAF_LIFE};

/// A successor is made when this much of a CA's life is left.
const SUCCESSION: Duration = Duration::from_secs(CA_LIFE.as_secs() / 3);
/// A successor is published this long before it is used.
pub const OVERLAP: Duration = Duration::from_secs(3600);

/// A certificate with its key, as the Secret holds them.
#[derive(Clone)]
pub struct Pair {
    /// The certificate, PEM.
    pub certificate: String,
    /// The key, PEM.
    pub key: SecretString,
}

impl std::fmt::Debug for Pair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pair")
    }
}

impl PartialEq for Pair {
    fn eq(&self, other: &Pair) -> bool {
        self.certificate == other.certificate && self.key.expose_secret() == other.key.expose_secret()
    }
}

/// What the Secret holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stored {
    /// The CA leaves are signed with.
    pub current: Option<Pair>,
    /// Its successor, published but not used yet.
    pub next: Option<Pair>,
    /// Its predecessor's certificate, still published.
    pub previous: Option<String>,
}

const KEYS: [&str; 5] = ["ca.crt", "ca.key", "next.crt", "next.key", "previous.crt"];

impl Stored {
    /// Reads the Secret's data; anything incomplete counts as absent.
    #[must_use]
    pub fn read(data: &BTreeMap<String, Vec<u8>>) -> Stored {
        let text = |key: &str| {
            data.get(key)
                .and_then(|bytes| String::from_utf8(bytes.clone()).ok())
                .filter(|text| !text.is_empty())
        };
        let pair = |certificate: &str, key: &str| {
            Some(Pair {
                certificate: text(certificate)?,
                key: text(key)?.into(),
            })
        };
        Stored {
            current: pair(KEYS[0], KEYS[1]),
            next: pair(KEYS[2], KEYS[3]),
            previous: text(KEYS[4]),
        }
    }

    /// The Secret's data, our keys replaced and all others kept.
    #[must_use]
    pub fn write(&self, data: &BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Vec<u8>> {
        let mut data = data.clone();
        data.retain(|key, _| !KEYS.contains(&key.as_str()));
        let mut put = |key: &str, text: &str| data.insert(key.to_owned(), text.as_bytes().to_vec());
        for (pair, certificate, key) in [(&self.current, KEYS[0], KEYS[1]), (&self.next, KEYS[2], KEYS[3])] {
            if let Some(pair) = pair {
                put(certificate, &pair.certificate);
                put(key, pair.key.expose_secret());
            }
        }
        if let Some(previous) = &self.previous {
            put(KEYS[4], previous);
        }
        data
    }

    /// Everything to be trusted, PEM after PEM.
    #[must_use]
    pub fn bundle(&self) -> String {
        let pems = [
            self.current.as_ref().map(|pair| &pair.certificate),
            self.next.as_ref().map(|pair| &pair.certificate),
            self.previous.as_ref(),
        ];
        pems.into_iter()
            .flatten()
            .map(|pem| format!("{}\n", pem.trim_end()))
            .collect()
    }

    /// What should be stored at this time; nothing to do is an equal value.
    ///
    /// # Errors
    /// When a CA cannot be made.
    pub fn advance(&self, now: SystemTime) -> Result<Stored, AuthorityError> {
        let mut next = self.clone();
        let Some(current) = self.current.as_ref().and_then(|pair| valid(pair, now)) else {
            return next.replace(now);
        };
        match self.next.as_ref().map(|pair| valid(pair, now)) {
            Some(Some(successor)) if made(&successor) + OVERLAP <= now => {
                next.previous = self.current.as_ref().map(|pair| pair.certificate.clone());
                next.current = next.next.take();
            }
            Some(None) => next.next = None,
            None if current.not_after() - SUCCESSION <= now => next.next = Some(pair(&Authority::generate(now)?)),
            _ => next.forget(&current, now),
        }
        Ok(next)
    }

    /// Without a usable CA nothing can be kept: a published successor takes over, or a new one starts.
    fn replace(mut self, now: SystemTime) -> Result<Stored, AuthorityError> {
        let successor = self.next.take().filter(|pair| valid(pair, now).is_some());
        self.previous = self.current.take().map(|pair| pair.certificate);
        self.current = Some(match successor {
            Some(pair) => pair,
            None => pair(&Authority::generate(now)?),
        });
        Ok(self)
    }

    /// The predecessor goes when the last leaf it can have signed has expired.
    fn forget(&mut self, current: &Authority, now: SystemTime) {
        if made(current) + OVERLAP + LEAF_LIFE + LEAF_LIFE <= now {
            self.previous = None;
        }
    }
}

fn pair(authority: &Authority) -> Pair {
    Pair {
        certificate: authority.certificate_pem().to_owned(),
        key: authority.key_pem(),
    }
}

fn valid(pair: &Pair, now: SystemTime) -> Option<Authority> {
    let authority = Authority::from_pem(&pair.certificate, pair.key.expose_secret()).ok()?;
    (authority.not_after() > now).then_some(authority)
}

fn made(authority: &Authority) -> SystemTime {
    authority.not_after() - CA_LIFE
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::UNIX_EPOCH;

    fn day(n: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_700_000_000 + n * 86_400)
    }

    #[test]
    fn an_empty_secret_gets_a_ca_and_keeps_it() {
        let first = Stored::default().advance(day(0)).unwrap();
        assert!(first.current.is_some() && first.next.is_none() && first.previous.is_none());
        assert_eq!(first.advance(day(200)).unwrap(), first);
    }

    #[test]
    fn a_successor_is_published_before_use_and_the_predecessor_stays_for_a_while() {
        let first = Stored::default().advance(day(0)).unwrap();
        let announced = first.advance(day(250)).unwrap();
        assert_eq!(announced.current, first.current);
        assert_eq!(announced.bundle().matches("BEGIN CERTIFICATE").count(), 2);
        assert_eq!(
            announced.advance(day(250)).unwrap(),
            announced,
            "not before the overlap is over"
        );
        let promoted = announced.advance(day(251)).unwrap();
        assert_eq!(promoted.current, announced.next);
        assert_eq!(promoted.previous, first.current.map(|pair| pair.certificate));
        assert_eq!(promoted.advance(day(252)).unwrap().previous, promoted.previous);
        assert_eq!(promoted.advance(day(254)).unwrap().previous, None);
    }

    #[test]
    fn an_expired_or_broken_ca_is_replaced_at_once() {
        let first = Stored::default().advance(day(0)).unwrap();
        let late = first.advance(day(400)).unwrap();
        assert_ne!(late.current, first.current);
        let broken = Stored {
            current: Some(Pair {
                certificate: "x".into(),
                key: "y".to_owned().into(),
            }),
            ..Stored::default()
        };
        assert_ne!(broken.advance(day(0)).unwrap().current, broken.current);
    }

    #[test]
    fn the_secret_keeps_what_is_not_ours() {
        let data = BTreeMap::from([
            ("other".to_owned(), b"kept".to_vec()),
            ("next.crt".to_owned(), b"stale".to_vec()),
        ]);
        let stored = Stored::read(&data).advance(day(0)).unwrap();
        let written = stored.write(&data);
        assert_eq!(written["other"], b"kept");
        assert!(!written.contains_key("next.crt"));
        assert_eq!(Stored::read(&written), stored);
    }
}
