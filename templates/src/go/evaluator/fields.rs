//! Fields, methods and map entries after a dot.

use super::super::executor::Executor;
use super::super::failure::Outcome;
use super::super::frames::Slot;
use super::super::nodes::{Operand, Place};
use super::Given;
use crate::fmt;
use crate::function::Function;
use crate::value::{Map, NUMBER_METHODS, Type, Value, zero};

impl<'t> Executor<'t, '_, '_> {
    /// Follows fields; only the last can be a method with arguments.
    pub(super) fn fields(
        &mut self,
        dot: &Slot,
        receiver: Slot,
        operand: &'t Operand,
        fields: &'t [Vec<u8>],
        given: Given<'t, '_>,
    ) -> Outcome<Slot> {
        let mut value = receiver;
        for (index, field) in fields.iter().enumerate() {
            let given = if index + 1 == fields.len() { given } else { Given::NONE };
            value = self.field(dot, value, operand, field, given)?;
        }
        Ok(value)
    }

    fn field(
        &mut self,
        dot: &Slot,
        receiver: Slot,
        operand: &'t Operand,
        name: &'t [u8],
        given: Given<'t, '_>,
    ) -> Outcome<Slot> {
        self.step(1)?;
        let Slot { value: receiver, boxed } = receiver;
        let Some(of) = receiver.type_of() else {
            return match self.call.options().error_on_missing_key {
                true => self.error([b"nil data; no entry for key ", &fmt::quote::quoted(name)[..]].concat()),
                false => Ok(Slot::plain(Value::Nil)),
            };
        };
        let of = if boxed { Type::Any } else { of };
        let shown = String::from_utf8_lossy(name);
        let nil_pointer = |executor: &Self| executor.error(format!("nil pointer evaluating {of}.{shown}"));
        if matches!(receiver, Value::Null(Type::Any)) {
            return nil_pointer(self);
        }
        if let Some(method) = method_of(&receiver, &shown) {
            return self
                .invoke(dot, method, Some(receiver), Place::Operand(operand), given)
                .map(Slot::plain);
        }
        match &receiver {
            Value::Null(Type::Pointer(named)) if named.field(&shown).is_some() => return nil_pointer(self),
            Value::Object(object) => {
                if let Some(index) = object.named().field(&shown) {
                    if !given.is_empty() {
                        return self.error(format!("{shown} has arguments but cannot be invoked as function"));
                    }
                    return Ok(Slot::taken_from(object.field(index), object.named().fields[index].of));
                }
            }
            Value::Map(map) if matches!(map.key(), Type::String | Type::Any) => {
                if !given.is_empty() {
                    return self.error(format!("{shown} is not a method but has arguments"));
                }
                return self.entry(map, name);
            }
            _ => {}
        }
        self.error(format!("can't evaluate field {shown} in type {of}"))
    }

    fn entry(&self, map: &Map, name: &[u8]) -> Outcome<Slot> {
        match map.get(name) {
            Some(value) => Ok(Slot::taken_from(value, map.element())),
            None if self.call.options().error_on_missing_key => {
                self.error([b"map has no entry for key ", &fmt::quote::quoted(name)[..]].concat())
            }
            None => Ok(Slot::plain(zero(map.element()))),
        }
    }
}

fn method_of(receiver: &Value, name: &str) -> Option<&'static Function> {
    match receiver {
        Value::Object(object) => object.named().method(name),
        Value::Number(_) => NUMBER_METHODS.iter().find(|method| method.name == name),
        _ => None,
    }
}
