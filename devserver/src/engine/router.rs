//! Routes of an engine: patterns, fields, handlers and help.

use super::fields::{Field, Fields};
use super::{Context, Field as FieldSchema};
use crate::json::{Object, Value};
use crate::logical::{Error, Operation, Raw, Reply, Request, Response};
use crate::object;
use jiff::Timestamp;
use regex_lite::Regex;
use std::collections::BTreeMap;
use std::time::Duration;

/// Answers one operation on one route.
pub type Handler<E> = fn(&mut E, &mut Context<'_>, &Call<'_>) -> Reply;

/// Tells whether the entry of a path exists, which makes a write an update instead of a create.
pub type Existence<E> = fn(&E, &Call<'_>) -> bool;

/// Refuses a write before anybody asks whether it is allowed, where existence cannot even be told.
pub type Precondition<E> = fn(&E, &Call<'_>) -> Result<(), Error>;

/// All routes of an engine type.
pub struct Router<E> {
    help: &'static str,
    routes: Vec<Route<E>>,
}

/// One route; made by [`route`].
pub struct Route<E> {
    pattern: String,
    regex: Option<Regex>,
    fields: Vec<FieldSchema>,
    handlers: Vec<(Operation, Handler<E>)>,
    existence: Option<Existence<E>>,
    precondition: Option<Precondition<E>>,
    arbitrary: bool,
    free_form: bool,
    synopsis: &'static str,
    description: &'static str,
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
    pub fn fields(mut self, fields: Vec<FieldSchema>) -> Self {
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

    fn handler(&self, operation: Operation) -> Option<Handler<E>> {
        self.handlers
            .iter()
            .find(|(known, _)| *known == operation)
            .map(|(_, handler)| *handler)
    }

    fn captures(&self, path: &str) -> Option<BTreeMap<String, String>> {
        let regex = self.regex.as_ref()?;
        let found = regex.captures(path)?;
        let named = regex.capture_names().flatten();
        Some(
            named
                .map(|name| (name.to_owned(), found.name(name).map_or("", |m| m.as_str()).to_owned()))
                .collect(),
        )
    }
}

impl<E> Router<E> {
    /// A router; the first route that matches a path answers it. A pattern that is no regular expression matches
    /// nothing (and fails the debug assertion).
    pub fn new(help: &'static str, mut routes: Vec<Route<E>>) -> Self {
        for route in &mut routes {
            route.regex = Regex::new(&route.pattern).ok();
            debug_assert!(route.regex.is_some(), "no regular expression: {}", route.pattern);
        }
        Self { help, routes }
    }

    fn find(&self, path: &str) -> Option<(&Route<E>, BTreeMap<String, String>)> {
        self.routes
            .iter()
            .find_map(|route| Some((route, route.captures(path)?)))
    }

    /// Answers a request.
    ///
    /// # Errors
    /// What the handler refuses; unknown paths and operations; fields of the wrong type.
    pub fn dispatch(&self, engine: &mut E, context: &mut Context<'_>, request: &Request) -> Reply {
        if request.path.is_empty() && request.operation == Operation::Help {
            return self.root_help().reply();
        }
        let (route, captures) = self.find(&request.path).ok_or_else(Error::unsupported_path)?;
        let Some(handler) = route.handler(request.operation) else {
            return match request.operation {
                Operation::Help => route.help_response(&request.path).reply(),
                _ => Err(Error::unsupported_operation()),
            };
        };
        let ignored: Vec<&str> = if route.arbitrary {
            Vec::new()
        } else {
            route.unknown(&request.data)
        };
        if request.strict && !route.free_form && !ignored.is_empty() {
            return Err(Error::response(route.unrecognized(&ignored)));
        }
        let replaced: Vec<&str> = captures
            .keys()
            .filter(|key| request.data.get(*key).is_some_and(|v| !v.is_null()))
            .map(String::as_str)
            .collect();
        let fields = Fields::new(&route.fields, &request.data, &captures);
        fields
            .validate()
            .map_err(|text| Error::response(format!("Field validation failed: {text}")))?;
        let mut reply = handler(engine, context, &Call { request, fields })?;
        // An answer with a status of its own is finished, and gets no warnings.
        if let Some(response) = reply.as_mut().filter(|response| response.status.is_none()) {
            if !ignored.is_empty() {
                let text = format!(
                    "Endpoint ignored these unrecognized parameters: [{}]",
                    ignored.join(" ")
                );
                response.warnings.push(text);
            }
            if !replaced.is_empty() {
                response.warnings.push(format!(
                    "Endpoint replaced the value of these parameters with the values captured from the endpoint's path: [{}]",
                    replaced.join(" ")
                ));
            }
        }
        Ok(reply)
    }

    /// Whether the entry of the request's path exists; `None` where the route does not tell.
    ///
    /// # Errors
    /// Unknown paths; fields of the wrong type.
    pub fn exists(&self, engine: &E, request: &Request) -> Result<Option<bool>, Error> {
        let (route, captures) = self.find(&request.path).ok_or_else(Error::unsupported_path)?;
        let Some(existence) = route.existence else {
            return Ok(None);
        };
        let fields = Fields::new(&route.fields, &request.data, &captures);
        fields.validate().map_err(Error::invalid)?;
        let call = Call { request, fields };
        if let Some(precondition) = route.precondition {
            precondition(engine, &call)?;
        }
        Ok(Some(existence(engine, &call)))
    }

    fn root_help(&self) -> Response {
        let mut routes: Vec<&Route<E>> = self.routes.iter().collect();
        routes.sort_by(|a, b| a.pattern.cmp(&b.pattern));
        let mut text = format!(
            "\n## DESCRIPTION\n\n{}\n\n## PATHS\n\nThe following paths are supported by this backend. To view help for\nany of \
             the paths below, use the help command with any route matching\nthe path pattern. Note that depending on the \
             policy of your auth token,\nyou may or may not be able to access certain paths.\n\n",
            self.help
        );
        for route in routes {
            text.push_str(&format!("    {}\n        {}\n\n", route.pattern, route.synopsis));
        }
        text.push('\n');
        help_response(&text)
    }
}

impl<E> Route<E> {
    fn unknown<'d>(&self, data: &'d Object) -> Vec<&'d str> {
        data.keys()
            .map(String::as_str)
            .filter(|key| !self.fields.iter().any(|field| field.name == *key))
            .collect()
    }

    /// Names parameters that the route does not know, each with the known one that is nearest.
    fn unrecognized(&self, names: &[&str]) -> String {
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

    fn help_response(&self, path: &str) -> Response {
        let mut fields: Vec<&Field> = self.fields.iter().collect();
        fields.sort_by_key(|field| field.name);
        let mut text = format!(
            "Request:        {path}\nMatching Route: {}\n\n{}\n",
            self.pattern, self.synopsis
        );
        if !fields.is_empty() {
            text.push_str("\n## PARAMETERS\n");
        }
        for field in fields {
            let help = match field.help {
                "" => "<no description>",
                help => help,
            };
            text.push_str(&format!(
                "\n    {} ({})\n\n        {help}\n",
                field.name,
                field.kind.name()
            ));
        }
        text.push_str(&format!("\n## DESCRIPTION\n\n{}\n", self.description));
        help_response(&text)
    }
}

/// Help is answered without envelope.
fn help_response(text: &str) -> Response {
    let body = object! { "help" => text, "see_also" => Value::Null, "openapi" => Value::Null };
    Response {
        raw: Some(Raw {
            status: 200,
            content_type: "application/json".to_owned(),
            body: format!("{}\n", Value::Object(body)).into_bytes(),
        }),
        ..Response::default()
    }
}

/// A request on its way to a handler, with its fields typed.
#[derive(Clone, Debug)]
pub struct Call<'a> {
    /// The request.
    pub request: &'a Request,
    pub(crate) fields: Fields<'a>,
}

/// Getters take a declared field's name and give its default (or the type's zero) when it was not sent.
impl Call<'_> {
    /// Whether the field was sent. A null counts as the zero of its type, except for times and spans of time.
    pub fn has(&self, name: &str) -> bool {
        self.fields.sent(name)
    }

    /// The value as it was sent.
    pub fn raw(&self, name: &str) -> Option<&Value> {
        self.fields.raw(name)
    }

    /// A text of a captured or string field that was sent as a string; empty otherwise. For numbers and booleans sent
    /// to a string field use [`Call::string`].
    pub fn text(&self, name: &str) -> &str {
        self.fields.raw(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// A text, converted from whatever scalar was sent.
    pub fn string(&self, name: &str) -> String {
        self.fields.string(name)
    }

    /// A text, if it was sent.
    pub fn maybe_string(&self, name: &str) -> Option<String> {
        self.has(name).then(|| self.string(name))
    }

    /// An integer.
    pub fn int(&self, name: &str) -> i64 {
        self.fields.int(name)
    }

    /// A truth value.
    pub fn flag(&self, name: &str) -> bool {
        self.fields.flag(name)
    }

    /// A span of time in whole seconds; negative spans are zero (see [`Call::int`] for signed ones).
    pub fn duration(&self, name: &str) -> Duration {
        Duration::from_secs(self.fields.seconds(name).max(0).unsigned_abs())
    }

    /// A span of time, if it was sent.
    pub fn maybe_duration(&self, name: &str) -> Option<Duration> {
        self.has(name).then(|| self.duration(name))
    }

    /// Seconds, signed.
    pub fn seconds(&self, name: &str) -> i64 {
        self.fields.seconds(name)
    }

    /// A moment, if it was sent.
    pub fn time(&self, name: &str) -> Option<Timestamp> {
        self.fields.time(name)
    }

    /// A list of texts.
    pub fn list(&self, name: &str) -> Vec<String> {
        self.fields.list(name)
    }

    /// A list of texts, if it was sent.
    pub fn maybe_list(&self, name: &str) -> Option<Vec<String>> {
        self.has(name).then(|| self.list(name))
    }

    /// A list of integers.
    pub fn integers(&self, name: &str) -> Vec<i64> {
        self.fields.integers(name)
    }

    /// A map.
    pub fn map(&self, name: &str) -> Object {
        self.fields.map(name)
    }

    /// A map of texts.
    pub fn pairs(&self, name: &str) -> BTreeMap<String, String> {
        self.fields.pairs(name)
    }
}
