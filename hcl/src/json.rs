//! JSON, HCL's other spelling, read with places kept.
//!
//! As in Vault a comma may follow the last member or element. Unlike there, an unclosed object, text after the
//! document and a member without a value are refused instead of being passed over.

mod string;

use crate::cursor::Cursor;
use crate::lexer::number;
use crate::{
    Document, Item, Key, MAX_DEPTH, Mistake, Number, Object, Position, Problem, Span, Syntax, Value, ValueKind,
};

/// Reads a document whose root is a JSON object.
pub(crate) fn parse(text: &str) -> Result<Document, Mistake> {
    let mut reader = Reader {
        cursor: Cursor::new(text),
        depth: 0,
    };
    reader.skip_blank();
    let root = reader.object()?;
    reader.skip_blank();
    if reader.cursor.peek().is_some() {
        return reader.unexpected("the end of the text");
    }
    Ok(Document {
        root,
        duplicates: Vec::new(),
    })
}

struct Reader<'a> {
    cursor: Cursor<'a>,
    depth: usize,
}

impl Reader<'_> {
    fn skip_blank(&mut self) {
        self.cursor.take_while(|c| matches!(c, ' ' | '\t' | '\n' | '\r'));
    }

    fn unexpected<T>(&self, expected: &'static str) -> Result<T, Mistake> {
        let found = match self.cursor.peek() {
            None => "the end of the text".to_owned(),
            Some('"') => "a string".to_owned(),
            Some(other) => format!("{other:?}"),
        };
        Err(Mistake::new(self.cursor.at(), Problem::Unexpected { expected, found }))
    }

    fn expect(&mut self, sign: &str, expected: &'static str) -> Result<(), Mistake> {
        self.skip_blank();
        if self.cursor.eat(sign) {
            Ok(())
        } else {
            self.unexpected(expected)
        }
    }

    fn deeper(&mut self) -> Result<(), Mistake> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Mistake::new(self.cursor.at(), Problem::TooDeep));
        }
        Ok(())
    }

    fn span_from(&self, start: Position) -> Span {
        Span {
            start,
            end: self.cursor.at(),
        }
    }

    fn value(&mut self) -> Result<Value, Mistake> {
        self.skip_blank();
        let start = self.cursor.at();
        let kind = match self.cursor.peek() {
            Some('{') => ValueKind::Object(self.object()?),
            Some('[') => ValueKind::List(self.list()?),
            Some('"') => ValueKind::String(string::read(&mut self.cursor)?),
            Some('-' | '0'..='9') => ValueKind::Number(self.number()?),
            _ if self.cursor.eat("true") => ValueKind::Bool(true),
            _ if self.cursor.eat("false") => ValueKind::Bool(false),
            _ if self.cursor.eat("null") => ValueKind::Null,
            _ => return self.unexpected("a value"),
        };
        Ok(Value {
            kind,
            span: self.span_from(start),
        })
    }

    fn object(&mut self) -> Result<Object, Mistake> {
        self.deeper()?;
        let start = self.cursor.at();
        self.expect("{", "'{'")?;
        let mut items = Vec::new();
        self.skip_blank();
        while !self.cursor.eat("}") {
            items.push(self.member()?);
            self.skip_blank();
            if self.cursor.eat(",") {
                self.skip_blank();
            } else if self.cursor.peek() != Some('}') {
                return self.unexpected("',' or '}'");
            }
        }
        self.depth -= 1;
        Ok(Object {
            items,
            span: self.span_from(start),
            syntax: Syntax::Json,
        })
    }

    fn member(&mut self) -> Result<Item, Mistake> {
        let start = self.cursor.at();
        if self.cursor.peek() != Some('"') {
            return self.unexpected("a key in double quotes or '}'");
        }
        let text = string::read(&mut self.cursor)?;
        let key = Key {
            text,
            span: self.span_from(start),
        };
        self.expect(":", "':'")?;
        Ok(Item {
            keys: vec![key],
            value: self.value()?,
            assigned: true,
        })
    }

    fn list(&mut self) -> Result<Vec<Value>, Mistake> {
        self.deeper()?;
        self.expect("[", "'['")?;
        let mut values = Vec::new();
        self.skip_blank();
        while !self.cursor.eat("]") {
            values.push(self.value()?);
            self.skip_blank();
            if self.cursor.eat(",") {
                self.skip_blank();
            } else if self.cursor.peek() != Some(']') {
                return self.unexpected("',' or ']'");
            }
        }
        self.depth -= 1;
        Ok(values)
    }

    fn number(&mut self) -> Result<Number, Mistake> {
        let start = self.cursor.at();
        let text = self
            .cursor
            .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.'));
        let digits = text.strip_prefix('-').unwrap_or(text);
        let plain = digits.len() == 1 || !digits.starts_with('0');
        if !digits.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(Mistake::new(start, Problem::Number(text.to_owned())));
        }
        let number = if digits.bytes().all(|byte| byte.is_ascii_digit()) {
            number::integer(text).filter(|_| plain)
        } else {
            number::float(text)
                .filter(|_| !digits.contains(|c: char| c.is_ascii_alphabetic() && !matches!(c, 'e' | 'E')))
        };
        number.ok_or_else(|| Mistake::new(start, Problem::Number(text.to_owned())))
    }
}
