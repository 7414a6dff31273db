//! A body on its way to the guest (of a request that it serves, or of an answer that it gets): bytes in a bounded
//! window.

use super::exchange::lock;
use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http_body::{Body, Frame};
use std::collections::VecDeque;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use wasmtime_wasi_http::Error;

/// A window is handed to the guest in parts, so that one is filled while another is read.
const PARTS_OF_WINDOW: usize = 4;

/// The first block of a body is so large; each that was filled at once makes the next one twice as large, up to a part.
/// What a client only promises to send costs no more.
const FIRST_BLOCK: usize = 8 * 1024;

/// A body that nobody reads holds no more than this, and the window opens by what is read: clients that only fill it
/// are many, guests that read much are few.
const FIRST_WINDOW: usize = 64 * 1024;

/// With less room than this in the last block, the next one is begun.
const LEAST_ROOM: usize = 1024;

/// How a body ends.
pub enum BodyEnd {
    Finished(Option<HeaderMap>),
    Aborted(Error),
}

/// What the embedder has pushed and the guest has not read.
pub struct RequestSide {
    window: usize,
    /// Blocks of memory, the oldest first, that are filled from their beginning and handed out from there. Room is in
    /// the last only.
    blocks: VecDeque<BytesMut>,
    /// Size of the next block.
    block: usize,
    /// The embedder writes to the room of the last block.
    lent_room: bool,
    /// Bytes in the blocks.
    held: usize,
    /// Bytes that were handed to the guest so far.
    read: usize,
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
            blocks: VecDeque::new(),
            block: FIRST_BLOCK.min(window),
            lent_room: false,
            held: 0,
            read: 0,
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

    /// How far the window is open.
    fn open(&self) -> usize {
        self.window.min(FIRST_WINDOW.saturating_add(self.read))
    }

    fn part(&self) -> usize {
        self.open() / PARTS_OF_WINDOW
    }

    fn free(&self) -> usize {
        self.open() - self.held - self.lent
    }

    /// What comes is dropped.
    fn is_over(&self) -> bool {
        self.unwanted || self.end.is_some()
    }

    pub fn wanted(&self) -> bool {
        !self.unwanted
    }

    /// Where the next bytes go, as many as there is room for; empty: the embedder is woken when there is. It stays where
    /// it is until the next `commit` or `room`.
    pub fn room(&mut self) -> &mut [MaybeUninit<u8>] {
        let most = if self.is_over() { FIRST_BLOCK } else { self.free() };
        self.full = most == 0;
        if self.full {
            return &mut [];
        }
        if self.blocks.back().is_none_or(|last| last.capacity() - last.len() < LEAST_ROOM.min(most))
        {
            self.blocks.push_back(BytesMut::with_capacity(self.block));
        }
        self.lent_room = true;
        let room = self.blocks.back_mut().expect("there is one").spare_capacity_mut();
        let size = room.len().min(most);
        &mut room[..size]
    }

    /// So much was written to the beginning of what `room` has answered. Who is to be woken.
    ///
    /// # Safety
    /// It was.
    pub unsafe fn commit(&mut self, size: usize) -> Option<Waker> {
        self.lent_room = false;
        if self.is_over() || size == 0 {
            return None;
        }
        let most = self.part().max(FIRST_BLOCK.min(self.window));
        let last = self.blocks.back_mut().expect("room was given");
        let filled = last.len() + size;
        assert!(filled <= last.capacity());
        // SAFETY: the caller's contract, and the capacity was looked at.
        unsafe { last.set_len(filled) };
        if filled == last.capacity() {
            self.block = (self.block * 2).min(most);
        }
        self.held += size;
        self.guest.take()
    }

    /// Takes what there is room for. Answers how much, and who is to be woken.
    pub fn push(&mut self, data: &[u8]) -> (usize, Option<Waker>) {
        if self.is_over() {
            return (data.len(), None);
        }
        let mut accepted = 0;
        let mut guest = None;
        while accepted < data.len() {
            let room = self.room();
            let size = room.len().min(data.len() - accepted);
            if size == 0 {
                break;
            }
            room[..size].write_copy_of_slice(&data[accepted..accepted + size]);
            // SAFETY: that was it.
            guest = unsafe { self.commit(size) }.or(guest);
            accepted += size;
        }
        (accepted, guest)
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
        let worth = self.unwanted || self.free() >= self.part();
        if !(self.full && worth) {
            return None;
        }
        self.full = false;
        self.embedder.clone()
    }

    fn next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        self.lent = 0;
        if self.held > 0 {
            // The last one may have room, and stays.
            while self.blocks.front().is_some_and(BytesMut::is_empty) {
                self.blocks.pop_front();
            }
            let part = self.part();
            let first = self.blocks.front_mut().expect("it holds something");
            self.lent = first.len().min(part);
            self.held -= self.lent;
            self.read = self.read.saturating_add(self.lent);
            return Poll::Ready(Some(Ok(Frame::data(first.split_to(self.lent).freeze()))));
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
        // The one that the embedder writes to stays, and takes what is dropped from now on.
        let kept = usize::from(self.lent_room);
        self.blocks.drain(..self.blocks.len().saturating_sub(kept));
        self.held = 0;
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
    fn what_is_written_to_its_room_is_read() {
        let mut side = RequestSide::new(16 * FIRST_BLOCK, Waker::noop().clone());
        let mut written = 0_u32;
        let mut expected = 0_u32;
        let mut largest = 0;
        // Numbers are written and read in steps that do not fit each other, through more than one window.
        for step in 0..2000 {
            let room = side.room();
            largest = largest.max(room.len());
            let count = (room.len() / 4).min(step * 37 % 9000);
            for number in 0..count {
                room[4 * number..4 * number + 4].write_copy_of_slice(&written.to_le_bytes());
                written += 1;
            }
            // SAFETY: so much was written.
            unsafe { side.commit(4 * count) };
            for _ in 0..step % 4 {
                let Poll::Ready(Some(Ok(frame))) = read(&mut side) else { break };
                for number in frame.into_data().expect("data").chunks(4) {
                    assert_eq!(number, expected.to_le_bytes());
                    expected += 1;
                }
            }
            assert!(side.blocks.len() <= 17, "{} blocks", side.blocks.len());
        }
        assert!(expected > 16 * FIRST_BLOCK as u32, "{expected}");
        assert_eq!(largest, 4 * FIRST_BLOCK, "blocks grow to a part of the window");
    }

    #[test]
    fn room_that_is_being_written_to_stays() {
        let mut side = side();
        side.push(b"abc");
        let room = side.room();
        room[0].write(7);
        let place = room.as_ptr();
        assert!(side.abandon().is_none());
        assert_eq!(side.blocks.len(), 1);
        // SAFETY: so much was written.
        assert!(unsafe { side.commit(1) }.is_none());
        assert!(matches!(read(&mut side), Poll::Pending), "nothing is left");
        for _ in 0..100 {
            let room = side.room();
            assert_eq!(room.as_ptr(), place, "what comes is dropped");
            let size = room.len();
            room.fill(MaybeUninit::new(0));
            // SAFETY: so much was written.
            unsafe { side.commit(size) };
        }
    }

    #[test]
    fn the_window_opens_by_what_is_read() {
        let mut side = RequestSide::new(4 * FIRST_WINDOW, Waker::noop().clone());
        let all = vec![7; 8 * FIRST_WINDOW];
        assert_eq!(side.push(&all).0, FIRST_WINDOW, "nobody reads");
        let mut pushed = FIRST_WINDOW;
        let mut taken = 0;
        while taken < 16 * FIRST_WINDOW {
            taken += data(&mut side);
            pushed += side.push(&all).0;
            assert!(pushed - taken <= FIRST_WINDOW + taken && pushed - taken <= 4 * FIRST_WINDOW);
        }
        assert_eq!(side.open(), 4 * FIRST_WINDOW);
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
