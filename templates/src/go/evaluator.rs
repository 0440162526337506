//! Evaluates pipelines, commands, fields and arguments.

use super::executor::{Executor, string};
use super::failure::{Outcome, text_of};
use super::frames::Slot;
use super::nodes::{Callee, Command, Operand, Pipe, Place, Term};
use super::number::Number;
use crate::function::{Arguments, Function, FunctionError};
use crate::value::{IntType, NUMBER_METHODS, Text, Type, UintType, Value, zero};
use crate::{builtins, fmt};

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

    /// Follows fields; only the last can be a method with arguments.
    fn fields(
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
                return match map.get(name) {
                    Some(value) => Ok(Slot::taken_from(value, map.element())),
                    None if self.call.options().error_on_missing_key => {
                        self.error([b"map has no entry for key ", &fmt::quote::quoted(name)[..]].concat())
                    }
                    None => Ok(Slot::plain(zero(map.element()))),
                };
            }
            _ => {}
        }
        self.error(format!("can't evaluate field {shown} in type {of}"))
    }

    fn function(
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
    fn invoke(
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

    /// An argument for a parameter of a type; none means that any value will do, as the start of a chain.
    fn argument(&mut self, dot: &Slot, of: Option<Type>, operand: &'t Operand) -> Outcome<Value> {
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
    fn checked(&self, value: Value, of: Option<Type>) -> Outcome<Value> {
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

fn denied(_: &mut crate::call::Call<'_>, _: Arguments<'_>) -> Result<Value, FunctionError> {
    Err("function is disabled".into())
}

/// A function with an `interface {}` parameter sees one kind of nil only.
fn as_argument(value: Value, of: Type) -> Value {
    match (&value, of) {
        (Value::Null(Type::Any), Type::Any) => Value::Nil,
        _ => value,
    }
}

fn method_of(receiver: &Value, name: &str) -> Option<&'static Function> {
    match receiver {
        Value::Object(object) => object.named().method(name),
        Value::Number(_) => NUMBER_METHODS.iter().find(|method| method.name == name),
        _ => None,
    }
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
