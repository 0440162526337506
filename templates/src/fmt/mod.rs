//! Go's `fmt`.

pub(crate) mod quote;
