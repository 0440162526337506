//! `timestamp` and sprig's date functions. The clock and the local zone are the caller's.

use super::duration::{self, SECOND};
use super::methods::time;
use super::{TIME, Time, Zone, reading};
use crate::call::Call;
use crate::function::{Arguments, Body, Function, FunctionError};
use crate::value::{IntType, Type, Value};

const ANY: Type = Type::Any;
const TEXT: Type = Type::String;
const MOMENT: Type = Type::Named(&TIME);

type Outcome = Result<Value, FunctionError>;

pub(in super::super) static TABLE: &[Function] = &[
    Function::new("sprig_ago", &[ANY], TEXT, ago),
    Function::new("sprig_date", &[TEXT, ANY], TEXT, |call, arguments| {
        shown(call, arguments.text(0)?.as_bytes(), arguments.value(1)?, b"Local")
    }),
    Function::new("sprig_dateInZone", &[TEXT, ANY, TEXT], TEXT, DATE_IN_ZONE),
    Function::new("sprig_dateModify", &[TEXT, MOMENT], MOMENT, MODIFY_OR_KEEP),
    Function::new("sprig_date_in_zone", &[TEXT, ANY, TEXT], TEXT, DATE_IN_ZONE),
    Function::new("sprig_date_modify", &[TEXT, MOMENT], MOMENT, MODIFY_OR_KEEP),
    Function::new("sprig_duration", &[ANY], TEXT, |_, arguments| {
        let seconds = match arguments.value(0)? {
            Value::String(text) => lenient_integer(text.as_bytes()),
            Value::Int(IntType::Int64, number) => *number,
            _ => 0,
        };
        Ok(Value::string(duration::text(seconds.wrapping_mul(SECOND))))
    }),
    Function::new("sprig_durationRound", &[ANY], TEXT, duration_round),
    Function::new("sprig_htmlDate", &[ANY], TEXT, |call, arguments| {
        shown(call, b"2006-01-02", arguments.value(0)?, b"Local")
    }),
    Function::new("sprig_htmlDateInZone", &[ANY, TEXT], TEXT, |call, arguments| {
        shown(call, b"2006-01-02", arguments.value(0)?, arguments.text(1)?.as_bytes())
    }),
    Function::new("sprig_mustDateModify", &[TEXT, MOMENT], MOMENT, modified),
    Function::new("sprig_mustToDate", &[TEXT, TEXT], MOMENT, |call, arguments| {
        Ok(Value::object(read(call, arguments)??))
    }),
    Function::new("sprig_must_date_modify", &[TEXT, MOMENT], MOMENT, modified),
    Function::new("sprig_now", &[], MOMENT, |call, _| Ok(Value::object(now(call)))),
    Function::new("sprig_toDate", &[TEXT, TEXT], MOMENT, |call, arguments| {
        Ok(Value::object(read(call, arguments)?.unwrap_or_else(|_| Time::zero())))
    }),
    Function::new("sprig_unixEpoch", &[MOMENT], TEXT, |_, arguments| {
        Ok(Value::string(time(arguments, 0)?.unix.to_string()))
    }),
    Function::variadic("timestamp", &[TEXT], TEXT, timestamp),
];

const DATE_IN_ZONE: Body = |call, arguments| {
    shown(
        call,
        arguments.text(0)?.as_bytes(),
        arguments.value(1)?,
        arguments.text(2)?.as_bytes(),
    )
};

const MODIFY_OR_KEEP: Body = |call, arguments| match modified(call, arguments) {
    Err(FunctionError::Failed(_)) => Ok(arguments.value(1)?.clone()),
    result => result,
};

fn local(call: &mut Call<'_>) -> Zone {
    Zone::local(call.source().time_zone())
}

fn now(call: &mut Call<'_>) -> Time {
    let zone = local(call);
    Time::from_timestamp(call.source().now(), zone)
}

fn timestamp(call: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let now = now(call).in_zone(Zone::Utc);
    let layout: &[u8] = match arguments.len() {
        0 => b"2006-01-02T15:04:05Z07:00",
        1 => arguments.text(0)?.as_bytes(),
        count => {
            let text = format!("timestamp: wrong number of arguments, expected 0 or 1, but got {count}");
            return Err(text.into());
        }
    };
    call.reserve(layout.len().saturating_mul(4))?;
    Ok(Value::string(match layout {
        b"unix" => now.unix.to_string().into_bytes(),
        layout => now.format(layout),
    }))
}

/// The time a value stands for: itself, Unix seconds, or now for anything else.
fn moment(call: &mut Call<'_>, value: &Value) -> Time {
    let unix = match value {
        Value::Object(object) => match object.as_any().downcast_ref::<Time>() {
            Some(time) => return time.clone(),
            None => None,
        },
        Value::Int(IntType::Int | IntType::Int32 | IntType::Int64, unix) => Some(*unix),
        _ => None,
    };
    match unix {
        Some(unix) => Time {
            unix,
            nanoseconds: 0,
            zone: local(call),
        },
        None => now(call),
    }
}

/// A time in a zone of that name, which is UTC when it is not known.
fn shown(call: &mut Call<'_>, layout: &[u8], value: &Value, zone: &[u8]) -> Outcome {
    call.reserve(layout.len().saturating_mul(4))?;
    let time = moment(call, value);
    let zone = match zone {
        b"" | b"UTC" => Zone::Utc,
        b"Local" => local(call),
        name => {
            let name = std::str::from_utf8(name).unwrap_or("");
            call.source()
                .named_time_zone(name)
                .map_or(Zone::Utc, |zone| Zone::Rules(zone, "Named"))
        }
    };
    Ok(Value::string(time.in_zone(zone).format(layout)))
}

fn modified(_: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let nanoseconds = duration::parse(arguments.text(0)?.as_bytes())?;
    Ok(Value::object(time(arguments, 1)?.later(nanoseconds)))
}

fn read(call: &mut Call<'_>, arguments: Arguments<'_>) -> Result<Result<Time, Vec<u8>>, FunctionError> {
    let zone = local(call);
    Ok(reading::parse(
        arguments.text(0)?.as_bytes(),
        arguments.text(1)?.as_bytes(),
        &zone,
    ))
}

fn ago(call: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let value = arguments.value(0)?;
    let since = now(call).since(&moment(call, value));
    Ok(Value::string(duration::text(duration::round(since, SECOND))))
}

/// Go's `strconv.ParseInt` without its error: what is out of range is the nearest integer.
fn lenient_integer(text: &[u8]) -> i64 {
    match super::super::numbers::parse_int(text, 10) {
        Ok(number) => number,
        Err(crate::strconv::NumberError::Syntax) => 0,
        Err(crate::strconv::NumberError::Range) if text.starts_with(b"-") => i64::MIN,
        Err(crate::strconv::NumberError::Range) => i64::MAX,
    }
}

/// The largest unit only, rounded down.
fn duration_round(call: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let nanoseconds = match arguments.value(0)? {
        Value::String(text) => duration::parse(text.as_bytes()).unwrap_or(0),
        Value::Int(IntType::Int64, number) => *number,
        Value::Object(object) => match object.as_any().downcast_ref::<Time>() {
            Some(time) => now(call).since(time),
            None => 0,
        },
        _ => 0,
    };
    const HOUR: u64 = 3_600_000_000_000;
    let units = [
        (HOUR * 24 * 365, "y"),
        (HOUR * 24 * 30, "mo"),
        (HOUR * 24, "d"),
        (HOUR, "h"),
        (HOUR / 60, "m"),
        (HOUR / 3_600, "s"),
    ];
    let size = nanoseconds.unsigned_abs();
    let unit = units.iter().find(|(unit, _)| size > *unit);
    Ok(Value::string(unit.map_or_else(
        || "0s".to_owned(),
        |(unit, name)| format!("{}{name}", size / unit),
    )))
}
