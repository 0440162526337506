//! `spew_sdump` and its kin: `github.com/davecgh/go-spew`, which shows values with their types.

use super::print::{self, type_name};
use crate::call::Call;
use crate::error::Limit;
use crate::fmt::float::format_float;
use crate::fmt::quote::quoted;
use crate::fmt::{self, Formatter};
use crate::function::{Arguments, Function, FunctionError};
use crate::value::{List, Map, Object, Type, Value};

const ANY: Type = Type::Any;
const TEXT: Type = Type::String;

/// Where a pointer points, which no template may depend on.
const ADDRESS: &str = "0xc000010000";

pub(super) static TABLE: &[Function] = &[
    Function::variadic("spew_dump", &[ANY], TEXT, |call, arguments| {
        let text = dumped(call, arguments.all())?;
        call.source().print(&text);
        Ok(Value::string(""))
    }),
    Function::variadic("spew_printf", &[TEXT, ANY], TEXT, |call, arguments| {
        let text = formatted(call, arguments)?;
        call.source().print(&text);
        Ok(Value::string(""))
    }),
    Function::variadic("spew_sdump", &[ANY], TEXT, |call, arguments| {
        Ok(Value::string(dumped(call, arguments.all())?))
    }),
    Function::variadic("spew_sprintf", &[TEXT, ANY], TEXT, |call, arguments| {
        Ok(Value::string(formatted(call, arguments)?))
    }),
];

type Outcome = Result<(), Limit>;

fn dumped(call: &mut Call<'_>, values: &[Value]) -> Result<Vec<u8>, Limit> {
    let mut writer = Writer::new(call);
    for value in values {
        writer.dump(value, 0, true)?;
        writer.write("\n");
    }
    Ok(writer.out)
}

struct Writer<'c, 's> {
    call: &'c mut Call<'s>,
    out: Vec<u8>,
    announced: usize,
}

impl<'c, 's> Writer<'c, 's> {
    fn new(call: &'c mut Call<'s>) -> Self {
        Writer {
            call,
            out: Vec::new(),
            announced: 0,
        }
    }

    fn write(&mut self, text: impl AsRef<[u8]>) {
        self.out.extend_from_slice(text.as_ref());
    }

    fn budget(&mut self, depth: usize) -> Outcome {
        self.call.step(1)?;
        self.call.reserve(self.out.len() - self.announced)?;
        self.announced = self.out.len();
        match depth > self.call.nesting() {
            true => Err(Limit::Nesting(self.call.nesting())),
            false => Ok(()),
        }
    }

    fn indent(&mut self, depth: usize) {
        self.out.resize(self.out.len() + depth, b' ');
    }

    /// A value on lines of its own, with its type and size.
    fn dump(&mut self, value: &Value, depth: usize, typed: bool) -> Outcome {
        self.budget(depth)?;
        if matches!(value, Value::Nil | Value::Null(_)) {
            let of = value.type_of().unwrap_or(ANY);
            self.write(match of {
                Type::Pointer(_) => format!("({of})(<nil>)"),
                _ => format!("({of}) <nil>"),
            });
            return Ok(());
        }
        if let Value::Object(object) = value
            && object.is_pointer()
        {
            self.write(format!("({})({ADDRESS})(", type_name(value)));
            self.object(object.as_ref(), depth)?;
            self.write(")");
            return Ok(());
        }
        if typed {
            self.write(format!("({}) ", type_name(value)));
        }
        self.write(size(value));
        match value {
            Value::String(text) => self.write(quoted(text.as_bytes())),
            Value::List(list) => self.list(list, depth)?,
            Value::Map(map) => self.map(map, depth)?,
            Value::Object(object) => self.object(object.as_ref(), depth)?,
            value => self.simple(value),
        }
        Ok(())
    }

    /// What both forms write alike.
    fn simple(&mut self, value: &Value) {
        let part = |number: f64| format_float(number, b'g', None);
        match value {
            Value::Bool(truth) => self.write(truth.to_string()),
            Value::Int(_, number) => self.write(number.to_string()),
            Value::Uint(_, number) => self.write(number.to_string()),
            Value::Float(number) => self.write(part(*number)),
            Value::Complex(real, imaginary) => {
                let plus = if *imaginary >= 0.0 { "+" } else { "" };
                self.write(format!("({}{plus}{}i)", part(*real), part(*imaginary)));
            }
            Value::String(text) | Value::Number(text) => self.write(text.as_bytes()),
            Value::Sequence(_) => self.write(ADDRESS),
            _ => self.write("<nil>"),
        }
    }

    fn list(&mut self, list: &List, depth: usize) -> Outcome {
        if list.is_nil() {
            self.write("<nil>");
            return Ok(());
        }
        self.write("{\n");
        for (at, item) in list.items().iter().enumerate() {
            self.indent(depth + 1);
            self.dump(item, depth + 1, true)?;
            self.write(if at + 1 < list.len() { ",\n" } else { "\n" });
        }
        self.indent(depth);
        self.write("}");
        Ok(())
    }

    fn map(&mut self, map: &Map, depth: usize) -> Outcome {
        if map.is_nil() {
            self.write("<nil>");
            return Ok(());
        }
        self.write("{\n");
        let entries = map.entries();
        for (at, (key, value)) in entries.iter().enumerate() {
            self.indent(depth + 1);
            self.dump(key, depth + 1, true)?;
            self.write(": ");
            self.dump(value, depth + 1, true)?;
            self.write(if at + 1 < entries.len() { ",\n" } else { "\n" });
        }
        self.indent(depth);
        self.write("}");
        Ok(())
    }

    fn object(&mut self, object: &dyn Object, depth: usize) -> Outcome {
        if let Some(text) = object.text() {
            self.write(text.as_bytes());
            return Ok(());
        }
        if let Some(underlying) = object.underlying() {
            self.simple(&underlying);
            return Ok(());
        }
        self.write("{\n");
        let fields = object.named().fields;
        for (at, field) in fields.iter().enumerate() {
            self.indent(depth + 1);
            self.write(format!("{}: ", field.name));
            self.dump(&object.field(at), depth + 1, true)?;
            self.write(if at + 1 < fields.len() { ",\n" } else { "\n" });
        }
        self.indent(depth);
        self.write("}");
        Ok(())
    }

    /// A value on one line, with its type if asked for.
    fn line(&mut self, value: &Value, flags: Flags, depth: usize, typed: bool) -> Outcome {
        self.budget(depth)?;
        if let Value::Object(object) = value
            && object.is_pointer()
        {
            match flags.types && typed {
                true => self.write(format!("({})", type_name(value))),
                false => self.write("<*>"),
            }
            if flags.addresses {
                self.write(format!("({ADDRESS})"));
            }
            return self.line_object(object.as_ref(), flags, depth);
        }
        let nil = matches!(value, Value::Nil | Value::Null(_));
        if flags.types && (typed || nil) {
            self.write(format!("({})", value.type_of().unwrap_or(ANY)));
        }
        match value {
            Value::List(list) if !list.is_nil() => {
                self.write("[");
                for (at, item) in list.items().iter().enumerate() {
                    self.write(if at > 0 { " " } else { "" });
                    self.line(item, flags, depth + 1, list.element() == ANY)?;
                }
                self.write("]");
            }
            Value::Map(map) if !map.is_nil() => {
                self.write("map[");
                for (at, (key, value)) in map.entries().iter().enumerate() {
                    self.write(if at > 0 { " " } else { "" });
                    self.line(key, flags, depth + 1, map.key() == ANY)?;
                    self.write(":");
                    self.line(value, flags, depth + 1, map.element() == ANY)?;
                }
                self.write("]");
            }
            Value::Object(object) => self.line_object(object.as_ref(), flags, depth)?,
            value => self.simple(value),
        }
        Ok(())
    }

    fn line_object(&mut self, object: &dyn Object, flags: Flags, depth: usize) -> Outcome {
        if let Some(text) = object.text() {
            self.write(text.as_bytes());
            return Ok(());
        }
        self.write("{");
        for (at, field) in object.named().fields.iter().enumerate() {
            self.write(if at > 0 { " " } else { "" });
            if flags.types || flags.addresses {
                self.write(format!("{}:", field.name));
            }
            self.line(&object.field(at), flags, depth + 1, true)?;
        }
        self.write("}");
        Ok(())
    }
}

fn size(value: &Value) -> String {
    match value {
        Value::String(text) | Value::Number(text) if !text.is_empty() => format!("(len={}) ", text.len()),
        Value::List(list) if !list.is_empty() => format!("(len={} cap={}) ", list.len(), list.capacity()),
        Value::Map(map) if !map.is_empty() => format!("(len={}) ", map.len()),
        _ => String::new(),
    }
}

/// The flags of `%v`: `#` for types, `+` for addresses.
#[derive(Clone, Copy)]
struct Flags {
    types: bool,
    addresses: bool,
}

/// A format whose `%v` show values spew's way; every other verb is `fmt`'s.
fn formatted(call: &mut Call<'_>, arguments: Arguments<'_>) -> Result<Vec<u8>, FunctionError> {
    let (format, bounds) = (arguments.text(0)?.as_bytes(), print::bounds(call));
    let text = fmt::printf_with(&mut Spew(call), format, arguments.rest(1), bounds)?;
    call.reserve(text.len())?;
    Ok(text)
}

/// Stands in for every value of a format, as `*spew.formatState` does.
struct Spew<'c, 's>(&'c mut Call<'s>);

impl Formatter for Spew<'_, '_> {
    fn type_name(&self) -> &'static str {
        "*spew.formatState"
    }

    fn show(&mut self, value: &Value, sharp: bool, plus: bool) -> Result<Vec<u8>, Limit> {
        let mut writer = Writer::new(self.0);
        let flags = Flags {
            types: sharp,
            addresses: plus,
        };
        writer.line(value, flags, 0, true)?;
        Ok(writer.out)
    }
}
