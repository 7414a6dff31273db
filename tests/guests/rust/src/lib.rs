//! everything-rust: handles every event and calls every function that the engine provides, with the
//! standard library of Rust and therefore through the adapter to WASI.
//! What its events do is the same in C++, Rust and JavaScript; see ../README.md.

mod cron_cases;
mod instance_cases;
mod logging_cases;

use std::sync::atomic::{AtomicU32, Ordering};

wit_bindgen::generate!({ world: "everything-rust", path: "wit", generate_all });

use exports::hermes::cron::event::CronTagged;
use exports::hermes::integration_test::event::TestResult;
use hermes::cron::api as cron;
use hermes::logging::api::{Level, log};

/// A test case: its name, and a function that answers whether everything was as promised.
type Case = (&'static str, fn() -> bool);

const LAST_TICK: u32 = 3;
const PAUSE_NS: u64 = 1_000_000;
const LISTS_IN_A_BENCHMARK: usize = 1000;

static CALLS: AtomicU32 = AtomicU32::new(0);

struct Everything;

export!(Everything);

/// Answers `held`, and writes a log record that names the promise if it was not kept.
fn expect(held: bool, promise: &str) -> bool {
    if !held {
        log(
            Level::Error,
            None,
            None,
            None,
            None,
            None,
            &format!("not as promised: {promise}"),
            None,
        );
    }
    held
}

fn schedule_tick(number: u32) -> bool {
    cron::delay(PAUSE_NS, &format!("rust tick {number}"))
}

// Two functions of their own, so that a backtrace has names to show.
#[inline(never)]
fn fail_deliberately(depth: u32) {
    if depth == 0 {
        panic!("a deliberate panic");
    }
    println!("failing in {depth}");
    fail_deliberately(depth - 1);
    println!("not reached");
}

#[inline(never)]
fn lead_into_failure() {
    fail_deliberately(2);
    println!("not reached");
}

impl exports::hermes::init::event::Guest for Everything {
    fn init() -> bool {
        let data = r#"{"language": "Rust"}"#;
        log(Level::Info, None, None, None, None, Some("init"), "everything-rust: init", Some(data));
        let minute = cron::CronTagged { when: "* * * * *".into(), tag: "rust minute".into() };
        cron::add(&minute, true) && schedule_tick(1)
    }
}

impl exports::hermes::cron::event::Guest for Everything {
    fn on_cron(event: CronTagged, last: bool) -> bool {
        let calls = CALLS.fetch_add(1, Ordering::Relaxed) + 1;
        let tag = event.tag.as_str();
        log(
            Level::Info,
            Some(file!()),
            Some("on_cron"),
            Some(line!()),
            Some(column!()),
            Some(&event.when),
            &format!("everything-rust: on-cron {tag}"),
            Some(&format!(r#"{{"last": {last}, "calls": {calls}}}"#)),
        );
        println!("everything-rust: {tag}");
        eprintln!("everything-rust: {tag}, on standard error");

        let number_after = |prefix: &str| tag.strip_prefix(prefix)?.parse::<u32>().ok();
        if let Some(tick) = number_after("rust tick ") {
            return tick >= LAST_TICK || schedule_tick(tick + 1);
        }
        if let Some(status) = number_after("rust done ") {
            hermes::init::api::done(status as u8);
        }
        if tag == "rust panic" {
            lead_into_failure();
        }
        tag != "rust stop"
    }
}

impl exports::hermes::integration_test::event::Guest for Everything {
    fn test(number: u32, run: bool) -> Option<TestResult> {
        let groups = [instance_cases::CASES, cron_cases::CASES, logging_cases::CASES];
        let (name, case) = groups.into_iter().flatten().nth(number as usize)?;
        Some(TestResult { name: name.to_string(), status: run && case() })
    }

    fn bench(number: u32, run: bool) -> Option<TestResult> {
        let lists = || (0..LISTS_IN_A_BENCHMARK).all(|_| cron::ls(Some("benchmark")).is_empty());
        (number == 0)
            .then(|| TestResult { name: "cron: a thousand lists".into(), status: run && lists() })
    }
}
