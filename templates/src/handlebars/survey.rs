//! What a parsed template uses, checked before it is ever rendered: helpers that exist, partials that end.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use ::handlebars::Path;
use ::handlebars::Template;
use ::handlebars::template::{DecoratorTemplate, HelperTemplate, Parameter, TemplateElement};
use serde_json::Value as Json;

use super::bridge::Helper;
use super::scratch;
use crate::options::Options;
use crate::registry;

/// The helper that counts rounds; its name cannot be written in a template by mistake.
pub(super) const STEP: &str = "__coffret_step";

/// What the crate provides itself.
const PROVIDED: &[&str] = &[
    "and", "each", "eq", "gt", "gte", "if", "len", "log", "lookup", "lt", "lte", "ne", "not", "or", "raw", "unless",
    "with",
];

/// Something that keeps a template from being rendered.
pub(super) struct Problem {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

/// Walks over a template.
pub(super) struct Survey<'o> {
    options: &'o Options,
    helpers: BTreeMap<String, Helper>,
    problem: Option<Problem>,
    /// Which partials the body of each partial uses; the template itself is the empty name.
    uses: BTreeMap<String, BTreeSet<String>>,
    /// The partials whose bodies are being walked over.
    bodies: Vec<String>,
    place: (usize, usize),
}

impl<'o> Survey<'o> {
    pub(super) fn new(options: &'o Options) -> Self {
        Survey {
            options,
            helpers: BTreeMap::new(),
            problem: None,
            uses: BTreeMap::new(),
            bodies: vec![String::new()],
            place: (1, 0),
        }
    }

    /// The first problem found.
    pub(super) fn problem(&mut self) -> Option<Problem> {
        if self.problem.is_none()
            && let Some(name) = self.recursive_partial()
        {
            self.place = (1, 0);
            self.complain(format!("partial {name:?} includes itself"), None);
        }
        self.problem.take()
    }

    /// The helpers to provide.
    pub(super) fn into_helpers(self) -> Vec<(String, Helper)> {
        self.helpers.into_iter().collect()
    }

    fn complain(&mut self, message: String, hint: Option<String>) {
        let (line, column) = self.place;
        self.problem.get_or_insert(Problem {
            line,
            column,
            message,
            hint,
        });
    }

    pub(super) fn template(&mut self, template: &Template) {
        for (index, element) in template.elements.iter().enumerate() {
            if let Some(mapping) = template.mapping.get(index) {
                self.place = (mapping.0, mapping.1);
            }
            let place = self.place;
            self.element(element);
            self.place = place;
        }
    }

    fn element(&mut self, element: &TemplateElement) {
        match element {
            TemplateElement::Expression(helper) | TemplateElement::HtmlExpression(helper) => {
                self.helper(helper, false);
            }
            TemplateElement::HelperBlock(helper) => self.helper(helper, true),
            TemplateElement::DecoratorExpression(decorator) | TemplateElement::DecoratorBlock(decorator) => {
                self.decorator(decorator);
            }
            TemplateElement::PartialExpression(partial) | TemplateElement::PartialBlock(partial) => {
                self.partial(partial);
            }
            // Text, comments, and what later versions of the crate may add.
            _ => {}
        }
    }

    fn helper(&mut self, helper: &HelperTemplate, block: bool) {
        let called = block || !helper.params.is_empty() || !helper.hash.is_empty();
        self.name(&helper.name, called);
        helper
            .params
            .iter()
            .chain(helper.hash.values())
            .for_each(|parameter| self.parameter(parameter));
        for body in helper.template.iter().chain(&helper.inverse) {
            self.template(body);
        }
    }

    fn parameter(&mut self, parameter: &Parameter) {
        if let Parameter::Subexpression(expression) = parameter
            && let TemplateElement::Expression(helper) = expression.element.as_ref()
        {
            self.name(&helper.name, true);
            helper
                .params
                .iter()
                .chain(helper.hash.values())
                .for_each(|parameter| self.parameter(parameter));
        }
    }

    fn name(&mut self, name: &Parameter, called: bool) {
        let Some(name) = text_of(name) else { return };
        if PROVIDED.contains(&name) || self.helpers.contains_key(name) {
            return;
        }
        match helper_of(name, self.options) {
            Some(helper) => {
                self.helpers.insert(name.to_owned(), helper);
            }
            None if called => self.complain(format!("helper {name:?} not defined"), registry::hint(name)),
            None => {}
        }
    }

    fn decorator(&mut self, decorator: &DecoratorTemplate) {
        let name = text_of(&decorator.name).unwrap_or_default();
        if name != "inline" {
            return self.complain(format!("decorator {name:?} not defined"), None);
        }
        let Some(Parameter::Literal(Json::String(partial))) = decorator.params.first() else {
            return self.complain("the name of an inline partial is not a text".to_owned(), None);
        };
        self.bodies.push(partial.clone());
        if let Some(body) = &decorator.template {
            self.template(body);
        }
        self.bodies.pop();
    }

    fn partial(&mut self, partial: &DecoratorTemplate) {
        partial
            .params
            .iter()
            .chain(partial.hash.values())
            .for_each(|parameter| self.parameter(parameter));
        let name = match &partial.name {
            Parameter::Subexpression(_) => {
                let message = "the name of a partial must be written out, so that it can be seen to end";
                return self.complain(message.to_owned(), None);
            }
            name => text_of(name).unwrap_or_default().to_owned(),
        };
        self.use_partial(&name);
        if let Some(body) = &partial.template {
            // The body is rendered where the partial asks for it, so that what it uses is used by the partial too.
            self.bodies.push(name);
            self.template(body);
            self.bodies.pop();
        }
    }

    fn use_partial(&mut self, name: &str) {
        if name == "@partial-block" {
            return;
        }
        for body in &self.bodies {
            self.uses.entry(body.clone()).or_default().insert(name.to_owned());
        }
    }

    /// A partial that is used, directly or not, by its own body.
    fn recursive_partial(&self) -> Option<String> {
        self.uses
            .keys()
            .filter(|name| !name.is_empty())
            .find(|name| self.reaches(name))
            .cloned()
    }

    fn reaches(&self, name: &str) -> bool {
        let mut seen = BTreeSet::new();
        let mut queue: Vec<&str> = self.uses.get(name).into_iter().flatten().map(String::as_str).collect();
        while let Some(used) = queue.pop() {
            if used == name {
                return true;
            }
            if seen.insert(used) {
                queue.extend(self.uses.get(used).into_iter().flatten().map(String::as_str));
            }
        }
        false
    }
}

fn text_of(name: &Parameter) -> Option<&str> {
    match name {
        Parameter::Name(name) => Some(name),
        Parameter::Path(Path::Relative((_, raw)) | Path::Local((_, _, raw))) => Some(raw),
        Parameter::Literal(Json::String(text)) => Some(text),
        _ => None,
    }
}

fn helper_of(name: &str, options: &Options) -> Option<Helper> {
    if let Some(function) = registry::library(name) {
        return Some(match registry::is_denied(name, &options.function_denylist) {
            true => Helper::Denied,
            false => Helper::Function(function),
        });
    }
    match name {
        "field" => Some(Helper::Field),
        _ => registry::builtin(name)
            .map(Helper::Function)
            .or_else(|| scratch::method(name).map(Helper::Scratch)),
    }
}

/// The template with a step counted at the start of every block, so that no loop runs for ever.
pub(super) fn with_steps(mut template: Template) -> Template {
    static COUNTED: LazyLock<Option<TemplateElement>> = LazyLock::new(|| {
        let step = Template::compile(&format!("{{{{{STEP}}}}}"));
        step.ok().and_then(|mut step| step.elements.pop())
    });
    if let Some(step) = COUNTED.as_ref() {
        insert_steps(&mut template, step);
    }
    template
}

fn insert_steps(template: &mut Template, step: &TemplateElement) {
    for element in &mut template.elements {
        match element {
            TemplateElement::HelperBlock(helper) => {
                for body in helper.template.iter_mut().chain(&mut helper.inverse) {
                    insert_steps(body, step);
                    let place = body.mapping.first().cloned();
                    body.elements.insert(0, step.clone());
                    body.mapping.splice(0..0, place);
                }
            }
            TemplateElement::DecoratorBlock(decorator) | TemplateElement::PartialBlock(decorator) => {
                if let Some(body) = &mut decorator.template {
                    insert_steps(body, step);
                }
            }
            _ => {}
        }
    }
}

/// What to say when a text that cannot be read looks like a Go template.
pub(super) fn syntax_hint(text: &str) -> Option<String> {
    const GO: &[&str] = &[
        "{{ with ",
        "{{with ",
        "{{- ",
        " -}}",
        "{{ range ",
        "{{range ",
        "{{ end",
        "{{end",
        "{{ .",
        "{{.",
        "{{ if ",
        "{{if ",
        " := ",
        "{{/*",
    ];
    GO.iter().any(|sign| text.contains(sign)).then(super::hint_about_syntax)
}
