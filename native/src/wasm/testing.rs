//! What `hermes-native-testing` needs of the objects behind the C handles: its oracle gives and takes Wasmtime's dynamic
//! values where the engine goes through callbacks. Not for anything else.

use super::host_function::HostResult;
use super::linker::HnLinker;
use super::pre::HnPre;
use super::state::{CallLimits, CallState};
use std::ffi::c_void;
use wasmtime::component::{InstancePre, Linker};

/// The pre-instance behind a `hn_pre`.
///
/// # Safety
/// `pre` is a live `hn_pre`.
pub unsafe fn instance_pre(pre: *const c_void) -> InstancePre<CallState> {
    // SAFETY: the caller's contract.
    unsafe { (&*pre.cast::<HnPre>()).0.pre.clone() }
}

/// The linker behind a `hn_linker`.
///
/// # Safety
/// `linker` is a live `hn_linker` that nothing else uses meanwhile.
pub unsafe fn linker<'a>(linker: *mut c_void) -> &'a mut Linker<CallState> {
    // SAFETY: the caller's contract.
    unsafe { &mut (*linker.cast::<HnLinker>()).linker }
}

/// Notes that the caller has defined functions of `interface` in the linker itself.
///
/// # Safety
/// As for [`linker`].
pub unsafe fn interface_defined(linker: *mut c_void, interface: &str) {
    // SAFETY: the caller's contract.
    unsafe { (&mut *linker.cast::<HnLinker>()).add_interface(interface) }
}

/// The component behind a `hn_component`.
///
/// # Safety
/// `component` is a live `hn_component`.
pub unsafe fn component(component: *const c_void) -> wasmtime::component::Component {
    // SAFETY: the caller's contract.
    unsafe { (&*component.cast::<super::component::HnComponent>()).component.clone() }
}

/// The state of a call that has no limits, WASI or output.
pub fn call_state(context: *mut c_void) -> CallState {
    CallState {
        context,
        output: None,
        limits: CallLimits { max_memory_bytes: u64::MAX, used_bytes: 0, reached: None },
        max_handles: u32::MAX,
        wasi_config: None,
        wasi: None,
        host_result: HostResult::NONE,
    }
}
