//! Operands: terms with the fields that follow them.

use super::super::nodes::{Operand, Pipe, Term};
use super::super::number::Number;
use super::super::token::{Keyword, Kind, Token};
use super::{MAX_NESTING, Parsed, Tree};
use crate::fmt::quote;
use crate::registry;
use crate::value::Text;

impl<'a> Tree<'_, 'a> {
    /// A term with the fields that follow it.
    pub(super) fn operand(&mut self) -> Parsed<Option<Operand>> {
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
