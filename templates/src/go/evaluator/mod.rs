//! Evaluates pipelines, commands, fields and arguments.

mod arguments;
mod calls;
mod fields;

use super::executor::{Executor, string};
use super::failure::Outcome;
use super::frames::Slot;
use super::nodes::{Command, Operand, Pipe, Place, Term};
use super::number::Number;
use crate::value::{Type, Value};

/// The arguments of a command as they stand: operands, and the value of the pipeline so far as the last one.
#[derive(Clone, Copy)]
struct Given<'t, 'v> {
    operands: &'t [Operand],
    last: Option<&'v Value>,
}

impl Given<'_, '_> {
    const NONE: Self = Given {
        operands: &[],
        last: None,
    };

    fn is_empty(&self) -> bool {
        self.operands.is_empty() && self.last.is_none()
    }

    fn len(&self) -> usize {
        self.operands.len() + usize::from(self.last.is_some())
    }
}

impl<'t> Executor<'t, '_, '_> {
    /// The value of a pipeline, which also goes to its variables.
    pub(super) fn pipeline(&mut self, dot: &Slot, pipe: &'t Pipe) -> Outcome<Value> {
        self.enter(Place::Pipe(pipe));
        let mut value = None;
        for command in &pipe.commands {
            let result = self.command(dot, command, value.as_ref())?;
            value = Some(match result {
                Value::Null(Type::Any) => Value::Nil,
                result => result,
            });
        }
        let value = value.unwrap_or(Value::Nil);
        for name in &pipe.variables {
            match pipe.assigns {
                true => self.assign(name, Slot::plain(value.clone()))?,
                false => self.variables.push((name, Slot::plain(value.clone()))),
            }
        }
        Ok(value)
    }

    /// A pipeline in parentheses.
    fn inner_pipeline(&mut self, dot: &Slot, pipe: &'t Pipe) -> Outcome<Value> {
        let descended = self.call.descend(1);
        self.limited(descended)?;
        let result = self.pipeline(dot, pipe);
        self.call.ascend(1);
        result
    }

    fn command(&mut self, dot: &Slot, command: &'t Command, last: Option<&Value>) -> Outcome<Value> {
        let Some((first, operands)) = command.operands.split_first() else {
            return Ok(Value::Nil);
        };
        let given = Given { operands, last };
        match &first.term {
            Term::Field(_) | Term::Chain { .. } | Term::Variable { .. } => {
                return self.path(dot, first, given).map(|slot| slot.value);
            }
            Term::Identifier(callee) => return self.function(dot, *callee, first, Place::Command(command), given),
            Term::Pipe(pipe) => {
                self.takes_no_arguments(first, given)?;
                return self.inner_pipeline(dot, pipe);
            }
            Term::Bool(_) | Term::Dot | Term::Nil | Term::Number(_) | Term::String { .. } => {}
        }
        self.enter(Place::Operand(first));
        self.takes_no_arguments(first, given)?;
        match &first.term {
            Term::Dot => Ok(dot.value.clone()),
            Term::Nil => self.error("nil is not a command"),
            _ => self.literal(first),
        }
    }

    fn takes_no_arguments(&self, operand: &Operand, given: Given<'_, '_>) -> Outcome<()> {
        if given.is_empty() {
            return Ok(());
        }
        let mut shown = Vec::new();
        operand.term.show(&mut shown);
        self.error([b"can't give argument to non-function ", &shown[..]].concat())
    }

    /// A literal where nothing says what it should be.
    fn literal(&mut self, operand: &'t Operand) -> Outcome<Value> {
        self.enter(Place::Operand(operand));
        match &operand.term {
            Term::Bool(truth) => Ok(Value::Bool(*truth)),
            Term::String { text, .. } => Ok(string(text)),
            Term::Number(number) => self.ideal_constant(number),
            _ => self.cannot_handle(operand, "can't handle assignment of ", " to empty interface argument"),
        }
    }

    fn cannot_handle<T>(&self, operand: &Operand, before: &str, after: &str) -> Outcome<T> {
        let mut shown = before.as_bytes().to_vec();
        operand.term.show(&mut shown);
        shown.extend_from_slice(after.as_bytes());
        self.error(shown)
    }

    fn ideal_constant(&self, number: &Number) -> Outcome<Value> {
        match *number {
            Number {
                complex: Some((real, imaginary)),
                ..
            } => Ok(Value::Complex(real, imaginary)),
            Number { float: Some(float), .. } if number.is_written_as_float() => Ok(Value::Float(float)),
            Number { int: Some(int), .. } => Ok(Value::int(int)),
            Number { uint: Some(_), .. } => self.error([&number.text[..], b" overflows int"].concat()),
            _ => Ok(Value::Nil),
        }
    }

    /// A field, a variable or a chain, with the fields that follow.
    fn path(&mut self, dot: &Slot, operand: &'t Operand, given: Given<'t, '_>) -> Outcome<Slot> {
        self.enter(Place::Operand(operand));
        match &operand.term {
            Term::Field(fields) => self.fields(dot, dot.clone(), operand, fields, given),
            Term::Variable { name, fields } => {
                let value = self.variable(name)?;
                if fields.is_empty() {
                    self.takes_no_arguments(operand, given)?;
                    return Ok(value);
                }
                self.fields(dot, value, operand, fields, given)
            }
            Term::Chain { of, fields } => {
                let value = self.argument(dot, None, of)?;
                self.fields(dot, Slot::plain(value), operand, fields, given)
            }
            _ => Ok(dot.clone()),
        }
    }
}
