//! The development-only API beside `/v1/`: faults, clock, request log and leases over HTTP, for programs that cannot
//! use the Rust handles. It wants the root token, and answers plain JSON without the envelope.
//!
//! | call | does |
//! |---|---|
//! | `GET /dev/clock` | `{"now", "speed"}` |
//! | `PUT /dev/clock` `{"jump": "1h", "speed": 60}` | moves and speeds the clock |
//! | `GET /dev/faults` | the faults in force |
//! | `PUT /dev/faults` | adds one: `{"path": "secret/*", "method": "", "skip": 0, "count": 2, …}` with one of `"delay": "250ms"`, `"status": 503` (and `"errors"`, `"retry_after"`), `"reset": true`, `"reset_before": true`, `"truncate": true`, `"body": "text"` (and `"content_type"`), `"redirect": "http://…"` |
//! | `DELETE /dev/faults` | removes all |
//! | `GET /dev/requests` | the log, counters per client |
//! | `DELETE /dev/requests` | forgets it |
//! | `GET /dev/leases` | all leases |
//! | `PUT /dev/seal`, `PUT /dev/unseal` | seals, unseals |
//!
//! `POST` is as good as `PUT`. A member that a call does not know is refused, as is one of the wrong type.

mod faults;
mod members;
mod readouts;

use crate::core::Answer;
use crate::http_api::{Incoming, Outgoing, write};
use crate::json::{self, Object, SyntaxError, Value};
use crate::logical::Raw;
use crate::server::Shared;
use jiff::SignedDuration;
use members::Members;
use std::sync::PoisonError;

/// Answers one call: what is shown, if anything is.
type Call = fn(&Shared, &mut Members) -> Result<Option<Object>, String>;

/// All calls: method, path below `/dev/`, answer.
const CALLS: [(&str, &str, Call); 10] = [
    ("GET", "clock", |shared, _| Ok(Some(readouts::clock(shared)))),
    ("PUT", "clock", set_clock),
    ("GET", "faults", |shared, _| {
        Ok(Some(faults::shown(&shared.faults.list())))
    }),
    ("PUT", "faults", add_fault),
    ("DELETE", "faults", |shared, _| {
        shared.faults.clear();
        Ok(None)
    }),
    ("GET", "requests", |shared, _| Ok(Some(readouts::requests(shared)))),
    ("DELETE", "requests", |shared, _| {
        shared.journal.clear();
        Ok(None)
    }),
    ("GET", "leases", |shared, _| Ok(Some(readouts::leases(shared)))),
    ("PUT", "seal", |shared, _| set_sealed(shared, true)),
    ("PUT", "unseal", |shared, _| set_sealed(shared, false)),
];

/// Answers what is below `/dev/`; `None` for everything else.
pub(crate) fn answer(shared: &Shared, incoming: &Incoming) -> Option<Outgoing> {
    let path = incoming.path.strip_prefix("/dev/")?;
    if incoming.token() != shared.root_token.as_ref() {
        return Some(refused(
            403,
            "permission denied: the development API wants the root token",
        ));
    }
    let method = match incoming.method.as_str() {
        "POST" => "PUT",
        method => method,
    };
    let found = CALLS.iter().find(|(known, name, _)| (*known, *name) == (method, path));
    let Some((_, _, call)) = found else {
        let calls: Vec<String> = CALLS
            .iter()
            .map(|(method, path, _)| format!("{method} /dev/{path}"))
            .collect();
        let text = format!("no such call of the development API; there are: {}", calls.join(", "));
        return Some(refused(404, &text));
    };
    let done = body(incoming).and_then(|mut members| call(shared, &mut members));
    Some(match done {
        Ok(Some(body)) => json_answer(body),
        Ok(None) => write(Answer::Empty),
        Err(text) => refused(400, &text),
    })
}

fn body(incoming: &Incoming) -> Result<Members, String> {
    match json::parse(&incoming.body) {
        Ok(Value::Object(body)) => Ok(Members::new(body)),
        Err(SyntaxError::Empty) => Ok(Members::new(Object::new())),
        Ok(_) => Err("the body must be a JSON object".to_owned()),
        Err(error) => Err(format!("the body is no JSON: {error}")),
    }
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

/// Moves and speeds the clock; nothing happens if either cannot be read.
fn set_clock(shared: &Shared, members: &mut Members) -> Result<Option<Object>, String> {
    let jump = members.seconds("jump")?;
    let speed = members.speed("speed")?;
    members.end()?;
    if jump.is_none() && speed.is_none() {
        return Err("give jump (a span such as \"1h\", or seconds), speed (1 is real time), or both".to_owned());
    }
    if let Some(seconds) = jump {
        shared.clock.jump(SignedDuration::from_secs(seconds));
    }
    if let Some(speed) = speed {
        shared.clock.set_speed(speed);
    }
    Ok(Some(readouts::clock(shared)))
}

fn add_fault(shared: &Shared, members: &mut Members) -> Result<Option<Object>, String> {
    let fault = faults::read(members)?;
    members.end()?;
    shared.faults.add(fault);
    Ok(None)
}

fn set_sealed(shared: &Shared, sealed: bool) -> Result<Option<Object>, String> {
    shared
        .core
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .set_sealed(sealed);
    Ok(None)
}
