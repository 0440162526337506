//! Passwords, as they are kept: hashed.

use crate::logical::Error;
use crate::random;
use ring::digest::{SHA256, digest};

/// So many bytes of a password count, as in bcrypt.
const COUNTING: usize = 72;

/// Costs of hashes that the original takes.
const COSTS: std::ops::RangeInclusive<u32> = 5..=12;

/// A hashed password.
#[derive(Clone, Debug)]
pub(super) enum Password {
    /// Salted and hashed once. A development server has no need of a slow hash.
    Salted { salt: [u8; 16], digest: Vec<u8> },
    /// A hash that was made elsewhere: `$2y$10$…`.
    Bcrypt(String),
}

impl Password {
    /// Hashes a password.
    ///
    /// # Errors
    /// One that is longer than bcrypt can tell apart.
    pub(super) fn new(password: &str) -> Result<Self, Error> {
        if password.len() > COUNTING {
            return Err(Error::internal("bcrypt: password length exceeds 72 bytes"));
        }
        let salt = random::bytes();
        Ok(Self::Salted {
            salt,
            digest: digest_of(&salt, password),
        })
    }

    /// Takes a hash that is there already.
    ///
    /// # Errors
    /// One that is none of bcrypt's, or one that is too cheap or too dear to check.
    pub(super) fn from_bcrypt(hash: &str) -> Result<Self, Error> {
        let cost = cost_of(hash).ok_or_else(|| Error::response("password_hash is not a valid bcrypt hash"))?;
        if cost < *COSTS.start() {
            let least = COSTS.start();
            return Err(Error::response(format!(
                "bcrypt cost of {cost} is too low, want {least} at minimum"
            )));
        }
        if cost > *COSTS.end() {
            let most = COSTS.end();
            return Err(Error::response(format!(
                "bcrypt cost of {cost} exceeds maximum cost of {most}"
            )));
        }
        Ok(Self::Bcrypt(hash.to_owned()))
    }

    /// Whether this is the password.
    pub(super) fn fits(&self, password: &str) -> bool {
        match self {
            // Digests of salted texts give nothing away by the time their comparison takes.
            Self::Salted { salt, digest } => digest_of(salt, password) == *digest,
            Self::Bcrypt(hash) => {
                let hash = format!("$2b${}", after_version(hash).unwrap_or_default());
                bcrypt::verify(password, &hash).unwrap_or(false)
            }
        }
    }
}

fn digest_of(salt: &[u8; 16], password: &str) -> Vec<u8> {
    let counting = password.as_bytes();
    let counting = counting.get(..COUNTING).unwrap_or(counting);
    digest(&SHA256, &[salt.as_slice(), counting].concat()).as_ref().to_vec()
}

/// Cost, salt and digest of a hash: `$2y$` goes before them, or anything up to version 2 with or without a letter.
fn after_version(hash: &str) -> Option<&str> {
    let versioned = hash.strip_prefix('$').filter(|_| hash.len() >= 59)?;
    let rest = versioned.strip_prefix(|version: char| version <= '2')?;
    rest.strip_prefix('$').or_else(|| rest.get(1..)?.strip_prefix('$'))
}

fn cost_of(hash: &str) -> Option<u32> {
    let cost: u32 = after_version(hash)?.get(..2)?.parse().ok()?;
    (4..=31).contains(&cost).then_some(cost)
}
