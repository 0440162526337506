//! consul-template's arithmetic: every function is `f(b, a)`, so that the piped value is the left operand.

use super::print;
use crate::function::{Arguments, Function, FunctionError};
use crate::{Call, Type, Value};

const ANY: Type = Type::Any;
const BOTH: &[Type] = &[ANY, ANY];

pub(super) static TABLE: &[Function] = &[
    Function::new("add", BOTH, ANY, |call, arguments| calculate(call, arguments, &ADD)),
    Function::new("divide", BOTH, ANY, |call, arguments| {
        calculate(call, arguments, &DIVIDE)
    }),
    Function::new("maximum", BOTH, ANY, |call, arguments| {
        choose(call, arguments, "maximum", |a, b| a > b)
    }),
    Function::new("minimum", BOTH, ANY, |call, arguments| {
        choose(call, arguments, "minimum", |a, b| a < b)
    }),
    Function::new("modulo", BOTH, ANY, |call, arguments| {
        calculate(call, arguments, &MODULO)
    }),
    Function::new("multiply", BOTH, ANY, |call, arguments| {
        calculate(call, arguments, &MULTIPLY)
    }),
    Function::new("subtract", BOTH, ANY, |call, arguments| {
        calculate(call, arguments, &SUBTRACT)
    }),
];

pub(super) const DIVISION_BY_ZERO: &str = "runtime error: integer divide by zero";

/// One operation for each pair of kinds. An operation without floats is for whole numbers only.
struct Operation {
    name: &'static str,
    ints: fn(i64, i64) -> Option<i64>,
    uints: fn(u64, u64) -> Option<u64>,
    floats: Option<fn(f64, f64) -> f64>,
}

static ADD: Operation = Operation {
    name: "add",
    ints: |a, b| Some(a.wrapping_add(b)),
    uints: |a, b| Some(a.wrapping_add(b)),
    floats: Some(|a, b| a + b),
};
static SUBTRACT: Operation = Operation {
    name: "subtract",
    ints: |a, b| Some(a.wrapping_sub(b)),
    uints: |a, b| Some(a.wrapping_sub(b)),
    floats: Some(|a, b| a - b),
};
static MULTIPLY: Operation = Operation {
    name: "multiply",
    ints: |a, b| Some(a.wrapping_mul(b)),
    uints: |a, b| Some(a.wrapping_mul(b)),
    floats: Some(|a, b| a * b),
};
static DIVIDE: Operation = Operation {
    name: "divide",
    ints: |a, b| (b != 0).then(|| a.wrapping_div(b)),
    uints: u64::checked_div,
    floats: Some(|a, b| a / b),
};
static MODULO: Operation = Operation {
    name: "modulo",
    ints: |a, b| (b != 0).then(|| a.wrapping_rem(b)),
    uints: u64::checked_rem,
    floats: None,
};

/// An operand of a kind that arithmetic knows.
#[derive(Clone, Copy)]
enum Number {
    Int(i64),
    Uint(u64),
    Float(f64),
}

impl Number {
    fn of(value: &Value) -> Option<Number> {
        match value {
            Value::Int(_, number) => Some(Number::Int(*number)),
            Value::Uint(_, number) => Some(Number::Uint(*number)),
            Value::Float(number) => Some(Number::Float(*number)),
            Value::Object(object) if !object.is_pointer() => Number::of(&object.underlying()?),
            _ => None,
        }
    }

    fn float(self) -> f64 {
        match self {
            Number::Int(number) => number as f64,
            Number::Uint(number) => number as f64,
            Number::Float(number) => number,
        }
    }

    /// As Go converts it: an unsigned integer that is too large wraps round.
    fn int(self) -> i64 {
        match self {
            Number::Int(number) => number,
            Number::Uint(number) => number as i64,
            Number::Float(number) => number as i64,
        }
    }

    fn value(self) -> Value {
        match self {
            Number::Int(number) => Value::int64(number),
            Number::Uint(number) => Value::uint64(number),
            Number::Float(number) => Value::Float(number),
        }
    }
}

/// The left and the right operand. The left one is judged first.
fn operands(
    call: &mut Call<'_>,
    arguments: Arguments<'_>,
    name: &str,
    floats: bool,
) -> Result<(Number, Number), FunctionError> {
    let known = |value: &Value| Number::of(value).filter(|number| floats || !matches!(number, Number::Float(_)));
    let (b, a) = (arguments.value(0)?, arguments.value(1)?);
    let left = known(a).ok_or(a);
    let right = known(b).ok_or(b);
    match (left, right) {
        (Ok(left), Ok(right)) => Ok((left, right)),
        (Err(value), _) | (_, Err(value)) => Err(unknown(call, name, value)),
    }
}

fn unknown(call: &mut Call<'_>, name: &str, value: &Value) -> FunctionError {
    let quoted = match value {
        Value::Nil | Value::Null(Type::Any) => Ok(b"<invalid reflect.Value>".to_vec()),
        value => print::formatted(call, b"%q", std::slice::from_ref(value)),
    };
    let mut text = format!("{name}: unknown type for ").into_bytes();
    match quoted {
        Ok(quoted) => text.extend(quoted),
        Err(error) => return error,
    }
    text.extend(format!(" ({})", print::type_name(value)).into_bytes());
    text.into()
}

fn calculate(call: &mut Call<'_>, arguments: Arguments<'_>, operation: &Operation) -> Result<Value, FunctionError> {
    let (a, b) = operands(call, arguments, operation.name, operation.floats.is_some())?;
    let result = match (a, b, operation.floats) {
        (Number::Float(_), _, Some(floats)) | (_, Number::Float(_), Some(floats)) => {
            return Ok(Value::Float(floats(a.float(), b.float())));
        }
        (Number::Uint(a), Number::Uint(b), _) => (operation.uints)(a, b).map(Value::uint64),
        (a, b, _) => (operation.ints)(a.int(), b.int()).map(Value::int64),
    };
    result.ok_or_else(|| DIVISION_BY_ZERO.into())
}

fn choose(
    call: &mut Call<'_>,
    arguments: Arguments<'_>,
    name: &str,
    first: fn(f64, f64) -> bool,
) -> Result<Value, FunctionError> {
    let (a, b) = operands(call, arguments, name, true)?;
    let left = match (a, b) {
        (Number::Float(_), _) | (_, Number::Float(_)) => first(a.float(), b.float()),
        (Number::Uint(a), Number::Uint(b)) => a != b && first(f64::from(u8::from(a > b)), f64::from(u8::from(a < b))),
        (a, b) => {
            let (a, b) = (a.int(), b.int());
            a != b && first(f64::from(u8::from(a > b)), f64::from(u8::from(a < b)))
        }
    };
    Ok(if left { a } else { b }.value())
}
