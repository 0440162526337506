//! Questions to the outside world while a request is answered.

use crate::engine::{Outbound, OutboundAnswer};
use crate::logical::{Error, Request};

/// The answer to a question that may have to be asked first.
///
/// # Errors
/// The question itself, if it was not asked yet.
pub(super) fn asked(request: &Request, question: Outbound) -> Result<&OutboundAnswer, Error> {
    match request.outbound.iter().find(|answer| answer.url == question.url) {
        Some(answer) => Ok(answer),
        None => Err(Error::outbound(question)),
    }
}
