//! Pipelines with their variables, and the commands they consist of.

use super::super::nodes::{Command, Pipe, Term};
use super::super::token::{Keyword, Kind, Token};
use super::{Parsed, Tree};

impl<'a> Tree<'_, 'a> {
    pub(super) fn pipeline(&mut self, context: &str, end: Kind) -> Parsed<Pipe> {
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
    pub(super) fn leave_scope(&mut self, count: usize) {
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
}
