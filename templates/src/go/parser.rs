//! Builds the tree, complaining where and as Go's parser does.
//!
//! Go's parser starts a new tree for each `define` and `block`, with its own look-ahead, variables and loop depth but the
//! same lexer; the line that an error shows depends on that look-ahead, so it is kept here in the same way.

use std::collections::HashMap;

use super::lexer::Lexer;
use super::nodes::{Arm, Branch, Command, Definitions, Operand, Pipe, Range, Statement, TemplateCall, Term};
use super::number::Number;
use super::scope::Scope;
use super::token::{Keyword, Kind, Token};
use crate::error::ParseError;
use crate::fmt::quote;
use crate::options::Options;
use crate::registry;
use crate::unicode;
use crate::value::Text;

/// Parentheses, and actions with an `end`, inside each other. Go allows more, on a stack of a gigabyte; here it has to
/// fit a thread's stack of two megabytes.
const MAX_NESTING: usize = 200;

type Parsed<T> = Result<T, Box<ParseError>>;

/// Parses a template text with everything it defines.
pub(super) fn parse(text: &[u8], options: &Options) -> Result<Definitions, ParseError> {
    let mut input = Input {
        text,
        lexer: Lexer::new(text, &options.left_delimiter, &options.right_delimiter),
        scope: Scope::new(options),
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

/// How a list of statements ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    End,
    Else,
}

impl Ending {
    fn shown(self) -> &'static str {
        match self {
            Ending::End => "{{end}}",
            Ending::Else => "{{else}}",
        }
    }
}

/// A statement, or the end of the list it would be in.
enum Item {
    Statement(Statement),
    Ending(Ending),
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

    /// The text itself: the only place where `define` may stand.
    fn root(&mut self) -> Parsed<()> {
        let mut list = Vec::new();
        while self.peek() != Kind::Eof {
            if self.peek() == Kind::LeftDelimiter {
                let delimiter = self.next();
                if self.next_non_space().kind == Kind::Keyword(Keyword::Define) {
                    Tree::new(self.input).definition()?;
                    continue;
                }
                self.backup_two(delimiter);
            }
            match self.text_or_action()? {
                Item::Statement(statement) => list.push(statement),
                Item::Ending(ending) => return self.error(format!("unexpected {}", ending.shown())),
            }
        }
        let name = self.input.name.as_bytes().to_vec();
        self.add(name, list)
    }

    fn definition(&mut self) -> Parsed<()> {
        const CONTEXT: &str = "define clause";
        let name = self.next_non_space();
        if !matches!(name.kind, Kind::String | Kind::RawString) {
            return self.unexpected(&name, CONTEXT);
        }
        let name = self.unquote(&name.text)?;
        self.expect(Kind::RightDelimiter, CONTEXT)?;
        self.body(name, CONTEXT)
    }

    /// The body of a `define` or a `block`.
    fn body(&mut self, name: Vec<u8>, context: &str) -> Parsed<()> {
        match self.list()? {
            (list, Ending::End) => self.add(name, list),
            (_, ending) => self.error(format!("unexpected {} in {context}", ending.shown())),
        }
    }

    fn unquote(&self, literal: &[u8]) -> Parsed<Vec<u8>> {
        match quote::unquote(literal) {
            Some(text) => Ok(text),
            None => self.error("invalid syntax"),
        }
    }

    fn add(&mut self, name: Vec<u8>, list: Vec<Statement>) -> Parsed<()> {
        match self.input.bodies.get(&name) {
            Some(known) if !is_empty(known) => match is_empty(&list) {
                true => Ok(()),
                false => {
                    let shown = quote::quoted(&name);
                    self.error([b"template: multiple definition of template ", &shown[..]].concat())
                }
            },
            _ => {
                self.input.bodies.insert(name, list);
                Ok(())
            }
        }
    }

    fn list(&mut self) -> Parsed<(Vec<Statement>, Ending)> {
        self.input.nesting += 1;
        self.peek_non_space();
        if self.input.nesting > MAX_NESTING {
            return self.error("exceeded maximum nesting of actions");
        }
        let mut list = Vec::new();
        while self.peek_non_space().kind != Kind::Eof {
            match self.text_or_action()? {
                Item::Statement(statement) => list.push(statement),
                Item::Ending(ending) => {
                    self.input.nesting -= 1;
                    return Ok((list, ending));
                }
            }
        }
        self.error("unexpected EOF")
    }

    fn text_or_action(&mut self) -> Parsed<Item> {
        let token = self.next_non_space();
        match token.kind {
            Kind::Text => Ok(Item::Statement(Statement::Text(token.text.into_owned()))),
            Kind::LeftDelimiter => {
                self.action_line = token.line;
                let item = self.action();
                self.action_line = 0;
                item
            }
            _ => self.unexpected(&token, "input"),
        }
    }

    fn action(&mut self) -> Parsed<Item> {
        let token = self.next_non_space();
        let Kind::Keyword(keyword) = token.kind else {
            self.backup();
            return Ok(Item::Statement(Statement::Action(
                self.pipeline("command", Kind::RightDelimiter)?,
            )));
        };
        Ok(Item::Statement(match keyword {
            Keyword::Block => self.block()?,
            Keyword::Break => self.jump("{{break}}", Statement::Break)?,
            Keyword::Continue => self.jump("{{continue}}", Statement::Continue)?,
            Keyword::Else => return self.else_control(),
            Keyword::End => {
                self.expect(Kind::RightDelimiter, "end")?;
                return Ok(Item::Ending(Ending::End));
            }
            Keyword::If => self.branch(Keyword::If)?,
            Keyword::With => self.branch(Keyword::With)?,
            Keyword::Range => self.range()?,
            Keyword::Template => self.template()?,
            Keyword::Dot | Keyword::Define | Keyword::Nil => {
                self.backup();
                Statement::Action(self.pipeline("command", Kind::RightDelimiter)?)
            }
        }))
    }

    fn jump(&mut self, name: &str, statement: Statement) -> Parsed<Statement> {
        let token = self.next_non_space();
        if token.kind != Kind::RightDelimiter {
            return self.unexpected(&token, name);
        }
        match self.range_depth {
            0 => self.error(format!("{name} outside {{{{range}}}}")),
            _ => Ok(statement),
        }
    }

    fn else_control(&mut self) -> Parsed<Item> {
        let next = self.peek_non_space().kind;
        if !matches!(next, Kind::Keyword(Keyword::If | Keyword::With)) {
            self.expect(Kind::RightDelimiter, "else")?;
        }
        Ok(Item::Ending(Ending::Else))
    }

    /// `if` or `with` up to its `end`, with every `else if` or `else with`.
    fn branch(&mut self, keyword: Keyword) -> Parsed<Statement> {
        let scope = self.variables.len();
        let context = if keyword == Keyword::If { "if" } else { "with" };
        let mut arms = Vec::new();
        let mut otherwise = Vec::new();
        loop {
            let pipe = self.pipeline(context, Kind::RightDelimiter)?;
            let (body, ending) = self.list()?;
            arms.push(Arm { pipe, body });
            if ending == Ending::End {
                break;
            }
            if self.peek() == Kind::Keyword(keyword) {
                self.next();
                continue;
            }
            otherwise = self.else_list()?;
            break;
        }
        self.leave_scope(scope);
        Ok(Statement::Branch(Branch {
            sets_dot: keyword == Keyword::With,
            arms,
            otherwise,
        }))
    }

    fn range(&mut self) -> Parsed<Statement> {
        let scope = self.variables.len();
        let pipe = self.pipeline("range", Kind::RightDelimiter)?;
        self.range_depth += 1;
        let (body, ending) = self.list()?;
        self.range_depth -= 1;
        let otherwise = match ending {
            Ending::End => Vec::new(),
            Ending::Else => self.else_list()?,
        };
        self.leave_scope(scope);
        Ok(Statement::Range(Range { pipe, body, otherwise }))
    }

    fn else_list(&mut self) -> Parsed<Vec<Statement>> {
        match self.list()? {
            (list, Ending::End) => Ok(list),
            (_, ending) => self.error(format!("expected end; found {}", ending.shown())),
        }
    }

    fn block(&mut self) -> Parsed<Statement> {
        const CONTEXT: &str = "block clause";
        let token = self.next_non_space();
        let name = self.template_name(&token, CONTEXT)?;
        let pipe = self.pipeline(CONTEXT, Kind::RightDelimiter)?;
        Tree::new(self.input).body(name.clone(), CONTEXT)?;
        Ok(Statement::Template(TemplateCall {
            position: token.position,
            name,
            pipe: Some(pipe),
        }))
    }

    fn template(&mut self) -> Parsed<Statement> {
        const CONTEXT: &str = "template clause";
        let token = self.next_non_space();
        let name = self.template_name(&token, CONTEXT)?;
        let mut pipe = None;
        if self.next_non_space().kind != Kind::RightDelimiter {
            self.backup();
            pipe = Some(self.pipeline(CONTEXT, Kind::RightDelimiter)?);
        }
        Ok(Statement::Template(TemplateCall {
            position: token.position,
            name,
            pipe,
        }))
    }

    fn template_name(&mut self, token: &Token<'a>, context: &str) -> Parsed<Vec<u8>> {
        match token.kind {
            Kind::String | Kind::RawString => self.unquote(&token.text),
            _ => self.unexpected(token, context),
        }
    }

    fn pipeline(&mut self, context: &str, end: Kind) -> Parsed<Pipe> {
        let position = self.peek_non_space().position;
        let mut pipe = Pipe {
            position,
            assigns: false,
            variables: Vec::new(),
            commands: Vec::new(),
        };
        while self.declaration(&mut pipe, context)? {}
        loop {
            let token = self.next_non_space();
            match token.kind {
                kind if kind == end => {
                    self.check_pipeline(&pipe, context)?;
                    return Ok(pipe);
                }
                Kind::Bool
                | Kind::CharConstant
                | Kind::Complex
                | Kind::Keyword(Keyword::Dot | Keyword::Nil)
                | Kind::Field
                | Kind::Identifier
                | Kind::Number
                | Kind::RawString
                | Kind::String
                | Kind::Variable
                | Kind::LeftParen => {
                    self.backup();
                    pipe.commands.push(self.command()?);
                }
                _ => return self.unexpected(&token, context),
            }
        }
    }

    /// Takes a variable at the start of a pipeline if it is declared or assigned; tells whether another may follow.
    fn declaration(&mut self, pipe: &mut Pipe, context: &str) -> Parsed<bool> {
        let variable = self.peek_non_space();
        if variable.kind != Kind::Variable {
            return Ok(false);
        }
        self.next();
        // The token after the variable may be a space that has to be put back.
        self.peek();
        let after = self.tokens[self.peeked - 1].clone();
        let next = self.peek_non_space();
        if matches!(next.kind, Kind::Assign | Kind::Declare) {
            pipe.assigns = next.kind == Kind::Assign;
            self.next_non_space();
            self.declare(pipe, &variable);
            return Ok(false);
        }
        if next.kind == Kind::Char && *next.text == *b"," {
            self.next_non_space();
            self.declare(pipe, &variable);
            if context != "range" || pipe.variables.len() >= 2 {
                return self.error(format!("too many declarations in {context}"));
            }
            return match self.peek_non_space().kind {
                Kind::Variable | Kind::RightDelimiter | Kind::RightParen => Ok(true),
                _ => self.error("range can only initialize variables"),
            };
        }
        match after.kind {
            Kind::Space => self.backup_three(variable, after),
            _ => self.backup_two(variable),
        }
        Ok(false)
    }

    fn declare(&mut self, pipe: &mut Pipe, variable: &Token<'a>) {
        pipe.variables.push(variable.text.to_vec());
        self.variables.push(variable.text.to_vec());
        *self.in_scope.entry(variable.text.to_vec()).or_default() += 1;
    }

    /// Forgets the variables declared since there were this many.
    fn leave_scope(&mut self, count: usize) {
        for name in self.variables.drain(count..) {
            if let Some(times) = self.in_scope.get_mut(&name) {
                *times -= 1;
            }
        }
    }

    fn check_pipeline(&self, pipe: &Pipe, context: &str) -> Parsed<()> {
        if pipe.commands.is_empty() {
            return self.error(format!("missing value for {context}"));
        }
        for (index, command) in pipe.commands.iter().enumerate().skip(1) {
            let first = command.operands.first().map(|operand| &operand.term);
            if matches!(
                first,
                Some(Term::Bool(_) | Term::Dot | Term::Nil | Term::Number(_) | Term::String { .. })
            ) {
                return self.error(format!("non executable command in pipeline stage {}", index + 1));
            }
        }
        Ok(())
    }

    fn command(&mut self) -> Parsed<Command> {
        let mut command = Command {
            position: self.peek_non_space().position,
            operands: Vec::new(),
        };
        loop {
            self.peek_non_space();
            command.operands.extend(self.operand()?);
            let token = self.next();
            match token.kind {
                Kind::Space => {}
                Kind::RightDelimiter | Kind::RightParen => {
                    self.backup();
                    break;
                }
                Kind::Pipe => break,
                _ => return self.unexpected(&token, "operand"),
            }
        }
        match command.operands.is_empty() {
            true => self.error("empty command"),
            false => Ok(command),
        }
    }

    /// A term with the fields that follow it.
    fn operand(&mut self) -> Parsed<Option<Operand>> {
        let Some(operand) = self.term()? else { return Ok(None) };
        if self.peek() != Kind::Field {
            return Ok(Some(operand));
        }
        let position = self.tokens[self.peeked - 1].position;
        let mut more = Vec::new();
        while self.peek() == Kind::Field {
            more.push(self.next().text[1..].to_vec());
        }
        let term = match operand.term {
            Term::Field(mut fields) => {
                fields.append(&mut more);
                Term::Field(fields)
            }
            Term::Variable { name, mut fields } => {
                fields.append(&mut more);
                Term::Variable { name, fields }
            }
            Term::Bool(_) | Term::String { .. } | Term::Number(_) | Term::Nil | Term::Dot => {
                let mut shown = Vec::new();
                operand.term.show(&mut shown);
                return self.error([b"unexpected . after term ", &quote::quoted(&shown)[..]].concat());
            }
            Term::Identifier(_) | Term::Pipe(_) | Term::Chain { .. } => Term::Chain {
                of: Box::new(operand),
                fields: more,
            },
        };
        Ok(Some(Operand { position, term }))
    }

    fn term(&mut self) -> Parsed<Option<Operand>> {
        let token = self.next_non_space();
        let term = match token.kind {
            Kind::Identifier => self.identifier(&token)?,
            Kind::Keyword(Keyword::Dot) => Term::Dot,
            Kind::Keyword(Keyword::Nil) => Term::Nil,
            Kind::Variable => {
                let name = token.text.to_vec();
                if self.in_scope.get(&name).is_none_or(|times| *times == 0) {
                    return self.error([b"undefined variable ", &quote::quoted(&name)[..]].concat());
                }
                Term::Variable {
                    name,
                    fields: Vec::new(),
                }
            }
            Kind::Field => Term::Field(vec![token.text[1..].to_vec()]),
            Kind::Bool => Term::Bool(*token.text == *b"true"),
            Kind::CharConstant => self.number(Number::from_char(&token.text))?,
            Kind::Complex => self.number(Number::from_complex(&token.text))?,
            Kind::Number => self.number(Number::from_literal(&token.text))?,
            Kind::LeftParen => {
                let pipe = self.parenthesised()?;
                return Ok(Some(Operand {
                    position: pipe.position,
                    term: Term::Pipe(pipe),
                }));
            }
            Kind::String | Kind::RawString => {
                let text = Text::new(self.unquote(&token.text)?);
                Term::String {
                    literal: token.text.to_vec(),
                    text,
                }
            }
            _ => {
                self.backup();
                return Ok(None);
            }
        };
        Ok(Some(Operand {
            position: token.position,
            term,
        }))
    }

    fn identifier(&mut self, token: &Token<'a>) -> Parsed<Term> {
        let name = String::from_utf8_lossy(&token.text);
        if let Some(callee) = self.input.scope.find(&name) {
            return Ok(Term::Identifier(callee));
        }
        let result = self.error([b"function ", &quote::quoted(&token.text)[..], b" not defined"].concat());
        result.map_err(|error| Box::new(error.with_hint(registry::hint(&name))))
    }

    fn number(&self, number: Result<Number, Vec<u8>>) -> Parsed<Term> {
        match number {
            Ok(number) => Ok(Term::Number(Box::new(number))),
            Err(message) => self.error(message),
        }
    }

    fn parenthesised(&mut self) -> Parsed<Box<Pipe>> {
        if self.input.nesting >= MAX_NESTING {
            return self.error("max expression depth exceeded");
        }
        self.input.nesting += 1;
        let pipe = self.pipeline("parenthesized pipeline", Kind::RightParen)?;
        self.input.nesting -= 1;
        Ok(Box::new(pipe))
    }
}

/// Whether a body is nothing but white space, so that it does not count as a definition.
fn is_empty(list: &[Statement]) -> bool {
    list.iter().all(|statement| match statement {
        Statement::Text(text) => unicode::runes(text)
            .all(|(rune, width)| (width > 1 || rune < 0x80) && char::from_u32(rune).is_some_and(char::is_whitespace)),
        _ => false,
    })
}

fn lexical_hint(message: &[u8]) -> Option<String> {
    let hyphen = message.starts_with(b"bad character U+002D");
    hyphen.then(|| "a key with a hyphen is read with index: {{ index .Data.data \"my-key\" }}".to_owned())
}
