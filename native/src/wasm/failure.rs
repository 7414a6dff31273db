//! From Wasmtime's errors to ours.

use super::state::CallState;
use crate::error::{HnError, HnErrorKind};
use wasmtime::component::__internal::wasmtime_environ::demangle_function_name;
use wasmtime::component::ResourceTableError;
use wasmtime::{Error, Trap, WasmBacktrace};
use wasmtime_wasi::I32Exit;
use wasmtime_wasi_http::FieldMapError;

/// A limit that a call reached; carried through Wasmtime as the cause of an error.
#[derive(Debug)]
pub struct LimitReached(pub String);

impl std::fmt::Display for LimitReached {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for LimitReached {}

/// The causes of an error, outermost first, one per line, without the backtrace that Wasmtime adds as a cause.
pub fn describe(error: &Error) -> String {
    let mut lines: Vec<String> = Vec::new();
    for cause in error.chain() {
        let text = cause.to_string();
        if text.starts_with("error while executing at wasm backtrace")
            || lines.last() == Some(&text)
        {
            continue;
        }
        lines.push(text);
    }
    lines.join("\n")
}

/// A function's name as its author wrote it, for the mangling schemes of Rust and C++.
fn demangled(name: &str) -> String {
    let mut text = String::new();
    match demangle_function_name(&mut text, name) {
        Ok(()) => text,
        Err(_) => name.to_string(),
    }
}

fn frames(error: &Error) -> Vec<String> {
    let Some(backtrace) = error.downcast_ref::<WasmBacktrace>() else { return Vec::new() };
    backtrace
        .frames()
        .iter()
        .map(|frame| {
            let function = match frame.func_name() {
                Some(name) => demangled(name),
                None => format!("<function {}>", frame.func_index()),
            };
            match frame.module().name() {
                Some(module) => format!("{module}!{function}"),
                None => function,
            }
        })
        .collect()
}

/// What Wasmtime says when a store has as many handles as it may have; the error has no type. Tests hold it to this. WASI
/// keeps what is behind its handles in a table of its own, with the same bound and an error that has a type.
const HANDLE_LIMIT: &str = "store handle limit exceeded";

/// Why a call failed. `state` tells whether a limit had been reached: a guest that is refused memory usually traps in
/// its allocator soon after, and the trap alone would hide the reason.
pub fn call_failure(error: Error, state: Option<&mut CallState>) -> HnError {
    let frames = frames(&error);
    let max_handles = state.as_ref().map_or(0, |state| state.max_handles);
    let limit = state.and_then(|state| state.limits.reached.take());
    let (kind, message, exit_status) = if let Some(exit) = error.downcast_ref::<I32Exit>() {
        (HnErrorKind::Exit, format!("the guest ended itself with status {}", exit.0), exit.0)
    } else if let Some(own) = error.downcast_ref::<HnError>() {
        (own.kind, own.message.clone(), own.exit_status)
    } else if let Some(limit) = error.downcast_ref::<LimitReached>() {
        (HnErrorKind::Limit, limit.0.clone(), 0)
    } else if let Some(limit) = limit {
        (HnErrorKind::Limit, format!("{limit}\n{}", describe(&error)), 0)
    } else if let Some(FieldMapError::TooManyFields | FieldMapError::TotalSizeTooBig) =
        error.downcast_ref::<FieldMapError>()
    {
        let message = "field limit: the guest would have more HTTP fields, or larger ones \
                       (128 KiB together), than one head or trailer section may have";
        (HnErrorKind::Limit, message.to_string(), 0)
    } else if let Some(Trap::StackOverflow) = error.downcast_ref::<Trap>() {
        (HnErrorKind::Limit, "the guest's call stack is exhausted".to_string(), 0)
    } else if error.is::<wasmtime::PoolConcurrencyLimitError>() {
        (HnErrorKind::Internal, describe(&error), 0)
    } else {
        let description = describe(&error);
        let full = error.downcast_ref::<ResourceTableError>();
        if description.contains(HANDLE_LIMIT) || matches!(full, Some(ResourceTableError::Full)) {
            let message = format!(
                "handle limit: the call may have {max_handles} handles of resources at a time"
            );
            (HnErrorKind::Limit, message, 0)
        } else {
            (HnErrorKind::Trap, description, 0)
        }
    };
    HnError { kind, message, frames, exit_status }
}
