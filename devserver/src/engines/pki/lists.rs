//! Lists of the revoked: complete ones, and those of changes since.
//!
//! Issuers with the same name and key share their lists. A complete list is made anew when something is revoked, unless
//! that is left to time; the numbers of both kinds count up together.

use super::issuer::{Authorities, Issuer};
use super::lifetime::{earlier, later};
use super::{Pki, unmade};
use crate::engine::{Context, Handler, Route, route};
use crate::engines::x509::{Revocation, RevocationList};
use crate::logical::{Error, Operation, Response};
use crate::object;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// All lists of a mount.
#[derive(Default)]
pub(super) struct Lists {
    /// By the id of every issuer that has them.
    published: BTreeMap<String, Published>,
    /// Revoked since the last complete list.
    pending: BTreeSet<String>,
    /// When the lists of changes were made.
    last_delta: Option<Timestamp>,
}

/// The lists of an issuer.
#[derive(Clone, Default)]
struct Published {
    complete: Vec<u8>,
    delta: Vec<u8>,
    /// Number of the next list of either kind.
    next: u64,
    last_complete: u64,
    expires: Timestamp,
}

/// Which list is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    Complete,
    Changes,
}

pub(super) fn routes() -> Vec<Route<Pki>> {
    vec![
        rotation("crl/rotate", |engine, context, _| {
            let warnings = engine.rebuild_lists(context, false)?;
            let mut response = Response::data(object! { "success" => true });
            response.warnings = warnings;
            response.reply()
        }),
        rotation("crl/rotate-delta", |engine, context, _| {
            let response = Response::data(object! { "success" => true });
            if !engine.list_settings.flag("enable_delta") {
                return response
                    .warn("requested rebuild of delta CRL when delta CRL is not enabled; this is a no-op")
                    .reply();
            }
            engine.build(context, Extent::Changes, true)?;
            response.reply()
        }),
    ]
}

fn rotation(pattern: &str, answer: Handler<Pki>) -> Route<Pki> {
    route(pattern)
        .on(Operation::Read, answer)
        .help("Rebuild the list", "Of the certificates that are revoked.")
}

impl Pki {
    /// Makes the lists of all issuers anew, and gives the warnings of it. Where lists are switched off, `forced` makes
    /// empty ones.
    pub(super) fn rebuild_lists(&mut self, context: &Context<'_>, forced: bool) -> Result<Vec<String>, Error> {
        if self.list_settings.flag("disable") && !forced {
            return Ok(Vec::new());
        }
        let unsigned = self.build(context, Extent::Complete, forced)?;
        self.lists.pending.clear();
        self.build(context, Extent::Changes, forced)?;
        let warnings = unsigned.into_iter().enumerate().map(|(index, issuers)| {
            format!(
                "Warning {} during CRL rebuild: warning from local CRL rebuild: Issuer equivalency set with associated \
                 keys lacked an issuer with CRL Signing KeyUsage; refusing to rebuild CRL for this group of issuers: \
                 {issuers}",
                index + 1
            )
        });
        Ok(warnings.collect())
    }

    /// Notes a revocation, which shows on the next list: at once, or when its time comes.
    pub(super) fn list_revoked(&mut self, context: &Context<'_>, serial: &str) -> Result<Vec<String>, Error> {
        if !self.list_settings.flag("auto_rebuild") {
            return self.rebuild_lists(context, false);
        }
        if self.list_settings.flag("enable_delta") {
            self.lists.pending.insert(serial.to_owned());
        }
        Ok(Vec::new())
    }

    /// The newest list of an issuer; empty where there is none.
    pub(super) fn list_of(&mut self, context: &Context<'_>, reference: &str, extent: Extent) -> Result<Vec<u8>, Error> {
        self.rebuild_due(context)?;
        let id = self.authorities.issuer_id(reference)?;
        let Some(published) = self.lists.published.get(id) else {
            return Err(Error::internal(format!(
                "unable to find CRL for issuer: id:{id}/ref:{reference}"
            )));
        };
        Ok(match extent {
            Extent::Complete => published.complete.clone(),
            Extent::Changes => published.delta.clone(),
        })
    }

    /// Makes lists whose time has come.
    fn rebuild_due(&mut self, context: &Context<'_>) -> Result<(), Error> {
        if !self.list_settings.flag("auto_rebuild") {
            return Ok(());
        }
        let grace = self.list_settings.span("auto_rebuild_grace_period");
        let due = |published: &Published| context.now >= earlier(published.expires, grace);
        if self.lists.published.values().any(due) {
            self.rebuild_lists(context, false)?;
        }
        let interval = self.list_settings.span("delta_rebuild_interval");
        let due = self
            .lists
            .last_delta
            .is_none_or(|last| context.now >= later(last, interval));
        if due && !self.lists.pending.is_empty() {
            self.build(context, Extent::Changes, false)?;
        }
        Ok(())
    }

    /// Makes the lists of one kind for all issuers; gives the ids of those issuers that may not sign any.
    fn build(&mut self, context: &Context<'_>, extent: Extent, forced: bool) -> Result<Vec<String>, Error> {
        if self.list_settings.flag("disable") && !forced {
            return Ok(Vec::new());
        }
        if extent == Extent::Changes {
            self.lists.last_delta = Some(context.now);
        }
        let mut unsigned = Vec::new();
        let mut left: Vec<&Issuer> = self.authorities.issuers.values().collect();
        left.retain(|issuer| !issuer.key_id.is_empty());
        let mut made = Vec::new();
        while let Some(first) = left.first().copied() {
            let (set, rest): (Vec<&Issuer>, Vec<&Issuer>) = left.iter().partition(|one| one.is_equivalent(first));
            left = rest;
            let ids: Vec<String> = set.iter().map(|one| one.id.clone()).collect();
            let mut signers = set.iter().filter(|one| one.settings.allows("crl-signing"));
            let default = signers.clone().find(|one| one.id == self.authorities.default_issuer);
            match default.or_else(|| signers.next()) {
                None => unsigned.push(ids.join(",")),
                Some(signer) => made.push((self.publish(context, extent, signer, &set)?, ids)),
            }
        }
        for (published, ids) in made {
            for id in ids {
                self.lists.published.insert(id, published.clone());
            }
        }
        self.lists
            .published
            .retain(|id, _| self.authorities.issuers.contains_key(id));
        Ok(unsigned)
    }

    /// The lists of a set of issuers with a new one among them.
    fn publish(
        &self,
        context: &Context<'_>,
        extent: Extent,
        signer: &Issuer,
        set: &[&Issuer],
    ) -> Result<Published, Error> {
        let known = set.iter().find_map(|one| self.lists.published.get(&one.id));
        let mut published = known.cloned().unwrap_or_default();
        let number = published.next.max(1);
        published.next = number + 1;
        let revoked = match self.list_settings.flag("disable") {
            true => Vec::new(),
            false => self.revoked_by(set, extent),
        };
        let end = later(context.now, self.list_settings.span("expiry"));
        let urls = self.urls_of(signer.settings.addresses.as_ref(), &signer.id)?;
        let (base, freshest) = match extent {
            Extent::Complete => (None, urls.delta_crl_distribution_points),
            Extent::Changes => (Some(published.last_complete), Vec::new()),
        };
        let list = RevocationList {
            revoked,
            number,
            base,
            freshest,
            more: Vec::new(),
            updates: (context.now.as_second(), end.as_second()),
            algorithm: Authorities::list_algorithm(signer),
        };
        let key = self.authorities.usable(signer, "crl-signing")?;
        let bytes = list.signed(&signer.certificate, key).map_err(unmade)?;
        match extent {
            Extent::Complete => {
                published.complete = bytes;
                published.last_complete = number;
                published.expires = end;
            }
            Extent::Changes => published.delta = bytes,
        }
        Ok(published)
    }

    /// What a set of issuers revoked. Certificates whose issuer is not here are on the default's list.
    fn revoked_by(&self, set: &[&Issuer], extent: Extent) -> Vec<Revocation> {
        let is_default = set.iter().any(|one| one.id == self.authorities.default_issuer);
        let here = |id: &str| set.iter().any(|one| one.id == id);
        let is_issuer = |der: &[u8]| self.authorities.issuers.values().any(|one| one.certificate.der == der);
        let meant = self.certificates.iter().filter(|(serial, stored)| {
            let assigned = self.authorities.issuers.contains_key(&stored.issuer_id);
            (here(&stored.issuer_id) || !assigned && is_default)
                && (extent == Extent::Complete || self.lists.pending.contains(*serial))
                && !is_issuer(&stored.certificate.der)
        });
        let entry = |serial: &str, at: Timestamp| {
            let pairs = serial
                .split(':')
                .map(|pair| u8::from_str_radix(pair, 16).unwrap_or_default());
            Revocation {
                serial: pairs.collect(),
                at: at.as_second(),
                extensions: Vec::new(),
            }
        };
        let mut revoked: Vec<Revocation> = meant
            .filter_map(|(serial, stored)| Some(entry(serial, stored.revoked?)))
            .collect();
        if extent == Extent::Complete {
            let others = self.authorities.issuers.values().filter(|one| !here(&one.id));
            let signed = |other: &&Issuer| set.iter().any(|one| other.certificate.is_signed_by(&one.certificate));
            let issuers = others.filter(signed);
            revoked.extend(issuers.filter_map(|one| Some(entry(&one.certificate.serial(), one.revoked?))));
        }
        revoked
    }
}
