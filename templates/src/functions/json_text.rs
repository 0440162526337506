//! Writing JSON as Go's `encoding/json` does: sorted keys, shortest floats, escapes for HTML.

use crate::fmt::float::{format_float, shortest};
use crate::function::FunctionError;
use crate::{Call, Limit, List, Map, Object, Type, Value};

use super::encoding;
use super::runes::{self, runes};

/// How JSON looks.
#[derive(Clone, Copy)]
pub(super) struct Style {
    /// On many lines, indented by two spaces.
    pub(super) pretty: bool,
    /// With `<`, `>` and `&` as `\u003c` and so on.
    pub(super) escape_html: bool,
}

/// The JSON of a value.
pub(super) fn encode(call: &mut Call<'_>, value: &Value, style: Style) -> Result<Vec<u8>, FunctionError> {
    let mut writer = Writer {
        call,
        style,
        out: Vec::new(),
        announced: 0,
    };
    writer.value(value, 0)?;
    Ok(writer.out)
}

struct Writer<'c, 's> {
    call: &'c mut Call<'s>,
    style: Style,
    out: Vec<u8>,
    announced: usize,
}

impl Writer<'_, '_> {
    fn value(&mut self, value: &Value, depth: usize) -> Result<(), FunctionError> {
        self.budget(depth)?;
        match value {
            Value::Nil | Value::Null(_) => self.out.extend_from_slice(b"null"),
            Value::Bool(truth) => self.out.extend_from_slice(if *truth { b"true" } else { b"false" }),
            Value::Int(_, number) => self.out.extend_from_slice(number.to_string().as_bytes()),
            Value::Uint(_, number) => self.out.extend_from_slice(number.to_string().as_bytes()),
            Value::Float(number) => self.out.extend_from_slice(float(*number)?.as_bytes()),
            Value::Number(text) if text.is_empty() => self.out.push(b'0'),
            Value::Number(text) => self.out.extend_from_slice(text.as_bytes()),
            Value::String(text) => self.string(text.as_bytes()),
            Value::List(list) => self.list(list, depth)?,
            Value::Map(map) => self.map(map, depth)?,
            Value::Object(object) => self.object(object.as_ref(), depth)?,
            Value::Complex(..) | Value::Sequence(_) => return Err(unsupported(value)),
        }
        Ok(())
    }

    /// Announces what has been written since the last time, and counts the value.
    fn budget(&mut self, depth: usize) -> Result<(), FunctionError> {
        if depth > self.call.nesting() {
            return Err(Limit::Nesting(self.call.nesting()).into());
        }
        self.call.step(1)?;
        self.call.reserve(self.out.len() - self.announced)?;
        self.announced = self.out.len();
        Ok(())
    }

    fn list(&mut self, list: &List, depth: usize) -> Result<(), FunctionError> {
        if list.is_nil() {
            self.out.extend_from_slice(b"null");
            return Ok(());
        }
        if list.element() == Type::UINT8 {
            let bytes: Vec<u8> = list
                .items()
                .iter()
                .filter_map(|item| match item {
                    Value::Uint(_, byte) => u8::try_from(*byte).ok(),
                    _ => None,
                })
                .collect();
            self.string(&encoding::encode(&bytes));
            return Ok(());
        }
        self.out.push(b'[');
        for (at, item) in list.items().iter().enumerate() {
            self.separate(at, depth + 1);
            self.value(item, depth + 1)?;
        }
        self.close(list.is_empty(), depth, b']');
        Ok(())
    }

    fn map(&mut self, map: &Map, depth: usize) -> Result<(), FunctionError> {
        if map.key() != Type::String {
            return Err(unsupported(&Value::Map(map.clone())));
        }
        if map.is_nil() {
            self.out.extend_from_slice(b"null");
            return Ok(());
        }
        self.out.push(b'{');
        for (at, (key, value)) in map.string_entries().into_iter().enumerate() {
            self.separate(at, depth + 1);
            self.key(key.as_bytes());
            self.value(&value, depth + 1)?;
        }
        self.close(map.is_empty(), depth, b'}');
        Ok(())
    }

    fn object(&mut self, object: &dyn Object, depth: usize) -> Result<(), FunctionError> {
        if let (true, Some(text)) = (marshals_as_text(object), object.text()) {
            self.string(json_form(object, text.as_bytes()).as_slice());
            return Ok(());
        }
        if let Some(underlying) = object.underlying() {
            return self.value(&underlying, depth + 1);
        }
        self.out.push(b'{');
        let fields = object.named().fields;
        for (at, field) in fields.iter().enumerate() {
            self.separate(at, depth + 1);
            self.key(field.name.as_bytes());
            self.value(&object.field(at), depth + 1)?;
        }
        self.close(fields.is_empty(), depth, b'}');
        Ok(())
    }

    fn key(&mut self, key: &[u8]) {
        self.string(key);
        self.out.push(b':');
        if self.style.pretty {
            self.out.push(b' ');
        }
    }

    fn separate(&mut self, at: usize, depth: usize) {
        if at > 0 {
            self.out.push(b',');
        }
        self.new_line(depth);
    }

    fn close(&mut self, empty: bool, depth: usize, bracket: u8) {
        if !empty {
            self.new_line(depth);
        }
        self.out.push(bracket);
    }

    fn new_line(&mut self, depth: usize) {
        if self.style.pretty {
            self.out.push(b'\n');
            self.out.resize(self.out.len() + 2 * depth, b' ');
        }
    }

    fn string(&mut self, text: &[u8]) {
        self.out.push(b'"');
        for (rune, bytes) in runes(text) {
            let escape = match rune {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                '\u{8}' => "\\b",
                '\u{c}' => "\\f",
                '<' if self.style.escape_html => "\\u003c",
                '>' if self.style.escape_html => "\\u003e",
                '&' if self.style.escape_html => "\\u0026",
                '\u{2028}' => "\\u2028",
                '\u{2029}' => "\\u2029",
                '\0'..='\x1f' => {
                    self.out
                        .extend_from_slice(format!("\\u{:04x}", u32::from(rune)).as_bytes());
                    continue;
                }
                _ if runes::is_broken(bytes) => "\\ufffd",
                _ => {
                    self.out.extend_from_slice(bytes);
                    continue;
                }
            };
            self.out.extend_from_slice(escape.as_bytes());
        }
        self.out.push(b'"');
    }
}

/// Whether Go gives the type a text form of its own.
fn marshals_as_text(object: &dyn Object) -> bool {
    matches!(object.named().name, "time.Time" | "semver.Version")
}

/// `time.Time` is written in RFC 3339, which is not what it prints as.
fn json_form(object: &dyn Object, text: &[u8]) -> Vec<u8> {
    match object.as_any().downcast_ref::<super::time::Time>() {
        Some(time) => time.format("2006-01-02T15:04:05.999999999Z07:00".as_bytes()),
        None => text.to_vec(),
    }
}

fn unsupported(value: &Value) -> FunctionError {
    format!("json: unsupported type: {}", super::print::type_name(value)).into()
}

/// Shortest digits; with an exponent only below 1e-6 and from 1e21.
fn float(number: f64) -> Result<String, FunctionError> {
    if !number.is_finite() {
        let name = match number {
            number if number.is_nan() => "NaN",
            number if number > 0.0 => "+Inf",
            _ => "-Inf",
        };
        return Err(format!("json: unsupported value: {name}").into());
    }
    let size = number.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let sign = if number < 0.0 { "-" } else { "" };
        let text = shortest(size);
        return Ok(match text.split_once('e') {
            Some((digits, exponent)) if !exponent.starts_with('-') => format!("{sign}{digits}e+{exponent}"),
            _ => format!("{sign}{text}"),
        });
    }
    Ok(format_float(number, b'f', None))
}
