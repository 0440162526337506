//! The `template` stanzas and `template_config`.

mod command;
mod settings;
mod wait;

pub use command::{Action, Command, Environment};
pub use settings::TemplateConfig;
pub use wait::Wait;

pub(super) use command::read_command;
pub(super) use settings::read as read_settings;

use std::fmt;
use std::path::{Path, PathBuf};

use coffret_hcl::Position;

use super::diagnostic::Report;
use super::fields::{Fields, Part};
use super::keys::TEMPLATE;

/// A file to render.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// What to render.
    pub body: Body,
    /// The file to write.
    pub destination: PathBuf,
    /// Create missing parent directories with mode 0755.
    pub create_dest_dirs: bool,
    /// Mode of the file; `None` keeps that of an existing file and is 0644 for a new one.
    pub mode: Option<u32>,
    /// Owner of the file; `None` leaves it.
    pub user: Option<Owner>,
    /// Group of the file; `None` leaves it.
    pub group: Option<Owner>,
    /// Keep the previous file as `<destination>.bak`.
    pub backup: bool,
    /// What to run after the file changed.
    pub action: Option<Action>,
    /// How long to wait for further changes; `None` not at all.
    pub wait: Option<Wait>,
    /// Where the stanza stands, for messages.
    pub place: Place,
}

/// A template and how to read it; common to files and environment variables.
#[derive(Clone, Debug, PartialEq)]
pub struct Body {
    /// The template's text or where it is.
    pub text: Text,
    /// The language.
    pub syntax: Syntax,
    /// What opens an action; never empty.
    pub left_delimiter: String,
    /// What closes an action; never empty.
    pub right_delimiter: String,
    /// Fail on a missing map key.
    pub error_on_missing_key: bool,
    /// Whether a rendering error counts as a failure.
    pub error_fatal: bool,
    /// Functions that fail when called.
    pub function_denylist: Vec<String>,
    /// The only directory the `file` function may read.
    pub sandbox_path: Option<PathBuf>,
}

/// A template's text or where it is.
#[derive(Clone, PartialEq)]
pub enum Text {
    /// In the configuration.
    Inline(String),
    /// In this file.
    File(PathBuf),
}

impl fmt::Debug for Text {
    /// Inline text is not printed: people write secrets into it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Text::Inline(text) => write!(f, "Inline({} bytes)", text.len()),
            Text::File(path) => write!(f, "File({})", path.display()),
        }
    }
}

/// The template languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// Go's `text/template` with consul-template's functions.
    Go,
    /// Handlebars.
    Handlebars,
}

/// A user or a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// By number.
    Id(u32),
    /// By name.
    Name(String),
}

/// Where a stanza stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The source as the caller named it.
    pub file: String,
    /// The stanza's first character.
    pub at: Position,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.at)
    }
}

pub(super) fn read(part: &Part<'_>, report: &Report) -> Option<Template> {
    let fields = Fields::open(&TEMPLATE, part.object, report);
    let body = read_body(&fields, part.start());
    let destination = fields.required_path("destination");
    let (mode, action, wait) = (fields.mode("perms"), command::read(&fields), wait::read(&fields));
    Some(Template {
        body: body?,
        destination: destination?,
        create_dest_dirs: fields.bool("create_dest_dirs").unwrap_or(true),
        mode: mode.filter(|mode| *mode != 0),
        user: owner(&fields, "user", "uid"),
        group: owner(&fields, "group", "gid"),
        backup: fields.bool("backup").unwrap_or(false),
        action,
        wait,
        place: Place {
            file: report.file().to_owned(),
            at: part.start(),
        },
    })
}

/// Reads what `template` and `env_template` have in common.
pub(super) fn read_body(fields: &Fields<'_>, at: Position) -> Option<Body> {
    let text = read_text(fields, at)?;
    let syntax = match fields.word("syntax") {
        Some("handlebars") => Syntax::Handlebars,
        Some(_) => Syntax::Go,
        None => syntax_of(&text),
    };
    Some(Body {
        text,
        syntax,
        left_delimiter: fields.non_empty("left_delimiter").unwrap_or_else(|| "{{".to_owned()),
        right_delimiter: fields.non_empty("right_delimiter").unwrap_or_else(|| "}}".to_owned()),
        error_on_missing_key: fields.bool("error_on_missing_key").unwrap_or(false),
        error_fatal: fields.bool("error_fatal").unwrap_or(true),
        function_denylist: fields.list("function_denylist").unwrap_or_default(),
        sandbox_path: fields.path("sandbox_path"),
    })
}

/// The one of `source` and `contents` that is given.
fn read_text(fields: &Fields<'_>, at: Position) -> Option<Text> {
    let source = fields.path("source");
    let contents = fields.text("contents");
    match (source, contents) {
        (Some(source), None) => Some(Text::File(source)),
        (None, Some(contents)) => Some(Text::Inline(contents)),
        (Some(_), Some(_)) => {
            fields.error("contents", "source and contents cannot be set together");
            None
        }
        (None, None) => {
            fields
                .report()
                .error(at, &fields.full("source"), "one of source and contents is required");
            None
        }
    }
}

/// The language of a template that does not say: Handlebars for a file ending in `.hbs`, Go for all else.
fn syntax_of(text: &Text) -> Syntax {
    let extension = match text {
        Text::File(path) => Path::new(path).extension(),
        Text::Inline(_) => None,
    };
    if extension.is_some_and(|extension| extension == "hbs") {
        Syntax::Handlebars
    } else {
        Syntax::Go
    }
}

fn owner(fields: &Fields<'_>, by_name: &'static str, by_id: &'static str) -> Option<Owner> {
    if let Some(text) = fields.non_empty(by_name) {
        return Some(parse_owner(text));
    }
    let number = fields.integer(by_id).filter(|number| *number != -1)?;
    let id = u32::try_from(number).ok();
    if id.is_none() {
        fields.error(by_id, "must be an id from 0 to 4294967295");
    }
    id.map(Owner::Id)
}

/// A user or group: a number is an id, all else a name.
pub(super) fn parse_owner(text: String) -> Owner {
    match text.parse() {
        Ok(id) => Owner::Id(id),
        Err(_) => Owner::Name(text),
    }
}
