//! Certificates and keys in the forms in which they are given out.

use super::certificate::{Contents, Made};
use super::issuers::kind_name;
use crate::engine::Call;
use crate::engines::asymmetric::{PrivateKey, pem};
use crate::engines::encoding;
use crate::json::{Object, Value};
use crate::logical::Error;
use crate::object;

/// Forms in which certificates and keys are given out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Pem,
    Der,
    PemBundle,
}

/// The form asked for.
pub(super) fn format(call: &Call<'_>) -> Result<Format, Error> {
    match call.string("format").as_str() {
        "pem" => Ok(Format::Pem),
        "der" => Ok(Format::Der),
        "pem_bundle" => Ok(Format::PemBundle),
        _ => Err(Error::response(
            "the \"format\" path parameter must be \"pem\", \"der\", or \"pem_bundle\"",
        )),
    }
}

/// The members that every given-out certificate has, with its key where there is a new one.
pub(super) fn given_out(
    made: &Made,
    contents: &Contents,
    chain: &[String],
    call: &Call<'_>,
    key: Option<&PrivateKey>,
) -> Result<Object, Error> {
    let format = format(call)?;
    let trim = |text: &str| text.trim_end().to_owned();
    let in_form = |text: &str| match format {
        Format::Der => crate::engines::asymmetric::decode_pem(text)
            .map(|(_, der)| encoding::encode(der))
            .unwrap_or_default(),
        _ => trim(text),
    };
    let certificate = pem("CERTIFICATE", &made.der);
    let without_roots =
        call.request.data.contains_key("remove_roots_from_chain") && call.flag("remove_roots_from_chain");
    let shown: Vec<String> = match (without_roots, chain) {
        (true, [rest @ .., _root]) => rest.iter().map(|text| in_form(text)).collect(),
        _ => chain.iter().map(|text| in_form(text)).collect(),
    };
    let mut data = object! {
        "certificate" => in_form(&certificate),
        "expiration" => contents.not_after,
        "issuing_ca" => chain.first().map(|text| in_form(text)).unwrap_or_default(),
        "serial_number" => &made.serial,
    };
    if !shown.is_empty() {
        data.insert("ca_chain".to_owned(), Value::from(shown));
    }
    let mut bundle = Vec::new();
    if let Some(key) = key {
        let shown = private_key(key, call)?;
        data.insert("private_key".to_owned(), Value::from(shown.as_str()));
        data.insert("private_key_type".to_owned(), Value::from(kind_name(key.kind())));
        bundle.push(shown);
    }
    if format == Format::PemBundle {
        bundle.push(trim(&certificate));
        bundle.extend(chain.iter().map(|text| trim(text)));
        data.insert("certificate".to_owned(), Value::from(bundle.join("\n")));
    }
    Ok(data)
}

/// A private key in the forms asked for: PEM or DER, PKCS#8 or the older form.
pub(super) fn private_key(key: &PrivateKey, call: &Call<'_>) -> Result<String, Error> {
    let failed = |error: crate::engines::asymmetric::KeyError| Error::internal(error.to_string());
    let pkcs8 = call.string("private_key_format") == "pkcs8";
    if format(call)? == Format::Der {
        let der = if pkcs8 { key.pkcs8_der() } else { key.traditional_der() };
        return der.map(encoding::encode).map_err(failed);
    }
    let text = if pkcs8 { key.pkcs8_pem() } else { key.traditional_pem() };
    text.map(|text| text.trim_end().to_owned()).map_err(failed)
}
