//! The Handlebars dialect: the `handlebars` crate over the same functions.
//!
//! Every function is a helper under its own name with its own argument order; the value of a pipeline is the last
//! argument. Data are JSON there, so that secrets appear under the API's own names (`data.data.password`).

mod bridge;
mod exact;
mod nesting;
mod output;
mod projection;
mod scratch;
mod structure;
mod survey;
mod tags;

use std::sync::Mutex;

use ::handlebars::{Context, Handlebars, RenderContext, Renderable as _, Template};

use crate::call::Call;
use crate::error::ParseError;
use crate::options::Options;
use crate::redaction::Reach;
use crate::template::ExecutionError;
use bridge::{Bridge, Helper, State};
use output::BoundedOutput;
use survey::Survey;

/// A parsed template of the Handlebars dialect.
pub(crate) struct HandlebarsTemplate {
    template: Template,
    helpers: Vec<(String, Helper)>,
    strict: bool,
}

impl HandlebarsTemplate {
    /// Parses a template text.
    pub(crate) fn parse(text: &[u8], options: &Options) -> Result<HandlebarsTemplate, ParseError> {
        let fail = |line, column, message: &str| {
            let name = &options.name;
            ParseError::new(format!("template: {name}:{line}:{column}: {message}"), line, column)
        };
        // The injector writes the delimiters into every stanza, also where they are the usual ones.
        let usual = matches!(options.left_delimiter.as_str(), "" | "{{")
            && matches!(options.right_delimiter.as_str(), "" | "}}");
        if !usual {
            let message = "delimiters cannot be changed in handlebars syntax";
            return Err(fail(1, 0, message).with_hint(Some(hint_about_syntax())));
        }
        let Ok(text) = std::str::from_utf8(text) else {
            return Err(fail(1, 0, "template is not UTF-8"));
        };
        if let Some((line, column)) = nesting::too_deep(text) {
            return Err(fail(line, column, "exceeded maximum nesting of blocks and expressions"));
        }
        let template = structure::read(text).map_or_else(|| Template::compile(text), Ok);
        let template = template.map_err(|error| {
            let (line, column) = error.pos().unwrap_or((1, 0));
            fail(line, column, &error.reason().to_string()).with_hint(survey::syntax_hint(text))
        })?;
        let mut survey = Survey::new(options);
        survey.template(&template);
        if let Some(problem) = survey.problem() {
            let error = fail(problem.line, problem.column, &problem.message);
            return Err(error.with_hint(problem.hint.or_else(|| survey::syntax_hint(text))));
        }
        let helpers = survey.into_helpers();
        Ok(HandlebarsTemplate {
            template: survey::with_steps(template),
            helpers,
            strict: options.error_on_missing_key,
        })
    }

    /// Runs the template over an empty context.
    pub(crate) fn execute(&self, call: &mut Call<'_>) -> Result<Vec<u8>, ExecutionError> {
        let (most, name) = (call.limits().output, call.options().name.clone());
        call.share_secrets();
        let state = Mutex::new(State::new(call));
        let mut registry = Handlebars::new();
        registry.register_escape_fn(handlebars::no_escape);
        registry.set_strict_mode(self.strict);
        registry.register_helper(survey::STEP, Box::new(Bridge::new(&state, Helper::Step)));
        for (name, helper) in &self.helpers {
            registry.register_helper(name, Box::new(Bridge::new(&state, *helper)));
        }
        let mut output = BoundedOutput::new(most);
        let context = Context::null();
        let mut render_context = RenderContext::new(None);
        let result = self
            .template
            .render(&registry, &context, &mut render_context, &mut output);
        result.map(|()| output.into_bytes()).map_err(|error| {
            let (line, column) = (error.line_no.unwrap_or(1), error.column_no.unwrap_or(0));
            let place = format!("template: {name}:{line}:{column}: ");
            ExecutionError {
                reach: Reach {
                    entries: place.len(),
                    nested: place.len(),
                },
                text: (place + &error.reason().to_string()).into_bytes(),
            }
        })
    }
}

fn hint_about_syntax() -> String {
    "this template was read as handlebars; if it is a Go template, say so: syntax = \"go\" in its stanza, --syntax go for \
     coffret render"
        .to_owned()
}
