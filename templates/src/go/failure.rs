//! What goes wrong while a template runs.

use crate::error::Limit;
use crate::function::FunctionError;

/// An execution error: where it is, and what it is.
#[derive(Debug)]
pub(super) struct Failure {
    /// `template: NAME:LINE:COLUMN: executing "NAME" at <NODE>: `.
    pub(super) place: Vec<u8>,
    pub(super) detail: Vec<u8>,
    /// Whether the second part can repeat data, and not only the template.
    pub(super) shows_data: bool,
}

/// The result of evaluating something.
pub(super) type Outcome<T> = Result<T, Box<Failure>>;

/// What a function's error or a limit says.
pub(super) fn text_of(error: FunctionError) -> Vec<u8> {
    match error {
        FunctionError::Failed(text) => text,
        FunctionError::Signature(text) => text.as_bytes().to_vec(),
        FunctionError::Limit(limit) => limit.to_string().into_bytes(),
    }
}

/// The text of a limit.
pub(super) fn limit_text(limit: Limit) -> Vec<u8> {
    limit.to_string().into_bytes()
}
