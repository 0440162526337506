//! `toTOML`, as `github.com/BurntSushi/toml` encodes.

use super::collections::TYPE_OF_NIL;
use super::runes;
use super::time::Time;
use crate::call::Call;
use crate::error::Limit;
use crate::fmt::float::format_float;
use crate::fmt::quote::quoted;
use crate::function::{Arguments, Function, FunctionError};
use crate::strconv;
use crate::value::{List, Map, Object, Text, Type, Value};

pub(super) static TABLE: &[Function] = &[Function::new("toTOML", &[Type::Any], Type::String, to_toml)];

fn to_toml(call: &mut Call<'_>, arguments: Arguments<'_>) -> Result<Value, FunctionError> {
    let value = arguments.value(0)?;
    if matches!(value, Value::Nil | Value::Null(Type::Any)) {
        return Err(TYPE_OF_NIL.into());
    }
    let mut writer = Writer {
        call,
        out: Vec::new(),
        announced: 0,
    };
    writer.value(&mut Path::default(), value)?;
    let text = writer.out;
    Ok(Value::string(runes::trim_space(&text)))
}

/// How a value is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Table,
    /// A list of tables, each under a `[[header]]` of its own.
    Tables,
    /// Behind its key.
    Inline,
    /// Not at all.
    Nothing,
}

/// The quoted keys of the table that is being written.
#[derive(Default)]
struct Path(Vec<Vec<u8>>);

impl Path {
    fn indent(&self) -> usize {
        2 * self.0.len().saturating_sub(1)
    }
}

struct Writer<'c, 's> {
    call: &'c mut Call<'s>,
    out: Vec<u8>,
    announced: usize,
}

type Outcome = Result<(), FunctionError>;

fn failed(text: &str) -> FunctionError {
    format!("toTOML: {text}").into()
}

impl Writer<'_, '_> {
    fn write(&mut self, text: impl AsRef<[u8]>) {
        self.out.extend_from_slice(text.as_ref());
    }

    /// A line break, but not before anything has been written.
    fn new_line(&mut self) {
        if !self.out.is_empty() {
            self.out.push(b'\n');
        }
    }

    fn indent(&mut self, path: &Path) {
        self.out.resize(self.out.len() + path.indent(), b' ');
    }

    fn budget(&mut self, depth: usize) -> Outcome {
        self.call.step(1)?;
        self.call.reserve(self.out.len() - self.announced)?;
        self.announced = self.out.len();
        match depth > self.call.nesting() {
            true => Err(Limit::Nesting(self.call.nesting()).into()),
            false => Ok(()),
        }
    }

    fn shape(&mut self, value: &Value, depth: usize) -> Result<Shape, FunctionError> {
        self.budget(depth)?;
        Ok(match value {
            value if value.is_nil() => Shape::Nothing,
            Value::Map(_) => Shape::Table,
            Value::List(list) => self.list_shape(list, depth)?,
            Value::Object(object) if is_scalar(object.as_ref()) => Shape::Inline,
            Value::Object(_) => Shape::Table,
            Value::Complex(..) | Value::Sequence(_) => {
                return Err(failed(&format!("unsupported type: {}", value.kind())));
            }
            _ => Shape::Inline,
        })
    }

    fn list_shape(&mut self, list: &List, depth: usize) -> Result<Shape, FunctionError> {
        let mut all_tables = !list.is_empty();
        for item in list.items() {
            match self.shape(item, depth + 1)? {
                Shape::Nothing => return Err(failed("toml: cannot encode array with nil element")),
                shape => all_tables &= shape == Shape::Table,
            }
        }
        Ok(if all_tables { Shape::Tables } else { Shape::Inline })
    }

    /// A value under its path; one without a path is the whole document.
    fn value(&mut self, path: &mut Path, value: &Value) -> Outcome {
        self.budget(path.0.len())?;
        match value {
            Value::Nil | Value::Null(_) => Ok(()),
            Value::Map(map) if map.is_nil() => Ok(()),
            Value::Complex(..) | Value::Sequence(_) => {
                let key = path.0.join(&b'.');
                let text = format!(
                    "unsupported type for key '{}': {}",
                    String::from_utf8_lossy(&key),
                    value.kind()
                );
                Err(failed(&text))
            }
            Value::Map(_) => self.table(path, value),
            Value::Object(object) if !is_scalar(object.as_ref()) => self.table(path, value),
            Value::List(list) if self.list_shape(list, path.0.len())? == Shape::Tables => self.tables(path, list),
            value if path.0.is_empty() => self.element(value, 0),
            value => {
                self.indent(path);
                let key = path.0.last().cloned().unwrap_or_default();
                self.write(key);
                self.write(" = ");
                self.element(value, path.0.len())?;
                self.new_line();
                Ok(())
            }
        }
    }

    fn table(&mut self, path: &mut Path, value: &Value) -> Outcome {
        if path.0.len() == 1 {
            self.new_line();
        }
        if !path.0.is_empty() {
            self.header(path, "[", "]");
        }
        self.entries(path, value)
    }

    fn header(&mut self, path: &Path, open: &str, close: &str) {
        self.indent(path);
        self.write(open);
        self.write(path.0.join(&b'.'));
        self.write(close);
        self.new_line();
    }

    fn tables(&mut self, path: &mut Path, list: &List) -> Outcome {
        if path.0.is_empty() {
            return Err(failed("toml: top-level values must be Go maps or structs"));
        }
        for item in list.items() {
            self.new_line();
            self.header(path, "[[", "]]");
            self.entries(path, item)?;
        }
        Ok(())
    }

    /// The entries of a table: first those behind their keys, then tables.
    fn entries(&mut self, path: &mut Path, value: &Value) -> Outcome {
        let entries = self.shaped(value, path.0.len())?;
        for tables in [false, true] {
            for (key, value, _) in entries.iter().filter(|(_, _, shape)| is_table(*shape) == tables) {
                if value.is_nil() {
                    continue;
                }
                path.0.push(quoted_key(key.as_bytes()));
                let result = self.value(path, value);
                path.0.pop();
                result?;
            }
        }
        Ok(())
    }

    /// The entries of a map, sorted, or the fields of a struct, with how each is written.
    fn shaped(&mut self, value: &Value, depth: usize) -> Result<Vec<(Text, Value, Shape)>, FunctionError> {
        let entries = match value {
            Value::Map(map) => map_entries(map)?,
            Value::Object(object) => fields(object.as_ref()),
            _ => Vec::new(),
        };
        let shaped = entries.into_iter().map(|(key, value)| {
            let shape = self.shape(&value, depth + 1)?;
            Ok((key, value, shape))
        });
        shaped.collect()
    }

    /// A value behind its key, or an item of a list.
    fn element(&mut self, value: &Value, depth: usize) -> Outcome {
        self.budget(depth)?;
        match value {
            Value::Bool(truth) => self.write(if *truth { "true" } else { "false" }),
            Value::Int(_, number) => self.write(number.to_string()),
            Value::Uint(_, number) => self.write(number.to_string()),
            Value::Float(number) => self.write(float(*number)),
            Value::String(text) => self.write(quoted_text(text.as_bytes())),
            Value::Number(text) => self.number(text)?,
            Value::List(list) => {
                self.write("[");
                for (at, item) in list.items().iter().enumerate() {
                    if at > 0 {
                        self.write(", ");
                    }
                    self.element(item, depth + 1)?;
                }
                self.write("]");
            }
            Value::Map(_) => self.inline_table(value, depth)?,
            Value::Object(object) => match object.as_any().downcast_ref::<Time>() {
                Some(time) => self.write(time.format(b"2006-01-02T15:04:05.999999999Z07:00")),
                None => match object.text().filter(|_| is_scalar(object.as_ref())) {
                    Some(text) if object.underlying().is_none() || object.named().name == "time.Duration" => {
                        self.write(quoted_text(text.as_bytes()));
                    }
                    _ => match object.underlying() {
                        Some(underlying) => self.element(&underlying, depth + 1)?,
                        None => self.inline_table(value, depth)?,
                    },
                },
            },
            Value::Nil | Value::Null(_) | Value::Complex(..) | Value::Sequence(_) => {
                return Err(failed(&format!("unexpected type: {}", super::print::type_name(value))));
            }
        }
        Ok(())
    }

    fn number(&mut self, text: &Text) -> Outcome {
        let number = text.to_str().unwrap_or("");
        if number.is_empty() {
            self.write("0");
        } else if let Ok(number) = strconv::parse_integer(number, 10) {
            self.write(number.to_string());
        } else if let Ok(number) = strconv::parse_float(number) {
            self.write(float(number));
        } else {
            let mut message = b"toTOML: unable to convert ".to_vec();
            message.extend(quoted(text.as_bytes()));
            message.extend(b" to int64 or float64");
            return Err(message.into());
        }
        Ok(())
    }

    /// `{a = 1, b = 2}`. A nil entry is left out, but the comma before the next one is decided by places.
    fn inline_table(&mut self, value: &Value, depth: usize) -> Outcome {
        self.write("{");
        let entries = self.shaped(value, depth)?;
        let count = |tables: bool| {
            entries
                .iter()
                .filter(|(_, _, shape)| is_table(*shape) == tables)
                .count()
        };
        let (plain, tables) = (count(false), count(true));
        for (group, last, more) in [(false, plain, tables > 0), (true, tables, false)] {
            let members = entries.iter().filter(|(_, _, shape)| is_table(*shape) == group);
            for (at, (key, value, _)) in members.enumerate() {
                if value.is_nil() {
                    continue;
                }
                self.write(quoted_key(key.as_bytes()));
                self.write(" = ");
                self.element(value, depth + 1)?;
                if more || at + 1 != last {
                    self.write(", ");
                }
            }
        }
        self.write("}");
        Ok(())
    }
}

fn is_table(shape: Shape) -> bool {
    matches!(shape, Shape::Table | Shape::Tables)
}

/// Whether an object is written as one value: times, versions, numbers with a name.
fn is_scalar(object: &dyn Object) -> bool {
    matches!(object.named().name, "time.Time" | "semver.Version") || object.underlying().is_some()
}

fn map_entries(map: &Map) -> Result<Vec<(Text, Value)>, FunctionError> {
    match map.key() {
        Type::String => Ok(map.string_entries()),
        _ => Err(failed("toml: cannot encode a map with non-string key type")),
    }
}

fn fields(object: &dyn Object) -> Vec<(Text, Value)> {
    let fields = object.named().fields.iter().enumerate();
    fields
        .map(|(at, field)| (Text::from(field.name), object.field(at)))
        .collect()
}

fn quoted_key(key: &[u8]) -> Vec<u8> {
    let bare = !key.is_empty()
        && key
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if bare { key.to_vec() } else { quoted_text(key) }
}

fn quoted_text(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 2);
    out.push(b'"');
    for byte in text {
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            8 => "\\b",
            b'\t' => "\\t",
            b'\n' => "\\n",
            12 => "\\f",
            b'\r' => "\\r",
            0..0x20 | 0x7f => {
                out.extend(format!("\\u{byte:04x}").into_bytes());
                continue;
            }
            byte => {
                out.push(*byte);
                continue;
            }
        };
        out.extend_from_slice(escape.as_bytes());
    }
    out.push(b'"');
    out
}

/// All digits, never an exponent, always a point.
fn float(number: f64) -> String {
    if number.is_nan() {
        return "nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let text = format_float(number, b'f', None);
    if text.contains('.') { text } else { text + ".0" }
}
