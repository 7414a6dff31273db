//! Errors, text and bytes at the C boundary: the Rust side of `hermes_native/error.h`.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

/// `hn_str`: borrowed UTF-8.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct HnStr {
    /// First byte; may be null when `size` is 0.
    pub data: *const u8,
    /// Bytes.
    pub size: usize,
}

/// `hn_bytes`: borrowed bytes.
pub type HnBytes = HnStr;

impl HnStr {
    /// Borrows Rust bytes.
    pub fn of(bytes: &[u8]) -> Self {
        HnStr { data: bytes.as_ptr(), size: bytes.len() }
    }

    /// The bytes behind it.
    ///
    /// # Safety
    /// `data` and `size` must describe memory that lives for `'a`.
    pub unsafe fn bytes<'a>(self) -> &'a [u8] {
        if self.size == 0 {
            return &[];
        }
        // SAFETY: the caller's contract.
        unsafe { std::slice::from_raw_parts(self.data, self.size) }
    }

    /// The text behind it.
    ///
    /// # Safety
    /// As for [`HnStr::bytes`].
    pub unsafe fn text<'a>(self) -> Result<&'a str, HnError> {
        // SAFETY: the caller's contract.
        std::str::from_utf8(unsafe { self.bytes() }).map_err(|error| {
            HnError::new(HnErrorKind::InvalidArgument, format!("text is not UTF-8: {error}"))
        })
    }
}

/// `hn_buffer`: bytes that the library gives away.
pub struct HnBuffer(Box<[u8]>);

impl HnBuffer {
    /// Moves bytes into a buffer for the caller.
    pub fn give(bytes: impl Into<Box<[u8]>>) -> *mut HnBuffer {
        Box::into_raw(Box::new(HnBuffer(bytes.into())))
    }
}

/// `hn_error_kind`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum HnErrorKind {
    InvalidArgument = 1,
    InvalidComponent = 2,
    Link = 3,
    Trap = 4,
    Limit = 5,
    Host = 6,
    Exit = 7,
    Panic = 8,
    Internal = 9,
}

/// `hn_error`.
#[derive(Debug)]
pub struct HnError {
    /// What callers act on.
    pub kind: HnErrorKind,
    /// What people read.
    pub message: String,
    /// The guest's backtrace, innermost first.
    pub frames: Vec<String>,
    /// Status of wasi:cli/exit.
    pub exit_status: i32,
}

impl HnError {
    /// An error without a backtrace.
    pub fn new(kind: HnErrorKind, message: impl Into<String>) -> Self {
        HnError { kind, message: message.into(), frames: Vec::new(), exit_status: 0 }
    }

    /// Moves it to the caller.
    pub fn give(self) -> *mut HnError {
        Box::into_raw(Box::new(self))
    }

    /// Takes an error back that a callback made with `hn_error_new`; null is no error.
    ///
    /// # Safety
    /// `error` is null or came from [`HnError::give`] and is not used again.
    pub unsafe fn take(error: *mut HnError) -> Result<(), HnError> {
        if error.is_null() {
            return Ok(());
        }
        // SAFETY: the caller's contract.
        Err(*unsafe { Box::from_raw(error) })
    }
}

impl fmt::Display for HnError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for HnError {}

fn panic_text(payload: &(dyn Any + Send)) -> String {
    let text = payload
        .downcast_ref::<&str>()
        .map(|text| text.to_string())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "without a message".to_string());
    format!("the native library panicked: {text}")
}

/// Runs the body of a C function: errors and panics become an `hn_error*`.
pub fn guard(body: impl FnOnce() -> Result<(), HnError>) -> *mut HnError {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => ptr::null_mut(),
        Ok(Err(error)) => error.give(),
        Err(payload) => HnError::new(HnErrorKind::Panic, panic_text(&*payload)).give(),
    }
}

/// Runs the body of a C function that has nowhere to report to, such as a delete. A panic there is a defect that must
/// not unwind into C.
pub fn guard_infallible<R>(body: impl FnOnce() -> R) -> R {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(value) => value,
        Err(payload) => {
            eprintln!("{}", panic_text(&*payload));
            std::process::abort();
        }
    }
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_buffer_bytes(buffer: *const HnBuffer) -> HnBytes {
    // SAFETY: the caller passes a live buffer.
    HnBytes::of(unsafe { &(*buffer).0 })
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_buffer_delete(buffer: *mut HnBuffer) {
    if !buffer.is_null() {
        // SAFETY: the caller gives up its buffer.
        drop(unsafe { Box::from_raw(buffer) });
    }
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_error_new(kind: HnErrorKind, message: HnStr) -> *mut HnError {
    // SAFETY: `message` is valid for the call.
    let message = String::from_utf8_lossy(unsafe { message.bytes() }).into_owned();
    HnError::new(kind, message).give()
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_error_get_kind(error: *const HnError) -> HnErrorKind {
    // SAFETY: the caller passes a live error.
    unsafe { (*error).kind }
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_error_message(error: *const HnError) -> HnStr {
    // SAFETY: the caller passes a live error.
    HnStr::of(unsafe { (*error).message.as_bytes() })
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_error_frame_count(error: *const HnError) -> usize {
    // SAFETY: the caller passes a live error.
    unsafe { (*error).frames.len() }
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_error_frame(error: *const HnError, index: usize) -> HnStr {
    // SAFETY: the caller passes a live error.
    let frames = unsafe { &(*error).frames };
    HnStr::of(frames.get(index).map_or(&[], |frame| frame.as_bytes()))
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_error_exit_status(error: *const HnError) -> i32 {
    // SAFETY: the caller passes a live error.
    unsafe { (*error).exit_status }
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_error_delete(error: *mut HnError) {
    if !error.is_null() {
        // SAFETY: the caller gives up its error.
        drop(unsafe { Box::from_raw(error) });
    }
}
