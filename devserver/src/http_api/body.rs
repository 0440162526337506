//! A body that can be cut short, as a broken connection cuts it.

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll};

/// Go's HTTP server tells the length of answers that fit its buffer of so many bytes; longer ones come in chunks.
pub(crate) const BUFFER: usize = 2048;

/// A body; a cut one announces its whole length and fails after its first part.
#[derive(Debug)]
pub(crate) struct AnswerBody {
    part: Option<Bytes>,
    /// `None` for a body that comes in chunks.
    length: Option<u64>,
    cut: bool,
}

/// Why a cut body ends.
#[derive(Debug, thiserror::Error)]
#[error("body cut short on demand")]
pub(crate) struct Cut;

impl AnswerBody {
    pub(crate) fn whole(bytes: Vec<u8>) -> Self {
        Self {
            length: (bytes.len() <= BUFFER).then_some(bytes.len() as u64),
            part: Some(bytes.into()),
            cut: false,
        }
    }

    /// Only the first half arrives.
    pub(crate) fn half(bytes: Vec<u8>) -> Self {
        let bytes = Bytes::from(bytes);
        Self {
            length: Some(bytes.len() as u64),
            part: Some(bytes.slice(..bytes.len() / 2)),
            cut: true,
        }
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        match self.part.take() {
            Some(part) if !part.is_empty() => Poll::Ready(Some(Ok(Frame::data(part)))),
            _ if self.cut => {
                self.cut = false;
                Poll::Ready(Some(Err(Cut)))
            }
            _ => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        !self.cut && self.part.as_ref().is_none_or(Bytes::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        self.length.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
