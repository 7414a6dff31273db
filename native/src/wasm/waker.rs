//! The caller's wakers as wakers of futures.

use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;
use std::task::{RawWaker, RawWakerVTable, Waker};

/// `hn_waker`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct HnWaker {
    pub(crate) data: *mut c_void,
    pub(crate) retain: unsafe extern "C" fn(*mut c_void),
    pub(crate) release: unsafe extern "C" fn(*mut c_void),
    pub(crate) wake: unsafe extern "C" fn(*mut c_void),
}

// SAFETY: the caller promises that its functions may be called from any thread.
unsafe impl Send for HnWaker {}
unsafe impl Sync for HnWaker {}

impl HnWaker {
    /// Wakes nobody: of a call that is not open.
    pub(crate) const NONE: HnWaker = {
        unsafe extern "C" fn nothing(_: *mut c_void) {}
        HnWaker { data: ptr::null_mut(), retain: nothing, release: nothing, wake: nothing }
    };

    /// Takes a reference of its own, to keep anywhere.
    pub(crate) fn keep(self) -> Waker {
        // SAFETY: whoever passes it has a reference.
        unsafe { (self.retain)(self.data) };
        Waker::from(Arc::new(KeptWaker(self)))
    }

    /// Without a reference of its own, until it is cloned.
    ///
    /// # Safety
    /// What is returned must be dropped before this goes or moves.
    pub(crate) unsafe fn borrow(&self) -> Waker {
        // SAFETY: the functions fit the data, which lives as long as the waker: the caller's contract.
        unsafe { Waker::from_raw(RawWaker::new((&raw const *self).cast(), &BORROWED)) }
    }
}

/// A reference to the caller's waker that something outside the call keeps, such as a timer.
struct KeptWaker(HnWaker);

impl Drop for KeptWaker {
    fn drop(&mut self) {
        // SAFETY: the reference that was taken when this was made.
        unsafe { (self.0.release)(self.0.data) };
    }
}

impl std::task::Wake for KeptWaker {
    fn wake(self: Arc<Self>) {
        // SAFETY: the reference is held.
        unsafe { (self.0.wake)(self.0.data) };
    }
}

/// The waker that lives as long as a poll: it borrows the call's `HnWaker`, and allocates only when it is cloned.
static BORROWED: RawWakerVTable = RawWakerVTable::new(
    |data| {
        // SAFETY: `data` is the `HnWaker` of the call that is being polled.
        let waker = unsafe { *data.cast::<HnWaker>() };
        let kept = std::mem::ManuallyDrop::new(waker.keep());
        RawWaker::new(kept.data(), kept.vtable())
    },
    wake_borrowed,
    wake_borrowed,
    |_| {},
);

fn wake_borrowed(data: *const ()) {
    // SAFETY: as above.
    let waker = unsafe { *data.cast::<HnWaker>() };
    unsafe { (waker.wake)(waker.data) };
}
