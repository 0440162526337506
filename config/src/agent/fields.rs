//! The keys of one stanza as they were written, checked against the table and read as typed values.

use std::path::PathBuf;
use std::time::Duration;

use coffret_hcl::{Block, Item, Key as WrittenKey, Object, Position, Span, Syntax, Value, ValueKind};

use super::diagnostic::{Report, Severity};
use super::keys::{Kind, Stanza, Status, Unknown};
use super::mode;
use super::nearest::nearest;
use super::signal::Signal;
use super::values::{as_bool, as_duration, as_integer, as_list, as_text};

/// One written stanza.
pub(super) struct Fields<'a> {
    stanza: &'static Stanza,
    object: &'a Object,
    report: &'a Report,
}

impl<'a> Fields<'a> {
    /// Checks each key of `object` against the table of `stanza`.
    pub(super) fn open(stanza: &'static Stanza, object: &'a Object, report: &'a Report) -> Self {
        let fields = Fields { stanza, object, report };
        for item in &object.items {
            if let Some(key) = item.keys.first() {
                fields.check(key);
            }
        }
        fields
    }

    fn check(&self, written: &WrittenKey) {
        let at = written.span.start;
        let full = self.stanza.full(&written.text);
        match self.stanza.key(&written.text).map(|key| key.status) {
            Some(Status::Honoured | Status::Redundant(_)) => {}
            Some(Status::Accepted(reason)) => self.report.warning(at, &full, format!("has no effect: {reason}")),
            Some(Status::Refused(reason)) => self.report.error(at, &full, format!("cannot be used: {reason}")),
            None => self.unknown(written, at, &full),
        }
    }

    fn unknown(&self, written: &WrittenKey, at: Position, full: &str) {
        let names = self.stanza.keys.iter().flat_map(super::keys::Key::names);
        let meant = nearest(&written.text, names).map(str::to_owned);
        let refused = meant.is_some() || self.stanza.unknown == Unknown::Refused;
        let (severity, message) = if refused {
            (Severity::Error, "no such key")
        } else {
            (Severity::Warning, "no such key; it has no effect")
        };
        self.report.push(severity, at, full, message.to_owned(), meant);
    }

    /// The place of the stanza's first character.
    pub(super) fn start(&self) -> Position {
        self.object.span.start
    }

    pub(super) fn report(&self) -> &'a Report {
        self.report
    }

    /// The item last written for a key, under any of its names; `null` counts as absent.
    fn item(&self, name: &'static str) -> Option<&'a Item> {
        let key = self.stanza.key(name)?;
        self.object
            .items
            .iter()
            .rfind(|item| key.is(item.name()) && item.value.kind != ValueKind::Null)
    }

    pub(super) fn has(&self, name: &'static str) -> bool {
        self.item(name).is_some()
    }

    /// The place of a key, or of the stanza when the key is absent.
    pub(super) fn at(&self, name: &'static str) -> Position {
        self.item(name).map_or(self.start(), |item| item.span().start)
    }

    /// Reports an error at a key.
    pub(super) fn error(&self, name: &'static str, message: impl Into<String>) {
        self.report.error(self.at(name), &self.stanza.full(name), message);
    }

    /// Reports a warning at a key.
    pub(super) fn warning(&self, name: &'static str, message: impl Into<String>) {
        self.report.warning(self.at(name), &self.stanza.full(name), message);
    }

    /// Reads a key with `read`; what `read` does not take is reported as not being `wanted`.
    fn read<T>(&self, name: &'static str, wanted: &str, read: impl Fn(&Value) -> Option<T>) -> Option<T> {
        let item = self.item(name)?;
        let value = read(&item.value);
        if value.is_none() {
            let found = item.value.kind.name();
            self.error(name, format!("must be {wanted}, found {found}"));
        }
        value
    }

    pub(super) fn text(&self, name: &'static str) -> Option<String> {
        self.read(name, "a string", as_text)
    }

    /// A text that was given and is not empty.
    pub(super) fn non_empty(&self, name: &'static str) -> Option<String> {
        self.text(name).filter(|text| !text.is_empty())
    }

    /// A text that must be given.
    pub(super) fn required(&self, name: &'static str) -> Option<String> {
        let given = self.item(name).is_some();
        let text = self.text(name);
        match text {
            Some(text) if !text.is_empty() => Some(text),
            None if given => None,
            _ => {
                self.error(name, "is required");
                None
            }
        }
    }

    pub(super) fn path(&self, name: &'static str) -> Option<PathBuf> {
        self.non_empty(name).map(PathBuf::from)
    }

    pub(super) fn required_path(&self, name: &'static str) -> Option<PathBuf> {
        self.required(name).map(PathBuf::from)
    }

    pub(super) fn bool(&self, name: &'static str) -> Option<bool> {
        self.read(name, "true or false", as_bool)
    }

    pub(super) fn integer(&self, name: &'static str) -> Option<i64> {
        self.read(name, "a whole number", as_integer)
    }

    pub(super) fn float(&self, name: &'static str) -> Option<f64> {
        self.read(name, "a number", |value| match &value.kind {
            ValueKind::Number(number) => Some(number.as_f64()),
            ValueKind::String(text) => text.trim().parse().ok(),
            _ => None,
        })
    }

    pub(super) fn duration(&self, name: &'static str) -> Option<Duration> {
        self.read(
            name,
            "a duration such as \"30s\" or \"1h30m\" (a bare number counts seconds)",
            as_duration,
        )
    }

    /// A list of strings; one string is split at its commas, as Vault does.
    pub(super) fn list(&self, name: &'static str) -> Option<Vec<String>> {
        self.read(name, "a list of strings", as_list)
    }

    pub(super) fn mode(&self, name: &'static str) -> Option<u32> {
        let read = self.read(name, "a file mode such as \"0640\"", mode::read)?;
        if let Some(doubt) = read.doubt {
            self.warning(name, doubt);
        }
        Some(read.mode)
    }

    /// An octal number in text, for modes that have no other form.
    pub(super) fn octal(&self, name: &'static str) -> Option<u32> {
        self.read(name, "an octal mode such as \"0600\"", |value| {
            let text = as_text(value)?;
            u32::from_str_radix(text.trim(), 8).ok().filter(|mode| *mode <= 0o7777)
        })
    }

    pub(super) fn signal(&self, name: &'static str) -> Option<Signal> {
        self.read(name, "a signal name such as \"SIGTERM\"", |value| {
            match value.as_str() {
                Some(text) => Signal::named(text),
                None => None,
            }
        })
    }

    /// The full name of a key of this stanza.
    pub(super) fn full(&self, name: &str) -> String {
        self.stanza.full(name)
    }

    /// One of the words the table lists for this key, in lower case.
    pub(super) fn word(&self, name: &'static str) -> Option<&'static str> {
        let Some(Kind::Word(words)) = self.stanza.key(name).map(|key| key.kind) else {
            return None;
        };
        let text = self.non_empty(name)?;
        let found = words.iter().find(|word| word.eq_ignore_ascii_case(&text));
        if found.is_none() {
            let meant = nearest(&text, words.iter().copied()).map(str::to_owned);
            let message = format!("must be one of {}", words.join(", "));
            self.report
                .push(Severity::Error, self.at(name), &self.stanza.full(name), message, meant);
        }
        found.copied()
    }

    /// The raw value of a key.
    pub(super) fn value(&self, name: &'static str) -> Option<&'a Value> {
        self.item(name).map(|item| &item.value)
    }

    /// The blocks of a key, each with its label if `labelled`.
    ///
    /// Vault passes over the label of a stanza that has none, so that is no more than a warning. In JSON it could
    /// not be told from a key.
    pub(super) fn blocks(&self, name: &'static str, labelled: bool) -> Vec<Part<'a>> {
        let labels = usize::from(labelled || self.object.syntax == Syntax::Hcl);
        let blocks = self.object.blocks(name, labels).unwrap_or_else(|mistake| {
            self.report
                .error(mistake.at, &self.stanza.full(name), mistake.problem.to_string());
            Vec::new()
        });
        let part = |block: Block<'a>| Part {
            label: block.labels.first().copied(),
            span: block.key.span,
            object: block.body,
        };
        let parts: Vec<Part<'a>> = blocks.into_iter().map(part).collect();
        for label in parts.iter().filter_map(|part| part.label).filter(|_| !labelled) {
            let message = "this stanza takes no label; the one here has no effect";
            self.report.warning(label.span.start, &self.stanza.full(name), message);
        }
        parts
    }

    /// The block of a key that may stand only once in a file.
    pub(super) fn single(&self, name: &'static str, labelled: bool) -> Option<Part<'a>> {
        let mut parts = self.blocks(name, labelled).into_iter();
        let first = parts.next()?;
        if let Some(second) = parts.next() {
            self.report.error(
                second.span.start,
                &self.stanza.full(name),
                "can stand only once in a file",
            );
        }
        Some(first)
    }
}

/// One block found below a key.
pub(super) struct Part<'a> {
    pub(super) label: Option<&'a WrittenKey>,
    pub(super) span: Span,
    pub(super) object: &'a Object,
}

impl Part<'_> {
    pub(super) fn start(&self) -> Position {
        self.span.start
    }
}
