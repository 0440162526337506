//! Methods of `time.Time` and of the types its methods give.

use super::calendar::{self, Civil, MONTHS, WEEKDAYS};
use super::duration::{self, DURATION, Duration};
use super::zone::{LOCATION, Location};
use super::{MONTH, NamedNumber, Time, WEEKDAY, ZERO, Zone, encodings, layout};
use crate::call::Call;
use crate::function::{Arguments, Function, FunctionError};
use crate::value::{Named, Type, Value};

const INT: Type = Type::INT;
const LONG: Type = Type::INT64;
const TEXT: Type = Type::String;
const BYTES: Type = Type::List(&Type::UINT8);

type Outcome = Result<Value, FunctionError>;

/// `time.Time`.
pub(crate) static TIME: Named = Named {
    name: "time.Time",
    is_struct: true,
    fields: &[],
    methods: &[
        Function::new("Add", &[Type::Named(&DURATION)], Type::Named(&TIME), |_, arguments| {
            Ok(Value::object(time(arguments, 0)?.later(span(arguments.value(1)?)?)))
        }),
        Function::new("AddDate", &[INT, INT, INT], Type::Named(&TIME), add_date),
        Function::new("After", &[Type::Named(&TIME)], Type::Bool, |_, arguments| {
            Ok(Value::Bool(order(arguments)? > 0))
        }),
        Function::new("Before", &[Type::Named(&TIME)], Type::Bool, |_, arguments| {
            Ok(Value::Bool(order(arguments)? < 0))
        }),
        Function::new("AppendFormat", &[BYTES, TEXT], BYTES, encodings::append_format),
        Function::new("Clock", &[], Type::Any, |_, _| {
            Err(FunctionError::Signature(
                "function Clock has 3 return values; should be 1 or 2",
            ))
        }),
        Function::new("Compare", &[Type::Named(&TIME)], INT, |_, arguments| {
            Ok(Value::int(order(arguments)?))
        }),
        Function::new("Date", &[], Type::Any, |_, _| {
            Err(FunctionError::Signature(
                "function Date has 3 return values; should be 1 or 2",
            ))
        }),
        Function::new("Day", &[], INT, |_, arguments| Ok(Value::int(civil(arguments)?.day))),
        Function::new("Equal", &[Type::Named(&TIME)], Type::Bool, |_, arguments| {
            Ok(Value::Bool(order(arguments)? == 0))
        }),
        Function::new("Format", &[TEXT], TEXT, |call, arguments| {
            let layout = arguments.text(1)?;
            call.reserve(layout.len().saturating_mul(4))?;
            Ok(Value::string(time(arguments, 0)?.format(layout.as_bytes())))
        }),
        Function::new("GoString", &[], TEXT, go_string),
        Function::new("Hour", &[], INT, |_, arguments| Ok(Value::int(civil(arguments)?.hour))),
        Function::new("ISOWeek", &[], Type::Any, |_, _| {
            Err(FunctionError::Signature(
                "invalid function signature for ISOWeek: second return value should be error; is int",
            ))
        }),
        Function::new("In", &[Type::Pointer(&LOCATION)], Type::Named(&TIME), |_, arguments| {
            let Ok(Location(zone)) = arguments.object(1) else {
                return Err("time: missing Location in call to Time.In".into());
            };
            Ok(Value::object(time(arguments, 0)?.in_zone(zone.clone())))
        }),
        Function::new("IsDST", &[], Type::Bool, |_, arguments| {
            let time = time(arguments, 0)?;
            Ok(Value::Bool(time.zone.is_summer(time.unix)))
        }),
        Function::new("IsZero", &[], Type::Bool, |_, arguments| {
            let time = time(arguments, 0)?;
            Ok(Value::Bool(time.unix == ZERO && time.nanoseconds == 0))
        }),
        Function::new("Local", &[], Type::Named(&TIME), |call, arguments| {
            let zone = Zone::local(call.source().time_zone());
            Ok(Value::object(time(arguments, 0)?.in_zone(zone)))
        }),
        Function::new("Location", &[], Type::Pointer(&LOCATION), |_, arguments| {
            Ok(Value::object(Location(time(arguments, 0)?.zone.clone())))
        }),
        Function::new("MarshalJSON", &[], BYTES, encodings::json),
        Function::new("MarshalText", &[], BYTES, encodings::text),
        Function::new("Minute", &[], INT, |_, arguments| {
            Ok(Value::int(civil(arguments)?.minute))
        }),
        Function::new("Month", &[], Type::Named(&MONTH), |_, arguments| {
            let number = civil(arguments)?.month;
            Ok(Value::object(NamedNumber {
                named: &MONTH,
                number,
                text: layout::name(&MONTHS, number - 1),
            }))
        }),
        Function::new("Nanosecond", &[], INT, |_, arguments| {
            Ok(Value::int(i64::from(time(arguments, 0)?.nanoseconds)))
        }),
        Function::new(
            "Round",
            &[Type::Named(&DURATION)],
            Type::Named(&TIME),
            |_, arguments| rounded(arguments, true),
        ),
        Function::new("Second", &[], INT, |_, arguments| {
            Ok(Value::int(civil(arguments)?.second))
        }),
        Function::new("String", &[], TEXT, string),
        Function::new("Sub", &[Type::Named(&TIME)], Type::Any, |_, arguments| {
            Ok(Value::object(Duration(time(arguments, 0)?.since(time(arguments, 1)?))))
        }),
        Function::new(
            "Truncate",
            &[Type::Named(&DURATION)],
            Type::Named(&TIME),
            |_, arguments| rounded(arguments, false),
        ),
        Function::new("UTC", &[], Type::Named(&TIME), |_, arguments| {
            Ok(Value::object(time(arguments, 0)?.in_zone(Zone::Utc)))
        }),
        Function::new("Unix", &[], LONG, |_, arguments| {
            Ok(Value::int64(time(arguments, 0)?.unix))
        }),
        Function::new("UnixMicro", &[], LONG, |_, arguments| unix(arguments, 1_000)),
        Function::new("UnixMilli", &[], LONG, |_, arguments| unix(arguments, 1_000_000)),
        Function::new("UnixNano", &[], LONG, |_, arguments| unix(arguments, 1)),
        Function::new("Weekday", &[], Type::Named(&WEEKDAY), |_, arguments| {
            let number = calendar::weekday(time(arguments, 0)?);
            Ok(Value::object(NamedNumber {
                named: &WEEKDAY,
                number,
                text: layout::name(&WEEKDAYS, number),
            }))
        }),
        Function::new("Year", &[], INT, |_, arguments| Ok(Value::int(civil(arguments)?.year))),
        Function::new("YearDay", &[], INT, |_, arguments| {
            Ok(Value::int(calendar::year_day(&civil(arguments)?)))
        }),
        Function::new("Zone", &[], Type::Any, |_, _| {
            Err(FunctionError::Signature(
                "invalid function signature for Zone: second return value should be error; is int",
            ))
        }),
        Function::new("ZoneBounds", &[], Type::Any, |_, _| {
            Err(FunctionError::Signature(
                "invalid function signature for ZoneBounds: second return value should be error; is time.Time",
            ))
        }),
    ],
};

pub(super) static NAME_METHODS: &[Function] = &[Function::new("String", &[], TEXT, string)];

pub(super) static DURATION_METHODS: &[Function] = &[
    Function::new("Abs", &[], Type::Any, |_, arguments| {
        Ok(Value::object(Duration(span(arguments.value(0)?)?.saturating_abs())))
    }),
    Function::new("Hours", &[], Type::Float64, |_, arguments| {
        in_units(arguments, 3_600 * duration::SECOND)
    }),
    Function::new("Microseconds", &[], LONG, |_, arguments| {
        Ok(Value::int64(span(arguments.value(0)?)? / 1_000))
    }),
    Function::new("Milliseconds", &[], LONG, |_, arguments| {
        Ok(Value::int64(span(arguments.value(0)?)? / 1_000_000))
    }),
    Function::new("Minutes", &[], Type::Float64, |_, arguments| {
        in_units(arguments, 60 * duration::SECOND)
    }),
    Function::new("Nanoseconds", &[], LONG, |_, arguments| {
        Ok(Value::int64(span(arguments.value(0)?)?))
    }),
    Function::new("Round", &[Type::Named(&DURATION)], Type::Any, |_, arguments| {
        let (length, unit) = (span(arguments.value(0)?)?, span(arguments.value(1)?)?);
        let rounded = if unit <= 0 {
            length
        } else {
            duration::round(length, unit)
        };
        Ok(Value::object(Duration(rounded)))
    }),
    Function::new("Seconds", &[], Type::Float64, |_, arguments| {
        in_units(arguments, duration::SECOND)
    }),
    Function::new("String", &[], TEXT, string),
    Function::new("Truncate", &[Type::Named(&DURATION)], Type::Any, |_, arguments| {
        let (length, unit) = (span(arguments.value(0)?)?, span(arguments.value(1)?)?);
        let whole = if unit <= 0 { length } else { length - length % unit };
        Ok(Value::object(Duration(whole)))
    }),
];

pub(super) fn time<'a>(arguments: Arguments<'a>, index: usize) -> Result<&'a Time, FunctionError> {
    arguments.object(index)
}

fn civil(arguments: Arguments<'_>) -> Result<Civil, FunctionError> {
    Ok(calendar::civil(time(arguments, 0)?))
}

/// Nanoseconds of a `time.Duration` or of a number that stands for one.
fn span(value: &Value) -> Result<i64, FunctionError> {
    match value {
        Value::Int(_, number) => Ok(*number),
        Value::Object(object) => match object.as_any().downcast_ref() {
            Some(Duration(nanoseconds)) => Ok(*nanoseconds),
            None => Err("wrong type for value; expected time.Duration".into()),
        },
        _ => Err("wrong type for value; expected time.Duration".into()),
    }
}

fn order(arguments: Arguments<'_>) -> Result<i64, FunctionError> {
    let (one, two) = (time(arguments, 0)?, time(arguments, 1)?);
    Ok(one.nanoseconds_since_epoch().cmp(&two.nanoseconds_since_epoch()) as i64)
}

fn unix(arguments: Arguments<'_>, unit: i128) -> Outcome {
    let count = time(arguments, 0)?.nanoseconds_since_epoch().div_euclid(unit);
    Ok(Value::int64(count as i64))
}

fn in_units(arguments: Arguments<'_>, unit: i64) -> Outcome {
    let nanoseconds = span(arguments.value(0)?)?;
    Ok(Value::Float(
        (nanoseconds / unit) as f64 + (nanoseconds % unit) as f64 / unit as f64,
    ))
}

fn string(_: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    match arguments.value(0)? {
        Value::Object(object) => Ok(object.text().map_or(Value::Nil, Value::String)),
        _ => Ok(Value::Nil),
    }
}

fn add_date(_: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let time = time(arguments, 0)?;
    let mut civil = calendar::civil(time);
    civil.year = civil.year.saturating_add(arguments.int(1)?);
    civil.month = civil.month.saturating_add(arguments.int(2)?);
    civil.day = civil.day.saturating_add(arguments.int(3)?);
    Ok(Value::object(calendar::date(
        &civil,
        time.nanoseconds,
        time.zone.clone(),
    )))
}

/// To a multiple of a duration since Go's zero time.
fn rounded(arguments: Arguments<'_>, nearest: bool) -> Outcome {
    let (time, unit) = (time(arguments, 0)?, span(arguments.value(1)?)?);
    if unit <= 0 {
        return Ok(arguments.value(0)?.clone());
    }
    let since_zero = time.nanoseconds_since_epoch() - i128::from(ZERO) * i128::from(duration::SECOND);
    let rest = i64::try_from(since_zero.rem_euclid(i128::from(unit))).unwrap_or(0);
    let up = nearest && rest >= unit - rest;
    Ok(Value::object(time.later(if up { unit - rest } else { -rest })))
}

fn go_string(_: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    Ok(Value::string(time(arguments, 0)?.go_string()))
}
