//! Runs a parsed template.
//!
//! Statements run on a stack of frames kept here, not on Rust's, so that templates may call themselves as deeply as in
//! Go. Expressions recurse as deeply as their parentheses, which the parser limits.

use super::failure::{Failure, Outcome, limit_text};
use super::frames::{Frame, Loop, Scope, Slot};
use super::nodes::{Arm, Branch, Definitions, Pipe, Place, Range, Statement, TemplateCall};
use crate::call::Call;
use crate::error::Limit;
use crate::fmt::{self, Bounds, quote};
use crate::value::{Text, Value};

/// One execution of a template.
pub(super) struct Executor<'t, 'c, 's> {
    pub(super) definitions: &'t Definitions,
    pub(super) call: &'c mut Call<'s>,
    pub(super) variables: Vec<(&'t [u8], Slot)>,
    /// Where the variables of the template at hand begin.
    base: usize,
    /// What is being evaluated, for error texts.
    at: Option<Place<'t>>,
    /// The name of the template at hand.
    name: &'t [u8],
    depth: usize,
    frames: Vec<Frame<'t>>,
    out: Vec<u8>,
}

impl<'t, 'c, 's> Executor<'t, 'c, 's> {
    pub(super) fn new(definitions: &'t Definitions, call: &'c mut Call<'s>) -> Self {
        Executor {
            definitions,
            call,
            variables: Vec::new(),
            base: 0,
            at: None,
            name: b"",
            depth: 0,
            frames: Vec::new(),
            out: Vec::new(),
        }
    }

    /// Runs a body of the definitions with a dot.
    pub(super) fn run(mut self, name: &'t [u8], body: &'t [Statement], dot: Value) -> Outcome<Vec<u8>> {
        self.name = name;
        let dot = Slot::plain(dot);
        self.variables.push((b"$", dot.clone()));
        self.frames.push(Frame::new(body, dot, 0, Scope::Root));
        while let Some(frame) = self.frames.last_mut() {
            match frame.next_statement() {
                Some(statement) => {
                    let dot = frame.dot.clone();
                    self.step(1)?;
                    self.statement(statement, dot)?;
                }
                None => self.leave()?,
            }
        }
        Ok(self.out)
    }

    pub(super) fn enter(&mut self, place: Place<'t>) {
        self.at = Some(place);
    }

    /// An error at what is being evaluated.
    pub(super) fn error<T>(&self, detail: impl Into<Vec<u8>>) -> Outcome<T> {
        let name = &self.call.options().name;
        let place = match self.at {
            None => format!("template: {name}: ").into_bytes(),
            Some(at) => {
                let (line, column) = self.definitions.location(at.position());
                let mut place = format!("template: {name}:{line}:{column}: executing ").into_bytes();
                place.extend_from_slice(&quote::quoted(self.name));
                place.extend_from_slice(b" at <");
                place.extend_from_slice(&at.shown());
                place.extend_from_slice(b">: ");
                place
            }
        };
        Err(Box::new(Failure {
            place,
            detail: detail.into(),
            shows_data: false,
        }))
    }

    /// As [`Executor::error`], for a text that can repeat data.
    pub(super) fn data_error<T>(&self, detail: impl Into<Vec<u8>>) -> Outcome<T> {
        self.error(detail).map_err(|mut failure: Box<Failure>| {
            failure.shows_data = true;
            failure
        })
    }

    pub(super) fn limited<T>(&self, result: Result<T, Limit>) -> Outcome<T> {
        result.or_else(|limit| self.error(limit_text(limit)))
    }

    pub(super) fn step(&mut self, count: u64) -> Outcome<()> {
        let result = self.call.step(count);
        self.limited(result)
    }

    fn statement(&mut self, statement: &'t Statement, dot: Slot) -> Outcome<()> {
        match statement {
            Statement::Text(text) => self.write(text),
            Statement::Action(pipe) => {
                let value = self.pipeline(&dot, pipe)?;
                match pipe.variables.is_empty() {
                    true => self.print(pipe, &value),
                    false => Ok(()),
                }
            }
            Statement::Branch(branch) => self.branch(branch, dot),
            Statement::Range(range) => self.range(range, dot),
            Statement::Template(call) => self.template(call, &dot),
            Statement::Break => self.jump(Loop::stop),
            Statement::Continue => self.jump(|_| {}),
        }
    }

    fn write(&mut self, text: &[u8]) -> Outcome<()> {
        let limit = self.call.limits().output;
        if self.out.len() + text.len() > limit {
            return self.error(limit_text(Limit::Output(limit)));
        }
        self.out.extend_from_slice(text);
        Ok(())
    }

    fn print(&mut self, pipe: &'t Pipe, value: &Value) -> Outcome<()> {
        self.enter(Place::Action(pipe));
        if let Value::String(text) | Value::Number(text) = value {
            return self.write(text.as_bytes());
        }
        if value.is_untyped_nil() {
            let (definitions, place) = (self.definitions, Place::Action(pipe));
            self.call.note_no_value(|| definitions.described(place));
        }
        let limits = self.call.limits();
        let shown = fmt::display(
            value,
            Bounds {
                bytes: limits.output,
                nesting: limits.nesting,
            },
        );
        match self.limited(shown)? {
            Some(text) => self.write(&text),
            None => {
                let of = value.type_of().map(|of| of.to_string()).unwrap_or_default();
                let shown = Place::Action(pipe).shown();
                self.error([b"can't print ", &shown[..], b" of type ", of.as_bytes()].concat())
            }
        }
    }

    fn branch(&mut self, branch: &'t Branch, dot: Slot) -> Outcome<()> {
        let mark = self.variables.len();
        for Arm { pipe, body } in &branch.arms {
            let value = self.pipeline(&dot, pipe)?;
            if value.is_true() {
                let dot = if branch.sets_dot { Slot::plain(value) } else { dot };
                self.frames.push(Frame::new(body, dot, mark, Scope::Body));
                return Ok(());
            }
        }
        self.frames.push(Frame::new(&branch.otherwise, dot, mark, Scope::Body));
        Ok(())
    }

    fn range(&mut self, range: &'t Range, dot: Slot) -> Outcome<()> {
        let mark = self.variables.len();
        let value = self.pipeline(&dot, &range.pipe)?;
        let items = match Loop::over(&value, range.pipe.variables.len()) {
            Ok(items) => items,
            Err(problem) => {
                let shown = self.shown(&value)?;
                let (before, after) = problem.around();
                return self.data_error([before.as_bytes(), &shown, after.as_bytes()].concat());
            }
        };
        let body_mark = self.variables.len();
        self.frames.push(Frame::new(
            &[],
            dot,
            mark,
            Scope::Loop(Box::new(Loop::new(range, items, body_mark))),
        ));
        Ok(())
    }

    /// A value as `%v` shows it, with a pointer followed.
    fn shown(&mut self, value: &Value) -> Outcome<Vec<u8>> {
        let limits = self.call.limits();
        let shown = fmt::display(
            value,
            Bounds {
                bytes: limits.memory,
                nesting: limits.nesting,
            },
        );
        Ok(self.limited(shown)?.unwrap_or_else(|| b"0xc000010000".to_vec()))
    }

    fn template(&mut self, call: &'t TemplateCall, dot: &Slot) -> Outcome<()> {
        self.enter(Place::Template(call));
        let Some((name, body)) = self.definitions.bodies.get_key_value(&call.name) else {
            let shown = quote::quoted(&call.name);
            return self.error([b"template ", &shown[..], b" not defined"].concat());
        };
        let most = self.call.limits().depth;
        if self.depth >= most {
            return self.error(format!("exceeded maximum template depth ({most})"));
        }
        let dot = match &call.pipe {
            Some(pipe) => self.pipeline(dot, pipe)?,
            None => Value::Nil,
        };
        let dot = Slot::plain(dot);
        let outer = Scope::Template {
            name: self.name,
            base: self.base,
        };
        let mark = self.variables.len();
        self.depth += 1;
        self.name = name;
        self.base = mark;
        self.variables.push((b"$", dot.clone()));
        self.frames.push(Frame::new(body, dot, mark, outer));
        Ok(())
    }

    /// `break` and `continue`: drops what is inside the innermost loop, which then goes on or not.
    fn jump(&mut self, then: fn(&mut Loop<'t>)) -> Outcome<()> {
        while let Some(frame) = self.frames.last_mut() {
            if let Scope::Loop(looped) = &mut frame.scope {
                then(looped);
                frame.finish_list();
                break;
            }
            self.frames.pop();
        }
        Ok(())
    }

    /// Goes on after the last statement of a list: with the next round of a loop, or with the list around it.
    fn leave(&mut self) -> Outcome<()> {
        self.step(1)?;
        let Some(mut frame) = self.frames.pop() else {
            return Ok(());
        };
        match &mut frame.scope {
            Scope::Root => return Ok(()),
            Scope::Body => {}
            Scope::Template { name, base } => {
                self.name = name;
                self.base = *base;
                self.depth -= 1;
            }
            Scope::Loop(looped) => {
                self.variables.truncate(looped.mark);
                let range = looped.range;
                if let Some((index, element)) = looped.next_round() {
                    self.set_loop_variables(&range.pipe, index, &element)?;
                    frame.restart(&range.body, element);
                    self.frames.push(frame);
                    return Ok(());
                }
                if looped.is_empty() {
                    let otherwise = Frame::new(&range.otherwise, frame.dot, frame.mark, Scope::Body);
                    self.frames.push(otherwise);
                    return Ok(());
                }
            }
        }
        self.variables.truncate(frame.mark);
        Ok(())
    }

    fn set_loop_variables(&mut self, pipe: &'t Pipe, index: Slot, element: &Slot) -> Outcome<()> {
        match (&pipe.variables[..], pipe.assigns) {
            ([], _) => {}
            ([only], true) => self.assign(only, element.clone())?,
            ([first, second, ..], true) => {
                self.assign(first, index)?;
                self.assign(second, element.clone())?;
            }
            ([_], false) => self.set_from_top(1, element.clone()),
            ([_, _, ..], false) => {
                self.set_from_top(1, element.clone());
                self.set_from_top(2, index);
            }
        }
        Ok(())
    }

    fn set_from_top(&mut self, distance: usize, value: Slot) {
        let index = self.variables.len() - distance;
        self.variables[index].1 = value;
    }

    pub(super) fn assign(&mut self, name: &[u8], value: Slot) -> Outcome<()> {
        self.count_search()?;
        match self.variables[self.base..]
            .iter_mut()
            .rev()
            .find(|(known, _)| *known == name)
        {
            Some(variable) => {
                variable.1 = value;
                Ok(())
            }
            None => self.error([b"undefined variable: ", name].concat()),
        }
    }

    /// Counts the search for a variable among many.
    fn count_search(&mut self) -> Outcome<()> {
        let variables = self.variables.len() - self.base;
        self.step(u64::try_from(variables / 16).unwrap_or(u64::MAX))
    }

    pub(super) fn variable(&mut self, name: &[u8]) -> Outcome<Slot> {
        self.count_search()?;
        match self.variables[self.base..]
            .iter()
            .rev()
            .find(|(known, _)| *known == name)
        {
            Some((_, value)) => Ok(value.clone()),
            None => self.error([b"undefined variable: ", name].concat()),
        }
    }
}

/// A text that is shown as it is.
pub(super) fn string(text: &Text) -> Value {
    Value::String(text.clone())
}
