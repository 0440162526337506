//! What can be set of an issuer after it was made: name, usages, addresses, chain. A write sets all of it, a patch only
//! what it names.

use super::addresses::{Addresses, check_urls, lists, untold_warning};
use super::issuer::{Issuer, LeafNotAfter};
use super::{Pki, issuer_reference};
use crate::engine::{Call, Context, Field, boolean, comma_list, text};
use crate::engines::asymmetric::Kind;
use crate::engines::x509::{Certificate, SignatureAlgorithm};
use crate::json::{Object, Value};
use crate::logical::{Error, Operation, Reply};
use crate::object;

/// What an issuer may be used for, in the order in which it is shown. Reading is always allowed.
const USAGES: [&str; 4] = ["crl-signing", "issuing-certificates", "ocsp-signing", "read-only"];

/// Settings of an issuer.
#[derive(Clone)]
pub(super) struct IssuerSettings {
    usages: Vec<&'static str>,
    /// Empty for what suits the key.
    pub(super) revocation_algorithm: String,
    /// Addresses in the place of the mount's.
    pub(super) addresses: Option<Addresses>,
    /// Ids of the issuers of its chain, itself first; empty where the chain is found by names.
    pub(super) manual_chain: Vec<String>,
}

impl IssuerSettings {
    /// Those of a new issuer: lists are signed only by keys whose certificates say so.
    pub(super) fn new(certificate: &Certificate) -> Self {
        let usages = USAGES
            .into_iter()
            .filter(|usage| *usage != "crl-signing" || certificate.signs_lists());
        Self {
            usages: usages.collect(),
            revocation_algorithm: String::new(),
            addresses: None,
            manual_chain: Vec::new(),
        }
    }

    /// Adds the settings as reading the issuer shows them.
    pub(super) fn show(&self, view: &mut Object) {
        let mut addresses = self.addresses.clone().unwrap_or_default();
        for (field, list) in lists(&mut addresses.urls) {
            let absent = list.is_empty() && self.addresses.is_some();
            view.insert(field.to_owned(), Value::from((!absent).then(|| list.clone())));
        }
        view.extend(object! {
            "manual_chain" => (!self.manual_chain.is_empty()).then(|| self.manual_chain.clone()),
            "revocation_signature_algorithm" => &self.revocation_algorithm,
            "usage" => self.usages.join(","),
        });
        if self.addresses.is_some() {
            view.insert(
                "enable_aia_url_templating".to_owned(),
                Value::from(addresses.templating),
            );
        }
    }

    /// Whether the issuer may be used so.
    pub(super) fn allows(&self, usage: &str) -> bool {
        self.usages.contains(&usage)
    }

    /// Takes a usage away.
    pub(super) fn forbid(&mut self, usage: &str) {
        self.usages.retain(|known| *known != usage);
    }

    /// Refuses a use that the issuer may not be put to.
    pub(super) fn check(&self, usage: &str, issuer: &Issuer) -> Result<(), Error> {
        if self.allows(usage) {
            return Ok(());
        }
        let id = &issuer.id;
        let name = match issuer.name.as_str() {
            "" => String::new(),
            name => format!(" / name:{name}"),
        };
        Err(Error::internal(format!(
            "error while attempting to use issuer {id}: requested usage {usage} for issuer [id:{id}{name}] but only had \
             usage {}",
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
        let response = self.shown_issuer(issuer);
        let addresses = issuer.settings.addresses.as_ref();
        match addresses.and_then(|addresses| self.cluster.untold(addresses)) {
            Some(part) => response.warn(untold_warning(part)).reply(),
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
        issuer.settings.addresses = addresses(known, call, &meant)?;
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
        if !name.is_empty() {
            check_name(&name, "issuer")?;
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

/// Refuses names that no issuer or key can have.
pub(super) fn check_name(name: &str, what: &str) -> Result<(), Error> {
    if name.eq_ignore_ascii_case("default") {
        return Err(Error::response(format!(
            "reserved keyword 'default' can not be used as {what} name"
        )));
    }
    match is_name(name) {
        true => Ok(()),
        false => Err(Error::response(format!("{what} name contained invalid characters"))),
    }
}

/// Letters, digits, and some signs between them.
pub(super) fn is_name(name: &str) -> bool {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "_-.".contains(letter);
    let edge = |letter: Option<char>| letter.is_none_or(|letter| "-.".contains(letter));
    name.chars().all(allowed) && !edge(name.chars().next()) && !edge(name.chars().last())
}

/// Addresses after the call; none at all leave the mount's in force.
fn addresses(known: &Issuer, call: &Call<'_>, meant: &dyn Fn(&str) -> bool) -> Result<Option<Addresses>, Error> {
    let mut addresses = known.settings.addresses.clone().unwrap_or_default();
    if meant("enable_aia_url_templating") {
        addresses.templating = call.flag("enable_aia_url_templating");
    }
    let templating = addresses.templating;
    for (field, place) in lists(&mut addresses.urls) {
        if meant(field) {
            let list = call.list(field);
            check_urls(field, &list, templating)?;
            *place = list;
        }
    }
    Ok(Some(addresses).filter(|addresses| !addresses.is_empty()))
}

/// The algorithm of lists of the revoked; the empty name leaves the choice open.
fn algorithm(asked: &str, kind: Option<Kind>) -> Result<String, Error> {
    if asked.is_empty() {
        return Ok(String::new());
    }
    let Some(algorithm) = SignatureAlgorithm::named(asked) else {
        let names: Vec<String> = SignatureAlgorithm::names().map(str::to_lowercase).collect();
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
    match kind.is_some_and(|kind| algorithm.suits(kind)) {
        true => Ok(algorithm.name.to_owned()),
        false => Err(Error::internal(format!(
            "unable to use issuer of type {own} to sign with {} key type",
            algorithm.go_name
        ))),
    }
}
