//! Statements: text, actions, and blocks up to their `end`.

use super::super::nodes::{Arm, Branch, Range, Statement, TemplateCall};
use super::super::token::{Keyword, Kind, Token};
use super::{MAX_NESTING, Parsed, Tree};
use crate::fmt::quote;
use crate::unicode;

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

impl<'a> Tree<'_, 'a> {
    /// The text itself: the only place where `define` may stand.
    pub(super) fn root(&mut self) -> Parsed<()> {
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
}

/// Whether a body is nothing but white space, so that it does not count as a definition.
fn is_empty(list: &[Statement]) -> bool {
    list.iter().all(|statement| match statement {
        Statement::Text(text) => unicode::runes(text)
            .all(|(rune, width)| (width > 1 || rune < 0x80) && char::from_u32(rune).is_some_and(char::is_whitespace)),
        _ => false,
    })
}
