//! Arguments: what is assignable to a parameter, and literals that adapt to it.

use super::super::executor::{Executor, string};
use super::super::failure::Outcome;
use super::super::frames::Slot;
use super::super::nodes::{Operand, Place, Term};
use super::Given;
use crate::value::{IntType, Type, UintType, Value, zero};

impl<'t> Executor<'t, '_, '_> {
    /// An argument for a parameter of a type; none means that any value will do, as the start of a chain.
    pub(super) fn argument(&mut self, dot: &Slot, of: Option<Type>, operand: &'t Operand) -> Outcome<Value> {
        self.step(1)?;
        self.enter(Place::Operand(operand));
        let value = match &operand.term {
            Term::Dot => dot.value.clone(),
            Term::Nil => return self.nil_argument(of, operand),
            Term::Field(_) | Term::Variable { .. } | Term::Chain { .. } => self.path(dot, operand, Given::NONE)?.value,
            Term::Pipe(pipe) => self.pipeline(dot, pipe)?,
            Term::Identifier(callee) => self.function(dot, *callee, operand, Place::Operand(operand), Given::NONE)?,
            Term::Bool(_) | Term::Number(_) | Term::String { .. } => return self.constant(of, operand),
        };
        self.checked(value, of)
    }

    fn nil_argument(&self, of: Option<Type>, operand: &Operand) -> Outcome<Value> {
        match of {
            Some(of) if of.can_be_nil() => Ok(zero(of)),
            Some(of) => self.error(format!("cannot assign nil to {of}")),
            None => self.cannot_handle(operand, "indirection through explicit nil in ", ""),
        }
    }

    /// A literal for a parameter of a type, which it adapts to.
    fn constant(&mut self, of: Option<Type>, operand: &'t Operand) -> Outcome<Value> {
        let number = match &operand.term {
            Term::Number(number) => Some(number),
            _ => None,
        };
        let (value, expected) = match (of, &operand.term) {
            (None | Some(Type::Any | Type::Reflect), _) => return self.literal(operand),
            (Some(Type::Bool), Term::Bool(truth)) => (Some(Value::Bool(*truth)), "bool"),
            (Some(Type::Bool), _) => (None, "bool"),
            (Some(Type::String), Term::String { text, .. }) => (Some(string(text)), "string"),
            (Some(Type::Number), Term::String { text, .. }) => (Some(Value::Number(text.clone())), "string"),
            (Some(Type::String | Type::Number), _) => (None, "string"),
            (Some(Type::Int(int)), _) => (
                number
                    .and_then(|number| number.int)
                    .map(|number| truncated(int, number)),
                "integer",
            ),
            // A named integer type, such as `time.Duration`.
            (Some(Type::Named(named)), _) if !named.is_struct => {
                (number.and_then(|number| number.int).map(Value::int64), "integer")
            }
            (Some(Type::Uint(uint)), _) => {
                let value = number.and_then(|number| number.uint);
                (value.map(|number| truncated_unsigned(uint, number)), "unsigned integer")
            }
            (Some(Type::Float64), _) => (number.and_then(|number| number.float).map(Value::Float), "float"),
            (Some(Type::Complex128), _) => {
                let value = number.and_then(|number| number.complex);
                (
                    value.map(|(real, imaginary)| Value::Complex(real, imaginary)),
                    "complex",
                )
            }
            (Some(of), _) => return self.cannot_handle(operand, "can't handle ", &format!(" for arg of type {of}")),
        };
        match value {
            Some(value) => Ok(value),
            None => self.cannot_handle(operand, &format!("expected {expected}; found "), ""),
        }
    }

    /// A value that may be given where a type is expected.
    pub(super) fn checked(&self, value: Value, of: Option<Type>) -> Outcome<Value> {
        let Some(of) = of else { return Ok(value) };
        let Some(actual) = value.type_of() else {
            return match of.can_be_nil() {
                true => Ok(zero(of)),
                false => self.error(format!("invalid value; expected {of}")),
            };
        };
        let followed = matches!((actual, of), (Type::Pointer(from), Type::Named(to)) if from == to);
        if matches!(of, Type::Any | Type::Reflect) || actual == of {
            return Ok(value);
        }
        match (followed, value.is_nil()) {
            (true, false) => Ok(value),
            (true, true) => self.error(format!("dereference of nil pointer of type {of}")),
            (false, _) => self.error(format!("wrong type for value; expected {of}; got {actual}")),
        }
    }
}

/// A function with an `interface {}` parameter sees one kind of nil only.
pub(super) fn as_argument(value: Value, of: Type) -> Value {
    match (&value, of) {
        (Value::Null(Type::Any), Type::Any) => Value::Nil,
        _ => value,
    }
}

#[allow(clippy::cast_possible_truncation)] // Go's conversion cuts off high bits.
fn truncated(int: IntType, number: i64) -> Value {
    let number = match int {
        IntType::Int | IntType::Int64 => number,
        IntType::Int8 => i64::from(number as i8),
        IntType::Int16 => i64::from(number as i16),
        IntType::Int32 => i64::from(number as i32),
    };
    Value::Int(int, number)
}

#[allow(clippy::cast_possible_truncation)] // Go's conversion cuts off high bits.
fn truncated_unsigned(uint: UintType, number: u64) -> Value {
    let number = match uint {
        UintType::Uint | UintType::Uint64 => number,
        UintType::Uint8 => u64::from(number as u8),
        UintType::Uint16 => u64::from(number as u16),
        UintType::Uint32 => u64::from(number as u32),
    };
    Value::Uint(uint, number)
}
