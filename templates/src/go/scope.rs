//! The functions a template may name.

use super::nodes::Callee;
use crate::function::Function;
use crate::options::Options;
use crate::registry;

/// Finds functions by name, under the template's deny list.
pub(super) struct Scope<'o> {
    options: &'o Options,
    /// The functions in place of the library's.
    own: Option<&'static [Function]>,
}

impl<'o> Scope<'o> {
    pub(super) fn new(options: &'o Options) -> Self {
        Scope { options, own: None }
    }

    /// A table of functions instead of the library.
    pub(super) fn over(options: &'o Options, functions: &'static [Function]) -> Self {
        Scope {
            options,
            own: Some(functions),
        }
    }

    /// The function of that name; built-ins cannot be denied.
    pub(super) fn find(&self, name: &str) -> Option<Callee> {
        match name {
            "and" => return Some(Callee::And),
            "or" => return Some(Callee::Or),
            "call" => return Some(Callee::Call),
            _ => {}
        }
        if let Some(own) = self.own {
            let function = own.iter().find(|function| function.name == name);
            return function.or_else(|| registry::builtin(name)).map(Callee::Function);
        }
        if let Some(function) = registry::library(name) {
            return Some(match registry::is_denied(name, &self.options.function_denylist) {
                true => Callee::Denied(function.name),
                false => Callee::Function(function),
            });
        }
        registry::builtin(name).map(Callee::Function)
    }
}
