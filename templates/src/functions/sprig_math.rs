//! sprig's arithmetic, which converts whatever it is given to a number.

use super::cast::{float, int};
use super::decimal::Decimal;
use super::math::DIVISION_BY_ZERO;
use super::{numbers, print};
use crate::function::{Arguments, Function, FunctionError};
use crate::strconv::NumberError;
use crate::{Call, List, Type, Value};

const ANY: Type = Type::Any;
const LONG: Type = Type::INT64;
const FLOAT: Type = Type::Float64;
const INT: Type = Type::INT;
const TEXT: Type = Type::String;

type Outcome = Result<Value, FunctionError>;

pub(super) static TABLE: &[Function] = &[
    Function::variadic("sprig_add", &[ANY], LONG, |_, arguments| {
        Ok(Value::int64(
            arguments
                .all()
                .iter()
                .fold(0, |sum, value| i64::wrapping_add(sum, int(value))),
        ))
    }),
    Function::new("sprig_add1", &[ANY], LONG, |_, arguments| {
        Ok(Value::int64(int(arguments.value(0)?).wrapping_add(1)))
    }),
    Function::new("sprig_add1f", &[ANY], FLOAT, |_, arguments| {
        decimals(&[arguments.value(0)?.clone(), Value::int(1)], |a, b| Some(a.add(b)))
    }),
    Function::variadic("sprig_addf", &[ANY], FLOAT, |_, arguments| {
        let mut all = vec![Value::int(0)];
        all.extend_from_slice(arguments.all());
        decimals(&all, |a, b| Some(a.add(b)))
    }),
    Function::new("sprig_atoi", &[TEXT], INT, |_, arguments| {
        Ok(Value::int(atoi(arguments.text(0)?.as_bytes())))
    }),
    Function::variadic("sprig_biggest", &[ANY, ANY], LONG, max),
    Function::new("sprig_ceil", &[ANY], FLOAT, |_, arguments| {
        Ok(Value::Float(float(arguments.value(0)?).ceil()))
    }),
    Function::new("sprig_div", &[ANY, ANY], LONG, |_, arguments| {
        whole(arguments, i64::wrapping_div)
    }),
    Function::variadic("sprig_divf", &[ANY, ANY], FLOAT, |_, arguments| {
        decimals(arguments.all(), Decimal::divide)
    }),
    Function::new("sprig_float64", &[ANY], FLOAT, |_, arguments| {
        Ok(Value::Float(float(arguments.value(0)?)))
    }),
    Function::new("sprig_floor", &[ANY], FLOAT, |_, arguments| {
        Ok(Value::Float(float(arguments.value(0)?).floor()))
    }),
    Function::new("sprig_int", &[ANY], INT, |_, arguments| {
        Ok(Value::int(int(arguments.value(0)?)))
    }),
    Function::new("sprig_int64", &[ANY], LONG, |_, arguments| {
        Ok(Value::int64(int(arguments.value(0)?)))
    }),
    Function::variadic("sprig_max", &[ANY, ANY], LONG, max),
    Function::variadic("sprig_maxf", &[ANY, ANY], FLOAT, |_, arguments| {
        Ok(Value::Float(
            arguments.all().iter().map(float).fold(f64::NEG_INFINITY, go_max),
        ))
    }),
    Function::variadic("sprig_min", &[ANY, ANY], LONG, |_, arguments| {
        Ok(Value::int64(arguments.all().iter().map(int).min().unwrap_or(0)))
    }),
    Function::variadic("sprig_minf", &[ANY, ANY], FLOAT, |_, arguments| {
        Ok(Value::Float(
            -arguments
                .all()
                .iter()
                .map(|value| -float(value))
                .fold(f64::NEG_INFINITY, go_max),
        ))
    }),
    Function::new("sprig_mod", &[ANY, ANY], LONG, |_, arguments| {
        whole(arguments, i64::wrapping_rem)
    }),
    Function::variadic("sprig_mul", &[ANY, ANY], LONG, |_, arguments| {
        Ok(Value::int64(
            arguments
                .all()
                .iter()
                .fold(1, |product, value| i64::wrapping_mul(product, int(value))),
        ))
    }),
    Function::variadic("sprig_mulf", &[ANY, ANY], FLOAT, |_, arguments| {
        decimals(arguments.all(), |a, b| Some(a.multiply(b)))
    }),
    Function::variadic("sprig_round", &[ANY, INT, FLOAT], FLOAT, round),
    Function::variadic("sprig_seq", &[INT], TEXT, seq),
    Function::new("sprig_sub", &[ANY, ANY], LONG, |_, arguments| {
        Ok(Value::int64(
            int(arguments.value(0)?).wrapping_sub(int(arguments.value(1)?)),
        ))
    }),
    Function::variadic("sprig_subf", &[ANY, ANY], FLOAT, |_, arguments| {
        decimals(arguments.all(), |a, b| Some(a.subtract(b)))
    }),
    Function::new("sprig_toDecimal", &[ANY], LONG, to_decimal),
    Function::new("sprig_until", &[INT], crate::INT_LIST, |call, arguments| {
        let stop = arguments.int(0)?;
        int_list(call, 0, stop, if stop < 0 { -1 } else { 1 })
    }),
    Function::new(
        "sprig_untilStep",
        &[INT, INT, INT],
        crate::INT_LIST,
        |call, arguments| int_list(call, arguments.int(0)?, arguments.int(1)?, arguments.int(2)?),
    ),
];

/// Go's `strconv.Atoi` without its error: a text that is out of range gives the nearest integer.
fn atoi(text: &[u8]) -> i64 {
    match numbers::parse_int(text, 10) {
        Ok(number) => number,
        Err(NumberError::Syntax) => 0,
        Err(NumberError::Range) if text.starts_with(b"-") => i64::MIN,
        Err(NumberError::Range) => i64::MAX,
    }
}

fn max(_: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    Ok(Value::int64(arguments.all().iter().map(int).max().unwrap_or(0)))
}

/// Go's `math.Max`: NaN wins over all but infinity.
fn go_max(a: f64, b: f64) -> f64 {
    match (a, b) {
        (a, b) if a == f64::INFINITY || b == f64::INFINITY => f64::INFINITY,
        (a, b) if a.is_nan() || b.is_nan() => f64::NAN,
        (a, b) if a == 0.0 && b == 0.0 => {
            if a.is_sign_negative() {
                b
            } else {
                a
            }
        }
        (a, b) => {
            if a > b {
                a
            } else {
                b
            }
        }
    }
}

fn whole(arguments: Arguments<'_>, operation: fn(i64, i64) -> i64) -> Outcome {
    match (int(arguments.value(0)?), int(arguments.value(1)?)) {
        (_, 0) => Err(DIVISION_BY_ZERO.into()),
        (a, b) => Ok(Value::int64(operation(a, b))),
    }
}

fn decimals(values: &[Value], operation: fn(&Decimal, &Decimal) -> Option<Decimal>) -> Outcome {
    let read = |value: &Value| {
        let number = float(value);
        Decimal::from_float(number).ok_or_else(|| {
            let name = if number.is_nan() {
                "NaN"
            } else if number > 0.0 {
                "+Inf"
            } else {
                "-Inf"
            };
            FunctionError::from(format!("Cannot create a Decimal from {name}"))
        })
    };
    let mut values = values.iter();
    let mut result = values.next().map(read).transpose()?.ok_or("no operand")?;
    for value in values {
        result = operation(&result, &read(value)?).ok_or("decimal division by 0")?;
    }
    Ok(Value::Float(result.to_float()))
}

fn round(_: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let threshold = match arguments.rest(2).first() {
        Some(value) => float(value),
        None => 0.5,
    };
    let power = power_of_ten(arguments.int(1)?);
    let digit = power * float(arguments.value(0)?);
    let rounded = if digit.fract() >= threshold {
        digit.ceil()
    } else {
        digit.floor()
    };
    Ok(Value::Float(rounded / power))
}

/// Go's `math.Pow(10, n)`, exact where it can be.
fn power_of_ten(places: i64) -> f64 {
    format!("1e{places}").parse().unwrap_or(f64::INFINITY)
}

/// The integers of a loop; empty when the step leads away from the end.
fn steps(call: &mut Call<'_>, start: i64, stop: i64, step: i64) -> Result<Vec<i64>, FunctionError> {
    let mut numbers = Vec::new();
    if (stop < start && step >= 0) || (stop >= start && step <= 0) {
        return Ok(numbers);
    }
    let mut next = start;
    while if step > 0 { next < stop } else { next > stop } {
        if numbers.len() % 1024 == 0 {
            call.reserve(1024 * size_of::<Value>())?;
            call.step(1024)?;
        }
        numbers.push(next);
        match next.checked_add(step) {
            Some(number) => next = number,
            None => break,
        }
    }
    Ok(numbers)
}

fn int_list(call: &mut Call<'_>, start: i64, stop: i64, step: i64) -> Outcome {
    let numbers = steps(call, start, stop, step)?;
    let items = numbers.into_iter().map(Value::int).collect();
    Ok(Value::List(List::appended(Type::INT, items, 0)))
}

fn seq(call: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let parameters: Vec<i64> = (0..arguments.len())
        .map(|at| arguments.int(at))
        .collect::<Result<_, _>>()?;
    let (start, step, end) = match parameters[..] {
        [end] => (1, if end < 1 { -1 } else { 1 }, end),
        [start, end] => (start, if end < start { -1 } else { 1 }, end),
        [start, step, end] if end < start && step > 0 => (start, 0, end),
        [start, step, end] => (start, step, end),
        _ => return Ok(Value::string("")),
    };
    let beyond = match parameters.len() {
        3 if end < start => -1,
        3 => 1,
        _ => step,
    };
    let numbers = match step {
        0 => Vec::new(),
        step => steps(call, start, end.saturating_add(beyond), step)?,
    };
    let texts: Vec<String> = numbers.iter().map(i64::to_string).collect();
    Ok(Value::string(texts.join(" ")))
}

/// Reads the printed value as octal digits.
fn to_decimal(call: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let printed = print::plain(call, arguments.value(0)?)?;
    Ok(Value::int64(numbers::parse_int(&printed, 8).unwrap_or(0)))
}
