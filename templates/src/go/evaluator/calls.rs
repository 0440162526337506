//! Calls of functions and methods.

use super::super::executor::Executor;
use super::super::failure::{Outcome, text_of};
use super::super::frames::Slot;
use super::super::nodes::{Callee, Operand, Place, Term};
use super::Given;
use super::arguments::as_argument;
use crate::builtins;
use crate::function::{Arguments, Function, FunctionError};
use crate::value::{Text, Type, Value};

impl<'t> Executor<'t, '_, '_> {
    pub(super) fn function(
        &mut self,
        dot: &Slot,
        callee: Callee,
        operand: &'t Operand,
        place: Place<'t>,
        given: Given<'t, '_>,
    ) -> Outcome<Value> {
        self.enter(Place::Operand(operand));
        match callee {
            Callee::And => self.lazy(dot, "and", given),
            Callee::Or => self.lazy(dot, "or", given),
            Callee::Call => {
                let name = given.operands.first().map(|operand| {
                    let mut shown = Vec::new();
                    operand.term.show(&mut shown);
                    shown
                });
                let name = name.unwrap_or_else(|| given.last.map(reflect_string).unwrap_or_default());
                let values = self.arguments(dot, &builtins::CALL, None, given)?;
                let error = builtins::call_error(&name, values.first().unwrap_or(&Value::Nil));
                self.enter(place);
                self.data_error([b"error calling call: ", &error[..]].concat())
            }
            Callee::Function(function) => self.invoke(dot, function, None, place, given),
            Callee::Denied(name) => {
                self.arguments(
                    dot,
                    &Function::variadic(name, &[Type::String], Type::String, denied),
                    None,
                    given,
                )?;
                self.enter(place);
                self.error(format!("error calling {name}: function is disabled"))
            }
        }
    }

    /// `and` and `or`: the first argument that decides, or else the last.
    fn lazy(&mut self, dot: &Slot, name: &str, given: Given<'t, '_>) -> Outcome<Value> {
        self.step(1)?;
        if given.is_empty() {
            return self.error(format!("wrong number of args for {name}: want at least 1 got 0"));
        }
        let mut value = Value::Nil;
        for operand in given.operands {
            value = self.argument(dot, Some(Type::Reflect), operand)?;
            if value.is_true() == (name == "or") {
                return Ok(value);
            }
        }
        Ok(given.last.cloned().unwrap_or(value))
    }

    /// Checks the arguments and calls a function or method.
    pub(super) fn invoke(
        &mut self,
        dot: &Slot,
        function: &Function,
        receiver: Option<Value>,
        place: Place<'t>,
        given: Given<'t, '_>,
    ) -> Outcome<Value> {
        let values = self.arguments(dot, function, receiver, given)?;
        self.step(1 + weight(&values))?;
        let result = (function.body)(self.call, Arguments::new(&values)).and_then(|value| {
            if let Value::String(text) = &value {
                self.call.reserve(text.len())?;
            }
            Ok(value.taken_from(function.result))
        });
        result.or_else(|error| {
            if let FunctionError::Signature(text) = error {
                return self.error(text);
            }
            self.enter(place);
            let text = text_of(error);
            self.data_error([b"error calling ", function.name.as_bytes(), b": ", &text[..]].concat())
        })
    }

    /// Evaluates arguments for the parameters of a function.
    fn arguments(
        &mut self,
        dot: &Slot,
        function: &Function,
        receiver: Option<Value>,
        given: Given<'t, '_>,
    ) -> Outcome<Vec<Value>> {
        let declared = function.parameters.len();
        let name = function.name;
        if function.variadic && given.len() + 1 < declared {
            let (want, got) = (declared - 1, given.operands.len());
            return self.error(format!(
                "wrong number of args for {name}: want at least {want} got {got}"
            ));
        }
        if !function.variadic && given.len() != declared {
            return self.error(format!(
                "wrong number of args for {name}: want {declared} got {}",
                given.len()
            ));
        }
        let parameter = |index: usize| function.parameters[index.min(declared.saturating_sub(1))];
        let mut values = Vec::with_capacity(given.len() + usize::from(receiver.is_some()));
        values.extend(receiver);
        for (index, operand) in given.operands.iter().enumerate() {
            let value = match name == "slice" && index > 0 {
                true => self.slice_index(dot, operand)?,
                false => self.argument(dot, Some(parameter(index)), operand)?,
            };
            values.push(as_argument(value, parameter(index)));
        }
        if let Some(last) = given.last {
            let of = parameter(given.operands.len());
            let value = self.checked(last.clone(), Some(of))?;
            values.push(as_argument(value, of));
        }
        Ok(values)
    }

    /// An index of `slice`, which alone of the built-ins does not look into an `interface {}`: it is given as a nil one.
    fn slice_index(&mut self, dot: &Slot, operand: &'t Operand) -> Outcome<Value> {
        if !matches!(
            operand.term,
            Term::Dot | Term::Field(_) | Term::Variable { .. } | Term::Chain { .. }
        ) {
            return self.argument(dot, Some(Type::Reflect), operand);
        }
        self.step(1)?;
        let slot = self.path(dot, operand, Given::NONE)?;
        Ok(if slot.boxed { Value::Null(Type::Any) } else { slot.value })
    }
}

fn denied(_: &mut crate::call::Call<'_>, _: Arguments<'_>) -> Result<Value, FunctionError> {
    Err("function is disabled".into())
}

/// What going through the arguments may cost, in steps.
fn weight(values: &[Value]) -> u64 {
    let weights = values.iter().map(|value| match value {
        Value::String(text) | Value::Number(text) => text.len() / 64,
        Value::List(list) => list.len() / 4,
        Value::Map(map) => map.len() / 4,
        _ => 0,
    });
    u64::try_from(weights.sum::<usize>()).unwrap_or(u64::MAX)
}

/// `reflect.Value.String`: the text of a text, and a description of anything else.
fn reflect_string(value: &Value) -> Vec<u8> {
    match (value, value.type_of()) {
        (Value::String(text) | Value::Number(text), _) => Text::as_bytes(text).to_vec(),
        (_, Some(of)) => format!("<{of} Value>").into_bytes(),
        (_, None) => b"<invalid Value>".to_vec(),
    }
}
