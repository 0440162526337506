//! HTTP in and out: what a request means, and how an answer is written.

mod body;
mod incoming;
mod outgoing;
mod query;

pub(crate) use body::AnswerBody;
pub(crate) use incoming::{Incoming, Meaning, understand};
pub(crate) use outgoing::{Outgoing, envelope_text, moved, write};
