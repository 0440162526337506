//! Writing YAML: values become the events of libyaml's emitter, with the styles that yaml.v2 chooses.

use libyaml_safer::{Emitter, Encoding, Event, MappingStyle, ScalarStyle, SequenceStyle};

use super::super::encoding;
use super::super::print;
use super::super::time::Time;
use super::order;
use super::resolve::{self, BINARY, Tag};
use crate::call::Call;
use crate::error::Limit;
use crate::fmt::float::format_float;
use crate::function::FunctionError;
use crate::strconv;
use crate::value::{List, Map, Object, Text, Value};

/// The YAML document of a value.
pub(super) fn write(call: &mut Call<'_>, value: &Value) -> Result<Vec<u8>, FunctionError> {
    let mut out = Vec::new();
    let mut emitter = Emitter::new();
    emitter.set_unicode(true);
    emitter.set_output_string(&mut out);
    let mut writer = Writer {
        call,
        emitter,
        astral: false,
    };
    writer.emit(Event::stream_start(Encoding::Utf8))?;
    writer.emit(Event::document_start(None, &[], true))?;
    writer.value(value, 0)?;
    writer.emit(Event::document_end(true))?;
    // The end of the stream is left out: it would write `...` after a block that keeps its line ends.
    let astral = writer.astral;
    drop(writer);
    call.reserve(out.len())?;
    let out = if astral { escape_astral(&out) } else { out };
    Ok(restore_breaks(out))
}

/// yaml.v2 takes characters beyond U+FFFF (and U+0085) for unprintable, libyaml does not. They stand in double quotes
/// here, where libyaml escapes only the latter.
fn escape_astral(text: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(text);
    let escaped = text.chars().map(|rune| match u32::from(rune) {
        0x1_0000.. => format!("\\U{:08X}", u32::from(rune)),
        _ => rune.to_string(),
    });
    escaped.collect::<String>().into_bytes()
}

/// Line breaks other than a line feed, and what stands in for each at the end of a text: libyaml would indent the
/// closing quote after them.
const BREAKS: [(char, char); 2] = [('\u{2028}', '\u{f8f1}'), ('\u{2029}', '\u{f8f2}')];

fn hide_breaks(text: &str) -> Option<String> {
    let kept = text.trim_end_matches(|rune| BREAKS.iter().any(|(known, _)| *known == rune));
    let foreign = text.contains(|rune| BREAKS.iter().any(|(_, hidden)| *hidden == rune));
    if kept.len() == text.len() || foreign {
        return None;
    }
    let hidden = text[kept.len()..]
        .chars()
        .filter_map(|rune| BREAKS.iter().find(|(known, _)| *known == rune));
    Some(kept.chars().chain(hidden.map(|(_, hidden)| *hidden)).collect())
}

fn restore_breaks(text: Vec<u8>) -> Vec<u8> {
    match std::str::from_utf8(&text) {
        Ok(known) if known.contains(BREAKS.map(|(_, hidden)| hidden)) => BREAKS
            .iter()
            .fold(known.to_owned(), |text, (rune, hidden)| {
                text.replace(*hidden, &rune.to_string())
            })
            .into_bytes(),
        _ => text,
    }
}

struct Writer<'c, 's, 'o> {
    call: &'c mut Call<'s>,
    emitter: Emitter<'o>,
    /// Whether a text has characters beyond U+FFFF.
    astral: bool,
}

impl Writer<'_, '_, '_> {
    fn emit(&mut self, event: Event) -> Result<(), FunctionError> {
        let result = self.emitter.emit(event);
        result.map_err(|error| format!("toYAML: yaml: {}", error.problem()).into())
    }

    fn value(&mut self, value: &Value, depth: usize) -> Result<(), FunctionError> {
        self.call.step(1)?;
        if depth > self.call.nesting() {
            return Err(Limit::Nesting(self.call.nesting()).into());
        }
        match value {
            Value::Nil | Value::Null(_) => self.scalar("null", ScalarStyle::Plain),
            Value::Bool(truth) => self.scalar(if *truth { "true" } else { "false" }, ScalarStyle::Plain),
            Value::Int(_, number) => self.scalar(&number.to_string(), ScalarStyle::Plain),
            Value::Uint(_, number) => self.scalar(&number.to_string(), ScalarStyle::Plain),
            Value::Float(number) => self.float(*number),
            Value::String(text) => self.string(text),
            Value::Number(text) => self.number(text),
            Value::List(list) => self.list(list, depth),
            Value::Map(map) => self.map(map, depth),
            Value::Object(object) => self.object(object.as_ref(), depth),
            Value::Complex(..) | Value::Sequence(_) => {
                Err(format!("cannot marshal type: {}", print::type_name(value)).into())
            }
        }
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle) -> Result<(), FunctionError> {
        self.emit(Event::scalar(None, None, text, true, true, style))
    }

    fn float(&mut self, number: f64) -> Result<(), FunctionError> {
        let text = match number {
            number if number.is_nan() => ".nan".to_owned(),
            f64::INFINITY => ".inf".to_owned(),
            f64::NEG_INFINITY => "-.inf".to_owned(),
            number => format_float(number, b'g', None),
        };
        self.scalar(&text, ScalarStyle::Plain)
    }

    /// A number of a secret: an integer if it fits one, else a float, else its text.
    fn number(&mut self, text: &Text) -> Result<(), FunctionError> {
        let number = text.to_str().unwrap_or("");
        if let Ok(number) = strconv::parse_integer(number, 10) {
            return self.scalar(&number.to_string(), ScalarStyle::Plain);
        }
        match strconv::parse_float(number) {
            Ok(number) => self.float(number),
            Err(_) => self.string(text),
        }
    }

    /// Text on many lines is a literal block; text that would be read as something else is quoted; the emitter itself
    /// quotes what is no plain scalar. What is not UTF-8 is written as base 64.
    fn string(&mut self, text: &Text) -> Result<(), FunctionError> {
        let Some(text) = text.to_str() else {
            return self.binary(text.as_bytes());
        };
        if text.chars().any(|rune| rune > '\u{ffff}' || rune == '\u{85}') {
            self.astral = true;
            return self.scalar(text, ScalarStyle::DoubleQuoted);
        }
        if let Some(hidden) = hide_breaks(text).filter(|_| !text.contains('\n')) {
            return self.scalar(&hidden, ScalarStyle::SingleQuoted);
        }
        let style = match resolve::plain(text, true).0 {
            _ if text.contains('\n') => ScalarStyle::Literal,
            Tag::Str if !resolve::is_base60(text) => ScalarStyle::Plain,
            _ => ScalarStyle::DoubleQuoted,
        };
        self.scalar(text, style)
    }

    fn binary(&mut self, bytes: &[u8]) -> Result<(), FunctionError> {
        const LINE: usize = 70;
        let encoded = encoding::encode(bytes);
        let encoded = String::from_utf8_lossy(&encoded);
        let mut text = String::with_capacity(encoded.len() + encoded.len() / LINE + 1);
        for (at, digit) in encoded.chars().enumerate() {
            if at > 0 && at % LINE == 0 {
                text.push('\n');
            }
            text.push(digit);
        }
        let style = match encoded.len() / LINE {
            0 => ScalarStyle::Plain,
            _ => {
                text.push('\n');
                ScalarStyle::Literal
            }
        };
        self.emit(Event::scalar(None, Some(BINARY), &text, false, false, style))
    }

    fn list(&mut self, list: &List, depth: usize) -> Result<(), FunctionError> {
        self.emit(Event::sequence_start(None, None, true, SequenceStyle::Block))?;
        for item in list.items() {
            self.value(item, depth + 1)?;
        }
        self.emit(Event::sequence_end())
    }

    fn map(&mut self, map: &Map, depth: usize) -> Result<(), FunctionError> {
        let mut entries = map.entries();
        order::sort(&mut entries);
        self.emit(Event::mapping_start(None, None, true, MappingStyle::Block))?;
        for (key, value) in &entries {
            self.value(key, depth + 1)?;
            self.value(value, depth + 1)?;
        }
        self.emit(Event::mapping_end())
    }

    fn object(&mut self, object: &dyn Object, depth: usize) -> Result<(), FunctionError> {
        if let Some(time) = object.as_any().downcast_ref::<Time>() {
            let text = time.format(b"2006-01-02T15:04:05.999999999Z07:00");
            return self.scalar(&String::from_utf8_lossy(&text), ScalarStyle::Plain);
        }
        let named = object.named();
        if let Some(text) = object
            .text()
            .filter(|_| matches!(named.name, "semver.Version" | "time.Duration"))
        {
            return self.string(&text);
        }
        if let Some(underlying) = object.underlying() {
            return self.value(&underlying, depth + 1);
        }
        self.emit(Event::mapping_start(None, None, true, MappingStyle::Block))?;
        for (index, field) in named.fields.iter().enumerate() {
            self.string(&Text::from(field.name.to_lowercase()))?;
            self.value(&object.field(index), depth + 1)?;
        }
        self.emit(Event::mapping_end())
    }
}
