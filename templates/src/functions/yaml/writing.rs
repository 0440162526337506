//! Writing YAML: values become scalars and block collections, with the styles that yaml.v2 chooses.

use super::super::encoding;
use super::super::print;
use super::super::time::Time;
use super::emitter::Emitter;
use super::order;
use super::resolve::{self, Tag};
use super::scalar::{self, Scalar, Style};
use crate::call::Call;
use crate::error::Limit;
use crate::fmt::float::format_float;
use crate::function::FunctionError;
use crate::strconv;
use crate::value::{List, Map, Object, Text, Value};

/// The YAML document of a value.
pub(super) fn write(call: &mut Call<'_>, value: &Value) -> Result<Vec<u8>, FunctionError> {
    let mut writer = Writer {
        call,
        emitter: Emitter::new(),
    };
    writer.value(value, 0, Role::Item)?;
    let out = writer.emitter.finish();
    call.reserve(out.len())?;
    Ok(out)
}

/// What a value is of the collection that it is in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// An item of a list, or the document.
    Item,
    /// A key in front of a colon.
    SimpleKey,
    /// A key on a line of its own, or the value of a key.
    Entry,
}

struct Writer<'c, 's> {
    call: &'c mut Call<'s>,
    emitter: Emitter,
}

type Step = Result<(), FunctionError>;

impl Writer<'_, '_> {
    fn value(&mut self, value: &Value, depth: usize, role: Role) -> Step {
        self.call.step(1)?;
        if depth > self.call.nesting() {
            return Err(Limit::Nesting(self.call.nesting()).into());
        }
        if self.emitter.len() > self.call.limits().memory {
            return Err(Limit::Memory(self.call.limits().memory).into());
        }
        match value {
            Value::List(list) => return self.list(list, depth, role),
            Value::Map(map) => return self.map(map, depth),
            Value::Object(object) => return self.object(object.as_ref(), depth, role),
            Value::String(text) => self.string(text, role),
            Value::Number(text) => self.number(text, role),
            Value::Nil | Value::Null(_) => self.plain("null", role),
            Value::Bool(truth) => self.plain(if *truth { "true" } else { "false" }, role),
            Value::Int(_, number) => self.plain(&number.to_string(), role),
            Value::Uint(_, number) => self.plain(&number.to_string(), role),
            Value::Float(number) => self.plain(&float(*number), role),
            Value::Complex(..) | Value::Sequence(_) => {
                return Err(format!("cannot marshal type: {}", print::type_name(value)).into());
            }
        }
        Ok(())
    }

    fn scalar(&mut self, scalar: &Scalar<'_>, role: Role) {
        self.emitter.scalar(scalar, role == Role::SimpleKey);
    }

    fn plain(&mut self, text: &str, role: Role) {
        let (style, tag) = (Style::Plain, None);
        self.scalar(&Scalar { text, style, tag }, role);
    }

    /// A number of a secret: an integer if it fits one, else a float, else its text.
    fn number(&mut self, text: &Text, role: Role) {
        let number = text.to_str().unwrap_or("");
        if let Ok(number) = strconv::parse_integer(number, 10) {
            return self.plain(&number.to_string(), role);
        }
        match strconv::parse_float(number) {
            Ok(number) => self.plain(&float(number), role),
            Err(_) => self.string(text, role),
        }
    }

    fn string(&mut self, text: &Text, role: Role) {
        with_scalar(text, |scalar| self.scalar(scalar, role));
    }

    fn list(&mut self, list: &List, depth: usize, role: Role) -> Step {
        if list.is_empty() {
            self.emitter.empty('[', ']');
            return Ok(());
        }
        self.emitter.open_list(role != Role::Item);
        for item in list.items() {
            self.emitter.item();
            self.value(item, depth + 1, Role::Item)?;
        }
        self.emitter.close();
        Ok(())
    }

    fn map(&mut self, map: &Map, depth: usize) -> Step {
        let mut entries = map.entries();
        order::sort(&mut entries);
        self.entries(&entries, depth)
    }

    fn entries(&mut self, entries: &[(Value, Value)], depth: usize) -> Step {
        if entries.is_empty() {
            self.emitter.empty('{', '}');
            return Ok(());
        }
        self.emitter.open_map();
        for (key, value) in entries {
            let is_simple = is_simple_key(key);
            self.emitter.key(is_simple);
            let role = if is_simple { Role::SimpleKey } else { Role::Entry };
            self.value(key, depth + 1, role)?;
            self.emitter.value(is_simple);
            self.value(value, depth + 1, Role::Entry)?;
        }
        self.emitter.close();
        Ok(())
    }

    fn object(&mut self, object: &dyn Object, depth: usize, role: Role) -> Step {
        if let Some(time) = object.as_any().downcast_ref::<Time>() {
            let text = time.format(b"2006-01-02T15:04:05.999999999Z07:00");
            self.plain(&String::from_utf8_lossy(&text), role);
            return Ok(());
        }
        let named = object.named();
        let text = object.text();
        if let Some(text) = text.filter(|_| matches!(named.name, "semver.Version" | "time.Duration")) {
            self.string(&text, role);
            return Ok(());
        }
        if let Some(underlying) = object.underlying() {
            return self.value(&underlying, depth + 1, role);
        }
        let fields = named.fields.iter().enumerate();
        let entries: Vec<(Value, Value)> = fields
            .map(|(index, field)| (Value::string(field.name.to_lowercase()), object.field(index)))
            .collect();
        self.entries(&entries, depth)
    }
}

/// Whether a key fits in front of a colon: an empty collection, or a scalar that does.
fn is_simple_key(key: &Value) -> bool {
    match key {
        Value::String(text) | Value::Number(text) => with_scalar(text, scalar::is_simple_key),
        Value::List(list) => list.is_empty(),
        Value::Map(map) => map.is_empty(),
        Value::Object(object) => object.underlying().is_some() || object.text().is_some(),
        _ => true,
    }
}

fn float(number: f64) -> String {
    match number {
        number if number.is_nan() => ".nan".to_owned(),
        f64::INFINITY => ".inf".to_owned(),
        f64::NEG_INFINITY => "-.inf".to_owned(),
        number => format_float(number, b'g', None),
    }
}

/// The scalar of a text. Text on many lines is a literal block; text that would be read as something else is quoted;
/// what is not UTF-8 is written as base 64.
fn with_scalar<T>(text: &Text, then: impl FnOnce(&Scalar<'_>) -> T) -> T {
    let Some(text) = text.to_str() else {
        return then(&binary(text.as_bytes()).as_scalar());
    };
    let style = match resolve::plain(text, true).0 {
        _ if text.contains('\n') => Style::Literal,
        Tag::Str if !resolve::is_base60(text) => Style::Plain,
        _ => Style::DoubleQuoted,
    };
    then(&Scalar { text, style, tag: None })
}

/// Base 64, in lines if it is long.
struct Binary(String);

fn binary(bytes: &[u8]) -> Binary {
    const LINE: usize = 70;
    let encoded = encoding::encode(bytes);
    let encoded = String::from_utf8_lossy(&encoded);
    if encoded.len() < LINE {
        return Binary(encoded.into_owned());
    }
    let mut text = String::with_capacity(encoded.len() + encoded.len() / LINE + 1);
    for (at, digit) in encoded.chars().enumerate() {
        if at > 0 && at % LINE == 0 {
            text.push('\n');
        }
        text.push(digit);
    }
    text.push('\n');
    Binary(text)
}

impl Binary {
    fn as_scalar(&self) -> Scalar<'_> {
        Scalar {
            text: &self.0,
            style: if self.0.contains('\n') {
                Style::Literal
            } else {
                Style::Plain
            },
            tag: Some("!!binary"),
        }
    }
}
