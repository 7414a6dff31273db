//! The C types through which values of the component model pass: the Rust side of "values that cross" in
//! `hermes_native/wasm.h`.

use crate::error::{HnBytes, HnError, HnStr};
use std::ffi::c_void;
use wasmtime::ValRaw;
use wasmtime::component::__internal::wasmtime_environ::component::StringEncoding;

/// `HN_IN_MEMORY`.
pub const IN_MEMORY: u32 = u32::MAX;
/// `HN_PARAMETERS_HAVE_HANDLES`.
pub const PARAMETERS_HAVE_HANDLES: u32 = 1;
/// `HN_RESULT_HAS_HANDLES`.
pub const RESULT_HAS_HANDLES: u32 = 2;
/// `HN_SUSPENDS`.
pub const SUSPENDS: u32 = 4;

/// `hn_val`. Wasmtime's raw value has the same size and byte order on the little-endian hosts that are supported.
pub type HnVal = ValRaw;
const _: () = assert!(size_of::<ValRaw>() == 16 && cfg!(target_endian = "little"));

/// `hn_string_encoding`.
pub fn encoding(encoding: StringEncoding) -> u32 {
    match encoding {
        StringEncoding::Utf8 => 0,
        StringEncoding::Utf16 => 1,
        StringEncoding::CompactUtf16 => 2,
    }
}

/// `hn_lifted`.
#[repr(C)]
pub struct HnLifted {
    pub flat: *const HnVal,
    pub offset: u32,
    pub encoding: u32,
    pub memory: *mut u8,
    pub memory_size: usize,
    pub handles: *const u32,
    pub handle_count: usize,
}

/// `hn_allocation`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct HnAllocation {
    pub size: u32,
    pub alignment: u32,
}

/// `hn_handle`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct HnHandle {
    pub position: u32,
    pub value: u32,
}

/// `hn_lowering`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct HnLowering {
    pub allocations: *const HnAllocation,
    pub allocation_count: usize,
    pub handles: *mut HnHandle,
    pub handle_count: usize,
}

impl HnLowering {
    /// Nothing is needed.
    pub const NONE: HnLowering = HnLowering {
        allocations: std::ptr::null(),
        allocation_count: 0,
        handles: std::ptr::null_mut(),
        handle_count: 0,
    };

    /// The blocks to allocate.
    ///
    /// # Safety
    /// A callback filled this, and the value it describes has not been written yet.
    pub unsafe fn allocations<'a>(&self) -> &'a [HnAllocation] {
        if self.allocation_count == 0 {
            return &[];
        }
        // SAFETY: the contract of hn_lowering.
        unsafe { std::slice::from_raw_parts(self.allocations, self.allocation_count) }
    }

    /// The handles to fill in.
    ///
    /// # Safety
    /// As for [`HnLowering::allocations`].
    pub unsafe fn handles<'a>(&self) -> &'a mut [HnHandle] {
        if self.handle_count == 0 {
            return &mut [];
        }
        // SAFETY: the contract of hn_lowering.
        unsafe { std::slice::from_raw_parts_mut(self.handles, self.handle_count) }
    }
}

/// `hn_target`.
#[repr(C)]
pub struct HnTarget {
    pub flat: *mut HnVal,
    pub offset: u32,
    pub memory: *mut u8,
    pub memory_size: usize,
    pub pointers: *const u32,
    pub handles: *const HnHandle,
}

/// `hn_host_status`.
pub const HOST_DONE: i32 = 0;
/// The guest must stop.
pub const HOST_TRAP: i32 = 1;
/// The function goes on elsewhere.
pub const HOST_PENDING: i32 = 2;

/// `hn_host_call_fn`.
pub type HnHostCallFn = unsafe extern "C" fn(
    *mut c_void,
    *mut c_void,
    *const HnLifted,
    *mut HnLowering,
    *mut *mut HnError,
) -> i32;
/// `hn_host_resume_fn`.
pub type HnHostResumeFn =
    unsafe extern "C" fn(*mut c_void, *mut c_void, u32, *mut HnLowering, *mut *mut HnError) -> i32;
/// `hn_host_write_fn`, and the write of `hn_export_callbacks`.
pub type HnWriteFn = unsafe extern "C" fn(*mut c_void, *mut c_void, *const HnTarget);
/// `hn_resource_drop_fn`.
pub type HnResourceDropFn = unsafe extern "C" fn(*mut c_void, *mut c_void, u32) -> *mut HnError;
/// `hn_output_fn`.
pub type HnOutputFn = unsafe extern "C" fn(*mut c_void, i32, HnBytes);

/// `hn_host_function`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct HnHostFunction {
    pub interface_name: HnStr,
    pub name: HnStr,
    pub signature: HnStr,
    pub flat_parameters: u32,
    pub flat_results: u32,
    pub flags: u32,
    pub env: *mut c_void,
    pub call: HnHostCallFn,
    pub resume: Option<HnHostResumeFn>,
    pub write: HnWriteFn,
}

/// `hn_export_type`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct HnExportType {
    pub signature: HnStr,
    pub flat_parameters: u32,
    pub parameters_size: u32,
    pub parameters_alignment: u32,
    pub flat_results: u32,
    pub result_size: u32,
    pub result_alignment: u32,
    pub flags: u32,
}

impl HnExportType {
    /// Of a function that is not called through values on guest memory.
    pub const NONE: HnExportType = HnExportType {
        signature: HnStr { data: std::ptr::null(), size: 0 },
        flat_parameters: 0,
        parameters_size: 0,
        parameters_alignment: 1,
        flat_results: 0,
        result_size: 0,
        result_alignment: 1,
        flags: 0,
    };
}

/// `hn_export_callbacks`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct HnExportCallbacks {
    pub env: *mut c_void,
    pub measure: Option<
        unsafe extern "C" fn(*mut c_void, *mut c_void, u32, *mut HnLowering) -> *mut HnError,
    >,
    pub write: HnWriteFn,
    pub lift: unsafe extern "C" fn(*mut c_void, *mut c_void, *const HnLifted) -> *mut HnError,
}
