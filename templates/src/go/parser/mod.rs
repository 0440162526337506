//! Builds the tree, complaining where and as Go's parser does.
//!
//! Go's parser starts a new tree for each `define` and `block`, with its own look-ahead, variables and loop depth but the
//! same lexer; the line that an error shows depends on that look-ahead, so it is kept here in the same way.

mod operands;
mod pipelines;
mod statements;

use std::collections::HashMap;

use super::lexer::Lexer;
use super::nodes::{Definitions, Statement};
use super::scope::Scope;
use super::token::{Kind, Token};
use crate::error::ParseError;
use crate::fmt::quote;
use crate::options::Options;

/// Parentheses, and actions with an `end`, inside each other. Go allows more, on a stack of a gigabyte; here it has to
/// fit a thread's stack of two megabytes.
const MAX_NESTING: usize = 200;

type Parsed<T> = Result<T, Box<ParseError>>;

/// Parses a template text with everything it defines.
pub(super) fn parse<'a>(text: &'a [u8], options: &'a Options, scope: Scope<'a>) -> Result<Definitions, ParseError> {
    let mut input = Input {
        text,
        lexer: Lexer::new(text, &options.left_delimiter, &options.right_delimiter),
        scope,
        name: &options.name,
        bodies: HashMap::new(),
        nesting: 0,
    };
    match Tree::new(&mut input).root() {
        Ok(()) => Ok(Definitions {
            text: text.to_vec(),
            bodies: input.bodies,
        }),
        Err(error) => Err(*error),
    }
}

/// The byte of its line that stands at a position of the text.
fn column(text: &[u8], position: usize) -> usize {
    let before = &text[..position.min(text.len())];
    position
        - before
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |newline| newline + 1)
}

/// What all trees of one text share.
struct Input<'a> {
    text: &'a [u8],
    lexer: Lexer<'a>,
    scope: Scope<'a>,
    name: &'a str,
    bodies: HashMap<Vec<u8>, Vec<Statement>>,
    nesting: usize,
}

/// The parser of one body with a name.
struct Tree<'i, 'a> {
    input: &'i mut Input<'a>,
    tokens: [Token<'a>; 3],
    peeked: usize,
    variables: Vec<Vec<u8>>,
    /// How often each variable is in scope.
    in_scope: HashMap<Vec<u8>, usize>,
    action_line: usize,
    range_depth: usize,
}

fn nothing<'a>() -> Token<'a> {
    Token {
        kind: Kind::Error,
        position: 0,
        line: 0,
        text: std::borrow::Cow::Borrowed(&[]),
    }
}

impl<'i, 'a> Tree<'i, 'a> {
    fn new(input: &'i mut Input<'a>) -> Self {
        Tree {
            input,
            tokens: [nothing(), nothing(), nothing()],
            peeked: 0,
            variables: vec![b"$".to_vec()],
            in_scope: HashMap::from([(b"$".to_vec(), 1)]),
            action_line: 0,
            range_depth: 0,
        }
    }

    fn next(&mut self) -> Token<'a> {
        match self.peeked {
            0 => self.tokens[0] = self.input.lexer.next_token(),
            _ => self.peeked -= 1,
        }
        self.tokens[self.peeked].clone()
    }

    fn backup(&mut self) {
        self.peeked += 1;
    }

    fn backup_two(&mut self, first: Token<'a>) {
        self.tokens[1] = first;
        self.peeked = 2;
    }

    fn backup_three(&mut self, first: Token<'a>, second: Token<'a>) {
        self.tokens[1] = second;
        self.tokens[2] = first;
        self.peeked = 3;
    }

    fn peek(&mut self) -> Kind {
        if self.peeked == 0 {
            self.peeked = 1;
            self.tokens[0] = self.input.lexer.next_token();
        }
        self.tokens[self.peeked - 1].kind
    }

    fn next_non_space(&mut self) -> Token<'a> {
        loop {
            let token = self.next();
            if token.kind != Kind::Space {
                return token;
            }
        }
    }

    fn peek_non_space(&mut self) -> Token<'a> {
        let token = self.next_non_space();
        self.backup();
        token
    }

    fn error<T>(&self, message: impl AsRef<[u8]>) -> Parsed<T> {
        let (line, position) = (self.tokens[0].line, self.tokens[0].position);
        let message = String::from_utf8_lossy(message.as_ref()).into_owned();
        Err(Box::new(ParseError::new(
            format!("template: {}:{line}: {message}", self.input.name),
            line,
            column(self.input.text, position),
        )))
    }

    fn unexpected<T>(&self, token: &Token<'a>, context: &str) -> Parsed<T> {
        if token.kind != Kind::Error {
            return self.error([b"unexpected ", &token.shown()[..], b" in ", context.as_bytes()].concat());
        }
        let mut extra = String::new();
        if self.action_line != 0 && self.action_line != token.line {
            extra = format!(" in action started at {}:{}", self.input.name, self.action_line);
            if token.text.ends_with(b" action") {
                extra.drain(.." in action".len());
            }
        }
        let result = self.error([&token.text[..], extra.as_bytes()].concat());
        result.map_err(|error| Box::new(error.with_hint(lexical_hint(&token.text))))
    }

    fn expect(&mut self, kind: Kind, context: &str) -> Parsed<Token<'a>> {
        let token = self.next_non_space();
        match token.kind == kind {
            true => Ok(token),
            false => self.unexpected(&token, context),
        }
    }

    fn unquote(&self, literal: &[u8]) -> Parsed<Vec<u8>> {
        match quote::unquote(literal) {
            Some(text) => Ok(text),
            None => self.error("invalid syntax"),
        }
    }
}

fn lexical_hint(message: &[u8]) -> Option<String> {
    let hyphen = message.starts_with(b"bad character U+002D");
    hyphen.then(|| "a key with a hyphen is read with index: {{ index .Data.data \"my-key\" }}".to_owned())
}
