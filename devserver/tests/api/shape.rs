//! Comparing an answer with what is expected of it. Parts that differ from run to run are named by their shape: a text that
//! starts with `~`.

use serde_json::{Map, Value, json};
use x509_parser::prelude::{CertificateRevocationList, FromDer as _, X509Extension};

/// Members of the envelope and what they hold where a check file does not mention them.
fn envelope_defaults() -> Map<String, Value> {
    let defaults = json!({
        "lease_id": "", "renewable": false, "lease_duration": 0, "data": null, "wrap_info": null, "warnings": null,
        "auth": null
    });
    match defaults {
        Value::Object(members) => members,
        other => unreachable!("an object literal is an object, not {other}"),
    }
}

/// Says where `actual` is not what `expected` asks for; empty when all of it fits.
pub fn differences(expected: &Value, actual: &Value) -> Vec<String> {
    let (mut expected, mut actual) = (expected.clone(), actual.clone());
    let mut found = Vec::new();
    let stated = expected
        .as_object_mut()
        .and_then(|members| members.remove("request_id"));
    if let Value::Object(answer) = &mut actual
        && let Some(id) = answer.remove("request_id")
    {
        // An answer that only says where the real one is kept has no id.
        let wrapped = answer.get("wrap_info").is_some_and(|info| !info.is_null());
        let right = if let Some(stated) = &stated {
            differences(stated, &id).is_empty()
        } else if wrapped {
            id == ""
        } else {
            fits("uuid", &id)
        };
        if !right {
            found.push(format!("request_id: {id} is not what it should be"));
        }
        // Newer servers name the mount's type here, older ones do not.
        answer.remove("mount_type");
        if let Value::Null = expected {
            expected = json!({});
        }
        if let Value::Object(wanted) = &mut expected {
            for (name, default) in envelope_defaults() {
                wanted.entry(name).or_insert(default);
            }
        }
    }
    compare("", &expected, &actual, &mut found);
    found
}

fn compare(place: &str, expected: &Value, actual: &Value, found: &mut Vec<String>) {
    match (expected, actual) {
        (Value::String(wanted), _) if wanted.starts_with('~') && !wanted.starts_with("~~") => {
            if !fits(&wanted[1..], actual) {
                found.push(format!("{place}: {actual} does not look like {wanted}"));
            }
        }
        (Value::Object(wanted), Value::Object(got)) => compare_members(place, wanted, got, found),
        (Value::Array(wanted), Value::Array(got)) => compare_items(place, wanted, got, found),
        (Value::Number(wanted), Value::Number(got)) if wanted.as_f64() == got.as_f64() => {}
        _ if expected == actual => {}
        _ => found.push(format!("{place}: expected {expected}, got {actual}")),
    }
}

fn compare_members(place: &str, wanted: &Map<String, Value>, got: &Map<String, Value>, found: &mut Vec<String>) {
    for (name, value) in wanted {
        if name == "~more" {
            continue;
        }
        match got.get(name) {
            Some(actual) => compare(&format!("{place}.{name}"), value, actual, found),
            None => found.push(format!("{place}.{name}: missing, expected {value}")),
        }
    }
    if wanted.contains_key("~more") {
        return;
    }
    for (name, value) in got {
        if !wanted.contains_key(name) {
            found.push(format!("{place}.{name}: not expected, got {value}"));
        }
    }
}

fn compare_items(place: &str, wanted: &[Value], got: &[Value], found: &mut Vec<String>) {
    let open = wanted.last().is_some_and(|last| last == "~more");
    let fixed = &wanted[..wanted.len() - usize::from(open)];
    if got.len() < fixed.len() || (!open && got.len() > fixed.len()) {
        let (wanted, got) = (Value::from(wanted.to_vec()), Value::from(got.to_vec()));
        found.push(format!("{place}: expected {wanted}, got {got}"));
        return;
    }
    for (index, (value, actual)) in fixed.iter().zip(got).enumerate() {
        compare(&format!("{place}[{index}]"), value, actual, found);
    }
}

/// Whether a value has the shape that a check names after its `~`.
fn fits(shape: &str, value: &Value) -> bool {
    let (shape, detail) = shape.split_once(':').unwrap_or((shape, ""));
    let text = value.as_str();
    let is = |test: &dyn Fn(&str) -> bool| text.is_some_and(test);
    match shape {
        "any" => true,
        "string" => text.is_some(),
        "int" => value.is_number(),
        "near" => near(detail, value),
        "uuid" => is(&|text| {
            let lengths: Vec<usize> = text.split('-').map(str::len).collect();
            lengths == [8, 4, 4, 4, 12] && text.chars().all(|letter| letter == '-' || letter.is_ascii_hexdigit())
        }),
        "time" => is(&|text| text.parse::<jiff::Timestamp>().is_ok()),
        "token" => is(&token),
        "accessor" => is(&accessor),
        "pem" => is(&|text| text.starts_with("-----BEGIN ") && text.trim_end().ends_with("-----")),
        "base64" => is(&|text| {
            text.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"+/=_-".contains(&byte))
        }),
        "hex" => is(&|text| text.bytes().all(|byte| byte.is_ascii_hexdigit())),
        "serial" => is(&|text| {
            text.split(':')
                .all(|pair| pair.len() == 2 && u8::from_str_radix(pair, 16).is_ok())
        }),
        "vault" => is(&|text| {
            text.strip_prefix("vault:")
                .is_some_and(|rest| rest.starts_with(&format!("{detail}:")))
        }),
        "certificate" => is(&|text| certificate_extensions(text).as_deref() == Some(detail)),
        "list" => is(&|text| list_contents(text).as_deref() == Some(detail)),
        "with" => is(&|text| text.contains(detail)),
        other => panic!("no such shape: ~{other}"),
    }
}

/// Object identifiers of extensions, `!` behind critical ones, with commas.
fn identifiers(extensions: &[X509Extension<'_>]) -> String {
    let shown = extensions.iter().map(|one| {
        let mark = if one.critical { "!" } else { "" };
        format!("{}{mark}", one.oid.to_id_string())
    });
    shown.collect::<Vec<_>>().join(",")
}

/// The extensions of a certificate in PEM.
fn certificate_extensions(pem: &str) -> Option<String> {
    let (_, block) = x509_parser::pem::parse_x509_pem(pem.as_bytes()).ok()?;
    let certificate = block.parse_x509().ok()?;
    Some(identifiers(certificate.extensions()))
}

/// How many a list of the revoked in PEM names, and its extensions.
fn list_contents(pem: &str) -> Option<String> {
    let (_, block) = x509_parser::pem::parse_x509_pem(pem.as_bytes()).ok()?;
    let (_, list) = CertificateRevocationList::from_der(&block.contents).ok()?;
    let revoked = list.iter_revoked_certificates().count();
    Some(format!("{revoked};{}", identifiers(list.extensions())))
}

/// A time to live that has been running for a while: a tenth of it, at least half a minute and at most five, for a busy
/// machine; one second more, because the recorded one may have just lost it.
fn near(detail: &str, value: &Value) -> bool {
    let full: i64 = detail.parse().expect("~near: is followed by whole seconds");
    let passed = (full / 10).clamp(30, 300);
    value
        .as_i64()
        .is_some_and(|seconds| (full - passed..=full + 1).contains(&seconds))
}

fn token(text: &str) -> bool {
    let kinds = ["s.", "b.", "r.", "hvs.", "hvb.", "hvr."];
    kinds
        .iter()
        .any(|kind| text.strip_prefix(kind).is_some_and(|rest| rest.len() >= 20))
}

/// A token's accessor is 24 letters and digits, a mount's its type and eight hexadecimal digits.
fn accessor(text: &str) -> bool {
    let mount = text
        .rsplit_once('_')
        .is_some_and(|(kind, id)| !kind.is_empty() && id.len() == 8 && id.bytes().all(|byte| byte.is_ascii_hexdigit()));
    mount || (text.len() >= 24 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.'))
}
