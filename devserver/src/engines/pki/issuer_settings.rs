//! What can be set of an issuer after it was made: name, usages, addresses, chain. A write sets all of it, a patch only
//! what it names.

use super::certificate::Urls;
use super::config::check_urls;
use super::issuer::{Issuer, LeafNotAfter};
use super::{Pki, issuer_reference};
use crate::engine::{Call, Context, Field, boolean, comma_list, text};
use crate::engines::asymmetric::Kind;
use crate::json::{Object, Value};
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;

/// What an issuer may be used for, in the order in which it is shown. Reading is always allowed.
const USAGES: [&str; 4] = ["crl-signing", "issuing-certificates", "ocsp-signing", "read-only"];

/// Settings of an issuer.
#[derive(Clone)]
pub(super) struct IssuerSettings {
    usages: Vec<&'static str>,
    /// Empty for what suits the key.
    revocation_algorithm: String,
    /// Addresses in the place of the mount's.
    pub(super) urls: Option<Urls>,
    /// Ids of the issuers of its chain, itself first; empty where the chain is found by names.
    pub(super) manual_chain: Vec<String>,
}

impl IssuerSettings {
    /// Those of a new issuer with a key of this kind.
    pub(super) fn new(kind: Option<Kind>) -> Self {
        Self {
            usages: USAGES.to_vec(),
            revocation_algorithm: kind.map_or("", signature_name).to_owned(),
            urls: None,
            manual_chain: Vec::new(),
        }
    }

    /// Adds the settings as reading the issuer shows them.
    pub(super) fn show(&self, view: &mut Object) {
        let mut urls = self.urls.clone().unwrap_or_default();
        for (field, list) in urls.lists() {
            let absent = list.is_empty() && self.urls.is_some();
            view.insert(field.to_owned(), Value::from((!absent).then(|| list.clone())));
        }
        view.extend(object! {
            "manual_chain" => (!self.manual_chain.is_empty()).then(|| self.manual_chain.clone()),
            "revocation_signature_algorithm" => &self.revocation_algorithm,
            "usage" => self.usages.join(","),
        });
        if self.urls.is_some() {
            view.insert("enable_aia_url_templating".to_owned(), Value::from(urls.templating));
        }
    }

    /// Refuses to issue where the issuer may not.
    pub(super) fn check_issuing(&self, issuer: &Issuer) -> Result<(), Error> {
        if self.usages.contains(&"issuing-certificates") {
            return Ok(());
        }
        let id = &issuer.id;
        let name = match issuer.name.as_str() {
            "" => String::new(),
            name => format!(" / name:{name}"),
        };
        Err(Error::internal(format!(
            "error fetching CA certificate: error while attempting to use issuer {id}: requested usage issuing-certificates \
             for issuer [id:{id}{name}] but only had usage {}",
            self.usages.join(",")
        )))
    }
}

pub(super) fn fields() -> Vec<Field> {
    vec![
        text("issuer_ref").or("default"),
        text("issuer_name"),
        text("leaf_not_after_behavior").or("err"),
        comma_list("usage").or(USAGES.to_vec()),
        text("revocation_signature_algorithm"),
        boolean("enable_aia_url_templating"),
        comma_list("manual_chain"),
        comma_list("issuing_certificates"),
        comma_list("crl_distribution_points"),
        comma_list("delta_crl_distribution_points"),
        comma_list("ocsp_servers"),
    ]
}

impl Pki {
    pub(super) fn write_issuer(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let issuer = self.authorities.issuer(issuer_reference(call))?;
        let changed = self.changed(issuer, call)?;
        let id = changed.id.clone();
        self.authorities.issuers.insert(id.clone(), changed);
        let issuer = self.authorities.issuer(&id)?;
        let response = Response::data(self.view(issuer));
        match issuer.settings.urls.as_ref().and_then(|urls| self.acme.untold(urls)) {
            Some(part) => response
                .warn(format!(
                    "issuance may fail: unable to template AIA URLs as we lack local cluster address information ({part})\n\n\
                     Consider setting the cluster-local address if it is not already set."
                ))
                .reply(),
            None => response.reply(),
        }
    }

    /// The issuer as it is after a write or a patch.
    fn changed(&self, known: &Issuer, call: &Call<'_>) -> Result<Issuer, Error> {
        let all = call.request.operation != Operation::Patch;
        let meant = |name: &str| all || call.has(name);
        let mut issuer = known.clone();
        if meant("issuer_name") {
            issuer.name = self.new_name(known, call)?;
        }
        if meant("leaf_not_after_behavior") {
            issuer.leaf_not_after = LeafNotAfter::named(&call.string("leaf_not_after_behavior")).ok_or_else(|| {
                Error::response(
                    "Unknown value for field `leaf_not_after_behavior`. Possible values are `err`, `truncate`, and `permit`.",
                )
            })?;
        }
        if meant("usage") {
            issuer.settings.usages = usages(&call.list("usage"))?;
        }
        if meant("revocation_signature_algorithm") {
            let kind = self.authorities.keys.get(&known.key_id).map(|entry| entry.key.kind());
            issuer.settings.revocation_algorithm = algorithm(&call.string("revocation_signature_algorithm"), kind)?;
        }
        issuer.settings.urls = urls(known, call, &meant)?;
        if meant("manual_chain") {
            issuer.settings.manual_chain = self.chain_of(&known.id, &call.list("manual_chain"))?;
        }
        Ok(issuer)
    }

    fn new_name(&self, known: &Issuer, call: &Call<'_>) -> Result<String, Error> {
        let name = call.string("issuer_name");
        if name.is_empty() && call.has("issuer_name") && call.request.operation != Operation::Patch {
            return Err(Error::response("expected non-empty issuer name"));
        }
        if name == "default" {
            return Err(Error::response(
                "reserved keyword 'default' can not be used as issuer name",
            ));
        }
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || "_-.".contains(letter);
        if !name.chars().all(allowed) || name.starts_with(['-', '.']) || name.ends_with(['-', '.']) {
            return Err(Error::response("issuer name contained invalid characters"));
        }
        let taken = |other: &Issuer| other.id != known.id && !name.is_empty() && other.name == name;
        match self.authorities.issuers.values().any(taken) {
            true => Err(Error::response("issuer name already in use")),
            false => Ok(name),
        }
    }

    /// The ids of a chain whose first member is the issuer itself.
    fn chain_of(&self, own: &str, references: &[String]) -> Result<Vec<String>, Error> {
        let mut chain = Vec::new();
        for (index, reference) in references.iter().enumerate() {
            let reference = match (index, reference.as_str()) {
                (0, "self") => own,
                (_, reference) => reference,
            };
            let id = self.authorities.issuer_id(reference)?;
            if index == 0 && id != own {
                return Err(Error::response(format!(
                    "expected first cert in chain to be a self-reference, but was: {reference}/{id}"
                )));
            }
            chain.push(id.to_owned());
        }
        Ok(chain)
    }
}

fn usages(asked: &[String]) -> Result<Vec<&'static str>, Error> {
    if asked.iter().any(|usage| !USAGES.contains(&usage.as_str())) {
        return Err(Error::response(format!(
            "Unable to parse specified usages: [{}] - valid values are {}",
            asked.join(" "),
            USAGES.join(",")
        )));
    }
    let meant = |usage: &&str| *usage == "read-only" || asked.iter().any(|name| name == usage);
    Ok(USAGES.into_iter().filter(meant).collect())
}

/// Addresses after the call; none at all leave the mount's in force.
fn urls(known: &Issuer, call: &Call<'_>, meant: &dyn Fn(&str) -> bool) -> Result<Option<Urls>, Error> {
    let mut urls = known.settings.urls.clone().unwrap_or_default();
    if meant("enable_aia_url_templating") {
        urls.templating = call.flag("enable_aia_url_templating");
    }
    let templating = urls.templating;
    for (field, place) in urls.lists() {
        if meant(field) {
            let list = call.list(field);
            check_urls(field, &list, templating)?;
            *place = list;
        }
    }
    Ok(Some(urls).filter(|urls| !urls.is_empty()))
}

/// Signature algorithms by the name shown, and the type of key that makes them.
const ALGORITHMS: [(&str, &str); 10] = [
    ("SHA256WithRSA", "RSA"),
    ("SHA384WithRSA", "RSA"),
    ("SHA512WithRSA", "RSA"),
    ("ECDSAWithSHA256", "ECDSA"),
    ("ECDSAWithSHA384", "ECDSA"),
    ("ECDSAWithSHA512", "ECDSA"),
    ("SHA256WithRSAPSS", "RSA"),
    ("SHA384WithRSAPSS", "RSA"),
    ("SHA512WithRSAPSS", "RSA"),
    ("Ed25519", "Ed25519"),
];

/// The algorithm of lists of the revoked; the empty name leaves the choice open.
fn algorithm(asked: &str, kind: Option<Kind>) -> Result<String, Error> {
    if asked.is_empty() {
        return Ok(String::new());
    }
    let known = ALGORITHMS.iter().find(|(name, _)| name.eq_ignore_ascii_case(asked));
    let Some((name, made_by)) = known else {
        let names: Vec<String> = ALGORITHMS.iter().map(|(name, _)| name.to_lowercase()).collect();
        return Err(Error::response(format!(
            "Unknown signature algorithm value: 0 - valid values are {}",
            names.join(", ")
        )));
    };
    let own = match kind {
        Some(Kind::Rsa(_)) => "RSA",
        Some(Kind::Ed25519) => "Ed25519",
        _ => "ECDSA",
    };
    match own == *made_by {
        true => Ok((*name).to_owned()),
        false => Err(Error::internal(format!(
            "unable to use issuer of type {own} to sign with {} key type",
            go_name(name)
        ))),
    }
}

/// The name of a signature algorithm as Go prints it: `SHA256-RSA`, `ECDSA-SHA256`.
fn go_name(name: &str) -> String {
    match name.split_once("With") {
        Some(("ECDSA", digest)) => format!("ECDSA-{digest}"),
        Some((digest, key)) => format!("{digest}-{key}"),
        None => name.to_owned(),
    }
}

/// The name of the signature that keys of this kind make here, as Go writes it.
fn signature_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Rsa(_) => "SHA256WithRSA",
        Kind::P384 => "ECDSAWithSHA384",
        Kind::P256 | Kind::P521 => "ECDSAWithSHA256",
        Kind::Ed25519 => "Ed25519",
    }
}
