//! How long something takes, and how a future is run to its end.

use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

/// One repetition lasts about this long. The driver asks for several and takes the median.
const REPETITION: Duration = Duration::from_millis(200);

/// Nanoseconds that one `operation` takes.
pub fn nanoseconds(mut operation: impl FnMut()) -> f64 {
    let mut count = 1u64;
    loop {
        let start = Instant::now();
        for _ in 0..count {
            operation();
        }
        let elapsed = start.elapsed();
        if elapsed >= REPETITION {
            return elapsed.as_nanos() as f64 / count as f64;
        }
        // The last, long enough run is the one that counts; those before it warm up.
        let scale = REPETITION.as_secs_f64() / elapsed.as_secs_f64().max(1e-9);
        count = (count as f64 * (scale * 1.1).clamp(1.5, 100.0)).ceil() as u64;
    }
}

/// Polls `future` until it is ready. Nothing in these benchmarks waits for anything but itself.
pub fn run<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return black_box(output);
        }
    }
}
