//! Importing certificates and keys of authorities.

use super::Pki;
use super::root::NO_ADDRESSES;
use crate::engine::{Call, Context, Route, route, text};
use crate::engines::asymmetric::{PrivateKey, decode_all_pem, pem};
use crate::engines::x509::Certificate;
use crate::json::{Object, Value};
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;

/// Shorter texts are no PEM at all.
const SHORTEST_PEM: usize = 75;

pub(super) fn routes() -> Vec<Route<Pki>> {
    let import = |pattern: &str, field| {
        route(pattern)
            .fields(vec![field])
            .on(Operation::Update, Pki::import)
            .help("Import certificates and keys", "In PEM.")
    };
    vec![
        import("intermediate/set-signed", text("certificate")),
        import("issuers/import/(cert|bundle)", text("pem_bundle")),
        import("config/ca", text("pem_bundle")),
    ]
}

/// What an import brought: ids, whether they are new, and the keys of issuers.
#[derive(Default)]
struct Imported {
    keys: Vec<(String, bool)>,
    issuers: Vec<(String, bool, String)>,
}

impl Pki {
    fn import(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let path = call.request.path.as_str();
        let field = if path == "intermediate/set-signed" {
            "certificate"
        } else {
            "pem_bundle"
        };
        let text = call.string(field);
        if text.is_empty() {
            return Err(Error::response("'pem_bundle' and 'certificate' parameters were empty"));
        }
        if text.len() < SHORTEST_PEM {
            return Err(Error::response(
                "provided data for import was too short; perhaps a path was passed to the API rather than the contents \
                 of a PEM file",
            ));
        }
        let takes_keys = path.ends_with("bundle") || path == "config/ca";
        let imported = self.take_blocks(&text, takes_keys)?;
        let mut response = Response::data(imported.view());
        response.warnings = self.follow(&imported);
        if self.addresses.is_empty() {
            response = response.warn(NO_ADDRESSES);
        }
        if imported.issuers.iter().any(|it| it.1) {
            response.warnings.extend(self.rebuild_lists(context, true)?);
        }
        response.reply()
    }

    /// Takes in what is in a text: first keys, then certificates.
    fn take_blocks(&mut self, text: &str, takes_keys: bool) -> Result<Imported, Error> {
        let blocks = decode_all_pem(text);
        if blocks.is_empty() {
            return Err(Error::response("error when parsing block 1: invalid PEM data"));
        }
        let of =
            |labels: &'static [&'static str]| move |(label, _): &&(String, Vec<u8>)| labels.contains(&label.as_str());
        let is_certificate = of(&["CERTIFICATE", "X509 CERTIFICATE"]);
        let is_passed_over = of(&["CRL", "X509 CRL", "EC PARAMS", "EC PARAMETERS"]);
        let keys: Vec<_> = blocks
            .iter()
            .filter(|it| !is_certificate(it) && !is_passed_over(it))
            .collect();
        if !keys.is_empty() && !takes_keys {
            return Err(Error::response(
                "private keys found in the PEM bundle but not allowed by the path; use /issuers/import/bundle",
            ));
        }
        let mut imported = Imported::default();
        for (index, (_, der)) in keys.into_iter().enumerate() {
            let key = PrivateKey::from_any_der(der);
            let wrong = || {
                Error::response(format!(
                    "Error parsing key {index}: failed parsing key bytes: failed to parse PEM block: failed to parse key"
                ))
            };
            imported.keys.push(self.authorities.add_key(key.ok_or_else(wrong)?, ""));
        }
        for (index, (_, der)) in blocks.iter().filter(is_certificate).enumerate() {
            let shown = pem("CERTIFICATE", der);
            let wrong = |why: String| Error::response(format!("Error parsing issuer {index}: {why}\n{shown}"));
            let certificate = Certificate::read(der).map_err(|error| wrong(error.to_string()))?;
            if !certificate.is_authority() {
                return Err(wrong("Refusing to import non-CA certificate".to_owned()));
            }
            let (id, new) = self.authorities.add(certificate, "");
            let key_id = self.authorities.issuer(&id)?.key_id.clone();
            imported.issuers.push((id, new, key_id));
        }
        Ok(imported)
    }

    /// Makes a new issuer the default where that is asked for, and warns of a default that cannot sign.
    fn follow(&mut self, imported: &Imported) -> Vec<String> {
        let mut warnings = Vec::new();
        let new = imported.issuers.iter().filter(|it| it.1);
        let with_keys: Vec<&String> = new.clone().filter(|it| !it.2.is_empty()).map(|it| &it.0).collect();
        if self.authorities.follows_latest {
            match with_keys.as_slice() {
                [] => {}
                [id] => self.authorities.default_issuer.clone_from(id),
                _ => warnings.push(
                    "Default issuer left unchanged: could not select new issuer automatically as multiple imported \
                     issuers had key material in Vault."
                        .to_owned(),
                ),
            }
        }
        let default = &self.authorities.default_issuer;
        if imported.issuers.iter().any(|it| it.0 == *default && it.2.is_empty()) {
            warnings.push(
                "The default issuer has no key associated with it. Some operations like issuing certificates and signing \
                 CRLs will be unavailable with the requested default issuer until a key is imported or the default \
                 issuer is changed."
                    .to_owned(),
            );
        }
        if with_keys.len() > 1 && new.clone().any(|it| it.0 == *default) {
            warnings.push(
                "The imported bundle contained multiple certs matching keys, the default issuer that was selected \
                 should be verified and manually changed if incorrect."
                    .to_owned(),
            );
        }
        warnings
    }
}

impl Imported {
    fn view(&self) -> Object {
        let some = |ids: Vec<&String>| {
            if ids.is_empty() {
                Value::Null
            } else {
                Value::Array(ids.into_iter().map(Value::from).collect())
            }
        };
        let issuers = |new: bool| some(self.issuers.iter().filter(|it| it.1 == new).map(|it| &it.0).collect());
        let keys = |new: bool| some(self.keys.iter().filter(|it| it.1 == new).map(|it| &it.0).collect());
        let mapping: Object = self
            .issuers
            .iter()
            .map(|it| (it.0.clone(), Value::from(&it.2)))
            .collect();
        object! {
            "existing_issuers" => issuers(false),
            "existing_keys" => keys(false),
            "imported_issuers" => issuers(true),
            "imported_keys" => keys(true),
            "mapping" => mapping,
        }
    }
}
