//! Leases from issue to end.

use super::leases::{Holds, Lease};
use super::lifetime::{Terms, lifetime};
use super::mounts::MountBackend;
use super::tokens::later;
use super::{Core, LeaseShown, TokenEntry};
use crate::engine::{Context, LeaseTerms, Lifetimes, MountInfo};
use crate::logical::{Error, Request, Response, TokenType};
use crate::random;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// Length of the random part of lease ids and tokens.
pub(crate) const RANDOM_LENGTH: usize = 24;

impl Core {
    /// Ends what has come to its end.
    pub fn expire(&mut self) {
        let now = self.clock.now();
        self.policies.expire(now);
        while let Some(id) = self.leases.first_ended(now) {
            if let Err(error) = self.revoke_lease(&id, false) {
                self.leases.mark_irrevocable(&id, &error.text);
            }
        }
    }

    /// Default and maximum of a mount.
    pub(crate) fn lifetimes_of(&self, mount: &MountInfo) -> Lifetimes {
        Lifetimes {
            default: mount.tune.default_lease_ttl.unwrap_or(self.lifetimes.default),
            max: mount.tune.max_lease_ttl.unwrap_or(self.lifetimes.max),
        }
    }

    /// Gives the secret of a response its lease.
    pub(crate) fn register_secret(
        &mut self,
        request: &Request,
        token: Option<&TokenEntry>,
        mount: &MountInfo,
        mut response: Response,
    ) -> Result<Response, Error> {
        let Some(secret) = response.secret.take() else {
            return Ok(response);
        };
        let terms = Terms {
            ttl: secret.ttl,
            max_ttl: secret.max_ttl,
            ..Terms::default()
        };
        let Some(internal) = secret.internal else {
            let duration = secret.ttl.unwrap_or(self.lifetimes_of(mount).default);
            response.lease = Some(LeaseShown {
                id: String::new(),
                renewable: false,
                duration: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX),
            });
            return Ok(response);
        };
        let (ttl, warnings) = lifetime(&terms, self.lifetimes_of(mount))
            .ok_or_else(|| Error::internal("past the max TTL, cannot renew"))?;
        let token = token.ok_or_else(|| Error::internal("cannot register a lease with an empty client token"))?;
        response.warnings.extend(warnings);
        let holds = Holds::Secret {
            internal,
            ttl: secret.ttl,
            max_ttl: secret.max_ttl,
        };
        let lease = self.new_lease(request, token, ttl, holds);
        response.lease = Some(LeaseShown {
            id: lease.id.clone(),
            renewable: secret.renewable,
            duration: lease.seconds_left(self.clock.now()).max(0),
        });
        self.leases.insert(Lease {
            renewable: secret.renewable,
            ..lease
        });
        Ok(response)
    }

    /// A lease of what a request has made, which ends with a batch token at the latest.
    fn new_lease(&self, request: &Request, token: &TokenEntry, ttl: Duration, holds: Holds) -> Lease {
        let now = self.clock.now();
        let end = later(now, ttl);
        let end = token.batch_end().map_or(end, |of_token| of_token.min(end));
        let batch = token.kind == TokenType::Batch;
        let path = request.path.trim_end_matches('/');
        let mut id = format!("{path}/{}", random::base62(RANDOM_LENGTH));
        if !request.namespace.is_empty() {
            id.push_str(&format!(".{}", namespace_id(&request.namespace)));
        }
        Lease {
            id,
            namespace: request.namespace.clone(),
            path: request.path.clone(),
            issued: now,
            expires: Some(end),
            renewed: None,
            renewable: false,
            token: if batch { token.parent.clone() } else { token.id.clone() },
            batch,
            holds,
            revoke_error: None,
        }
    }

    /// Renews the lease of a secret.
    pub(crate) fn renew_lease(&mut self, id: &str, increment: Option<Duration>) -> Result<Response, Error> {
        let now = self.clock.now();
        let lease = self
            .leases
            .get(id)
            .cloned()
            .ok_or_else(|| Error::response("lease not found"))?;
        renewable(&lease, now)?;
        let Holds::Secret { internal, ttl, max_ttl } = &lease.holds else {
            return Err(Error::response("tokens cannot be renewed through this endpoint"));
        };
        let terms = LeaseTerms {
            internal,
            increment,
            ttl: *ttl,
            max_ttl: *max_ttl,
            issued: lease.issued,
        };
        let (mount, renewal) = self.with_engine(&lease, |engine, context| engine.renew(context, &terms))?;
        let terms = Terms {
            increment,
            ttl: renewal.ttl,
            max_ttl: renewal.max_ttl,
            age: elapsed(lease.issued, now),
            ..Terms::default()
        };
        let (ttl, warnings) = lifetime(&terms, self.lifetimes_of(&mount))
            .ok_or_else(|| Error::response("past the max TTL, cannot renew"))?;
        let mut end = later(now, ttl);
        if lease.batch {
            end = end.min(lease.expires.unwrap_or(end));
        }
        self.leases.renew(id, now, end);
        let duration = super::leases::seconds_between(now, end).max(0);
        let lease = Some(LeaseShown {
            id: id.to_owned(),
            renewable: lease.renewable,
            duration,
        });
        Ok(Response {
            lease,
            warnings,
            ..Response::default()
        })
    }

    /// Ends a lease and what it holds; by force also where the engine refuses.
    ///
    /// # Errors
    /// What the engine says.
    pub fn revoke_lease(&mut self, id: &str, force: bool) -> Result<(), Error> {
        let Some(lease) = self.leases.get(id).cloned() else {
            return Ok(());
        };
        match &lease.holds {
            Holds::Token(token) => {
                self.leases.remove(id);
                self.revoke_token(token);
            }
            Holds::Secret { internal, .. } => {
                let revoked = self.with_engine(&lease, |engine, context| engine.revoke(context, internal));
                if let (Err(error), false) = (revoked, force) {
                    return Err(error);
                }
                self.leases.remove(id);
            }
        }
        Ok(())
    }

    fn with_engine<T>(
        &mut self,
        lease: &Lease,
        work: impl FnOnce(&mut dyn crate::engine::Engine, &mut Context<'_>) -> Result<T, Error>,
    ) -> Result<(Arc<MountInfo>, T), Error> {
        let full = format!("{}{}", lease.namespace, lease.path);
        let now = self.clock.now();
        let mounted = self
            .mounts
            .find_mut(&full)
            .ok_or_else(|| Error::internal(format!("failed to find mount of {full}")))?;
        let MountBackend::Engine(engine) = &mut mounted.backend else {
            return Err(Error::internal("secret is unsupported by this backend"));
        };
        let mount = Arc::clone(&mounted.info);
        let mut context = Context {
            now,
            mount: &mount,
            system: self.lifetimes,
            address: &self.address,
        };
        let result = work(engine.as_mut(), &mut context)?;
        Ok((mount, result))
    }
}

/// Refuses what cannot be renewed, in the original's words.
pub(crate) fn renewable(lease: &Lease, now: Timestamp) -> Result<(), Error> {
    if lease.revoke_error.is_some() {
        return Err(Error::response(
            "lease is expired and has failed previous revocation attempts",
        ));
    }
    let end = lease.expires.ok_or_else(|| Error::response("lease is not renewable"))?;
    if end <= now {
        return Err(Error::response("lease expired"));
    }
    if !lease.renewable {
        return Err(Error::response("lease is not renewable"));
    }
    Ok(())
}

/// The span from one moment to a later one; zero if it is not later. Lifetimes are counted from second to second, so the
/// fractions of both moments are cut.
pub(crate) fn elapsed(from: Timestamp, to: Timestamp) -> Duration {
    let seconds = to.as_second().saturating_sub(from.as_second());
    Duration::from_secs(seconds.max(0).unsigned_abs())
}

/// The short name of a namespace that is put behind its lease ids and tokens.
pub(crate) fn namespace_id(namespace: &str) -> String {
    // FNV-1a: the id only has to be the same each time and differ between namespaces.
    let hash = namespace.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mut rest = hash;
    let mut id = String::new();
    for _ in 0..6 {
        let digit = u32::try_from(rest % 36).unwrap_or_default();
        id.push(char::from_digit(digit, 36).unwrap_or('0'));
        rest /= 36;
    }
    id
}
