//! The files a pod asked for: one per NAME of the secret, template and template-file families.

use std::collections::BTreeSet;

use super::defaults::Defaults;
use super::refusal::{Refusal, Step};
use super::table::{self, Annotation};
use super::values::{Entry, Prefix, Values, blame};

/// The language of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    /// Go's text/template with consul-template's functions.
    Go,
    /// Handlebars.
    Handlebars,
}

/// Where a template's text comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Text from an annotation, or the default template.
    Contents(String),
    /// A file in the agent's container.
    Source(String),
}

/// One file to render.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretFile {
    /// NAME as written in the annotation key.
    pub name: String,
    /// The template.
    pub body: Body,
    /// Its language.
    pub syntax: Syntax,
    /// Full path of the file to write.
    pub destination: String,
    /// Mount path of the volume it lies in.
    pub volume_path: String,
    /// Delimiters of the template.
    pub delimiters: (String, String),
    /// Command to run after a write; empty for none.
    pub command: String,
    /// Mode of the file; empty for the agent's default.
    pub perms: String,
    /// Fail when the template uses a field the secret does not have.
    pub error_on_missing_key: bool,
}

/// Reads all files, sorted by NAME.
///
/// # Errors
/// A boolean or word that is not one.
pub(super) fn read(values: &Values, defaults: &Defaults, volume_path: &str) -> Result<Vec<SecretFile>, Refusal> {
    names(values)
        .into_iter()
        .map(|name| read_one(values, defaults, volume_path, name))
        .collect()
}

/// The NAMEs that introduce a file: those with a non-blank value in one of the three families.
/// `agent-inject-template-file-X` belongs to the file family, never to a secret called `file-X`.
fn names(values: &Values) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    for annotation in [&table::SECRET, &table::TEMPLATE, &table::TEMPLATE_FILE] {
        let is_file_family = |name: &str| {
            annotation == &table::TEMPLATE && name.strip_prefix("file-").is_some_and(|rest| !rest.is_empty())
        };
        let found = values
            .family(annotation)
            .filter(|(name, entry)| !entry.value.trim().is_empty() && !is_file_family(name));
        names.extend(found.map(|(name, _)| name));
    }
    names
}

fn read_one(values: &Values, defaults: &Defaults, volume_path: &str, name: &str) -> Result<SecretFile, Refusal> {
    let text = |annotation: &Annotation| values.named_text(annotation, name).unwrap_or_default().to_owned();
    let or = |text: String, fallback: &str| if text.is_empty() { fallback.to_owned() } else { text };
    let delimiters = (or(text(&table::LEFT_DELIM), "{{"), or(text(&table::RIGHT_DELIM), "}}"));
    let body = body(values, name, &delimiters, &kind(values, defaults));
    let volume_path = values
        .named_text(&table::SECRET_VOLUME_PATH, name)
        .unwrap_or(volume_path)
        .to_owned();
    Ok(SecretFile {
        syntax: syntax(values, name, &body)?,
        body,
        destination: destination(values, name, &volume_path),
        volume_path,
        delimiters,
        command: text(&table::COMMAND),
        perms: text(&table::PERMS),
        error_on_missing_key: values.named_bool(&table::ERROR_ON_MISSING_KEY, name)?.unwrap_or(false),
        name: name.to_owned(),
    })
}

/// `map` or `json`, in lower case; whether the word is known is checked in its place in the order of checks.
fn kind(values: &Values, defaults: &Defaults) -> String {
    values
        .text(&table::DEFAULT_TEMPLATE)
        .unwrap_or(&defaults.default_template)
        .to_lowercase()
}

fn body(values: &Values, name: &str, delimiters: &(String, String), kind: &str) -> Body {
    let text = |annotation: &Annotation| values.named_text(annotation, name).filter(|text| !text.is_empty());
    if let Some(contents) = text(&table::TEMPLATE) {
        return Body::Contents(contents.to_owned());
    }
    if let Some(source) = text(&table::TEMPLATE_FILE) {
        return Body::Source(source.to_owned());
    }
    Body::Contents(default_template(
        text(&table::SECRET).unwrap_or_default(),
        delimiters,
        kind,
    ))
}

/// The template of a secret that has none: its fields as lines, or as one JSON object. The path is data
/// and the delimiters are those the template will be read with.
fn default_template(path: &str, (left, right): &(String, String), kind: &str) -> String {
    let path = path.replace('\\', r"\\").replace('"', r#"\""#).replace('\n', r"\n");
    if kind == "json" {
        format!("{left} with secret \"{path}\" {right}{left} .Data | toJSON {right}\n{left} end {right}")
    } else {
        format!(
            "{left} with secret \"{path}\" {right}{left} range $k, $v := .Data {right}\
             {left} $k {right}: {left} $v {right}\n{left} end {right}{left} end {right}"
        )
    }
}

/// By annotation; else by the prefix the template was written under, or the template file's extension.
fn syntax(values: &Values, name: &str, body: &Body) -> Result<Syntax, Refusal> {
    let named = values.named(&table::TEMPLATE_SYNTAX, name);
    if let Some(entry) = named.or_else(|| values.entry(&table::TEMPLATE_SYNTAX)) {
        return word(entry, if named.is_some() { Some(name) } else { None });
    }
    let written = values
        .named(&table::TEMPLATE, name)
        .filter(|entry| !entry.value.is_empty());
    let handlebars = match (body, written) {
        (Body::Source(path), _) => is_handlebars_file(path),
        (Body::Contents(_), Some(entry)) => entry.prefix == Prefix::Coffret,
        (Body::Contents(_), None) => false,
    };
    Ok(if handlebars { Syntax::Handlebars } else { Syntax::Go })
}

/// Whether a template file is Handlebars by its name.
#[must_use]
pub(super) fn is_handlebars_file(path: &str) -> bool {
    std::path::Path::new(path)
        .extension()
        .is_some_and(|extension| extension == "hbs")
}

fn word(entry: &Entry, name: Option<&str>) -> Result<Syntax, Refusal> {
    match entry.value.to_ascii_lowercase().as_str() {
        "go" => Ok(Syntax::Go),
        "handlebars" => Ok(Syntax::Handlebars),
        other => {
            let key = name.map_or(table::TEMPLATE_SYNTAX.key.to_owned(), |name| {
                format!("{}-{name}", table::TEMPLATE_SYNTAX.key)
            });
            Err(
                Refusal::new(Step::Parse, format!("invalid template syntax: {other}")).hint(blame(
                    &key,
                    entry,
                    table::TEMPLATE_SYNTAX.grammar,
                )),
            )
        }
    }
}

/// Where the file goes: a clean join with `agent-inject-file`, else the plain name behind the volume's path.
fn destination(values: &Values, name: &str, volume_path: &str) -> String {
    match values.named_text(&table::FILE, name).filter(|file| !file.is_empty()) {
        Some(file) => clean_join(volume_path, file),
        None if keeps_case(values, name) => format!("{volume_path}/{name}"),
        None => format!("{volume_path}/{}", name.to_lowercase()),
    }
}

/// An unreadable value is taken as false, as vault-k8s does; the warnings name it.
fn keeps_case(values: &Values, name: &str) -> bool {
    match values.named_bool(&table::PRESERVE_SECRET_CASE, name) {
        Ok(Some(keep)) => keep,
        Ok(None) => values.bool(&table::PRESERVE_SECRET_CASE, false).unwrap_or(false),
        Err(_) => false,
    }
}

/// Joins two paths and resolves `.`, `..` and doubled slashes, as Go's `filepath.Join` does.
#[must_use]
pub fn clean_join(base: &str, tail: &str) -> String {
    let joined = if base.is_empty() {
        tail.to_owned()
    } else {
        format!("{base}/{tail}")
    };
    let rooted = joined.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in joined.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            _ => parts.push(part),
        }
    }
    match (rooted, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => parts.join("/"),
    }
}
