//! From characters to tokens.

mod heredoc;
pub(crate) mod number;
mod quoted;

use crate::cursor::Cursor;
use crate::{Mistake, Number, Position, Problem, Span};

/// What the grammar is made of.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    Identifier(String),
    Bool(bool),
    Number(Number),
    Quoted(String),
    Heredoc(String),
    LeftBrace,
    RightBrace,
    LeftBracket,
    RightBracket,
    Comma,
    Assign,
    End,
}

impl Token {
    /// The token in words. The contents of strings stay out of messages: they may be secret.
    pub(crate) fn describe(&self) -> String {
        match self {
            Token::Identifier(text) => format!("{text:?}"),
            Token::Bool(value) => format!("\"{value}\""),
            Token::Number(number) => format!("\"{}\"", number.text),
            Token::Quoted(_) => "a quoted string".to_owned(),
            Token::Heredoc(_) => "a heredoc".to_owned(),
            Token::LeftBrace => "'{'".to_owned(),
            Token::RightBrace => "'}'".to_owned(),
            Token::LeftBracket => "'['".to_owned(),
            Token::RightBracket => "']'".to_owned(),
            Token::Comma => "','".to_owned(),
            Token::Assign => "'='".to_owned(),
            Token::End => "the end of the text".to_owned(),
        }
    }
}

/// A token and its place.
#[derive(Clone, Debug)]
pub(crate) struct Spanned {
    pub(crate) token: Token,
    pub(crate) span: Span,
}

pub(crate) struct Lexer<'a> {
    cursor: Cursor<'a>,
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Lexer {
            cursor: Cursor::new(text),
        }
    }

    /// The next token; [`Token::End`] again and again after the last one.
    pub(crate) fn next(&mut self) -> Result<Spanned, Mistake> {
        self.skip_blank_and_comments()?;
        let start = self.cursor.at();
        let token = self.token(start)?;
        Ok(Spanned {
            token,
            span: Span {
                start,
                end: self.cursor.at(),
            },
        })
    }

    fn skip_blank_and_comments(&mut self) -> Result<(), Mistake> {
        loop {
            self.cursor.take_while(|c| matches!(c, ' ' | '\t' | '\n' | '\r'));
            let start = self.cursor.at();
            if self.cursor.eat("/*") {
                let Some(length) = self.cursor.rest().find("*/") else {
                    return Err(Mistake::new(start, Problem::OpenComment));
                };
                self.cursor.skip(length + 2);
            } else if self.cursor.eat("#") || self.cursor.eat("//") {
                self.cursor.take_while(|c| c != '\n');
            } else {
                return Ok(());
            }
        }
    }

    fn token(&mut self, start: Position) -> Result<Token, Mistake> {
        let Some(first) = self.cursor.peek() else {
            return Ok(Token::End);
        };
        match first {
            '"' => quoted::read(&mut self.cursor).map(Token::Quoted),
            '<' => heredoc::read(&mut self.cursor).map(Token::Heredoc),
            c if is_letter(c) => Ok(self.identifier()),
            c if starts_number(c, &self.cursor) => number::read(&mut self.cursor).map(Token::Number),
            c => {
                let token = sign(c).ok_or_else(|| Mistake::new(start, Problem::Character(c)))?;
                self.cursor.bump();
                Ok(token)
            }
        }
    }

    fn identifier(&mut self) -> Token {
        let text = self
            .cursor
            .take_while(|c| is_letter(c) || c.is_numeric() || matches!(c, '-' | '.'));
        match text {
            "true" => Token::Bool(true),
            "false" => Token::Bool(false),
            name => Token::Identifier(name.to_owned()),
        }
    }
}

fn sign(character: char) -> Option<Token> {
    Some(match character {
        '{' => Token::LeftBrace,
        '}' => Token::RightBrace,
        '[' => Token::LeftBracket,
        ']' => Token::RightBracket,
        ',' => Token::Comma,
        '=' => Token::Assign,
        _ => return None,
    })
}

fn is_letter(character: char) -> bool {
    character == '_' || character.is_alphabetic()
}

fn starts_number(first: char, cursor: &Cursor<'_>) -> bool {
    let then_digit = || cursor.rest().chars().nth(1).is_some_and(|c| c.is_ascii_digit());
    first.is_ascii_digit() || (matches!(first, '-' | '.') && then_digit())
}
