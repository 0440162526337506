//! Output with a limit.

use std::io;

use ::handlebars::Output;
use zeroize::Zeroizing;

use crate::error::Limit;

/// Collects what a template writes, up to a number of bytes.
pub(super) struct BoundedOutput {
    bytes: Zeroizing<Vec<u8>>,
    most: usize,
}

impl BoundedOutput {
    pub(super) fn new(most: usize) -> Self {
        BoundedOutput {
            bytes: Zeroizing::new(Vec::new()),
            most,
        }
    }

    pub(super) fn into_bytes(mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }
}

impl Output for BoundedOutput {
    fn write(&mut self, text: &str) -> io::Result<()> {
        if self.bytes.len() + text.len() > self.most {
            return Err(io::Error::other(Limit::Output(self.most)));
        }
        self.bytes.extend_from_slice(text.as_bytes());
        Ok(())
    }
}
