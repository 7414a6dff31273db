//! Bodies that are streamed.

use crate::{answer, begin};
use wasip2::clocks::monotonic_clock::subscribe_duration;
use wasip2::http::types::{
    IncomingBody, IncomingRequest, OutgoingBody, ResponseOutparam, Trailers,
};
use wasip2::io::streams::{InputStream, OutputStream, StreamError};

/// Bytes that are read at a time.
const READ_BYTES: u64 = 16 * 1024;

/// Writes all of `bytes`, waiting for room as often as it takes. false: nobody reads any more.
pub fn write_all(stream: &OutputStream, mut bytes: &[u8]) -> bool {
    let room = stream.subscribe();
    while !bytes.is_empty() {
        room.block();
        let Ok(permit) = stream.check_write() else { return false };
        let (now, later) = bytes.split_at(bytes.len().min(permit as usize));
        if stream.write(now).is_err() {
            return false;
        }
        bytes = later;
    }
    true
}

/// The parts of a body as they come; the error that it ended with, if any.
pub fn read_all(stream: &InputStream, mut part: impl FnMut(&[u8]) -> bool) -> Result<(), String> {
    loop {
        match stream.blocking_read(READ_BYTES) {
            Ok(bytes) if part(&bytes) => {}
            Ok(_) => return Err("stopped".to_string()),
            Err(StreamError::Closed) => return Ok(()),
            Err(StreamError::LastOperationFailed(error)) => return Err(error.to_debug_string()),
        }
    }
}

pub fn trailers_of(body: IncomingBody) -> Option<Trailers> {
    let future = IncomingBody::finish(body);
    future.subscribe().block();
    future.get().expect("ready").expect("once").ok().flatten()
}

/// Gives the body back while it comes, with its trailers.
pub fn echo(request: IncomingRequest, out: ResponseOutparam) {
    let incoming = request.consume().expect("the only time");
    let outgoing = begin(out, 200, &[("x-echo", b"yes")]);
    let (input, output) = (incoming.stream().expect("one"), outgoing.write().expect("one"));
    let read = read_all(&input, |bytes| write_all(&output, bytes));
    drop((input, output));
    match read {
        Ok(()) => {
            let trailers = trailers_of(incoming).map(|trailers| trailers.clone());
            OutgoingBody::finish(outgoing, trailers).expect("no length was said");
        }
        // Dropping it tells that it is not complete.
        Err(_) => drop(outgoing),
    }
}

/// Answers with how much there was, and how it ended.
pub fn count(request: IncomingRequest, out: ResponseOutparam) {
    let incoming = request.consume().expect("the only time");
    let input = incoming.stream().expect("one");
    let mut total = 0;
    let read = read_all(&input, |bytes| {
        total += bytes.len();
        true
    });
    answer(out, 200, &format!("{total} {read:?}\n"));
}

/// So many chunks, a millisecond apart.
pub fn ticks(out: ResponseOutparam, count: u32) {
    let body = begin(out, 200, &[("content-type", b"text/event-stream")]);
    let stream = body.write().expect("one");
    for tick in 0..count {
        subscribe_duration(1_000_000).block();
        if !write_all(&stream, format!("data: {tick}\n\n").as_bytes()) {
            break;
        }
    }
    drop(stream);
    OutgoingBody::finish(body, None).expect("no length was said");
}

/// Writes until nobody reads, and prints how much it has written.
pub fn flood(out: ResponseOutparam) {
    let body = begin(out, 200, &[]);
    let stream = body.write().expect("one");
    let part = [b'f'; 1024];
    let mut total: usize = 0;
    while write_all(&stream, &part) {
        total += part.len();
        println!("{total}");
    }
    println!("closed");
}
