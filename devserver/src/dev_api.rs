//! The development-only API beside `/v1/`: faults, clock, request log and leases over HTTP, for programs that cannot
//! use the Rust handles. It wants the root token.
//!
//! | call | does |
//! |---|---|
//! | `GET /dev/clock` | `{"now", "speed"}` |
//! | `PUT /dev/clock` `{"jump": "1h", "speed": 60}` | moves and speeds the clock |
//! | `GET /dev/faults` | how many faults are in force |
//! | `POST /dev/faults` | adds one: `{"path": "secret/*", "method": "", "skip": 0, "count": 2, …}` with one of `"delay": "2s"`, `"status": 503` (and `"errors"`, `"retry_after"`), `"reset": true`, `"reset_before": true`, `"truncate": true`, `"body": "text"`, `"redirect": "http://…"` |
//! | `DELETE /dev/faults` | removes all |
//! | `GET /dev/requests` | the log, counters per client |
//! | `DELETE /dev/requests` | forgets it |
//! | `GET /dev/leases` | all leases |
//! | `PUT /dev/seal`, `PUT /dev/unseal` | seals, unseals |

use crate::core::Answer;
use crate::duration;
use crate::faults::{Effect, Fault};
use crate::http_api::{Incoming, Outgoing, write};
use crate::json::{self, Object, SyntaxError, Value};
use crate::logical::Raw;
use crate::object;
use crate::server::Shared;
use jiff::SignedDuration;
use std::sync::PoisonError;
use std::time::Duration;

/// Answers what is below `/dev/`; `None` for everything else.
pub(crate) fn answer(shared: &Shared, incoming: &Incoming) -> Option<Outgoing> {
    let path = incoming.path.strip_prefix("/dev/")?;
    if incoming.token() != shared.root_token.as_ref() {
        return Some(refused(403, "permission denied"));
    }
    let body = match json::parse(&incoming.body) {
        Ok(Value::Object(body)) => body,
        Err(SyntaxError::Empty) => Object::new(),
        Ok(_) => return Some(refused(400, "the body must be a JSON object")),
        Err(error) => return Some(refused(400, &format!("the body is no JSON: {error}"))),
    };
    let done = match (incoming.method.as_str(), path) {
        ("GET", "clock") => Ok(Some(clock(shared))),
        ("PUT" | "POST", "clock") => set_clock(shared, &body).map(|()| Some(clock(shared))),
        ("GET", "faults") => Ok(Some(object! { "count" => shared.faults.list().len() })),
        ("PUT" | "POST", "faults") => fault(&body).map(|fault| {
            shared.faults.add(fault);
            None
        }),
        ("DELETE", "faults") => {
            shared.faults.clear();
            Ok(None)
        }
        ("GET", "requests") => Ok(Some(requests(shared))),
        ("DELETE", "requests") => {
            shared.journal.clear();
            Ok(None)
        }
        ("GET", "leases") => Ok(Some(leases(shared))),
        ("PUT" | "POST", "seal") => seal(shared, true),
        ("PUT" | "POST", "unseal") => seal(shared, false),
        _ => {
            return Some(refused(
                404,
                "no such development path; the documentation of dev_api lists them",
            ));
        }
    };
    Some(match done {
        Ok(Some(body)) => json_answer(body),
        Ok(None) => write(Answer::Empty),
        Err(text) => refused(400, &text),
    })
}

fn refused(status: u16, text: &str) -> Outgoing {
    write(Answer::Refused {
        status,
        errors: vec![text.to_owned()],
        data: None,
    })
}

fn json_answer(body: Object) -> Outgoing {
    let body = format!("{}\n", Value::Object(body)).into_bytes();
    write(Answer::Raw(Raw {
        status: 200,
        content_type: "application/json".to_owned(),
        body,
    }))
}

fn clock(shared: &Shared) -> Object {
    object! { "now" => shared.clock.now().to_string(), "speed" => shared.clock.speed().to_string() }
}

fn set_clock(shared: &Shared, body: &Object) -> Result<(), String> {
    if let Some(value) = body.get("jump") {
        let seconds = duration::from_json(value).map_err(|text| format!("jump: {text}"))?;
        shared.clock.jump(SignedDuration::from_secs(seconds));
    }
    if let Some(value) = body.get("speed") {
        let speed = match value {
            Value::Number(number) => number.as_str().parse().ok(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        shared.clock.set_speed(
            speed
                .filter(|speed: &f64| *speed >= 0.0)
                .ok_or("speed: not a number of at least 0")?,
        );
    }
    Ok(())
}

fn fault(body: &Object) -> Result<Fault, String> {
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let number = |name: &str| match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_i64().map(u64::try_from) {
            Some(Ok(number)) => Ok(Some(number)),
            _ => Err(format!("{name}: not a number of at least 0")),
        },
    };
    Ok(Fault {
        method: text("method"),
        path: text("path"),
        skip: number("skip")?.unwrap_or_default(),
        count: number("count")?,
        effect: effect(body, number("status")?, number("retry_after")?)?,
    })
}

fn effect(body: &Object, status: Option<u64>, retry_after: Option<u64>) -> Result<Effect, String> {
    let on = |name: &str| body.get(name).and_then(Value::as_bool).unwrap_or_default();
    let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    if let Some(value) = body.get("delay") {
        let seconds = duration::from_json(value).map_err(|text| format!("delay: {text}"))?;
        return Ok(Effect::Delay(Duration::from_secs(seconds.max(0).unsigned_abs())));
    }
    if let Some(status) = status {
        let status = u16::try_from(status).ok().filter(|status| (200..600).contains(status));
        let errors = body.get("errors").and_then(Value::as_array).unwrap_or_default();
        return Ok(Effect::Status {
            status: status.ok_or("status: not between 200 and 599")?,
            errors: errors.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            retry_after,
        });
    }
    match () {
        () if on("reset") => Ok(Effect::Reset),
        () if on("reset_before") => Ok(Effect::ResetBefore),
        () if on("truncate") => Ok(Effect::Truncate),
        () => match (text("body"), text("redirect")) {
            (Some(body), _) => Ok(Effect::Body {
                content_type: "text/html".to_owned(),
                body,
            }),
            (None, Some(base)) => Ok(Effect::Redirect(base)),
            (None, None) => {
                Err("one of delay, status, reset, reset_before, truncate, body and redirect must be given".to_owned())
            }
        },
    }
}

fn requests(shared: &Shared) -> Object {
    let entries = shared.journal.entries().into_iter().map(|entry| {
        Value::Object(object! {
            "time" => entry.time.to_string(),
            "method" => entry.method,
            "path" => entry.path,
            "query" => entry.query,
            "namespace" => entry.namespace,
            "accessor" => entry.accessor,
            "user_agent" => entry.user_agent,
            "status" => entry.status,
        })
    });
    let clients: Object = shared
        .journal
        .by_client()
        .into_iter()
        .map(|(client, count)| (client, Value::from(count)))
        .collect();
    object! { "total" => shared.journal.total(), "clients" => clients, "requests" => Value::Array(entries.collect()) }
}

fn leases(shared: &Shared) -> Object {
    let mut core = shared.core.lock().unwrap_or_else(PoisonError::into_inner);
    core.expire();
    let now = shared.clock.now();
    let leases: Vec<Value> = core
        .leases()
        .iter()
        .map(|lease| {
            Value::Object(object! {
                "id" => &lease.id,
                "path" => &lease.path,
                "ttl" => lease.expires.map(|_| lease.seconds_left(now)),
                "renewable" => lease.renewable,
                "last_renewal" => lease.renewed.map(|time| time.to_string()),
            })
        })
        .collect();
    object! { "count" => leases.len(), "leases" => leases }
}

fn seal(shared: &Shared, sealed: bool) -> Result<Option<Object>, String> {
    shared
        .core
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .set_sealed(sealed);
    Ok(None)
}
