//! sprig's makers of keys and certificates.

use std::any::Any;
use std::net::IpAddr;

use super::{encoding, print};
use crate::function::{Arguments, Function, FunctionError};
use crate::keys::{KeyKind, Keys};
use crate::value::{Field, Named, Object};
use crate::x509::certificate::Certificate;
use crate::x509::issue::{Signer, Template};
use crate::x509::pem;
use crate::x509::private_key::PrivateKey;
use crate::{ANY_LIST, Call, Text, Type, Value};

const TEXT: Type = Type::String;
const INT: Type = Type::INT;
const PAIR: Type = Type::Named(&CERTIFICATE);

type Outcome = Result<Value, FunctionError>;

pub(super) static TABLE: &[Function] = &[
    Function::new("sprig_buildCustomCert", &[TEXT, TEXT], PAIR, custom),
    Function::new("sprig_genCA", &[TEXT, INT], PAIR, |call, arguments| {
        authority(call, arguments, None)
    }),
    Function::new("sprig_genCAWithKey", &[TEXT, INT, TEXT], PAIR, |call, arguments| {
        authority(call, arguments, Some(arguments.text(2)?))
    }),
    Function::new("sprig_genPrivateKey", &[TEXT], TEXT, private_key),
    Function::new(
        "sprig_genSelfSignedCert",
        &[TEXT, ANY_LIST, ANY_LIST, INT],
        PAIR,
        |call, arguments| self_signed(call, arguments, None),
    ),
    Function::new(
        "sprig_genSelfSignedCertWithKey",
        &[TEXT, ANY_LIST, ANY_LIST, INT, TEXT],
        PAIR,
        |call, arguments| self_signed(call, arguments, Some(arguments.text(4)?)),
    ),
    Function::new(
        "sprig_genSignedCert",
        &[TEXT, ANY_LIST, ANY_LIST, INT, PAIR],
        PAIR,
        |call, arguments| signed(call, arguments, None),
    ),
    Function::new(
        "sprig_genSignedCertWithKey",
        &[TEXT, ANY_LIST, ANY_LIST, INT, PAIR, TEXT],
        PAIR,
        |call, arguments| signed(call, arguments, Some(arguments.text(5)?)),
    ),
];

/// A certificate and its key, both PEM.
struct Pair {
    certificate: Text,
    key: Text,
}

static CERTIFICATE: Named = Named {
    name: "sprig.certificate",
    is_struct: true,
    fields: &[Field { name: "Cert", of: TEXT }, Field { name: "Key", of: TEXT }],
    methods: &[],
};

impl Object for Pair {
    fn named(&self) -> &'static Named {
        &CERTIFICATE
    }

    fn field(&self, index: usize) -> Value {
        match index {
            0 => Value::String(self.certificate.clone()),
            _ => Value::String(self.key.clone()),
        }
    }

    fn equals(&self, other: &dyn Object) -> bool {
        let other = other.as_any().downcast_ref::<Pair>();
        other.is_some_and(|other| self.certificate == other.certificate && self.key == other.key)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn keys<'c>(call: &'c mut Call<'_>) -> Result<&'c mut dyn Keys, FunctionError> {
    let keys = call.source().keys();
    keys.ok_or_else(|| "making keys and certificates is not available here".into())
}

/// Makes a key. Keys take long to find, so that each uses up a part of the template's steps.
fn generate(call: &mut Call<'_>, kind: KeyKind) -> Result<PrivateKey, FunctionError> {
    let share = match kind {
        KeyKind::Rsa(bits) if bits > 2048 => 4,
        KeyKind::Rsa(_) => 16,
        KeyKind::P256 | KeyKind::Ed25519 => 1_000,
    };
    call.step(call.limits().steps / share)?;
    let made = keys(call)?.generate(kind)?;
    Ok(PrivateKey::from_pkcs8(&made)?)
}

fn private_key(call: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let kind = match arguments.text(0)?.as_bytes() {
        b"" | b"rsa" => KeyKind::Rsa(4096),
        b"ecdsa" => KeyKind::P256,
        b"ed25519" => KeyKind::Ed25519,
        b"dsa" => return Err("DSA keys are not made any more: use rsa, ecdsa or ed25519".into()),
        other => return Ok(Value::string([b"Unknown type ", other].concat())),
    };
    if !call.is_complete() {
        return Ok(Value::string(""));
    }
    let key = generate(call, kind)?;
    Ok(Value::string(key.pem().as_slice()))
}

fn custom(_: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let certificate = encoding::decode_standard(arguments.text(0)?.as_bytes());
    let certificate = certificate.map_err(|_| "unable to decode base64 certificate")?;
    let key = encoding::decode_standard(arguments.text(1)?.as_bytes());
    let key = key.map_err(|_| "unable to decode base64 private key")?;
    let (block, _) = pem::decode(&certificate).ok_or("unable to decode certificate")?;
    Certificate::parse(&block.bytes)
        .map_err(|error| format!("error parsing certificate: decodedCert.Bytes: {error}"))?;
    PrivateKey::from_pem(&key).map_err(|error| format!("error parsing private key: {error}"))?;
    Ok(Value::object(Pair {
        certificate: certificate.into(),
        key: key.into(),
    }))
}

fn authority(call: &mut Call<'_>, arguments: Arguments<'_>, key: Option<&Text>) -> Outcome {
    let key = given(key)?;
    let template = template(call, arguments.text(0)?, arguments.int(1)?, true)?;
    finish(call, &template, key, &Signer::Itself)
}

fn self_signed(call: &mut Call<'_>, arguments: Arguments<'_>, key: Option<&Text>) -> Outcome {
    let key = given(key)?;
    let template = leaf(call, arguments)?;
    finish(call, &template, key, &Signer::Itself)
}

fn signed(call: &mut Call<'_>, arguments: Arguments<'_>, key: Option<&Text>) -> Outcome {
    let key = given(key)?;
    let authority = arguments.object::<Pair>(4)?;
    if !call.is_complete() {
        return Ok(nothing());
    }
    let (block, _) = pem::decode(authority.certificate.as_bytes()).ok_or("unable to decode certificate")?;
    let certificate = Certificate::parse(&block.bytes)
        .map_err(|error| format!("error parsing certificate: decodedSignerCert.Bytes: {error}"))?;
    let signer = PrivateKey::from_pem(authority.key.as_bytes())
        .map_err(|error| format!("error parsing private key: {error}"))?;
    let template = leaf(call, arguments)?;
    finish(call, &template, key, &Signer::Authority(&certificate, &signer))
}

/// The key that the template brings along, if it does.
fn given(key: Option<&Text>) -> Result<Option<PrivateKey>, FunctionError> {
    let parsed = key.map(|text| PrivateKey::from_pem(text.as_bytes())).transpose();
    parsed.map_err(|error| format!("parsing private key: {error}").into())
}

/// What a pass with missing secrets goes on with: no key is worth making for it.
fn nothing() -> Value {
    Value::object(Pair {
        certificate: Text::from(""),
        key: Text::from(""),
    })
}

fn finish(call: &mut Call<'_>, template: &Template, key: Option<PrivateKey>, signer: &Signer<'_>) -> Outcome {
    if !call.is_complete() {
        return Ok(nothing());
    }
    let key = match key {
        Some(key) => key,
        None => generate(call, KeyKind::Rsa(2048))?,
    };
    let issued = template.issue(&key, signer, keys(call)?);
    let issued = issued.map_err(|error| format!("error creating certificate: {error}"))?;
    Ok(Value::object(Pair {
        certificate: Text::new(pem::encode("CERTIFICATE", &issued).as_slice()),
        key: Text::new(key.pem().as_slice()),
    }))
}

fn leaf(call: &mut Call<'_>, arguments: Arguments<'_>) -> Result<Template, FunctionError> {
    let addresses = arguments.list(1)?.items().iter().map(|item| match item.as_text() {
        Some(text) if matches!(item, Value::String(_)) => address(text),
        _ => Err(not_a_text(call, "error parsing ip: ", item)),
    });
    let addresses: Vec<IpAddr> = addresses.collect::<Result<_, _>>()?;
    let names = arguments.list(2)?.items().iter().map(|item| match item {
        Value::String(text) => Ok(text.as_bytes().to_vec()),
        _ => Err(not_a_text(call, "error processing alternate dns name: ", item)),
    });
    let names: Vec<Vec<u8>> = names.collect::<Result<_, _>>()?;
    let template = template(call, arguments.text(0)?, arguments.int(3)?, false)?;
    Ok(Template {
        addresses,
        names,
        ..template
    })
}

fn address(text: &Text) -> Result<IpAddr, FunctionError> {
    let parsed = text.to_str().and_then(|text| text.parse().ok());
    parsed.ok_or_else(|| [b"error parsing ip: ", text.as_bytes()].concat().into())
}

fn not_a_text(call: &mut Call<'_>, what: &str, item: &Value) -> FunctionError {
    match print::plain(call, item) {
        Ok(shown) => [what.as_bytes(), &shown, b" is not a string"].concat().into(),
        Err(error) => error,
    }
}

fn template(call: &mut Call<'_>, common_name: &Text, days: i64, is_ca: bool) -> Result<Template, FunctionError> {
    let mut serial = [0; 16];
    call.source().random(&mut serial)?;
    Ok(Template {
        common_name: common_name.as_bytes().to_vec(),
        addresses: Vec::new(),
        names: Vec::new(),
        days,
        is_ca,
        serial,
        now: call.source().now(),
    })
}
