//! Every call runs in a fresh instance, and the standard library of Rust works in it.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::{Case, expect};

pub const CASES: &[Case] = &[
    ("instance: fresh", fresh_instance),
    ("instance: fresh, again", fresh_instance),
    ("instance: collections", collections),
    ("instance: random numbers", random_numbers),
    ("instance: clocks", clocks),
    ("instance: nothing of the machine", outside_is_closed),
];

static CALLS: AtomicU32 = AtomicU32::new(0);

fn fresh_instance() -> bool {
    expect(CALLS.fetch_add(1, Ordering::Relaxed) == 0, "a counter starts at zero in every call")
}

fn collections() -> bool {
    let squares: HashMap<u64, u64> = (0..10_000).map(|n| (n, n * n)).collect();
    let sum: u64 = squares.values().sum();
    expect(sum == (0..10_000).map(|n| n * n).sum(), "a map of ten thousand numbers")
}

/// The keys of a `RandomState` are what the standard library takes from `wasi:random`.
fn random_numbers() -> bool {
    let values: Vec<u64> = (0..8).map(|_| RandomState::new().hash_one("the same text")).collect();
    expect(values.iter().any(|value| *value != values[0]), "random numbers differ")
}

fn clocks() -> bool {
    let first = Instant::now();
    let held = expect(Instant::now() >= first, "the monotonic clock does not go back");
    held & expect(SystemTime::now().duration_since(UNIX_EPOCH).is_ok(), "a time after 1970")
}

fn outside_is_closed() -> bool {
    let mut held = expect(std::fs::read("/etc/passwd").is_err(), "no file of the machine");
    held &= expect(std::fs::read("../../etc/passwd").is_err(), "no way out");
    held &= expect(std::env::var_os("PATH").is_none(), "no environment of the machine");
    held & expect(std::env::args().count() <= 1, "no arguments of the engine")
}
