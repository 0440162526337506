//! The formatting of values of any type: Go's `fmt/print.go`.

use std::sync::Arc;

use super::Bounds;
use super::state::State;
use crate::error::Limit;
use crate::unicode;
use crate::value::{Kind, List, Map, Object, Type, Value};

/// Where a pointer points, which no template may depend on.
const ADDRESS: u64 = 0xc0_0001_0000;

/// Prints values into a text.
pub(super) struct Printer {
    pub(super) state: State,
    bounds: Bounds,
    /// While a mark for a mistake is written, values print plainly.
    erroring: bool,
}

const V: u32 = b'v' as u32;

/// The verb as an ASCII byte; 0 for any other character.
fn ascii(verb: u32) -> u8 {
    u8::try_from(verb).ok().filter(u8::is_ascii).unwrap_or(0)
}

impl Printer {
    pub(super) fn new(bounds: Bounds) -> Self {
        Printer {
            state: State::default(),
            bounds,
            erroring: false,
        }
    }

    fn write(&mut self, text: impl AsRef<[u8]>) {
        self.state.out.extend_from_slice(text.as_ref());
    }

    /// An operand of a call, which may be an untyped nil.
    pub(super) fn argument(&mut self, value: &Value, verb: u32) -> Result<(), Limit> {
        if value.is_untyped_nil() {
            match ascii(verb) {
                b'T' | b'v' => self.state.pad(b"<nil>"),
                _ => self.bad_verb(value, verb)?,
            }
            return Ok(());
        }
        match ascii(verb) {
            b'T' => {
                let name = value.type_of().unwrap_or(Type::Any).to_string();
                self.state.string(name.as_bytes());
                Ok(())
            }
            b'p' => self.pointer(value, verb),
            _ => self.value(value, verb, 0),
        }
    }

    /// A value at a depth of nesting.
    fn value(&mut self, value: &Value, verb: u32, depth: usize) -> Result<(), Limit> {
        if depth > self.bounds.nesting {
            return Err(Limit::Nesting(self.bounds.nesting));
        }
        if self.state.out.len() > self.bounds.bytes {
            return Err(Limit::Memory(self.bounds.bytes));
        }
        let is_composite = matches!(
            value,
            Value::List(_) | Value::Map(_) | Value::Object(_) | Value::Null(_)
        );
        if verb == u32::from(b'w') && is_composite {
            return self.bad_verb(value, verb);
        }
        match value {
            Value::Nil | Value::Null(Type::Any) => {
                self.write(if self.state.flags.sharp_v {
                    "interface {}(nil)"
                } else {
                    "<nil>"
                });
                Ok(())
            }
            Value::Bool(truth) => match ascii(verb) {
                b't' | b'v' => {
                    self.state.boolean(*truth);
                    Ok(())
                }
                _ => self.bad_verb(value, verb),
            },
            Value::Int(_, number) => self.integer(value, number.unsigned_abs(), *number < 0, verb),
            Value::Uint(_, number) => self.unsigned(value, *number, verb),
            Value::Float(number) => self.float(value, *number, verb),
            Value::Complex(real, imaginary) => self.complex(value, (*real, *imaginary), verb),
            Value::String(text) | Value::Number(text) => self.string(value, text.as_bytes(), verb),
            Value::List(list) => self.list(list, verb, depth),
            Value::Map(map) => self.map(map, verb, depth),
            Value::Object(object) => self.object(value, object, verb, depth),
            Value::Null(_) | Value::Sequence(_) => self.pointer(value, verb),
        }
    }

    /// The mark for a verb that does not fit the value: `%!d(string=a)`.
    fn bad_verb(&mut self, value: &Value, verb: u32) -> Result<(), Limit> {
        self.erroring = true;
        self.write("%!");
        unicode::push(&mut self.state.out, verb);
        self.write("(");
        match value.type_of().filter(|of| *of != Type::Any) {
            Some(of) => {
                self.write(of.to_string());
                self.write("=");
                self.argument(value, V)?;
            }
            None => self.write("<nil>"),
        }
        self.write(")");
        self.erroring = false;
        Ok(())
    }

    fn integer(&mut self, value: &Value, magnitude: u64, negative: bool, verb: u32) -> Result<(), Limit> {
        // Characters are taken from the number's two's complement, as in Go.
        let unsigned = if negative { magnitude.wrapping_neg() } else { magnitude };
        match ascii(verb) {
            b'v' | b'd' => self.state.integer(magnitude, negative, 10, verb),
            b'b' => self.state.integer(magnitude, negative, 2, verb),
            b'o' | b'O' => self.state.integer(magnitude, negative, 8, verb),
            b'x' | b'X' => self.state.integer(magnitude, negative, 16, verb),
            b'c' => self.state.character(unsigned),
            b'q' => self.state.quoted_character(unsigned),
            b'U' => self.state.unicode(unsigned),
            _ => return self.bad_verb(value, verb),
        }
        Ok(())
    }

    fn unsigned(&mut self, value: &Value, number: u64, verb: u32) -> Result<(), Limit> {
        if verb == V && self.state.flags.sharp_v {
            self.hex(number, true);
            return Ok(());
        }
        self.integer(value, number, false, verb)
    }

    fn hex(&mut self, number: u64, prefix: bool) {
        let sharp = std::mem::replace(&mut self.state.flags.sharp, prefix);
        self.state.integer(number, false, 16, V);
        self.state.flags.sharp = sharp;
    }

    fn float(&mut self, value: &Value, number: f64, verb: u32) -> Result<(), Limit> {
        match ascii(verb) {
            b'v' => self.state.float(number, b'g', None),
            verb @ (b'b' | b'g' | b'G' | b'x' | b'X') => self.state.float(number, verb, None),
            verb @ (b'f' | b'e' | b'E') => self.state.float(number, verb, Some(6)),
            b'F' => self.state.float(number, b'f', Some(6)),
            _ => return self.bad_verb(value, verb),
        }
        Ok(())
    }

    fn complex(&mut self, value: &Value, (real, imaginary): (f64, f64), verb: u32) -> Result<(), Limit> {
        if !b"vbgGxXfFeE".contains(&ascii(verb)) {
            return self.bad_verb(value, verb);
        }
        let plus = self.state.flags.plus;
        self.write("(");
        self.float(&Value::Float(real), real, verb)?;
        self.state.flags.plus = true;
        self.float(&Value::Float(imaginary), imaginary, verb)?;
        self.write("i)");
        self.state.flags.plus = plus;
        Ok(())
    }

    fn string(&mut self, value: &Value, text: &[u8], verb: u32) -> Result<(), Limit> {
        if text.len() > self.bounds.bytes {
            return Err(Limit::Memory(self.bounds.bytes));
        }
        match ascii(verb) {
            b'v' if self.state.flags.sharp_v => self.state.quoted(text),
            b'v' | b's' => self.state.string(text),
            b'x' => self.state.hex_string(text, false),
            b'X' => self.state.hex_string(text, true),
            b'q' => self.state.quoted(text),
            _ => return self.bad_verb(value, verb),
        }
        Ok(())
    }

    fn list(&mut self, list: &List, verb: u32, depth: usize) -> Result<(), Limit> {
        let sharp = self.state.flags.sharp_v;
        if sharp {
            let of = Value::List(list.clone()).type_of().unwrap_or(Type::Any).to_string();
            self.write(of);
            if list.is_nil() {
                self.write("(nil)");
                return Ok(());
            }
        }
        self.write(if sharp { "{" } else { "[" });
        for (index, item) in list.items().iter().enumerate() {
            if index > 0 {
                self.write(if sharp { ", " } else { " " });
            }
            self.value(item, verb, depth + 1)?;
        }
        self.write(if sharp { "}" } else { "]" });
        Ok(())
    }

    fn map(&mut self, map: &Map, verb: u32, depth: usize) -> Result<(), Limit> {
        let sharp = self.state.flags.sharp_v;
        if sharp {
            let of = Value::Map(map.clone()).type_of().unwrap_or(Type::Any).to_string();
            self.write(of);
            if map.is_nil() {
                self.write("(nil)");
                return Ok(());
            }
        }
        self.write(if sharp { "{" } else { "map[" });
        for (index, (key, value)) in map.entries().iter().enumerate() {
            if index > 0 {
                self.write(if sharp { ", " } else { " " });
            }
            self.value(key, verb, depth + 1)?;
            self.write(":");
            self.value(value, verb, depth + 1)?;
        }
        self.write(if sharp { "}" } else { "]" });
        Ok(())
    }

    fn object(&mut self, value: &Value, object: &Arc<dyn Object>, verb: u32, depth: usize) -> Result<(), Limit> {
        if let Some(text) = object
            .go_syntax()
            .filter(|_| self.state.flags.sharp_v && !self.erroring)
        {
            self.state.string(text.as_bytes());
            return Ok(());
        }
        let stringed = !self.erroring && !self.state.flags.sharp_v && b"vsxXq".contains(&ascii(verb));
        if let Some(text) = object.text().filter(|_| stringed) {
            return self.string(value, text.as_bytes(), verb);
        }
        if object.is_pointer() {
            return match depth {
                0 => {
                    self.write("&");
                    self.fields(object, verb, 1)
                }
                _ => self.pointer(value, verb),
            };
        }
        match object.underlying() {
            Some(plain) => self.underlying(value, &plain, verb),
            None => self.fields(object, verb, depth),
        }
    }

    /// A named basic type prints as the plain one, except that mistakes show its name.
    fn underlying(&mut self, value: &Value, plain: &Value, verb: u32) -> Result<(), Limit> {
        match plain {
            Value::Int(_, number) => self.integer(value, number.unsigned_abs(), *number < 0, verb),
            Value::Uint(_, number) => self.unsigned(value, *number, verb),
            Value::Float(number) => self.float(value, *number, verb),
            Value::String(text) => self.string(value, text.as_bytes(), verb),
            other => self.value(other, verb, 0),
        }
    }

    pub(super) fn fields(&mut self, object: &Arc<dyn Object>, verb: u32, depth: usize) -> Result<(), Limit> {
        let flags = self.state.flags;
        if flags.sharp_v {
            self.write(object.named().name);
        }
        self.write("{");
        let known = object.named().fields.iter().enumerate();
        let known = known.map(|(index, field)| (field.name, object.field(index).taken_from(field.of)));
        for (index, (name, value)) in known.chain(object.hidden_fields()).enumerate() {
            if index > 0 {
                self.write(if flags.sharp_v { ", " } else { " " });
            }
            if flags.sharp_v || flags.plus_v {
                self.write(name);
                self.write(":");
            }
            self.value(&value, verb, depth + 1)?;
        }
        self.write("}");
        Ok(())
    }

    /// Pointers, channels, and `%p` of what has an address.
    fn pointer(&mut self, value: &Value, verb: u32) -> Result<(), Limit> {
        let has_address = matches!(value.kind(), Kind::Ptr | Kind::Chan | Kind::Map | Kind::Slice);
        if !has_address {
            return self.bad_verb(value, verb);
        }
        let address = if value.is_nil() { 0 } else { ADDRESS };
        match ascii(verb) {
            b'v' if self.state.flags.sharp_v => {
                let of = value.type_of().unwrap_or(Type::Any);
                self.write(format!("({of})("));
                match address {
                    0 => self.write("nil"),
                    _ => self.hex(address, true),
                }
                self.write(")");
            }
            b'v' if address == 0 => self.state.pad(b"<nil>"),
            b'v' | b'p' => self.hex(address, !self.state.flags.sharp),
            b'b' | b'o' | b'd' | b'x' | b'X' => return self.integer(value, address, false, verb),
            _ => return self.bad_verb(value, verb),
        }
        Ok(())
    }
}
