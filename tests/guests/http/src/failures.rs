//! Guests that go wrong.

use crate::{begin, write};
use wasip2::http::types::{OutgoingBody, ResponseOutparam};

// A function of its own, so that a backtrace has a name to show.
#[inline(never)]
fn fail_deliberately() -> ! {
    panic!("a deliberate panic")
}

pub fn trap_before() {
    fail_deliberately();
}

pub fn trap_after(out: ResponseOutparam) {
    let body = begin(out, 200, &[]);
    write(&body, b"partial");
    fail_deliberately();
}

/// The response is complete; what happens later is no matter of the client.
pub fn trap_finished(out: ResponseOutparam) {
    let body = begin(out, 200, &[]);
    write(&body, b"complete");
    OutgoingBody::finish(body, None).expect("no length was said");
    fail_deliberately();
}

pub fn give_up(out: ResponseOutparam) {
    let body = begin(out, 200, &[]);
    write(&body, b"partial");
    drop(body);
}

pub fn too_short(out: ResponseOutparam) {
    let body = begin(out, 200, &[("content-length", b"100")]);
    write(&body, b"partial");
    OutgoingBody::finish(body, None).expect_err("the length differs");
}

/// Returns with a body that it neither finishes nor drops.
pub fn unfinished(out: ResponseOutparam) {
    let body = begin(out, 200, &[]);
    write(&body, b"all of it");
    std::mem::forget(body);
}

/// Never comes to an answer, nor to an end.
pub fn spin(out: ResponseOutparam) {
    let mut turns: u64 = 0;
    loop {
        turns = std::hint::black_box(turns + 1);
        if turns == 0 {
            break;
        }
    }
    drop(out);
}
