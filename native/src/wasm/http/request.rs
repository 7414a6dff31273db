//! A body on its way to the guest (of a request that it serves, or of an answer that it gets): bytes in a bounded
//! window.

use super::exchange::lock;
use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http_body::{Body, Frame};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use wasmtime_wasi_http::Error;

/// A window is handed to the guest in parts, so that one is filled while another is read.
const PARTS_OF_WINDOW: usize = 4;

/// How a body ends.
pub enum BodyEnd {
    Finished(Option<HeaderMap>),
    Aborted(Error),
}

/// What the embedder has pushed and the guest has not read.
pub struct RequestSide {
    window: usize,
    buffer: BytesMut,
    /// Bytes of the part that the guest reads now. They count until it asks for the next.
    lent: usize,
    end: Option<BodyEnd>,
    /// Nobody reads any more.
    unwanted: bool,
    /// The embedder was told that there is no room.
    full: bool,
    embedder: Option<Waker>,
    guest: Option<Waker>,
}

impl RequestSide {
    pub fn new(window: usize, embedder: Waker) -> Self {
        RequestSide {
            window,
            buffer: BytesMut::new(),
            lent: 0,
            end: None,
            unwanted: false,
            full: false,
            embedder: Some(embedder),
            guest: None,
        }
    }

    /// Whom to wake from now on.
    pub fn watch(&mut self, embedder: Waker) {
        self.embedder = Some(embedder);
    }

    fn part(&self) -> usize {
        self.window / PARTS_OF_WINDOW
    }

    fn room(&self) -> usize {
        self.window - self.buffer.len() - self.lent
    }

    pub fn wanted(&self) -> bool {
        !self.unwanted
    }

    /// Takes what there is room for. Answers how much, and who is to be woken.
    pub fn push(&mut self, data: &[u8]) -> (usize, Option<Waker>) {
        if self.unwanted || self.end.is_some() {
            return (data.len(), None);
        }
        let accepted = data.len().min(self.room());
        self.buffer.extend_from_slice(&data[..accepted]);
        self.full = accepted < data.len();
        (accepted, if accepted > 0 { self.guest.take() } else { None })
    }

    /// The first end counts.
    pub fn end(&mut self, end: BodyEnd) -> Option<Waker> {
        if self.end.is_some() {
            return None;
        }
        self.end = Some(end);
        self.guest.take()
    }

    /// Whoever waits for room, when there is enough of it to be worth a wake.
    fn embedder_to_wake(&mut self) -> Option<Waker> {
        let worth = self.unwanted || self.room() >= self.part();
        if !(self.full && worth) {
            return None;
        }
        self.full = false;
        self.embedder.clone()
    }

    fn next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        self.lent = 0;
        if !self.buffer.is_empty() {
            self.lent = self.buffer.len().min(self.part());
            let part = self.buffer.split_to(self.lent).freeze();
            return Poll::Ready(Some(Ok(Frame::data(part))));
        }
        match self.end.take() {
            Some(BodyEnd::Finished(trailers)) => {
                self.end = Some(BodyEnd::Finished(None));
                Poll::Ready(trailers.map(|trailers| Ok(Frame::trailers(trailers))))
            }
            Some(BodyEnd::Aborted(error)) => {
                self.end = Some(BodyEnd::Finished(None));
                Poll::Ready(Some(Err(error)))
            }
            None => {
                self.guest = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }

    /// Nobody will read: what is buffered goes.
    fn abandon(&mut self) -> Option<Waker> {
        self.unwanted = true;
        self.buffer = BytesMut::new();
        self.lent = 0;
        self.guest = None;
        self.embedder_to_wake()
    }

    /// The embedder will not push any more, nor be woken. Answers what to wake and what to drop.
    pub fn leave(&mut self) -> (Option<Waker>, Option<Waker>) {
        (self.end(BodyEnd::Aborted(Error::ConnectionTerminated)), self.embedder.take())
    }
}

/// What a body belongs to.
pub trait BodyOwner {
    fn body(&self) -> &Mutex<RequestSide>;
    /// Nobody reads it any more.
    fn abandoned(&self) {}
}

/// The body that the guest reads.
pub struct RequestBody<Owner: BodyOwner>(pub Arc<Owner>);

impl<Owner: BodyOwner> Body for RequestBody<Owner> {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let mut side = lock(self.0.body());
        let frame = side.next(context);
        let embedder = side.embedder_to_wake();
        drop(side);
        if let Some(embedder) = embedder {
            embedder.wake();
        }
        frame
    }
}

impl<Owner: BodyOwner> Drop for RequestBody<Owner> {
    fn drop(&mut self) {
        let embedder = lock(self.0.body()).abandon();
        if let Some(embedder) = embedder {
            embedder.wake();
        }
        self.0.abandoned();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: usize = 4096;

    fn side() -> RequestSide {
        RequestSide::new(WINDOW, Waker::noop().clone())
    }

    fn read(side: &mut RequestSide) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        side.next(&mut Context::from_waker(Waker::noop()))
    }

    fn data(side: &mut RequestSide) -> usize {
        match read(side) {
            Poll::Ready(Some(Ok(frame))) => frame.into_data().expect("data").len(),
            _ => panic!("data was expected"),
        }
    }

    #[test]
    fn the_window_counts_what_the_guest_reads() {
        let mut side = side();
        let all = vec![7; WINDOW + 1];
        assert_eq!(side.push(&all).0, WINDOW);
        assert_eq!(side.push(&all).0, 0);
        assert!(side.embedder_to_wake().is_none(), "there is no room yet");
        assert_eq!(data(&mut side), WINDOW / 4);
        assert_eq!(side.push(&all).0, 0, "the part is still being read");
        assert_eq!(data(&mut side), WINDOW / 4);
        assert!(side.embedder_to_wake().is_some());
        assert!(side.embedder_to_wake().is_none(), "once");
        assert_eq!(side.push(&all).0, WINDOW / 4);
    }

    #[test]
    fn what_was_pushed_is_read_before_the_end() {
        let mut side = side();
        side.push(b"abc");
        let mut trailers = HeaderMap::new();
        trailers.insert("x", "y".parse().unwrap());
        side.end(BodyEnd::Finished(Some(trailers)));
        side.end(BodyEnd::Aborted(Error::ConnectionTerminated));
        assert_eq!(side.push(b"late").0, 4, "dropped");
        assert_eq!(data(&mut side), 3);
        let Poll::Ready(Some(Ok(frame))) = read(&mut side) else { panic!("trailers") };
        assert_eq!(frame.into_trailers().expect("trailers")["x"], "y");
        assert!(matches!(read(&mut side), Poll::Ready(None)));
        assert!(matches!(read(&mut side), Poll::Ready(None)));
    }

    #[test]
    fn an_aborted_body_ends_with_the_error() {
        let mut side = side();
        side.push(b"abc");
        side.leave();
        assert_eq!(data(&mut side), 3);
        assert!(matches!(read(&mut side), Poll::Ready(Some(Err(Error::ConnectionTerminated)))));
        assert!(matches!(read(&mut side), Poll::Ready(None)));
    }

    #[test]
    fn a_body_that_nobody_reads_takes_everything() {
        let mut side = side();
        side.push(&[0; WINDOW * 2]);
        assert!(side.abandon().is_some(), "whoever waits for room is told");
        assert!(!side.wanted());
        assert_eq!(side.push(&[0; WINDOW * 2]).0, WINDOW * 2);
    }
}
