//! Log lines as users of the agents this one replaces know them: go-hclog's text and JSON, on standard error.
//!
//! Events come in through `tracing`; the target is the logger's name (`agent.auth.handler`). A field named `event` is the
//! line's stable name for machines: JSON shows it, text does not.

use std::fmt::{self, Write as _};
use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU8, Ordering};

use jiff::Timestamp;
use tracing::field::{Field, Visit};
use tracing::span;
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber};

/// Shape of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// `2026-08-21T12:00:00.000Z [INFO]  agent: message: key=value`
    #[default]
    Standard,
    /// One JSON object with `@level`, `@message`, `@module`, `@timestamp`.
    Json,
}

/// Parses `-log-level`; the empty text is the default.
#[must_use]
pub fn parse_level(text: &str) -> Option<Level> {
    match text.trim().to_ascii_lowercase().as_str() {
        "trace" => Some(Level::TRACE),
        "debug" => Some(Level::DEBUG),
        "" | "info" | "notice" => Some(Level::INFO),
        "warn" | "warning" => Some(Level::WARN),
        "error" | "err" => Some(Level::ERROR),
        _ => None,
    }
}

/// Parses `-log-format`; the empty text is the default.
#[must_use]
pub fn parse_format(text: &str) -> Option<Format> {
    match text.trim().to_ascii_lowercase().as_str() {
        "" | "standard" => Some(Format::Standard),
        "json" => Some(Format::Json),
        _ => None,
    }
}

/// Writes the events of the agent's own modules.
pub struct Logger {
    format: Format,
    level: AtomicU8,
    out: Mutex<Box<dyn Write + Send>>,
}

impl fmt::Debug for Logger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Logger")
            .field("format", &self.format)
            .field("level", &self.level)
            .finish_non_exhaustive()
    }
}

impl Logger {
    /// A logger that writes lines of `level` and above to `out`.
    #[must_use]
    pub fn new(format: Format, level: Level, out: Box<dyn Write + Send>) -> Self {
        Self {
            format,
            level: AtomicU8::new(rank(level)),
            out: Mutex::new(out),
        }
    }

    /// Changes the level while running.
    pub fn set_level(&self, level: Level) {
        self.level.store(rank(level), Ordering::Relaxed);
    }
}

const fn rank(level: Level) -> u8 {
    match level {
        Level::ERROR => 0,
        Level::WARN => 1,
        Level::INFO => 2,
        Level::DEBUG => 3,
        Level::TRACE => 4,
    }
}

/// Writes every line to both; the first one's failure does not keep it from the second.
pub struct Both<A, B>(pub A, pub B);

impl<A: Write, B: Write> Write for Both<A, B> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let first = self.0.write_all(bytes);
        self.1.write_all(bytes).and(first)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()?;
        self.1.flush()
    }
}

/// Only the agent's own loggers: libraries may put anything into their events.
fn is_ours(target: &str) -> bool {
    target == "agent" || target.starts_with("agent.")
}

impl Subscriber for Logger {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        // The level may change, so interest in our own call sites is asked for each time.
        if is_ours(metadata.target()) {
            Interest::sometimes()
        } else {
            Interest::never()
        }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        is_ours(metadata.target()) && rank(*metadata.level()) <= self.level.load(Ordering::Relaxed)
    }

    fn new_span(&self, _span: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _span: &span::Id, _values: &span::Record<'_>) {}

    fn record_follows_from(&self, _span: &span::Id, _follows: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line::default();
        event.record(&mut line);
        let text = line.render(
            self.format,
            *event.metadata().level(),
            event.metadata().target(),
            Timestamp::now(),
        );
        if let Ok(mut out) = self.out.lock() {
            // There is nowhere to report that the log cannot be written.
            let _ = out.write_all(text.as_bytes());
        }
    }

    fn enter(&self, _span: &span::Id) {}

    fn exit(&self, _span: &span::Id) {}
}

#[derive(Default)]
struct Line {
    message: String,
    pairs: Vec<(&'static str, Value)>,
}

enum Value {
    Text(String),
    Bare(String),
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let text = format!("{value:?}");
        if field.name() == "message" {
            self.message = text;
        } else {
            self.pairs.push((field.name(), Value::Text(text)));
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            value.clone_into(&mut self.message);
        } else {
            self.pairs.push((field.name(), Value::Text(value.to_owned())));
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.pairs.push((field.name(), Value::Bare(value.to_string())));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.pairs.push((field.name(), Value::Bare(value.to_string())));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.pairs.push((field.name(), Value::Bare(value.to_string())));
    }
}

impl Line {
    fn render(&self, format: Format, level: Level, module: &str, now: Timestamp) -> String {
        match format {
            Format::Standard => self.standard(level, module, now),
            Format::Json => self.json(level, module, now),
        }
    }

    fn standard(&self, level: Level, module: &str, now: Timestamp) -> String {
        let mut line = format!("{now:.3} {:<7} {module}: {}", bracketed(level), one_line(&self.message));
        let mut pairs = self.pairs.iter().filter(|(name, _)| *name != "event").peekable();
        if pairs.peek().is_some() {
            line.push(':');
        }
        for (name, value) in pairs {
            // Writing to a String cannot fail.
            let _ = write!(line, " {name}={}", value.standard());
        }
        line.push('\n');
        line
    }

    fn json(&self, level: Level, module: &str, now: Timestamp) -> String {
        let mut object = serde_json::Map::new();
        object.insert("@level".into(), level.as_str().to_ascii_lowercase().into());
        object.insert("@message".into(), self.message.clone().into());
        object.insert("@module".into(), module.into());
        object.insert("@timestamp".into(), format!("{now:.6}").into());
        for (name, value) in &self.pairs {
            object.insert((*name).into(), value.json());
        }
        format!("{}\n", serde_json::Value::Object(object))
    }
}

impl Value {
    fn standard(&self) -> String {
        match self {
            Self::Bare(text) => text.clone(),
            Self::Text(text) if text.is_empty() || text.contains([' ', '"', '=', '\n', '\t', '\r']) => {
                format!("{text:?}")
            }
            Self::Text(text) => text.clone(),
        }
    }

    fn json(&self) -> serde_json::Value {
        match self {
            Self::Text(text) => text.clone().into(),
            Self::Bare(text) => serde_json::from_str(text).unwrap_or_else(|_| text.clone().into()),
        }
    }
}

const fn bracketed(level: Level) -> &'static str {
    match level {
        Level::ERROR => "[ERROR]",
        Level::WARN => "[WARN]",
        Level::INFO => "[INFO]",
        Level::DEBUG => "[DEBUG]",
        Level::TRACE => "[TRACE]",
    }
}

fn one_line(text: &str) -> String {
    text.replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[derive(Clone, Default)]
    struct Captured(Arc<Mutex<Vec<u8>>>);

    impl Write for Captured {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn lines(format: Format, level: Level, log: impl FnOnce()) -> String {
        let captured = Captured::default();
        let logger = Logger::new(format, level, Box::new(captured.clone()));
        tracing::subscriber::with_default(logger, log);
        let bytes = captured.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn standard_lines_look_like_hclogs() {
        let text = lines(Format::Standard, Level::INFO, || {
            tracing::info!(target: "agent.auth.handler", event = "auth.renewed", ttl = 30_u64, role = "a b", "renewed auth token");
        });
        let (time, rest) = text.split_once(' ').unwrap();
        assert_eq!(
            rest,
            "[INFO]  agent.auth.handler: renewed auth token: ttl=30 role=\"a b\"\n"
        );
        assert_eq!(time.len(), "2026-08-21T12:00:00.000Z".len(), "{time}");
    }

    #[test]
    fn json_lines_have_hclogs_keys_and_the_event() {
        let text = lines(Format::Json, Level::INFO, || {
            tracing::warn!(target: "agent", event = "x.y", count = 3_u64, path = %"p", "careful");
        });
        let line: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(line["@level"], "warn");
        assert_eq!(line["@message"], "careful");
        assert_eq!(line["@module"], "agent");
        assert_eq!(
            (&line["count"], &line["path"], &line["event"]),
            (&3.into(), &"p".into(), &"x.y".into())
        );
    }

    #[test]
    fn other_crates_and_lower_levels_are_silent() {
        let text = lines(Format::Standard, Level::WARN, || {
            tracing::info!(target: "agent", "too low");
            tracing::error!(target: "agentless", "not ours");
            tracing::error!(target: "agent", "line one\nline two");
        });
        assert_eq!(text.lines().count(), 1);
        assert!(text.contains("[ERROR] agent: line one\\nline two"), "{text}");
    }

    #[test]
    fn level_names_are_hashicorps() {
        assert_eq!(parse_level(" NOTICE "), Some(Level::INFO));
        assert_eq!(parse_level("err"), Some(Level::ERROR));
        assert_eq!(parse_level("loud"), None);
        assert_eq!(parse_format("JSON"), Some(Format::Json));
    }
}
