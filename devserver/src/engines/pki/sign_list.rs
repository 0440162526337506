//! Signing lists of the revoked that somebody brings: put together from others, or spelled out.

use super::issuer::{Authorities, Issuer};
use super::{Pki, fields, issuer_reference};
use crate::duration;
use crate::engine::{Call, Context, Field, Route, integer, list, route, text, text_list, to_string};
use crate::engines::asymmetric::{PrivateKey, decode_all_pem, pem};
use crate::engines::encoding;
use crate::engines::x509::{Extension, RESERVED, Revocation, RevocationList, extension_of, oid, read_revocation_list};
use crate::json::Value;
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;
use std::collections::BTreeMap;

fn list_fields(more: Vec<Field>) -> Vec<Field> {
    let mut all = vec![
        fields::issuer_ref(),
        integer("crl_number"),
        integer("delta_crl_base_number").or(-1),
        text("next_update").or("72h"),
        text("format").or("pem"),
    ];
    all.extend(more);
    all
}

pub(super) fn routes() -> Vec<Route<Pki>> {
    vec![
        route("issuer/{issuer_ref}/resign-crls")
            .fields(list_fields(vec![text_list("crls")]))
            .on(Operation::Update, Pki::resign_lists)
            .help(
                "Put lists together and sign the result",
                "Lists that the issuer signed itself.",
            ),
        route("issuer/{issuer_ref}/sign-revocation-list")
            .fields(list_fields(vec![list("revoked_certs"), list("extensions")]))
            .on(Operation::Update, Pki::sign_list)
            .help("Sign a list of certificates", "Whoever issued them."),
    ]
}

fn refuse<T>(text: impl Into<String>) -> Result<T, Error> {
    Err(Error::response(text))
}

/// What both kinds of calls say of the list: whether it is to be in DER, and the list without what it lists.
fn frame(context: &Context<'_>, call: &Call<'_>) -> Result<(bool, RevocationList), Error> {
    let span = duration::parse(&call.string("next_update"))
        .map_err(|why| Error::response(format!("invalid value for next_update: {why}")))?;
    if span <= 0 {
        return refuse("next_update parameter must be greater than 0");
    }
    let Ok(number) = u64::try_from(call.int("crl_number")) else {
        return refuse("crl_number parameter must be 0 or greater");
    };
    let base = call.int("delta_crl_base_number");
    if base < -1 {
        return refuse("delta_crl_base_number parameter must be -1 or greater");
    }
    let now = context.now.as_second();
    let list = RevocationList {
        number,
        base: u64::try_from(base).ok(),
        updates: (now, now.saturating_add(span)),
        ..RevocationList::default()
    };
    Ok((in_der(call)?, list))
}

fn in_der(call: &Call<'_>) -> Result<bool, Error> {
    let format = call.string("format");
    match format.to_lowercase().as_str() {
        "pem" => Ok(false),
        "der" => Ok(true),
        _ => refuse(format!("unknown format value of {format}")),
    }
}

impl Pki {
    fn resign_lists(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        in_der(call)?;
        let (der, mut list) = frame(context, call)?;
        let mut given = Vec::new();
        for (index, text) in call.list("crls").iter().enumerate() {
            let wrong = |why: &str| Error::response(format!("failed decoding crl {index}: {why}"));
            match decode_all_pem(text).as_slice() {
                [(_, der)] => given.push(der.clone()),
                _ => return Err(wrong("invalid crl; should be one PEM block only")),
            }
        }
        let (issuer, key) = self.list_signer(call)?;
        let mut revoked: BTreeMap<String, Revocation> = BTreeMap::new();
        let mut warnings = Vec::new();
        for (index, der) in given.iter().enumerate() {
            let read = read_revocation_list(der, &issuer.certificate);
            let read = read.map_err(|error| Error::response(format!("failed decoding crl {index}: {error}")))?;
            let Some(entries) = read else {
                return refuse(format!("CRL index: {index} was not signed by requested issuer"));
            };
            for entry in entries {
                let serial = entry.serial_text();
                match revoked.get(&serial) {
                    Some(known) if known.at == entry.at => continue,
                    Some(known) => {
                        warnings.push(format!(
                            "Duplicate serial {serial} with different revocation times detected, using oldest revocation \
                             time"
                        ));
                        if known.at < entry.at {
                            continue;
                        }
                    }
                    None => {}
                }
                revoked.insert(serial, entry);
            }
        }
        list.revoked = revoked.into_values().collect();
        let mut response = finish(list, issuer, key, der)?;
        response.warnings = warnings;
        response.reply()
    }

    fn sign_list(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let (der, mut list) = frame(context, call)?;
        list.revoked = revocations(call.raw("revoked_certs"))?;
        list.more = extensions(call.raw("extensions")).map_err(Error::response)?;
        let (issuer, key) = self.list_signer(call)?;
        finish(list, issuer, key, der)?.reply()
    }

    fn list_signer(&self, call: &Call<'_>) -> Result<(&Issuer, &PrivateKey), Error> {
        let unresolved = |error: Error| Error::response(format!("failed to resolve issuer issuer_ref: {}", error.text));
        let issuer = self.authorities.issuer(issuer_reference(call)).map_err(unresolved)?;
        let unusable = |error: Error| Error::response(error.text);
        Ok((
            issuer,
            self.authorities.usable(issuer, "crl-signing").map_err(unusable)?,
        ))
    }
}

fn finish(mut list: RevocationList, issuer: &Issuer, key: &PrivateKey, der: bool) -> Result<Response, Error> {
    list.algorithm = Authorities::list_algorithm(issuer);
    let failed = |error| Error::internal(format!("error creating new CRL: {error}"));
    let bytes = list.signed(&issuer.certificate, key).map_err(failed)?;
    let shown = match der {
        true => encoding::encode(bytes),
        false => pem("X509 CRL", &bytes),
    };
    Ok(Response::data(object! { "crl" => shown }))
}

/// What was sent as a list: anything else but nothing is a list of one.
fn items(sent: Option<&Value>) -> &[Value] {
    match sent {
        None | Some(Value::Null) => &[],
        Some(Value::Array(items)) => items,
        Some(Value::Object(members)) if members.is_empty() => &[],
        Some(one) => std::slice::from_ref(one),
    }
}

/// Entries that are no objects are passed over.
fn revocations(sent: Option<&Value>) -> Result<Vec<Revocation>, Error> {
    let mut revoked = Vec::new();
    for (index, entry) in items(sent)
        .iter()
        .enumerate()
        .filter(|(_, entry)| entry.as_object().is_some())
    {
        let wrong =
            |what: &str, why: String| Error::response(format!("failed parsing {what} from entry {index}: {why}"));
        let extensions = match entry.get("extensions") {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::String(text)) if text.is_empty() => Ok(Vec::new()),
            Some(list @ Value::Array(_)) => extensions(Some(list)),
            Some(_) => Err("'extensions' field did not contain a slice".to_owned()),
        };
        revoked.push(Revocation {
            serial: serial(entry).map_err(|why| wrong("serial_number", why))?,
            at: moment(entry).map_err(|why| wrong("revocation_time", why))?,
            extensions: extensions.map_err(|why| wrong("extensions", why))?,
        });
    }
    Ok(revoked)
}

fn serial(entry: &Value) -> Result<Vec<u8>, String> {
    let sent = entry.get("serial_number").ok_or("missing 'serial_number' field")?;
    let text = to_string(sent).map_err(|_| "'serial_number' field value was not a string".to_owned())?;
    let digits: String = text.chars().filter(|letter| !":.- ".contains(*letter)).collect();
    let hex = |why: String| format!("'serial_number' failed converting to bytes: encoding/hex: {why}");
    if let Some(letter) = digits.chars().find(|letter| !letter.is_ascii_hexdigit()) {
        return Err(hex(format!("invalid byte: U+{:04X} '{letter}'", u32::from(letter))));
    }
    if digits.len() % 2 == 1 {
        return Err(hex("odd length hex string".to_owned()));
    }
    let pairs = digits.as_bytes().chunks(2);
    Ok(pairs
        .filter_map(|pair| u8::from_str_radix(&String::from_utf8_lossy(pair), 16).ok())
        .collect())
}

fn moment(entry: &Value) -> Result<i64, String> {
    let sent = entry.get("revocation_time").ok_or("missing 'revocation_time' field")?;
    let failed = |why: String| format!("failed parsing time {}: {why}", to_string(sent).unwrap_or_default());
    match sent {
        Value::Number(number) => number
            .as_i64()
            .ok_or_else(|| failed("could not parse value from input".to_owned())),
        Value::String(text) => text
            .parse()
            .or_else(|_| super::moment::parse(text).map(jiff::Timestamp::as_second))
            .map_err(|_| failed("could not parse string as date and time".to_owned())),
        _ => Err(failed("could not parse value from input".to_owned())),
    }
}

fn extensions(sent: Option<&Value>) -> Result<Vec<Extension>, String> {
    let mut all: Vec<Extension> = Vec::new();
    for (index, entry) in items(sent).iter().enumerate() {
        if entry.as_object().is_none() {
            return Err(format!("extension entry {index} not a map"));
        }
        let read = extension(entry).map_err(|why| format!("failed parsing extension entry {index}: {why}"))?;
        if all.iter().any(|known| known.extn_id == read.extn_id) {
            return Err(format!("duplicate extension id: {}", read.extn_id));
        }
        all.push(read);
    }
    Ok(all)
}

fn extension(entry: &Value) -> Result<Extension, String> {
    let sent = entry.get("id").ok_or("missing id field")?;
    let text = to_string(sent).map_err(|_| "'id' field value was not a string".to_owned())?;
    if text.is_empty() {
        return Err("zero length object identifier".to_owned());
    }
    let mut parts = text.split('.').enumerate();
    if let Some((index, part)) = parts.find(|(_, part)| part.parse::<u64>().is_err()) {
        return Err(format!(
            "failed parsing asn1 index element {index} value {part}: strconv.Atoi: parsing {part:?}: invalid syntax"
        ));
    }
    let id = oid(&text).ok_or_else(|| format!("no object identifier: {text}"))?;
    if let Some((name, _)) = RESERVED.iter().find(|(_, known)| *known == id) {
        return Err(format!("{name} object identifier ({id}) is reserved"));
    }
    let critical = critical(entry.get("critical"))?;
    let sent = entry.get("value").ok_or("missing 'value' field")?;
    let text = to_string(sent).map_err(|_| "'value' field value was not a string".to_owned())?;
    let value = encoding::decode(&text).map_err(|why| format!("failed base64 decoding 'value' field: {why}"))?;
    extension_of(id, critical, value).map_err(|error| error.to_string())
}

/// Whether an extension must be understood; not where nothing is said.
fn critical(sent: Option<&Value>) -> Result<bool, String> {
    let text = match sent {
        None | Some(Value::Null) => return Ok(false),
        Some(Value::Bool(critical)) => return Ok(*critical),
        Some(other) => to_string(other).unwrap_or_default(),
    };
    match text.as_str() {
        "" | "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        text => Err(format!(
            "critical field value failed to be parsed: cannot parse '' as bool: strconv.ParseBool: parsing {text:?}: \
             invalid syntax"
        )),
    }
}
