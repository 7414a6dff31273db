//! What a store holds: the data of one call.

use super::abi::HnOutputFn;
use super::failure::LimitReached;
use super::host_function::HostResult;
use super::wasi::WasiState;
use std::ffi::c_void;
use std::ptr::NonNull;
use wasmtime::ResourceLimiter;

/// Bytes that one table element costs.
const TABLE_ELEMENT_BYTES: usize = 8;

/// One bound for all memories and tables of a call together.
pub struct CallLimits {
    /// Bytes that may be used.
    pub max_memory_bytes: u64,
    /// Bytes in use. Instances of a call are never freed before it ends, so this only grows.
    pub used_bytes: u64,
    /// The first refusal, for the message.
    pub reached: Option<String>,
}

impl CallLimits {
    fn admit(&mut self, what: &str, current: usize, desired: usize) -> bool {
        let grown = desired.saturating_sub(current) as u64;
        let wanted = self.used_bytes.saturating_add(grown);
        if wanted > self.max_memory_bytes {
            if self.reached.is_none() {
                self.reached = Some(format!(
                    "memory limit: the guest's {what} would need {wanted} bytes in all, {} are allowed",
                    self.max_memory_bytes
                ));
            }
            return false;
        }
        self.used_bytes = wanted;
        true
    }
}

impl ResourceLimiter for CallLimits {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(self.admit("linear memory", current, desired))
    }

    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        if self.reached.is_none() {
            self.reached = Some(format!("memory limit: {error}"));
        }
        Ok(())
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let bytes = |elements: usize| elements.saturating_mul(TABLE_ELEMENT_BYTES);
        Ok(self.admit("table", bytes(current), bytes(desired)))
    }

    fn table_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        if self.reached.is_none() {
            self.reached = Some(format!("table limit: {error}"));
        }
        Ok(())
    }
}

/// The data of a store.
pub struct CallState {
    /// Handed to every callback.
    pub context: *mut c_void,
    /// Where the guest's output goes.
    pub output: Option<HnOutputFn>,
    /// See [`CallLimits`].
    pub limits: CallLimits,
    /// Entries of WASI's resource table.
    pub max_handles: u32,
    /// What the application may see through WASI. Lives as long as the state (wasm.h).
    pub wasi_config: Option<NonNull<super::wasi::WasiConfig>>,
    /// WASI's state, once the guest has used it.
    pub wasi: Option<Box<WasiState>>,
    /// What the last host function returned, until it is written.
    pub host_result: HostResult,
}

// SAFETY: `context` is used by one thread at a time: the one that polls or closes the call (wasm.h, "Threads"); what
// WASI shows does not change while there are calls.
unsafe impl Send for CallState {}
unsafe impl Sync for CallState {}

/// The error of a limit that a host service found.
pub fn limit(message: String) -> wasmtime::Error {
    wasmtime::Error::new(LimitReached(message))
}
