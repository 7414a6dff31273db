//! Host functions: Wasmtime's typed API, driven with types that stand for any parameters and any result. Nothing is
//! lifted or lowered here but handles; the C callbacks do the rest on guest memory.
//!
//! `ComponentType`, `Lift` and `Lower` are implemented through items that Wasmtime keeps to itself
//! (`component::__internal`); with `invoke.rs` this is the only place. The types accept every signature (`typecheck` is
//! empty): `pre.rs` compares signatures once, when a component is linked, and that is what makes this sound.

use super::abi::*;
use super::handles;
use super::state::CallState;
use crate::error::{HnError, HnErrorKind};
use smallvec::SmallVec;
use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::task::Poll;
use wasmtime::component::__internal::{
    CanonicalAbiInfo, InstanceType, InterfaceType, LiftContext, LowerContext,
};
use wasmtime::component::{ComponentNamedList, ComponentType, Lift, LinkerInstance, Lower};
use wasmtime::{Error, Result, StoreContextMut, ValRaw};

/// Counts that make Wasmtime take the path we want; sizes are not used.
pub const fn abi(flat: u8) -> CanonicalAbiInfo {
    CanonicalAbiInfo { size32: 0, align32: 1, size64: 0, align64: 1, flat_count: Some(flat) }
}

/// Parameters of a host function: `N` flat values, or an offset in memory. `H`: some are handles.
pub struct Parameters<const N: usize, const H: bool> {
    flat: [ValRaw; N],
    offset: u32,
    encoding: u32,
    memory: *mut u8,
    memory_size: usize,
    handles: Vec<u32>,
}

// SAFETY: the pointer is to the memory of the store that the host function runs in, and is used only while it does.
unsafe impl<const N: usize, const H: bool> Send for Parameters<N, H> {}
unsafe impl<const N: usize, const H: bool> Sync for Parameters<N, H> {}

impl<const N: usize, const H: bool> Parameters<N, H> {
    fn new(cx: &LiftContext<'_>, flat: [ValRaw; N], offset: u32) -> Self {
        let memory = cx.memory();
        Parameters {
            flat,
            offset,
            encoding: encoding(cx.options().string_encoding),
            memory: memory.as_ptr().cast_mut(),
            memory_size: memory.len(),
            handles: Vec::new(),
        }
    }

    fn lifted(&self) -> HnLifted {
        HnLifted {
            flat: if N == 0 { std::ptr::null() } else { self.flat.as_ptr() },
            offset: self.offset,
            encoding: self.encoding,
            memory: self.memory,
            memory_size: self.memory_size,
            handles: self.handles.as_ptr(),
            handle_count: self.handles.len(),
        }
    }
}

/// Takes a handle of a host resource out of, or borrows it from, the guest's table.
fn lift_host_handle(
    handles: &mut Vec<u32>,
    cx: &mut LiftContext<'_>,
    ty: InterfaceType,
    handle: u32,
) -> Result<()> {
    if handles.len() >= handles::MAX_HANDLES_PER_VALUE {
        return Err(super::state::limit(format!(
            "more than {} handles in one value",
            handles::MAX_HANDLES_PER_VALUE
        )));
    }
    handles.push(match ty {
        InterfaceType::Own(table) => cx.guest_resource_lift_own(table, handle)?.0,
        InterfaceType::Borrow(table) => cx.guest_resource_lift_borrow(table, handle)?,
        _ => unreachable!("the walk visits own and borrow only"),
    });
    Ok(())
}

// SAFETY: see the module's comment; `Lower` is an array of raw values as Wasmtime requires.
unsafe impl<const N: usize, const H: bool> ComponentType for Parameters<N, H> {
    type Lower = [ValRaw; N];
    const ABI: CanonicalAbiInfo = abi(0);
    fn typecheck(_: &InterfaceType, _: &InstanceType<'_>) -> Result<()> {
        Ok(())
    }
}

// SAFETY: as above.
unsafe impl<const N: usize, const H: bool> ComponentNamedList for Parameters<N, H> {}

// SAFETY: as above.
unsafe impl<const N: usize, const H: bool> Lift for Parameters<N, H> {
    #[inline]
    fn linear_lift_from_flat(
        cx: &mut LiftContext<'_>,
        ty: InterfaceType,
        source: &Self::Lower,
    ) -> Result<Self> {
        let mut parameters = Parameters::new(cx, *source, 0);
        if H {
            let mut flat = &source[..];
            handles::lift_flat(cx, ty, &mut flat, &mut |cx, ty, handle| {
                lift_host_handle(&mut parameters.handles, cx, ty, handle)
            })?;
        }
        Ok(parameters)
    }

    fn linear_lift_from_memory(
        cx: &mut LiftContext<'_>,
        ty: InterfaceType,
        bytes: &[u8],
    ) -> Result<Self> {
        // `bytes` is empty (SIZE32 is 0), but starts where the parameters start.
        let offset = (bytes.as_ptr() as usize - cx.memory().as_ptr() as usize) as u32;
        let mut parameters = Parameters::new(cx, [ValRaw::u64(0); N], offset);
        if H {
            handles::lift_memory(cx, ty, offset, &mut |cx, ty, handle| {
                lift_host_handle(&mut parameters.handles, cx, ty, handle)
            })?;
        }
        Ok(parameters)
    }
}

/// Result of a host function: what C++ needs from the guest, and how it writes. `R`: flat results, 0 or 1.
pub struct HostReturn<const R: usize> {
    env: *mut c_void,
    context: *mut c_void,
    write: HnWriteFn,
    lowering: HnLowering,
}

// SAFETY: used on the thread that polls the call.
unsafe impl<const R: usize> Send for HostReturn<R> {}
unsafe impl<const R: usize> Sync for HostReturn<R> {}

// SAFETY: see the module's comment.
unsafe impl<const R: usize> ComponentType for HostReturn<R> {
    type Lower = [ValRaw; R];
    const ABI: CanonicalAbiInfo = abi(0);
    fn typecheck(_: &InterfaceType, _: &InstanceType<'_>) -> Result<()> {
        Ok(())
    }
}

// SAFETY: as above.
unsafe impl<const R: usize> ComponentNamedList for HostReturn<R> {}

/// Allocates in the guest what a value needs.
pub fn allocate<T>(
    cx: &mut LowerContext<'_, T>,
    lowering: &HnLowering,
) -> Result<SmallVec<[u32; 8]>> {
    let mut pointers = SmallVec::new();
    // SAFETY: a callback has just filled it.
    for block in unsafe { lowering.allocations() } {
        pointers.push(cx.realloc(0, 0, block.alignment, block.size as usize)? as u32);
    }
    Ok(pointers)
}

impl<const R: usize> HostReturn<R> {
    fn prepare<T>(
        &self,
        cx: &mut LowerContext<'_, T>,
        ty: InterfaceType,
    ) -> Result<SmallVec<[u32; 8]>> {
        // SAFETY: a callback has just filled it.
        for handle in unsafe { self.lowering.handles() } {
            handle.value = match handles::type_at(cx.types, ty, handle.position)? {
                InterfaceType::Own(table) => cx.guest_resource_lower_own(table, handle.value)?,
                InterfaceType::Borrow(table) => {
                    cx.guest_resource_lower_borrow(table, handle.value)?
                }
                _ => unreachable!("positions are of own and borrow"),
            };
        }
        allocate(cx, &self.lowering)
    }
}

// SAFETY: as above.
unsafe impl<const R: usize> Lower for HostReturn<R> {
    #[inline]
    fn linear_lower_to_flat<T>(
        &self,
        cx: &mut LowerContext<'_, T>,
        ty: InterfaceType,
        destination: &mut MaybeUninit<Self::Lower>,
    ) -> Result<()> {
        if R == 0 {
            return Ok(());
        }
        let pointers = self.prepare(cx, ty)?;
        let memory = cx.as_slice_mut();
        let target = HnTarget {
            flat: destination.as_mut_ptr().cast(),
            offset: 0,
            memory: memory.as_mut_ptr(),
            memory_size: memory.len(),
            pointers: pointers.as_ptr(),
            handles: self.lowering.handles,
        };
        // SAFETY: the contract of hn_host_write_fn.
        unsafe { (self.write)(self.env, self.context, &target) };
        Ok(())
    }

    fn linear_lower_to_memory<T>(
        &self,
        cx: &mut LowerContext<'_, T>,
        ty: InterfaceType,
        offset: usize,
    ) -> Result<()> {
        let pointers = self.prepare(cx, ty)?;
        let memory = cx.as_slice_mut();
        let target = HnTarget {
            flat: std::ptr::null_mut(),
            offset: offset as u32,
            memory: memory.as_mut_ptr(),
            memory_size: memory.len(),
            pointers: pointers.as_ptr(),
            handles: self.lowering.handles,
        };
        // SAFETY: the contract of hn_host_write_fn.
        unsafe { (self.write)(self.env, self.context, &target) };
        Ok(())
    }
}

/// The callbacks of one host function.
#[derive(Clone, Copy)]
pub struct Callbacks {
    env: *mut c_void,
    call: HnHostCallFn,
    resume: Option<HnHostResumeFn>,
    write: HnWriteFn,
}

// SAFETY: the caller promises that `env` may be used from any thread (wasm.h, "Threads").
unsafe impl Send for Callbacks {}
unsafe impl Sync for Callbacks {}

/// The error behind a callback's `trap`.
///
/// # Safety
/// `trap` was filled by a callback.
unsafe fn trap_error(trap: *mut HnError) -> Error {
    // SAFETY: the caller's contract.
    match unsafe { HnError::take(trap) } {
        Err(error) => Error::new(error),
        Ok(()) => Error::new(HnError::new(
            HnErrorKind::Host,
            "the host function stopped the guest without a reason",
        )),
    }
}

enum Step<const R: usize> {
    Done(HostReturn<R>),
    Pending,
}

impl Callbacks {
    fn step<const R: usize>(
        &self,
        context: *mut c_void,
        run: impl FnOnce(*mut HnLowering, *mut *mut HnError) -> i32,
    ) -> Result<Step<R>> {
        let mut lowering = HnLowering::NONE;
        let mut trap = std::ptr::null_mut();
        match run(&mut lowering, &mut trap) {
            HOST_DONE => {
                Ok(Step::Done(HostReturn { env: self.env, context, write: self.write, lowering }))
            }
            HOST_PENDING => Ok(Step::Pending),
            // SAFETY: the callback filled `trap`.
            HOST_TRAP => Err(unsafe { trap_error(trap) }),
            status => Err(Error::new(HnError::new(
                HnErrorKind::Internal,
                format!("a host function answered with the unknown status {status}"),
            ))),
        }
    }

    #[inline]
    fn call<const N: usize, const H: bool, const R: usize>(
        &self,
        context: *mut c_void,
        parameters: &Parameters<N, H>,
    ) -> Result<Step<R>> {
        let lifted = parameters.lifted();
        // SAFETY: the contract of hn_host_call_fn.
        self.step(context, |lowering, trap| unsafe {
            (self.call)(self.env, context, &lifted, lowering, trap)
        })
    }

    fn resume<const R: usize>(&self, context: *mut c_void, encoding: u32) -> Result<Step<R>> {
        let Some(resume) = self.resume else { return Ok(Step::Pending) };
        // SAFETY: the contract of hn_host_resume_fn.
        self.step(context, |lowering, trap| unsafe {
            resume(self.env, context, encoding, lowering, trap)
        })
    }
}

/// A context pointer inside a future; see [`CallState`] on threads.
#[derive(Clone, Copy)]
struct Context(*mut c_void);
// SAFETY: used on the thread that polls the call.
unsafe impl Send for Context {}
unsafe impl Sync for Context {}

fn define_sync<const N: usize, const H: bool, const R: usize>(
    instance: &mut LinkerInstance<'_, CallState>,
    name: &str,
    callbacks: Callbacks,
) -> Result<()> {
    instance.func_wrap(
        name,
        move |store: StoreContextMut<'_, CallState>, parameters: Parameters<N, H>| match callbacks
            .call::<N, H, R>(
            store.data().context,
            &parameters,
        )? {
            Step::Done(result) => Ok(result),
            Step::Pending => Err(Error::new(HnError::new(
                HnErrorKind::Internal,
                "a host function that does not suspend answered that it is pending",
            ))),
        },
    )
}

fn define_suspending<const N: usize, const H: bool, const R: usize>(
    instance: &mut LinkerInstance<'_, CallState>,
    name: &str,
    callbacks: Callbacks,
) -> Result<()> {
    instance.func_wrap_async(
        name,
        move |store: StoreContextMut<'_, CallState>, parameters: Parameters<N, H>| {
            let context = Context(store.data().context);
            Box::new(async move {
                // The whole wrappers are captured, not their fields.
                let (context, parameters) = (context, parameters);
                let mut first = true;
                std::future::poll_fn(move |_| {
                    let step = if first {
                        first = false;
                        callbacks.call::<N, H, R>(context_of(&context), &parameters)
                    } else {
                        callbacks.resume::<R>(context_of(&context), parameters.encoding)
                    };
                    match step {
                        Ok(Step::Done(result)) => Poll::Ready(Ok(result)),
                        // The host wakes the call when it can go on.
                        Ok(Step::Pending) => Poll::Pending,
                        Err(error) => Poll::Ready(Err(error)),
                    }
                })
                .await
            })
        },
    )
}

fn context_of(context: &Context) -> *mut c_void {
    context.0
}

fn define_with<const N: usize>(
    instance: &mut LinkerInstance<'_, CallState>,
    name: &str,
    callbacks: Callbacks,
    flags: u32,
    flat_results: u32,
) -> Result<()> {
    // A result in memory uses linear_lower_to_memory, whatever R is.
    let suspends = flags & SUSPENDS != 0;
    let has_handles = flags & PARAMETERS_HAVE_HANDLES != 0;
    match (suspends, has_handles, flat_results) {
        (false, false, 0) => define_sync::<N, false, 0>(instance, name, callbacks),
        (false, false, _) => define_sync::<N, false, 1>(instance, name, callbacks),
        (false, true, 0) => define_sync::<N, true, 0>(instance, name, callbacks),
        (false, true, _) => define_sync::<N, true, 1>(instance, name, callbacks),
        (true, _, 0) => define_suspending::<N, true, 0>(instance, name, callbacks),
        (true, _, _) => define_suspending::<N, true, 1>(instance, name, callbacks),
    }
}

/// Defines a host function in an instance of a linker.
pub fn define(
    instance: &mut LinkerInstance<'_, CallState>,
    name: &str,
    function: &HnHostFunction,
) -> Result<()> {
    let callbacks = Callbacks {
        env: function.env,
        call: function.call,
        resume: function.resume,
        write: function.write,
    };
    let (flags, results) = (function.flags, function.flat_results);
    macro_rules! define {
        ($($count:literal)*) => {
            match function.flat_parameters {
                $($count => define_with::<$count>(instance, name, callbacks, flags, results),)*
                // In memory: lifted from there, whatever N is.
                _ => define_with::<1>(instance, name, callbacks, flags, results),
            }
        };
    }
    define!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16)
}
