//! Tokens from creation to revocation.

use super::lease_life::{RANDOM_LENGTH, namespace_id};
use super::leases::{Holds, Lease};
use super::tokens::later;
use super::{Core, Issued, TokenEntry};
use crate::logical::TokenType;
use crate::random;
use jiff::Timestamp;
use std::net::IpAddr;
use std::sync::Arc;

impl Core {
    /// Makes the token for everything, with this id or a random one, and gives the id.
    pub fn create_root_token(&mut self, id: Option<String>) -> String {
        let token = TokenEntry {
            id: id.unwrap_or_default(),
            policies: vec!["root".to_owned()],
            path: "auth/token/create".to_owned(),
            display_name: "token".to_owned(),
            ..TokenEntry::default()
        };
        self.create_token(token, false).id.clone()
    }

    /// Completes and stores a token; one with a lifetime gets a lease.
    pub(crate) fn create_token(&mut self, mut token: TokenEntry, renewable: bool) -> Arc<TokenEntry> {
        let now = self.clock.now();
        token.created = now;
        token.last_ttl = token.creation_ttl;
        let suffix = match token.namespace.as_str() {
            "" => String::new(),
            namespace => format!(".{}", namespace_id(namespace)),
        };
        if token.id.is_empty() {
            let (kind, length) = match token.kind {
                TokenType::Service => ('s', RANDOM_LENGTH),
                // The original's batch tokens are sealed blobs: longer.
                TokenType::Batch => ('b', 4 * RANDOM_LENGTH),
            };
            token.id = format!("{kind}.{}{suffix}", random::base62(length));
        }
        if token.kind == TokenType::Service {
            token.accessor = format!("{}{suffix}", random::base62(RANDOM_LENGTH));
            // A lease id of a token does not give the token away.
            token.lease = format!("{}/h{}{suffix}", token.path, random::hex(&random::bytes::<32>()));
            let expires = (!token.creation_ttl.is_zero()).then(|| later(now, token.creation_ttl));
            self.leases.insert(Lease {
                id: token.lease.clone(),
                namespace: token.namespace.clone(),
                path: token.path.clone(),
                issued: now,
                expires,
                renewed: None,
                renewable,
                token: String::new(),
                batch: false,
                holds: Holds::Token(token.id.clone()),
                revoke_error: None,
            });
        }
        let id = token.id.clone();
        self.tokens.insert(token);
        self.tokens.get(&id).map(Arc::clone).unwrap_or_default()
    }

    /// The token, if it is valid now.
    pub(crate) fn valid_token(&self, id: &str, now: Timestamp) -> Option<Arc<TokenEntry>> {
        let token = self.tokens.get(id)?;
        token.batch_end().is_none_or(|end| end > now).then(|| Arc::clone(token))
    }

    /// Counts a use; tells whether it was the last.
    pub(crate) fn use_token(&mut self, token: &TokenEntry) -> bool {
        if token.num_uses == 0 {
            return false;
        }
        // The original shows a token in its last use with -1 uses left.
        let last = token.num_uses == 1;
        self.tokens.update(&token.id, |token| {
            token.num_uses = if last { -1 } else { token.num_uses - 1 }
        });
        last
    }

    /// Ends a token, its leases, and all tokens below it.
    pub fn revoke_token(&mut self, id: &str) {
        let mut doomed = vec![id.to_owned()];
        while let Some(id) = doomed.pop() {
            doomed.extend(self.end_token(&id));
        }
    }

    /// Ends a token and its leases; the tokens below it become orphans and are given back.
    pub(crate) fn end_token(&mut self, id: &str) -> Vec<String> {
        let Some((token, children)) = self.tokens.remove(id) else {
            return Vec::new();
        };
        self.leases.remove(&token.lease);
        for lease in self.leases.of_token(id) {
            if let Err(error) = self.revoke_lease(&lease, false) {
                self.leases.mark_irrevocable(&lease, &error.text);
            }
        }
        self.forget_cubbyhole(&token);
        children
    }

    /// How a token is shown when it is issued or renewed.
    pub(crate) fn issued(&self, token: &TokenEntry) -> Issued {
        let lease = self.leases.get(&token.lease);
        let seconds = match token.kind {
            TokenType::Batch => token.creation_ttl.as_secs(),
            TokenType::Service => lease.map_or(0, |lease| lease.seconds_left(self.clock.now()).max(0).unsigned_abs()),
        };
        Issued {
            token: token.id.clone(),
            accessor: token.accessor.clone(),
            policies: token.policies.clone(),
            identity_policies: self.entities.policies(&token.entity_id),
            metadata: token.meta.clone(),
            lease_duration: seconds,
            renewable: lease.is_some_and(|lease| lease.renewable),
            entity_id: token.entity_id.clone(),
            token_type: token.kind.as_str(),
            orphan: token.parent.is_empty(),
            num_uses: token.num_uses,
        }
    }
}

/// Whether the token may be used from this address.
pub(crate) fn address_fits(token: &TokenEntry, address: Option<IpAddr>) -> bool {
    token.bound_cidrs.is_empty()
        || address.is_some_and(|address| token.bound_cidrs.iter().any(|cidr| cidr_holds(cidr, address)))
}

/// Whether a network (`10.0.0.0/8`, or one address) holds the address.
pub(crate) fn cidr_holds(cidr: &str, address: IpAddr) -> bool {
    let (network, bits) = match cidr.split_once('/') {
        Some((network, bits)) => (network, bits.parse::<u32>().ok()),
        None => (cidr, None),
    };
    match (network.parse(), address.to_canonical()) {
        (Ok(IpAddr::V4(network)), IpAddr::V4(address)) => {
            let mask = u32::MAX.checked_shl(32 - bits.unwrap_or(32).min(32)).unwrap_or(0);
            network.to_bits() & mask == address.to_bits() & mask
        }
        (Ok(IpAddr::V6(network)), IpAddr::V6(address)) => {
            let mask = u128::MAX.checked_shl(128 - bits.unwrap_or(128).min(128)).unwrap_or(0);
            network.to_bits() & mask == address.to_bits() & mask
        }
        _ => false,
    }
}

/// Whether a network lies within another.
pub(crate) fn cidr_contains(outer: &str, inner: &str) -> bool {
    let (address, bits) = inner.split_once('/').unwrap_or((inner, ""));
    let Ok(address) = address.parse::<IpAddr>() else {
        return false;
    };
    let whole = if address.is_ipv4() { 32 } else { 128 };
    let bits_of = |text: &str| text.parse::<u32>().unwrap_or(whole);
    let outer_bits = outer.split_once('/').map_or(whole, |(_, bits)| bits_of(bits));
    bits_of(bits) >= outer_bits && cidr_holds(outer, address)
}
