//! What a function can see and do while it is called: the outside world, the budget, the state of the pass.

use std::collections::HashMap;
use std::sync::Arc;

use crate::error::Limit;
use crate::function::FunctionError;
use crate::functions::matching::Patterns;
use crate::options::{Limits, Options};
use crate::request::Request;
use crate::scratch::Scratch;
use crate::secret::Secret;
use crate::source::{Answer, Source};
use crate::value::{Map, Text, Value};

/// One pass over a template, as functions see it.
pub struct Call<'s> {
    source: &'s mut dyn Source,
    options: &'s Options,
    steps: u64,
    memory: usize,
    changed: Vec<Map>,
    log: RequestLog,
    scratch: Value,
    patterns: Patterns,
    templates: Option<&'s dyn Templates>,
    /// Expressions that are being evaluated inside each other, across templates that are rendered into texts.
    depth: usize,
    /// Whether the template gets copies of all data anyway.
    shares_secrets: bool,
}

/// The templates that a text defines, for `executeTemplate`.
pub(crate) trait Templates: Sync {
    /// Renders a defined template with a dot.
    fn execute(&self, call: &mut Call<'_>, name: &[u8], dot: Value) -> Result<Vec<u8>, FunctionError>;
}

/// Expressions inside each other; each takes a part of the stack.
const MAX_DEPTH: usize = 250;

/// What rendering a template into a text takes of the stack, in expressions.
const TEMPLATE_DEPTH: usize = 4;

/// What was asked in a pass, and what it found nothing for.
#[derive(Default)]
pub(crate) struct RequestLog {
    pub(crate) used: Vec<Request>,
    pub(crate) missing: Vec<Request>,
    pub(crate) absent: Vec<Request>,
    /// See [`crate::Rendered::no_value`].
    pub(crate) no_value: Option<String>,
    answers: HashMap<Request, Option<(Arc<Secret>, Value)>>,
}

impl RequestLog {
    /// What was answered in the pass.
    pub(crate) fn answers(&self) -> impl Iterator<Item = (&Request, &Secret)> {
        let answers = self.answers.iter();
        answers.filter_map(|(request, answer)| Some((request, answer.as_ref()?.0.as_ref())))
    }
}

impl<'s> Call<'s> {
    /// Starts a pass.
    pub fn new(source: &'s mut dyn Source, options: &'s Options) -> Self {
        Call {
            source,
            options,
            steps: 0,
            memory: 0,
            changed: Vec::new(),
            log: RequestLog::default(),
            scratch: Scratch::value(),
            patterns: Patterns::default(),
            templates: None,
            depth: 0,
            shares_secrets: false,
        }
    }

    /// Says that the template gets copies of all data, so that secrets themselves need not be copied.
    pub(crate) fn share_secrets(&mut self) {
        self.shares_secrets = true;
    }

    /// Whether secrets need not be copied.
    pub(crate) fn shares_secrets(&self) -> bool {
        self.shares_secrets
    }

    /// Makes templates known to `executeTemplate`.
    pub(crate) fn set_templates(&mut self, templates: &'s dyn Templates) {
        self.templates = Some(templates);
    }

    /// Renders a defined template into a text.
    pub(crate) fn execute(&mut self, name: &[u8], dot: Value) -> Result<Vec<u8>, FunctionError> {
        let Some(templates) = self.templates else {
            return Err("templates are not available here".into());
        };
        self.descend(TEMPLATE_DEPTH)?;
        let result = templates.execute(self, name, dot);
        self.ascend(TEMPLATE_DEPTH);
        result
    }

    /// Notes that an expression is evaluated inside another. Each success is followed by [`Call::ascend`].
    pub(crate) fn descend(&mut self, levels: usize) -> Result<(), Limit> {
        if self.depth + levels > MAX_DEPTH {
            return Err(Limit::Expression(MAX_DEPTH));
        }
        self.depth += levels;
        Ok(())
    }

    /// Notes that an inner expression has been evaluated, well or not.
    pub(crate) fn ascend(&mut self, levels: usize) {
        self.depth -= levels;
    }

    /// The store that all templates of this pass share.
    pub(crate) fn scratch(&self) -> Value {
        self.scratch.clone()
    }

    /// Regular expressions that were compiled in this pass.
    pub(crate) fn patterns(&mut self) -> &mut Patterns {
        &mut self.patterns
    }

    /// The outside world.
    pub fn source(&mut self) -> &mut dyn Source {
        self.source
    }

    /// The template's settings.
    pub fn options(&self) -> &'s Options {
        self.options
    }

    /// The limits.
    pub fn limits(&self) -> &'s Limits {
        &self.options.limits
    }

    /// How deep a function may walk into nested data.
    pub fn nesting(&self) -> usize {
        self.options.limits.nesting
    }

    /// Whether nothing is missing so far, so that side effects may happen.
    pub fn is_complete(&self) -> bool {
        self.log.missing.is_empty()
    }

    /// Counts work: an item visited, a round of a loop.
    ///
    /// # Errors
    /// When the template has used up its steps.
    pub fn step(&mut self, count: u64) -> Result<(), Limit> {
        self.steps = self.steps.saturating_add(count);
        match self.steps > self.options.limits.steps {
            true => Err(Limit::Steps(self.options.limits.steps)),
            false => Ok(()),
        }
    }

    /// Announces a result of this many bytes, before it is built.
    ///
    /// # Errors
    /// When the functions of this pass have built too much.
    pub fn reserve(&mut self, bytes: usize) -> Result<(), Limit> {
        self.memory = self.memory.saturating_add(bytes);
        match self.memory > self.options.limits.memory {
            true => Err(Limit::Memory(self.options.limits.memory)),
            false => Ok(()),
        }
    }

    /// Bytes that functions of this pass may still build.
    pub fn memory_left(&self) -> usize {
        self.options.limits.memory.saturating_sub(self.memory)
    }

    /// Sets an entry of a map that the template can reach; tells whether it could, which a nil map refuses.
    ///
    /// A map that comes to contain itself is taken apart when the pass ends, so that it is not leaked.
    pub fn insert(&mut self, map: &Map, key: Text, value: Value) -> bool {
        if matches!(value, Value::List(_) | Value::Map(_) | Value::Object(_)) {
            self.changed.push(map.clone());
        }
        map.insert(key, value)
    }

    /// Asks for a request and notes it as used, and as missing when there is no answer yet. The value is the same
    /// object for every call in one pass, so that changes a template makes to it are seen by later calls.
    ///
    /// # Errors
    /// When the answer cannot be viewed in that way.
    pub(crate) fn ask(
        &mut self,
        request: Request,
        view: fn(&Arc<Secret>) -> Result<Value, FunctionError>,
    ) -> Result<Value, FunctionError> {
        if let Some(known) = self.log.answers.get(&request) {
            return Ok(known.as_ref().map_or(Value::Nil, |(_, value)| value.clone()));
        }
        self.log.used.push(request.clone());
        let answer = match self.source.answer(&request) {
            Answer::Ready(secret) => Some((Arc::clone(&secret), view(&secret)?)),
            Answer::Pending => {
                self.log.missing.push(request.clone());
                None
            }
            Answer::NotFound => {
                if !matches!(request, Request::List { .. }) {
                    self.log.absent.push(request.clone());
                }
                None
            }
        };
        let value = answer.as_ref().map_or(Value::Nil, |(_, value)| value.clone());
        self.log.answers.insert(request, answer);
        Ok(value)
    }

    /// Notes where `<no value>` is printed; the first place counts.
    pub(crate) fn note_no_value(&mut self, place: impl FnOnce() -> String) {
        self.log.no_value.get_or_insert_with(place);
    }

    /// Ends the pass.
    pub(crate) fn finish(self) -> RequestLog {
        for map in self.changed {
            map.clear();
        }
        if let Value::Object(scratch) = &self.scratch
            && let Some(scratch) = scratch.as_any().downcast_ref::<Scratch>()
        {
            scratch.clear();
        }
        self.log
    }
}
