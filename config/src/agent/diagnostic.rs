//! What is wrong or doubtful in a configuration, and where.

use std::cell::RefCell;
use std::fmt;

use coffret_hcl::Position;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The configuration cannot be used.
    Error,
    /// It can be used, but something in it has no effect or not the obvious one.
    Warning,
}

/// One finding: file, place, key, what is wrong and, where there is one, the nearest valid spelling.
///
/// Values are never repeated in a message unless they are one of a fixed set of words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// The source as the caller named it.
    pub file: String,
    /// The place of the key; `None` when the finding is about a whole file or about several together.
    pub at: Option<Position>,
    /// The full key, such as `vault.retry.num_retries`; empty for a syntax error.
    pub key: String,
    /// What is wrong, in one sentence.
    pub message: String,
    /// The valid key or word that was probably meant.
    pub nearest: Option<String>,
}

impl fmt::Display for Diagnostic {
    /// `file:line:column: key: message (did you mean "…"?)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(at) = self.at {
            write!(f, ":{at}")?;
        }
        f.write_str(": ")?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.message)?;
        match &self.nearest {
            Some(nearest) => write!(f, " (did you mean \"{nearest}\"?)"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Diagnostic {}

/// Collects the findings of one source.
pub(super) struct Report {
    file: String,
    found: RefCell<Vec<Diagnostic>>,
}

impl Report {
    pub(super) fn new(file: &str) -> Self {
        Report {
            file: file.to_owned(),
            found: RefCell::default(),
        }
    }

    pub(super) fn file(&self) -> &str {
        &self.file
    }

    pub(super) fn add(&self, severity: Severity, at: Position, key: &str, message: impl Into<String>) {
        self.push(severity, at, key, message.into(), None);
    }

    pub(super) fn error(&self, at: Position, key: &str, message: impl Into<String>) {
        self.add(Severity::Error, at, key, message);
    }

    pub(super) fn warning(&self, at: Position, key: &str, message: impl Into<String>) {
        self.add(Severity::Warning, at, key, message);
    }

    pub(super) fn push(&self, severity: Severity, at: Position, key: &str, message: String, nearest: Option<String>) {
        let diagnostic = Diagnostic {
            severity,
            file: self.file.clone(),
            at: Some(at),
            key: key.to_owned(),
            message,
            nearest,
        };
        self.found.borrow_mut().push(diagnostic);
    }

    /// The findings in the order of the text.
    pub(super) fn into_found(self) -> Vec<Diagnostic> {
        let mut found = self.found.into_inner();
        found.sort_by_key(|finding| finding.at);
        found
    }
}
