//! Faults as JSON.

use super::members::Members;
use crate::faults::{Effect, Fault};
use crate::json::{Object, Value};
use crate::object;

/// What a fault can do; exactly one of them is given.
const EFFECTS: &str = "delay, status, reset, reset_before, truncate, body or redirect";

/// Reads a fault; a path may begin with `/v1/`, as it does in a URL.
///
/// # Errors
/// The member that cannot be read, or that is missing.
pub(super) fn read(members: &mut Members) -> Result<Fault, String> {
    let path = members.text("path")?.unwrap_or_default();
    let path = path.trim_start_matches('/');
    Ok(Fault {
        method: members.text("method")?.unwrap_or_default(),
        path: path.strip_prefix("v1/").unwrap_or(path).to_owned(),
        skip: members.number("skip")?.unwrap_or_default(),
        count: members.number("count")?,
        effect: effect(members)?,
    })
}

fn effect(members: &mut Members) -> Result<Effect, String> {
    let mut effects = Vec::new();
    effects.extend(members.span("delay")?.map(Effect::Delay));
    effects.extend(status(members)?);
    for (name, effect) in [
        ("reset", Effect::Reset),
        ("reset_before", Effect::ResetBefore),
        ("truncate", Effect::Truncate),
    ] {
        effects.extend(members.flag(name)?.then_some(effect));
    }
    effects.extend(body(members)?);
    effects.extend(redirect(members)?);
    match <[Effect; 1]>::try_from(effects) {
        Ok([effect]) => Ok(effect),
        Err(none) if none.is_empty() => Err(format!("what is to happen is missing: give one of {EFFECTS}")),
        Err(_) => Err(format!("give only one of {EFFECTS}; another fault can do the rest")),
    }
}

fn status(members: &mut Members) -> Result<Option<Effect>, String> {
    let status = members.number("status")?;
    let (errors, retry_after) = (members.texts("errors")?, members.number("retry_after")?);
    let Some(status) = status else {
        return match errors.is_none() && retry_after.is_none() {
            true => Ok(None),
            false => Err("errors and retry_after go with status".to_owned()),
        };
    };
    let status = u16::try_from(status).ok().filter(|status| (200..600).contains(status));
    Ok(Some(Effect::Status {
        status: status.ok_or("status: expected a number from 200 to 599")?,
        errors: errors.unwrap_or_default(),
        retry_after,
    }))
}

fn body(members: &mut Members) -> Result<Option<Effect>, String> {
    let (body, content_type) = (members.text("body")?, members.text("content_type")?);
    match (body, content_type) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err("content_type goes with body".to_owned()),
        (Some(body), content_type) => Ok(Some(Effect::Body {
            content_type: content_type.unwrap_or_else(|| "text/html".to_owned()),
            body,
        })),
    }
}

fn redirect(members: &mut Members) -> Result<Option<Effect>, String> {
    let Some(base) = members.text("redirect")? else {
        return Ok(None);
    };
    let scheme = base.starts_with("http://") || base.starts_with("https://");
    match scheme && base.bytes().all(|byte| byte.is_ascii_graphic()) {
        true => Ok(Some(Effect::Redirect(base))),
        false => Err("redirect: expected a base URL, such as http://127.0.0.1:8201".to_owned()),
    }
}

/// The faults in force, each as it can be sent again: counts are those that are left.
pub(super) fn shown(faults: &[Fault]) -> Object {
    let shown: Vec<Object> = faults.iter().map(one).collect();
    object! { "count" => faults.len(), "faults" => shown }
}

fn one(fault: &Fault) -> Object {
    let mut shown = match &fault.effect {
        Effect::Delay(span) => object! { "delay" => format!("{}ms", span.as_millis()) },
        Effect::Status {
            status,
            errors,
            retry_after,
        } => object! { "status" => *status, "errors" => errors.clone(), "retry_after" => *retry_after },
        Effect::Reset => object! { "reset" => true },
        Effect::ResetBefore => object! { "reset_before" => true },
        Effect::Truncate => object! { "truncate" => true },
        Effect::Body { content_type, body } => object! { "content_type" => content_type, "body" => body },
        Effect::Redirect(base) => object! { "redirect" => base },
    };
    shown.extend(object! {
        "method" => &fault.method,
        "path" => &fault.path,
        "skip" => fault.skip,
        "count" => Value::from(fault.count),
    });
    shown
}
