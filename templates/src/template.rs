//! Parsed templates and what rendering one gives.

use std::fmt;

use zeroize::Zeroizing;

use crate::call::{Call, RequestLog};
use crate::error::{ParseError, RenderError};
use crate::fmt::Bounds;
use crate::go::GoTemplate;
use crate::handlebars::HandlebarsTemplate;
use crate::options::{Limits, Options, Syntax};
use crate::redaction::{Reach, redact};
use crate::request::Request;
use crate::source::Source;

/// A parsed template. Cheap to render again, and the same for every rendering.
pub struct Template {
    engine: Engine,
    options: Options,
}

enum Engine {
    Go(GoTemplate),
    Handlebars(HandlebarsTemplate),
}

/// An execution error, which can repeat secrets.
pub(crate) struct ExecutionError {
    pub(crate) text: Vec<u8>,
    pub(crate) reach: Reach,
}

/// What a pass over a template gave.
pub struct Rendered {
    /// The output; none exactly when something is missing.
    pub output: Option<Zeroizing<Vec<u8>>>,
    /// Every request the template made, in order, each once.
    pub used: Vec<Request>,
    /// Those that have no answer yet.
    pub missing: Vec<Request>,
    /// Where a Go template first printed `<no value>`, as `LINE:COLUMN, {{ACTION}}`: a key that is not there, or null.
    pub no_value: Option<String>,
}

impl Template {
    /// Parses a template, which need not be UTF-8.
    ///
    /// # Errors
    /// When the text is not a template of that syntax, or uses a function that does not exist.
    pub fn parse(text: impl AsRef<[u8]>, syntax: Syntax, options: Options) -> Result<Template, ParseError> {
        let text = text.as_ref();
        let engine = match syntax {
            Syntax::Go => Engine::Go(GoTemplate::parse(text, &options).map_err(|error| about_syntax(error, text))?),
            Syntax::Handlebars => Engine::Handlebars(HandlebarsTemplate::parse(text, &options)?),
        };
        Ok(Template { engine, options })
    }

    /// Runs the template once.
    ///
    /// # Errors
    /// When the template fails although nothing is missing, reads a secret that does not exist, or exceeds a limit.
    pub fn render(&self, source: &mut dyn Source) -> Result<Rendered, RenderError> {
        let mut call = Call::new(source, &self.options);
        let result = match &self.engine {
            Engine::Go(template) => template.execute(&mut call),
            Engine::Handlebars(template) => template.execute(&mut call),
        };
        let log = call.finish();
        if !log.missing.is_empty() {
            return Ok(Rendered {
                output: None,
                used: log.used,
                missing: log.missing,
                no_value: None,
            });
        }
        if let Some(request) = log.absent.first() {
            let message = format!("{request}: no secret exists at {}", request.path());
            return Err(RenderError::new(message.into_bytes(), None));
        }
        match result {
            Ok(output) => Ok(Rendered {
                output: Some(Zeroizing::new(output)),
                used: log.used,
                missing: log.missing,
                no_value: log.no_value,
            }),
            Err(error) => Err(render_error(error, &log, &self.options.limits)),
        }
    }
}

/// Adds to the error of a text that looks like Handlebars which syntax was assumed.
fn about_syntax(error: ParseError, text: &[u8]) -> ParseError {
    const SIGNS: &[&[u8]] = &[
        b"{{#",
        b"{{/if",
        b"{{/each",
        b"{{/with",
        b"{{/unless",
        b"{{{",
        b"{{>",
        b"{{!",
        b"{{~",
    ];
    let is_handlebars = SIGNS
        .iter()
        .any(|sign| text.windows(sign.len()).any(|window| window == *sign));
    match is_handlebars {
        true => error.with_hint(Some(
            "this template was read as Go's text/template; if it is a Handlebars template, say so: syntax = \"handlebars\" in \
             its stanza, --syntax handlebars for coffret render"
                .to_owned(),
        )),
        false => error,
    }
}

fn render_error(error: ExecutionError, log: &RequestLog, limits: &Limits) -> RenderError {
    let bounds = Bounds {
        bytes: limits.memory,
        nesting: limits.nesting,
    };
    let text = redact(error.text, error.reach, log.answers(), bounds);
    RenderError::new([b"execute: ", &text[..]].concat(), None)
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Template({:?})", self.options.name)
    }
}

impl fmt::Debug for Rendered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.output.as_ref().map(|output| output.len());
        write!(
            f,
            "Rendered({size:?} bytes, used {:?}, missing {:?})",
            self.used, self.missing
        )
    }
}
