//! What can be wrong with a template, before and while it renders.

use std::fmt;

use zeroize::Zeroizing;

/// A template that cannot be parsed. Its text is Go's, after consul-template's `parse: `.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    message: String,
    line: usize,
    column: usize,
    hint: Option<String>,
}

impl ParseError {
    /// An error at a line counted from 1 and a byte of that line counted from 0.
    pub(crate) fn new(message: String, line: usize, column: usize) -> Self {
        ParseError {
            message,
            line,
            column,
            hint: None,
        }
    }

    pub(crate) fn with_hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint;
        self
    }

    /// The text without the hint.
    pub fn text(&self) -> String {
        format!("parse: {}", self.message)
    }

    /// The line the error is on, counted from 1; 0 when it has none.
    pub fn line(&self) -> usize {
        self.line
    }

    /// The byte of the line that the error is at, counted from 0 as in Go's execution errors. Go's text has none.
    pub fn column(&self) -> usize {
        self.column
    }

    /// What probably helps, if anything is known.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "parse: {}", self.message)?;
        write_hint(f, self.hint())
    }
}

impl std::error::Error for ParseError {}

/// A hint has a line of its own, so that the text before it is exactly the original's.
fn write_hint(f: &mut fmt::Formatter<'_>, hint: Option<&str>) -> fmt::Result {
    match hint {
        Some(hint) => write!(f, "\nhint: {hint}"),
        None => Ok(()),
    }
}

/// A template that failed while it rendered. Its text is Go's, after consul-template's `execute: `; texts of secrets in
/// it are replaced by `[redacted]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderError {
    message: Zeroizing<Vec<u8>>,
    hint: Option<String>,
}

impl RenderError {
    pub(crate) fn new(message: Vec<u8>, hint: Option<String>) -> Self {
        RenderError {
            message: Zeroizing::new(message),
            hint,
        }
    }

    /// The text without the hint; its bytes need not be UTF-8.
    pub fn text(&self) -> &[u8] {
        &self.message
    }

    /// What probably helps, if anything is known.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl fmt::Display for RenderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.message))?;
        write_hint(f, self.hint())
    }
}

impl std::error::Error for RenderError {}

/// A limit of [`crate::Limits`] that a template ran into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Limit {
    /// More work than `steps`.
    #[error("template takes too long: more than {0} steps")]
    Steps(u64),
    /// More output than `output` bytes.
    #[error("output is too large: more than {0} bytes")]
    Output(usize),
    /// Functions built more than `memory` bytes.
    #[error("template uses too much memory: more than {0} bytes")]
    Memory(usize),
    /// Data nested deeper than `nesting` levels, or data that contains itself.
    #[error("data is nested too deeply: more than {0} levels")]
    Nesting(usize),
    /// Expressions, or templates rendered by `executeTemplate`, deeper inside each other than the stack has room for.
    #[error("exceeded maximum expression depth ({0})")]
    Expression(usize),
    /// A regular expression that compiles to more than `regex` bytes.
    #[error("regular expression is too large: more than {0} bytes compiled")]
    Regex(usize),
}
