//! The parsed template, and how its parts are shown in error texts: re-printed from the tree, not quoted from the source.

use std::collections::HashMap;

use super::number::Number;
use crate::fmt::quote;
use crate::function::Function;
use crate::value::Text;

/// Everything one template text defines.
#[derive(Debug)]
pub(super) struct Definitions {
    /// The template text, for the lines and columns of errors.
    pub(super) text: Vec<u8>,
    /// Bodies by name; the text itself is under the template's own name.
    pub(super) bodies: HashMap<Vec<u8>, Vec<Statement>>,
}

impl Definitions {
    /// Line, counted from 1, and column, counted in bytes from 0, of a byte offset.
    pub(super) fn location(&self, position: usize) -> (usize, usize) {
        let before = &self.text[..position.min(self.text.len())];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        let column = before.iter().rev().take_while(|byte| **byte != b'\n').count();
        (line, column)
    }

    /// A place for people: `LINE:COLUMN, TEXT`.
    pub(super) fn described(&self, place: Place<'_>) -> String {
        let (line, column) = self.location(place.position());
        format!("{line}:{column}, {}", String::from_utf8_lossy(&place.shown()))
    }
}

/// A piece of a body.
#[derive(Debug)]
pub(super) enum Statement {
    Text(Vec<u8>),
    Action(Pipe),
    Branch(Branch),
    Range(Range),
    Template(TemplateCall),
    Break,
    Continue,
}

/// `if` and `with`, each with its `else if` or `else with` branches.
#[derive(Debug)]
pub(super) struct Branch {
    /// Whether the value becomes the dot of the body: `with`.
    pub(super) sets_dot: bool,
    pub(super) arms: Vec<Arm>,
    pub(super) otherwise: Vec<Statement>,
}

/// A condition and what is done when it holds.
#[derive(Debug)]
pub(super) struct Arm {
    pub(super) pipe: Pipe,
    pub(super) body: Vec<Statement>,
}

/// `range`.
#[derive(Debug)]
pub(super) struct Range {
    pub(super) pipe: Pipe,
    pub(super) body: Vec<Statement>,
    pub(super) otherwise: Vec<Statement>,
}

/// `template`, and `block` after its body has been defined.
#[derive(Debug)]
pub(super) struct TemplateCall {
    pub(super) position: usize,
    pub(super) name: Vec<u8>,
    pub(super) pipe: Option<Pipe>,
}

/// Commands joined by `|`, with the variables that get the result.
#[derive(Debug)]
pub(super) struct Pipe {
    pub(super) position: usize,
    /// Whether the variables are assigned rather than declared.
    pub(super) assigns: bool,
    pub(super) variables: Vec<Vec<u8>>,
    pub(super) commands: Vec<Command>,
}

/// A function or value with arguments.
#[derive(Debug)]
pub(super) struct Command {
    pub(super) position: usize,
    /// At least one.
    pub(super) operands: Vec<Operand>,
}

/// One word of a command.
#[derive(Debug)]
pub(super) struct Operand {
    pub(super) position: usize,
    pub(super) term: Term,
}

/// What an operand is.
#[derive(Debug)]
pub(super) enum Term {
    Bool(bool),
    Dot,
    Nil,
    Number(Box<Number>),
    String { literal: Vec<u8>, text: Text },
    Field(Vec<Vec<u8>>),
    Variable { name: Vec<u8>, fields: Vec<Vec<u8>> },
    Identifier(Callee),
    Pipe(Box<Pipe>),
    Chain { of: Box<Operand>, fields: Vec<Vec<u8>> },
}

/// The function a name stands for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Callee {
    /// `and`, which stops at the first false argument.
    And,
    /// `or`, which stops at the first true argument.
    Or,
    /// `call`.
    Call,
    Function(&'static Function),
    /// A function of the deny list.
    Denied(&'static str),
}

impl Callee {
    /// The name in the template.
    pub(super) fn name(self) -> &'static str {
        match self {
            Callee::And => "and",
            Callee::Or => "or",
            Callee::Call => "call",
            Callee::Function(function) => function.name,
            Callee::Denied(name) => name,
        }
    }
}

/// Something an error can be about.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place<'t> {
    Action(&'t Pipe),
    Pipe(&'t Pipe),
    Command(&'t Command),
    Operand(&'t Operand),
    Template(&'t TemplateCall),
}

impl Place<'_> {
    /// Byte offset in the template.
    pub(super) fn position(self) -> usize {
        match self {
            Place::Action(pipe) | Place::Pipe(pipe) => pipe.position,
            Place::Command(command) => command.position,
            Place::Operand(operand) => operand.position,
            Place::Template(call) => call.position,
        }
    }

    /// The text of the part.
    pub(super) fn shown(self) -> Vec<u8> {
        let mut out = Vec::new();
        match self {
            Place::Action(pipe) => {
                out.extend_from_slice(b"{{");
                pipe.show(&mut out);
                out.extend_from_slice(b"}}");
            }
            Place::Pipe(pipe) => pipe.show(&mut out),
            Place::Command(command) => command.show(&mut out),
            Place::Operand(operand) => operand.term.show(&mut out),
            Place::Template(call) => call.show(&mut out),
        }
        out
    }
}

impl Pipe {
    fn show(&self, out: &mut Vec<u8>) {
        for (index, variable) in self.variables.iter().enumerate() {
            out.extend_from_slice(if index > 0 { b", " } else { b"" });
            out.extend_from_slice(variable);
        }
        if !self.variables.is_empty() {
            out.extend_from_slice(if self.assigns { b" = " } else { b" := " });
        }
        for (index, command) in self.commands.iter().enumerate() {
            out.extend_from_slice(if index > 0 { b" | " } else { b"" });
            command.show(out);
        }
    }
}

impl Command {
    fn show(&self, out: &mut Vec<u8>) {
        for (index, operand) in self.operands.iter().enumerate() {
            out.extend_from_slice(if index > 0 { b" " } else { b"" });
            operand.term.show_enclosed(out);
        }
    }
}

impl TemplateCall {
    fn show(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{{template ");
        out.extend_from_slice(&quote::quoted(&self.name));
        if let Some(pipe) = &self.pipe {
            out.push(b' ');
            pipe.show(out);
        }
        out.extend_from_slice(b"}}");
    }
}

impl Term {
    /// The text of the term; a parenthesised pipeline without its parentheses.
    pub(super) fn show(&self, out: &mut Vec<u8>) {
        match self {
            Term::Bool(true) => out.extend_from_slice(b"true"),
            Term::Bool(false) => out.extend_from_slice(b"false"),
            Term::Dot => out.push(b'.'),
            Term::Nil => out.extend_from_slice(b"nil"),
            Term::Number(number) => out.extend_from_slice(&number.text),
            Term::String { literal, .. } => out.extend_from_slice(literal),
            Term::Field(fields) => show_fields(fields, out),
            Term::Variable { name, fields } => {
                out.extend_from_slice(name);
                show_fields(fields, out);
            }
            Term::Identifier(callee) => out.extend_from_slice(callee.name().as_bytes()),
            Term::Pipe(pipe) => pipe.show(out),
            Term::Chain { of, fields } => {
                of.term.show_enclosed(out);
                show_fields(fields, out);
            }
        }
    }

    fn show_enclosed(&self, out: &mut Vec<u8>) {
        let Term::Pipe(pipe) = self else { return self.show(out) };
        out.push(b'(');
        pipe.show(out);
        out.push(b')');
    }
}

fn show_fields(fields: &[Vec<u8>], out: &mut Vec<u8>) {
    for field in fields {
        out.push(b'.');
        out.extend_from_slice(field);
    }
}
