//! From tokens to the tree.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::lexer::{Lexer, Spanned, Token};
use crate::{Document, Item, Key, MAX_DEPTH, Mistake, Object, Problem, Span, Syntax, Value, ValueKind};

/// Reads a document in HCL's own spelling.
pub(crate) fn parse(text: &str) -> Result<Document, Mistake> {
    let mut lexer = Lexer::new(text);
    let next = lexer.next()?;
    let mut parser = Parser {
        lexer,
        next,
        depth: 0,
        duplicates: Vec::new(),
    };
    let start = crate::Position::START;
    let items = parser.items(&Token::End)?;
    let span = Span {
        start,
        end: parser.next.span.end,
    };
    let root = Object {
        items,
        span,
        syntax: Syntax::Hcl,
    };
    Ok(Document {
        root,
        duplicates: parser.duplicates,
    })
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    next: Spanned,
    depth: usize,
    duplicates: Vec<Mistake>,
}

impl Parser<'_> {
    /// Takes the token at hand and reads the one after it.
    fn advance(&mut self) -> Result<Spanned, Mistake> {
        let following = self.lexer.next()?;
        Ok(std::mem::replace(&mut self.next, following))
    }

    fn unexpected<T>(&self, expected: &'static str) -> Result<T, Mistake> {
        let found = self.next.token.describe();
        Err(Mistake::new(
            self.next.span.start,
            Problem::Unexpected { expected, found },
        ))
    }

    /// The items up to `end`, which is left as the token at hand.
    fn items(&mut self, end: &Token) -> Result<Vec<Item>, Mistake> {
        let mut items: Vec<Item> = Vec::new();
        let mut lines = HashMap::new();
        while self.next.token != *end {
            let item = self.item(end)?;
            self.duplicates.extend(duplicate(&mut lines, &item));
            items.push(item);
            if self.next.token == Token::Comma {
                self.advance()?;
            }
        }
        Ok(items)
    }

    fn item(&mut self, end: &Token) -> Result<Item, Mistake> {
        let mut keys = Vec::new();
        loop {
            match &self.next.token {
                Token::Identifier(_) | Token::Quoted(_) => keys.push(self.key()?),
                Token::LeftBrace if !keys.is_empty() => {
                    let value = self.object()?;
                    return Ok(Item {
                        keys,
                        value,
                        assigned: false,
                    });
                }
                Token::Assign if keys.len() == 1 => {
                    self.advance()?;
                    let value = self.value()?;
                    return Ok(Item {
                        keys,
                        value,
                        assigned: true,
                    });
                }
                _ if keys.is_empty() && *end == Token::RightBrace => return self.unexpected("a key or '}'"),
                _ if keys.is_empty() => return self.unexpected("a key"),
                _ if keys.len() == 1 => return self.unexpected("'=', '{' or a label"),
                _ => return self.unexpected("'{' or a label"),
            }
        }
    }

    fn key(&mut self) -> Result<Key, Mistake> {
        let Spanned { token, span } = self.advance()?;
        let text = match token {
            Token::Identifier(text) | Token::Quoted(text) => text,
            other => other.describe(),
        };
        Ok(Key { text, span })
    }

    fn value(&mut self) -> Result<Value, Mistake> {
        match self.next.token {
            Token::LeftBrace => self.object(),
            Token::LeftBracket => self.list(),
            _ => self.literal("a value"),
        }
    }

    fn literal(&mut self, expected: &'static str) -> Result<Value, Mistake> {
        let kind = match &self.next.token {
            Token::Bool(value) => ValueKind::Bool(*value),
            Token::Number(number) => ValueKind::Number(number.clone()),
            Token::Quoted(text) | Token::Heredoc(text) => ValueKind::String(text.clone()),
            _ => return self.unexpected(expected),
        };
        let span = self.advance()?.span;
        Ok(Value { kind, span })
    }

    fn deeper(&mut self) -> Result<(), Mistake> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Mistake::new(self.next.span.start, Problem::TooDeep));
        }
        Ok(())
    }

    fn object(&mut self) -> Result<Value, Mistake> {
        self.deeper()?;
        let open = self.advance()?.span;
        let items = self.items(&Token::RightBrace)?;
        let span = open.to(self.advance()?.span);
        self.depth -= 1;
        Ok(Value {
            kind: ValueKind::Object(Object {
                items,
                span,
                syntax: Syntax::Hcl,
            }),
            span,
        })
    }

    /// A list. Commas may be repeated or end it; after a nested list none is needed, as in Vault.
    fn list(&mut self) -> Result<Value, Mistake> {
        self.deeper()?;
        let open = self.advance()?.span;
        let mut values = Vec::new();
        let mut comma_needed = false;
        loop {
            match self.next.token {
                Token::RightBracket => break,
                Token::Comma => {
                    self.advance()?;
                    comma_needed = false;
                    continue;
                }
                _ if comma_needed => return self.unexpected("',' or ']'"),
                Token::LeftBracket => {
                    values.push(self.list()?);
                    continue;
                }
                Token::LeftBrace => values.push(self.object()?),
                _ => values.push(self.literal("a value or ']'")?),
            }
            comma_needed = true;
        }
        let span = open.to(self.advance()?.span);
        self.depth -= 1;
        Ok(Value {
            kind: ValueKind::List(values),
            span,
        })
    }
}

/// A second `key = …` in one object; `lines` holds where each key was set first.
///
/// Blocks repeat freely, and a block and an attribute may share a key.
fn duplicate(lines: &mut HashMap<String, u32>, item: &Item) -> Option<Mistake> {
    let key = item.keys.first().filter(|_| item.assigned)?;
    let first = match lines.entry(key.text.clone()) {
        Entry::Occupied(first) => *first.get(),
        Entry::Vacant(unset) => {
            unset.insert(key.span.start.line);
            return None;
        }
    };
    let key_text = key.text.clone();
    Some(Mistake::new(
        key.span.start,
        Problem::Duplicate { key: key_text, first },
    ))
}
