//! A template's source: read, parsed, and explained where it cannot be.

use coffret_config::agent::{Syntax, Text};
use coffret_templates::{Options, Template};
use zeroize::Zeroizing;

use super::Output;
use crate::backoff::Class;
use crate::exit::Code;
use crate::store::Trouble;

/// What is wrong with a template, by its place in the configuration.
pub(super) fn template_trouble(output: &Output, text: &str) -> Trouble {
    let text = format!("template for {} ({}): {text}", output.label(), output.place());
    Trouble {
        class: Class::Permanent,
        code: Code::Template,
        text,
        retry_after: None,
    }
}

/// The template and the text it was parsed from; no text where the source cannot be read.
pub(super) fn parse(output: &Output) -> (Result<Template, Trouble>, Option<Zeroizing<String>>) {
    let body = output.body();
    let text = match &body.text {
        Text::Inline(text) => Zeroizing::new(text.clone()),
        Text::File(path) => match std::fs::read_to_string(path) {
            Ok(text) => Zeroizing::new(text),
            Err(error) => {
                let text = format!("cannot read the source {}: {}", path.display(), error.kind());
                return (Err(template_trouble(output, &text)), None);
            }
        },
    };
    let syntax = match body.syntax {
        Syntax::Go => coffret_templates::Syntax::Go,
        Syntax::Handlebars => coffret_templates::Syntax::Handlebars,
    };
    let options = Options {
        left_delimiter: body.left_delimiter.clone(),
        right_delimiter: body.right_delimiter.clone(),
        error_on_missing_key: body.error_on_missing_key,
        function_denylist: body.function_denylist.clone(),
        destination: output.destination(),
        ..Options::default()
    };
    let parsed = Template::parse(&text, syntax, options).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let place = match &body.text {
            Text::File(path) => format!("{}:{line}:{column}", path.display()),
            Text::Inline(_) => format!("line {line}, column {column}"),
        };
        let hint = error.hint().map_or_else(String::new, |hint| format!(" ({hint})"));
        template_trouble(output, &format!("{place}: {}{hint}", error.text()))
    });
    (parsed, Some(text))
}
