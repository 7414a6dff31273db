//! A body on its way to the embedder (of a response, or of a request that the guest sends). It is Wasmtime's own: a channel that the guest's stream writes to,
//! and that makes the guest wait when it is full. The embedder polls it directly.

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame};
use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use wasmtime_wasi_http::p2::body::HyperOutgoingBody;

/// What of the body is left.
enum Rest {
    /// The guest has not set a response yet.
    NotSet,
    /// It comes through Wasmtime's channel.
    Open(HyperOutgoingBody),
    /// The call has failed: what the guest had written by then, and whether that is all of it.
    Settled(VecDeque<Frame<Bytes>>, bool),
    /// All of it was taken.
    Complete,
    /// There is nothing more to come.
    Broken,
}

/// What the embedder gets from a body.
pub enum Taken {
    Pending,
    Chunk(Bytes),
    End,
    /// The guest broke its body off.
    GivenUp,
    /// Nothing more comes; the exchange knows why.
    Broken,
}

/// The body of the response, and who waits for it.
pub struct ResponseSide {
    rest: Rest,
    trailers: Option<HeaderMap>,
    embedder: Option<Waker>,
}

impl ResponseSide {
    pub fn new(embedder: Waker) -> Self {
        ResponseSide { rest: Rest::NotSet, trailers: None, embedder: Some(embedder) }
    }

    /// Whom to wake from now on.
    pub fn watch(&mut self, embedder: Waker) {
        self.embedder = Some(embedder);
    }

    /// The guest has set a response with this body. When nobody awaits it, it goes at once, and the guest's stream is
    /// closed.
    pub fn set(&mut self, body: HyperOutgoingBody) -> Option<Waker> {
        let wanted = matches!(self.rest, Rest::NotSet) && self.is_awaited();
        self.rest = if wanted { Rest::Open(body) } else { Rest::Broken };
        self.embedder.clone()
    }

    /// Whether the embedder is there.
    pub fn is_awaited(&self) -> bool {
        self.embedder.is_some()
    }

    pub fn is_set(&self) -> bool {
        !matches!(self.rest, Rest::NotSet)
    }

    /// The guest's call has failed, and its store is still there: keeps what was written. A body that the guest has
    /// finished by itself is complete nevertheless.
    pub fn settle(&mut self) -> Option<Waker> {
        self.rest = match std::mem::replace(&mut self.rest, Rest::Broken) {
            Rest::NotSet => Rest::Broken,
            Rest::Open(body) => settled(body),
            rest => rest,
        };
        self.embedder.clone()
    }

    /// The next piece, or why there is none.
    pub fn take(&mut self) -> Taken {
        loop {
            let frame = match &mut self.rest {
                Rest::NotSet => return Taken::Pending,
                Rest::Complete => return Taken::End,
                Rest::Broken => return Taken::Broken,
                Rest::Settled(frames, complete) => match frames.pop_front() {
                    Some(frame) => frame,
                    None => {
                        let complete = *complete;
                        self.rest = if complete { Rest::Complete } else { Rest::Broken };
                        continue;
                    }
                },
                Rest::Open(body) => {
                    let waker = self.embedder.as_ref().map_or(Waker::noop(), |waker| waker);
                    match Pin::new(body).poll_frame(&mut Context::from_waker(waker)) {
                        Poll::Pending => return Taken::Pending,
                        Poll::Ready(Some(Ok(frame))) => frame,
                        Poll::Ready(Some(Err(_))) => {
                            self.rest = Rest::Broken;
                            return Taken::GivenUp;
                        }
                        Poll::Ready(None) => {
                            self.rest = Rest::Complete;
                            return Taken::End;
                        }
                    }
                }
            };
            match frame.into_data() {
                Ok(chunk) if chunk.is_empty() => {}
                Ok(chunk) => return Taken::Chunk(chunk),
                Err(frame) => self.trailers = frame.into_trailers().ok(),
            }
        }
    }

    /// After the end.
    pub fn trailers(&self) -> Option<&HeaderMap> {
        self.trailers.as_ref()
    }

    /// The embedder will not take any more, nor be woken. What is returned is to be dropped without the lock.
    pub fn leave(&mut self) -> impl Sized + use<> {
        let rest = std::mem::replace(&mut self.rest, Rest::Broken);
        if matches!(rest, Rest::NotSet) {
            self.rest = Rest::NotSet;
        }
        (rest, self.embedder.take())
    }
}

/// Everything that is in the channel. The guest does not run any more, so that is at most one window.
fn settled(mut body: HyperOutgoingBody) -> Rest {
    let mut frames = VecDeque::new();
    let mut context = Context::from_waker(Waker::noop());
    loop {
        match Pin::new(&mut body).poll_frame(&mut context) {
            Poll::Ready(Some(Ok(frame))) => frames.push_back(frame),
            Poll::Ready(None) => return Rest::Settled(frames, true),
            Poll::Pending | Poll::Ready(Some(Err(_))) => return Rest::Settled(frames, false),
        }
    }
}
