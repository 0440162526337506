//! Requests for certificates by a key, and the certificates that came of them.

use super::key::Key;
use super::{Transit, name_field};
use crate::engine::{Call, Context, Route, integer, route, text};
use crate::engines::asymmetric::{decode_all_pem, decode_pem, pem};
use crate::engines::x509::{AlternativeNames, Certificate, Request, SignatureAlgorithm, X509Error, make_request};
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;

pub(super) fn routes() -> Vec<Route<Transit>> {
    vec![
        route("keys/{name}/csr")
            .fields(vec![name_field(), integer("version"), text("csr")])
            .on(Operation::Update, Transit::make_csr)
            .help(
                "Makes a signing request with a key",
                "After a template, or an empty one.",
            ),
        route("keys/{name}/set-certificate")
            .fields(vec![name_field(), integer("version"), text("certificate_chain")])
            .on(Operation::Update, Transit::set_certificate)
            .help(
                "Sets the certificates of a key",
                "Its own first, then those of authorities.",
            ),
    ]
}

impl Transit {
    /// A key that signs, and the version that the call means.
    fn signing_key(&mut self, context: &Context<'_>, call: &Call<'_>) -> Result<(&mut Key, i64), Error> {
        let name = call.text("name");
        let key = self.key(context, name, &format!("key with provided name '{name}' not found"))?;
        if !key.kind.signs {
            return Err(Error::response(format!(
                "key type '{}' does not support signing",
                key.kind.name
            )));
        }
        if key.derived {
            return Err(Error::response(
                "operation not supported for keys with derivation enabled",
            ));
        }
        let number = match call.has("version") {
            true => call.int("version"),
            false => key.latest,
        };
        Ok((key, number))
    }

    fn make_csr(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let (key, number) = self.signing_key(context, call)?;
        let text = call.string("csr");
        let template = match text.as_str() {
            "" => None,
            text => {
                let (_, der) = decode_pem(text).ok_or_else(|| Error::response("could not decode PEM CSR"))?;
                Some(Request::read(&der).map_err(|error| Error::response(error.to_string()))?)
            }
        };
        let prefixed = |error: Error| Error::response(format!("could not create the csr: {}", error.text));
        let private = key.numbered(number).and_then(|version| version.private().cloned());
        let private = private.map_err(prefixed)?;
        let made = match template {
            Some(template) => template.signed_anew(&private),
            None => {
                let algorithm = SignatureAlgorithm::default_for(private.kind());
                let names = AlternativeNames::default();
                make_request(&Default::default(), &names, false, &private, algorithm)
            }
        };
        let failed =
            |error: X509Error| Error::internal(format!("could not create the csr: could not create the CSR: {error}"));
        Response::data(object! {
            "csr" => pem("CERTIFICATE REQUEST", &made.map_err(failed)?),
            "name" => &key.name,
            "type" => key.kind.name,
        })
        .reply()
    }

    fn set_certificate(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let (key, number) = self.signing_key(context, call)?;
        let text = call.string("certificate_chain");
        let chain = read_chain(&text)?;
        let failed = |error: Error| Error {
            text: format!("failed to persist certificate chain: {}", error.text),
            ..error
        };
        key.set_chain(number, &chain).map_err(failed)?;
        Response::data(object! {
            "certificate_chain" => text,
            "name" => &key.name,
            "type" => key.kind.name,
        })
        .reply()
    }
}

fn read_chain(text: &str) -> Result<Vec<Certificate>, Error> {
    let blocks = decode_all_pem(text);
    if blocks.is_empty() && !text.trim().is_empty() {
        return Err(Error::response("could not decode a PEM block in the certificate chain"));
    }
    let is_certificate =
        |(label, _): &&(String, Vec<u8>)| ["CERTIFICATE", "X509 CERTIFICATE"].contains(&label.as_str());
    let mut chain = Vec::new();
    for (_, der) in blocks.iter().filter(is_certificate) {
        let wrong = |error| {
            Error::response(format!(
                "could not parse a certificate in the certificate chain: {error}"
            ))
        };
        chain.push(Certificate::read(der).map_err(wrong)?);
    }
    match chain.is_empty() {
        true => Err(Error::response(
            "provided certificate chain did not contain any valid PEM encoded certificate",
        )),
        false => Ok(chain),
    }
}

impl Key {
    /// Sets the certificates of a version: one for its key, then those of authorities.
    fn set_chain(&mut self, number: i64, chain: &[Certificate]) -> Result<(), Error> {
        let refuse = |text: String| Err(Error::response(text));
        let Some((leaf, authorities)) = chain.split_first() else {
            return refuse("expected at least one certificate in the certificate chain".to_owned());
        };
        if leaf.is_authority() {
            return refuse("certificate in the first element is not a valid leaf certificate".to_owned());
        }
        if let Some((last, between)) = authorities.split_last() {
            if !last.is_authority() {
                return refuse("certificate in the last element is not a valid CA certificate".to_owned());
            }
            if !between.iter().all(Certificate::is_authority) {
                return refuse(
                    "could not validate if there is only one leaf certificate in the provided chain".to_owned(),
                );
            }
        }
        let kind = self.kind.name;
        let version = self.numbered(number)?;
        let (own, certified) = (version.public(), leaf.public());
        let shown = |name: &str| match name {
            "rsa" => "RSA",
            "ec" => "ECDSA",
            _ => "Ed25519",
        };
        let family = |key: &Option<_>| {
            key.as_ref()
                .map(|key: &crate::engines::asymmetric::PublicKey| key.kind().name())
        };
        if family(&own) != family(&certified) {
            return refuse(format!(
                "could not validate key match between leaf certificate key and key entry in transit: provided leaf \
                 certificate public key algorithm '{}' does not match the transit key type '{kind}'",
                family(&certified).map_or("0", shown)
            ));
        }
        if own != certified {
            return Err(Error::internal(
                "leaf certificate public key does not match the selected key version",
            ));
        }
        version.certificates = chain.iter().map(|certificate| certificate.der.clone()).collect();
        Ok(())
    }
}
