//! The Tokio runtime that `wasmtime-wasi` needs for timers, sockets and blocking files.

use crate::error::{HnError, HnErrorKind, guard, guard_infallible};
use std::time::Duration;
use tokio::runtime::{Builder, EnterGuard, Runtime};

/// How long a stop waits for blocking file operations that are under way.
const SHUTDOWN_WAIT: Duration = Duration::from_secs(1);

/// `hn_runtime`.
pub struct HnRuntime(Option<Runtime>);

/// `hn_runtime_guard`: borrows the runtime, which the caller keeps alive.
pub struct HnRuntimeGuard(#[allow(dead_code)] EnterGuard<'static>);

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_runtime_new(
    blocking_threads: u32,
    out: *mut *mut HnRuntime,
) -> *mut HnError {
    guard(|| {
        if blocking_threads == 0 {
            return Err(HnError::new(
                HnErrorKind::InvalidArgument,
                "blocking_threads is 0; it must be at least 1",
            ));
        }
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .max_blocking_threads(blocking_threads as usize)
            .thread_name("hermes-wasi")
            .enable_all()
            .build()
            .map_err(|error| {
                HnError::new(
                    HnErrorKind::Internal,
                    format!("cannot start the WASI runtime: {error}"),
                )
            })?;
        // SAFETY: `out` is the caller's variable.
        unsafe { *out = Box::into_raw(Box::new(HnRuntime(Some(runtime)))) };
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_runtime_delete(runtime: *mut HnRuntime) {
    if runtime.is_null() {
        return;
    }
    guard_infallible(|| {
        // SAFETY: the caller gives up its runtime, and has left all guards.
        let mut runtime = unsafe { Box::from_raw(runtime) };
        if let Some(runtime) = runtime.0.take() {
            runtime.shutdown_timeout(SHUTDOWN_WAIT);
        }
    })
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_runtime_enter(runtime: *const HnRuntime) -> *mut HnRuntimeGuard {
    guard_infallible(|| {
        // SAFETY: the caller keeps the runtime until it has left; so the borrow outlives the guard.
        let runtime: &'static HnRuntime = unsafe { &*runtime };
        let runtime = runtime.0.as_ref().expect("the runtime was deleted");
        Box::into_raw(Box::new(HnRuntimeGuard(runtime.enter())))
    })
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_runtime_leave(guard: *mut HnRuntimeGuard) {
    if !guard.is_null() {
        // SAFETY: made by hn_runtime_enter on this thread.
        guard_infallible(|| drop(unsafe { Box::from_raw(guard) }));
    }
}
