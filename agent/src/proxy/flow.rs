//! Bodies on their way through the proxy: whole where they are small, otherwise what was read and the rest as it comes.

use std::pin::Pin;
use std::task::{Context, Poll};

use http_body_util::BodyExt as _;
use hyper::body::{Body, Bytes, Frame, SizeHint};

/// A body.
#[derive(Debug)]
pub enum Flow<B> {
    /// All of it; taken when it is sent.
    Whole(Bytes),
    /// What was read already, and where the rest comes from.
    Rest(Bytes, B),
}

impl<B: Body<Data = Bytes> + Unpin> Flow<B> {
    /// Reads a body up to `limit` bytes. What is larger stays a stream; trailers of a whole body are dropped.
    ///
    /// # Errors
    /// The body ends before its end.
    pub async fn gather(body: B, limit: usize) -> Result<Self, B::Error> {
        Self::Rest(Bytes::new(), body).settled(limit).await
    }

    /// The same body, whole if it has no more than `limit` bytes.
    ///
    /// # Errors
    /// The body ends before its end.
    pub async fn settled(self, limit: usize) -> Result<Self, B::Error> {
        let (start, mut rest) = match self {
            Self::Whole(_) => return Ok(self),
            Self::Rest(read, rest) => (read, rest),
        };
        if start.len() as u64 + rest.size_hint().lower() > limit as u64 {
            return Ok(Self::Rest(start, rest));
        }
        let mut read = start.to_vec();
        while let Some(frame) = rest.frame().await {
            if let Ok(data) = frame?.into_data() {
                read.extend_from_slice(&data);
            }
            if read.len() > limit {
                return Ok(Self::Rest(Bytes::from(read), rest));
            }
        }
        Ok(Self::Whole(Bytes::from(read)))
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Flow<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let (Self::Whole(read) | Self::Rest(read, _)) = &mut *self;
        let read = std::mem::take(read);
        if !read.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(read))));
        }
        match &mut *self {
            Self::Whole(_) => Poll::Ready(None),
            Self::Rest(_, rest) => Pin::new(rest).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(read) => read.is_empty(),
            Self::Rest(read, rest) => read.is_empty() && rest.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(read) => SizeHint::with_exact(read.len() as u64),
            Self::Rest(read, rest) => {
                let (length, rest) = (read.len() as u64, rest.size_hint());
                let mut hint = SizeHint::new();
                hint.set_lower(length + rest.lower());
                if let Some(upper) = rest.upper() {
                    hint.set_upper(length + upper);
                }
                hint
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::Full;

    async fn passed(text: &'static str, limit: usize) -> (bool, Bytes, SizeHint) {
        let flow = Flow::gather(Full::new(Bytes::from(text)), limit).await.unwrap();
        let (whole, hint) = (matches!(flow, Flow::Whole(_)), flow.size_hint());
        (whole, flow.collect().await.unwrap().to_bytes(), hint)
    }

    #[tokio::test]
    async fn nothing_is_lost_on_either_side_of_the_limit() {
        for (limit, whole) in [(0, false), (4, false), (5, true), (6, true)] {
            let (was_whole, bytes, hint) = passed("abcde", limit).await;
            assert_eq!(
                (was_whole, &bytes[..], hint.exact()),
                (whole, &b"abcde"[..], Some(5)),
                "{limit}"
            );
        }
        assert!(passed("", 0).await.0);
    }

    #[tokio::test]
    async fn a_body_of_unknown_length_turns_into_a_stream_when_it_is_too_long() {
        let frames = ["ab", "cd", "ef"].map(|text| Ok::<_, std::convert::Infallible>(Frame::data(Bytes::from(text))));
        let body = http_body_util::StreamBody::new(futures_util::stream::iter(frames));
        let flow = Flow::gather(body, 3).await.unwrap();
        assert!(matches!(&flow, Flow::Rest(read, _) if read == "abcd"));
        assert_eq!(flow.collect().await.unwrap().to_bytes(), "abcdef");
    }
}
