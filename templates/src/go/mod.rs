//! The engine for Go's `text/template` language.

mod evaluator;
mod executor;
mod failure;
mod frames;
mod lexer;
mod nodes;
mod number;
mod parser;
mod scope;
mod token;

use crate::call::{Call, Templates};
use crate::error::ParseError;
use crate::fmt::quote;
use crate::function::{Function, FunctionError};
use crate::options::Options;
use crate::redaction::Reach;
use crate::template::ExecutionError;
use crate::value::Value;
use executor::Executor;
use failure::{Failure, Outcome};
use nodes::{Definitions, Statement};
use scope::Scope;

/// A parsed template of the Go dialect.
pub(crate) struct GoTemplate {
    definitions: Definitions,
    name: Vec<u8>,
}

impl GoTemplate {
    /// Parses a template text.
    pub(crate) fn parse(text: &[u8], options: &Options) -> Result<GoTemplate, ParseError> {
        Self::parsed(text, options, Scope::new(options))
    }

    /// Parses a text whose actions call the functions of a table, besides the built-in ones.
    pub(crate) fn parse_over(
        text: &[u8],
        options: &Options,
        functions: &'static [Function],
    ) -> Result<GoTemplate, ParseError> {
        Self::parsed(text, options, Scope::over(options, functions))
    }

    fn parsed(text: &[u8], options: &Options, scope: Scope<'_>) -> Result<GoTemplate, ParseError> {
        let definitions = parser::parse(text, options, scope)?;
        Ok(GoTemplate {
            definitions,
            name: options.name.as_bytes().to_vec(),
        })
    }

    /// Runs the template with an untyped nil as its dot.
    pub(crate) fn execute<'s>(&'s self, call: &mut Call<'s>) -> Result<Vec<u8>, ExecutionError> {
        call.set_templates(self);
        let result = self.run(call, &self.name, Value::Nil);
        result.map_err(|failure| ExecutionError {
            reach: Reach {
                entries: 0,
                nested: if failure.shows_data {
                    failure.place.len()
                } else {
                    usize::MAX
                },
            },
            text: [failure.place, failure.detail].concat(),
        })
    }

    fn run(&self, call: &mut Call<'_>, name: &[u8], dot: Value) -> Outcome<Vec<u8>> {
        let Some((name, body)) = self.definition(name) else {
            return Err(Box::new(Failure {
                place: Vec::new(),
                detail: b"template is not defined".to_vec(),
                shows_data: false,
            }));
        };
        Executor::new(&self.definitions, call).run(name, body, dot)
    }

    fn definition(&self, name: &[u8]) -> Option<(&[u8], &[Statement])> {
        let (name, body) = self.definitions.bodies.get_key_value(name)?;
        Some((name, body))
    }
}

impl Templates for GoTemplate {
    fn execute(&self, call: &mut Call<'_>, name: &[u8], dot: Value) -> Result<Vec<u8>, FunctionError> {
        if self.definition(name).is_none() {
            let (wanted, own) = (quote::quoted(name), quote::quoted(&self.name));
            let message = [
                b"template: no template ",
                &wanted[..],
                b" associated with template ",
                &own[..],
            ];
            return Err(message.concat().into());
        }
        self.run(call, name, dot)
            .map_err(|failure| [failure.place, failure.detail].concat().into())
    }
}
