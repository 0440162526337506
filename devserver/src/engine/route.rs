//! One route of an engine: its pattern, fields and handlers.

use super::fields::Field;
use super::{Call, Context};
use crate::json::Object;
use crate::logical::{Error, Operation, Reply};
use regex_lite::Regex;
use std::collections::BTreeMap;

/// Answers one operation on one route.
pub type Handler<E> = fn(&mut E, &mut Context<'_>, &Call<'_>) -> Reply;

/// Tells whether the entry of a path exists, which makes a write an update instead of a create.
pub type Existence<E> = fn(&E, &Call<'_>) -> bool;

/// Refuses a write before anybody asks whether it is allowed, where existence cannot even be told.
pub type Precondition<E> = fn(&E, &Call<'_>) -> Result<(), Error>;

/// One route; made by [`route`].
pub struct Route<E> {
    pub(super) pattern: String,
    regex: Option<Regex>,
    pub(super) fields: Vec<Field>,
    handlers: Vec<(Operation, Handler<E>)>,
    pub(super) existence: Option<Existence<E>>,
    pub(super) precondition: Option<Precondition<E>>,
    pub(super) arbitrary: bool,
    pub(super) free_form: bool,
    pub(super) synopsis: &'static str,
    pub(super) description: &'static str,
}

/// A route for paths of this pattern: a regular expression, anchored at both ends, in which `{name}` stands for a
/// generic name (letters, digits, `_`, and `-` and `.` inside), `{name@}` for one that may hold `@` too, `{name+}` for
/// one or more of any characters, `{name*}` for any characters, also none. A captured name is a field and wins over
/// the body.
pub fn route<E>(pattern: &str) -> Route<E> {
    Route {
        pattern: expand(pattern),
        regex: None,
        fields: Vec::new(),
        handlers: Vec::new(),
        existence: None,
        precondition: None,
        arbitrary: false,
        free_form: false,
        synopsis: "",
        description: "",
    }
}

/// Writes `{name}` out as a capture group.
fn expand(pattern: &str) -> String {
    let mut text = String::from("^");
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, tail)) = after.split_once('}') else {
            break;
        };
        text.push_str(before);
        let group = match name.char_indices().next_back() {
            Some((at, '@')) => format!(r"(?P<{}>\w(([\w.@-]+)?\w)?)", &name[..at]),
            Some((at, '+')) => format!("(?P<{}>.+)", &name[..at]),
            Some((at, '*')) => format!("(?P<{}>.*)", &name[..at]),
            _ => format!(r"(?P<{name}>\w(([\w.-]+)?\w)?)"),
        };
        text.push_str(&group);
        rest = tail;
    }
    text.push_str(rest);
    text.push('$');
    text
}

impl<E> Route<E> {
    /// The fields that the route knows; captures should be among them.
    #[must_use]
    pub fn fields(mut self, fields: Vec<Field>) -> Self {
        self.fields = fields;
        self
    }

    /// Handles an operation.
    #[must_use]
    pub fn on(mut self, operation: Operation, handler: Handler<E>) -> Self {
        self.handlers.push((operation, handler));
        self
    }

    /// Handles create and update alike.
    #[must_use]
    pub fn write(self, handler: Handler<E>) -> Self {
        self.on(Operation::Create, handler).on(Operation::Update, handler)
    }

    /// Tells creates from updates. Without it every write is an update.
    #[must_use]
    pub fn exists(mut self, existence: Existence<E>) -> Self {
        self.existence = Some(existence);
        self
    }

    /// Refuses a write for which existence cannot be told, before the policies are asked.
    #[must_use]
    pub fn requires(mut self, precondition: Precondition<E>) -> Self {
        self.precondition = Some(precondition);
        self
    }

    /// Takes fields that are not declared, without a warning.
    #[must_use]
    pub fn arbitrary(mut self) -> Self {
        self.arbitrary = true;
        self
    }

    /// Stores whatever fields are sent, though it warns about them in answers, as the original's does: a seed does not
    /// take them for mistakes.
    #[must_use]
    pub fn free_form(mut self) -> Self {
        self.free_form = true;
        self
    }

    /// Help: one line and a longer text.
    #[must_use]
    pub fn help(mut self, synopsis: &'static str, description: &'static str) -> Self {
        self.synopsis = synopsis;
        self.description = description;
        self
    }

    pub(super) fn handler(&self, operation: Operation) -> Option<Handler<E>> {
        self.handlers
            .iter()
            .find(|(known, _)| *known == operation)
            .map(|(_, handler)| *handler)
    }

    pub(super) fn captures(&self, path: &str) -> Option<BTreeMap<String, String>> {
        let regex = self.regex.as_ref()?;
        let found = regex.captures(path)?;
        let named = regex.capture_names().flatten();
        Some(
            named
                .map(|name| (name.to_owned(), found.name(name).map_or("", |m| m.as_str()).to_owned()))
                .collect(),
        )
    }

    /// Reads the pattern; one that is no regular expression matches nothing (and fails the debug assertion).
    pub(super) fn compile(&mut self) {
        self.regex = Regex::new(&self.pattern).ok();
        debug_assert!(self.regex.is_some(), "no regular expression: {}", self.pattern);
    }

    /// The names that are sent and no field of the route.
    pub(super) fn unknown<'d>(&self, data: &'d Object) -> Vec<&'d str> {
        data.keys()
            .map(String::as_str)
            .filter(|key| !self.fields.iter().any(|field| field.name == *key))
            .collect()
    }

    /// Names parameters that the route does not know, each with the known one that is nearest.
    pub(super) fn unrecognized(&self, names: &[&str]) -> String {
        let told = names.iter().map(|name| {
            let nearest = self
                .fields
                .iter()
                .map(|field| (strsim::jaro_winkler(field.name, name), field.name));
            match nearest.max_by(|(a, _), (b, _)| a.total_cmp(b)) {
                Some((likeness, known)) if likeness > 0.8 => format!("{name} (did you mean {known}?)"),
                _ => (*name).to_owned(),
            }
        });
        format!("unrecognized parameters: {}", told.collect::<Vec<_>>().join(", "))
    }
}
