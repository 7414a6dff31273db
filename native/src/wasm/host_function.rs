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
use std::cell::{RefCell, UnsafeCell};
use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::ptr::NonNull;
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

/// Parameters of a host function: `N` flat values, or an offset in memory. `H`: some are handles. Wasmtime moves what is
/// lifted several times, and each move of a struct costs more than filling it: this one is a single pointer, to a place
/// of this thread. The callback runs right after lifting, before anything else can be lifted here; the flat values stay
/// where Wasmtime has them until then.
pub struct Parameters<const N: usize, const H: bool>(NonNull<HnLifted>);

// SAFETY: used on the thread that lifted it, before it lifts anything else.
unsafe impl<const N: usize, const H: bool> Send for Parameters<N, H> {}
unsafe impl<const N: usize, const H: bool> Sync for Parameters<N, H> {}

thread_local! {
    /// What [`Parameters`] points to.
    static LIFTED: UnsafeCell<HnLifted> = const {
        UnsafeCell::new(HnLifted {
            flat: std::ptr::null(),
            offset: 0,
            encoding: 0,
            memory: std::ptr::null_mut(),
            memory_size: 0,
            handles: std::ptr::null(),
            handle_count: 0,
        })
    };
    /// The handles in it.
    static LIFTED_HANDLES: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
}

impl<const N: usize, const H: bool> Parameters<N, H> {
    #[inline]
    fn lifted(&self) -> &HnLifted {
        // SAFETY: of this thread, and nothing is lifted before the callback has run.
        unsafe { self.0.as_ref() }
    }

    #[inline]
    fn new(
        cx: &LiftContext<'_>,
        flat: *const ValRaw,
        offset: u32,
        handles: (*const u32, usize),
    ) -> Self {
        let memory = cx.memory();
        let place = LIFTED.with(UnsafeCell::get);
        // SAFETY: of this thread, and nobody holds a reference to it.
        unsafe {
            (*place).flat = flat;
            (*place).offset = offset;
            (*place).encoding = encoding(cx.options().string_encoding);
            (*place).memory = memory.as_ptr().cast_mut();
            (*place).memory_size = memory.len();
            (*place).handles = handles.0;
            (*place).handle_count = handles.1;
            Parameters(NonNull::new_unchecked(place))
        }
    }

    /// Lets `walk` find the handles, and keeps them where they stay until the callback has run.
    #[inline]
    fn handles(walk: impl FnOnce(&mut Vec<u32>) -> Result<()>) -> Result<(*const u32, usize)> {
        if !H {
            return Ok((std::ptr::null(), 0));
        }
        LIFTED_HANDLES.with_borrow_mut(|handles| {
            handles.clear();
            walk(handles)?;
            Ok((handles.as_ptr(), handles.len()))
        })
    }
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
        let handles = Self::handles(|handles| {
            let mut flat = &source[..];
            handles::lift_flat(cx, ty, &mut flat, &mut |cx, ty, handle| {
                lift_host_handle(handles, cx, ty, handle)
            })
        })?;
        let flat = if N == 0 { std::ptr::null() } else { source.as_ptr() };
        Ok(Self::new(cx, flat, 0, handles))
    }

    #[inline]
    fn linear_lift_from_memory(
        cx: &mut LiftContext<'_>,
        ty: InterfaceType,
        bytes: &[u8],
    ) -> Result<Self> {
        // `bytes` is empty (SIZE32 is 0), but starts where the parameters start.
        let offset = (bytes.as_ptr() as usize - cx.memory().as_ptr() as usize) as u32;
        let handles = Self::handles(|handles| {
            handles::lift_memory(cx, ty, offset, &mut |cx, ty, handle| {
                lift_host_handle(handles, cx, ty, handle)
            })
        })?;
        Ok(Self::new(cx, std::ptr::null(), offset, handles))
    }
}

/// The result of the host function that has just run: what C++ needs from the guest, and how it writes. Part of the
/// state of a call, so that what Wasmtime moves around is a pointer to it.
pub struct HostResult {
    env: *mut c_void,
    context: *mut c_void,
    write: Option<HnWriteFn>,
    lowering: HnLowering,
}

impl HostResult {
    /// Before the first host function has run.
    pub const NONE: HostResult = HostResult {
        env: std::ptr::null_mut(),
        context: std::ptr::null_mut(),
        write: None,
        lowering: HnLowering::NONE,
    };

    #[inline]
    fn write(&self, target: &HnTarget) {
        if let Some(write) = self.write {
            // SAFETY: the contract of hn_host_write_fn.
            unsafe { write(self.env, self.context, target) };
        }
    }
}

/// Points to the result of a host function, in the state of its call. `R`: flat results, 0 or 1.
pub struct HostReturn<const R: usize>(NonNull<HostResult>);

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

/// Blocks that are kept without a heap allocation.
const INLINE_BLOCKS: usize = 8;

/// Allocates in the guest what a value needs, and gives the addresses to `then`.
#[inline]
pub fn with_allocations<T>(
    cx: &mut LowerContext<'_, T>,
    lowering: &HnLowering,
    then: impl FnOnce(&mut LowerContext<'_, T>, *const u32),
) -> Result<()> {
    // SAFETY: a callback has just filled it.
    let blocks = unsafe { lowering.allocations() };
    let mut few = [0u32; INLINE_BLOCKS];
    let mut many = Vec::new();
    let pointers = if blocks.len() <= INLINE_BLOCKS {
        &mut few[..blocks.len()]
    } else {
        many.resize(blocks.len(), 0);
        &mut many[..]
    };
    for (pointer, block) in pointers.iter_mut().zip(blocks) {
        *pointer = cx.realloc(0, 0, block.alignment, block.size as usize)? as u32;
    }
    then(cx, pointers.as_ptr());
    Ok(())
}

impl<const R: usize> HostReturn<R> {
    #[inline]
    fn prepare<T>(
        &self,
        cx: &mut LowerContext<'_, T>,
        ty: InterfaceType,
        then: impl FnOnce(&mut LowerContext<'_, T>, &HostResult, *const u32),
    ) -> Result<()> {
        // SAFETY: in the state of the call that lowers now; the guest's realloc cannot call host functions.
        let result = unsafe { self.0.as_ref() };
        // SAFETY: a callback has just filled it.
        for handle in unsafe { result.lowering.handles() } {
            handle.value = match handles::type_at(cx.types, ty, handle.position)? {
                InterfaceType::Own(table) => cx.guest_resource_lower_own(table, handle.value)?,
                InterfaceType::Borrow(table) => {
                    cx.guest_resource_lower_borrow(table, handle.value)?
                }
                _ => unreachable!("positions are of own and borrow"),
            };
        }
        with_allocations(cx, &result.lowering, |cx, pointers| then(cx, result, pointers))
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
        self.prepare(cx, ty, |cx, result, pointers| {
            let memory = cx.as_slice_mut();
            result.write(&HnTarget {
                flat: destination.as_mut_ptr().cast(),
                offset: 0,
                memory: memory.as_mut_ptr(),
                memory_size: memory.len(),
                pointers,
                handles: result.lowering.handles,
            });
        })
    }

    #[inline]
    fn linear_lower_to_memory<T>(
        &self,
        cx: &mut LowerContext<'_, T>,
        ty: InterfaceType,
        offset: usize,
    ) -> Result<()> {
        self.prepare(cx, ty, |cx, result, pointers| {
            let memory = cx.as_slice_mut();
            result.write(&HnTarget {
                flat: std::ptr::null_mut(),
                offset: offset as u32,
                memory: memory.as_mut_ptr(),
                memory_size: memory.len(),
                pointers,
                handles: result.lowering.handles,
            });
        })
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

/// The places of a call inside a future; see [`CallState`] on threads.
#[derive(Clone, Copy)]
struct Places {
    context: *mut c_void,
    result: NonNull<HostResult>,
}
// SAFETY: used on the thread that polls the call.
unsafe impl Send for Places {}
unsafe impl Sync for Places {}

impl Places {
    #[inline]
    fn of(state: &mut CallState) -> Places {
        Places { context: state.context, result: NonNull::from(&mut state.host_result) }
    }
}

enum Step<const R: usize> {
    Done(HostReturn<R>),
    Pending,
}

impl Callbacks {
    #[inline]
    fn step<const R: usize>(
        &self,
        places: Places,
        run: impl FnOnce(*mut HnLowering, *mut *mut HnError) -> i32,
    ) -> Result<Step<R>> {
        let mut trap = std::ptr::null_mut();
        // SAFETY: in the state of the call that runs this; nothing refers to it while a host function runs.
        let result = unsafe { &mut *places.result.as_ptr() };
        result.env = self.env;
        result.context = places.context;
        result.write = Some(self.write);
        result.lowering = HnLowering::NONE;
        match run(&mut result.lowering, &mut trap) {
            HOST_DONE => Ok(Step::Done(HostReturn(places.result))),
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
    fn call<const R: usize>(&self, places: Places, lifted: &HnLifted) -> Result<Step<R>> {
        // SAFETY: the contract of hn_host_call_fn.
        self.step(places, |lowering, trap| unsafe {
            (self.call)(self.env, places.context, lifted, lowering, trap)
        })
    }

    fn resume<const R: usize>(&self, places: Places, encoding: u32) -> Result<Step<R>> {
        let Some(resume) = self.resume else { return Ok(Step::Pending) };
        // SAFETY: the contract of hn_host_resume_fn.
        self.step(places, |lowering, trap| unsafe {
            resume(self.env, places.context, encoding, lowering, trap)
        })
    }
}

fn define_sync<const N: usize, const H: bool, const R: usize>(
    instance: &mut LinkerInstance<'_, CallState>,
    name: &str,
    callbacks: Callbacks,
) -> Result<()> {
    instance.func_wrap(
        name,
        move |mut store: StoreContextMut<'_, CallState>, parameters: Parameters<N, H>| {
            match callbacks.call::<R>(Places::of(store.data_mut()), parameters.lifted())? {
                Step::Done(result) => Ok(result),
                Step::Pending => Err(Error::new(HnError::new(
                    HnErrorKind::Internal,
                    "a host function that does not suspend answered that it is pending",
                ))),
            }
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
        move |mut store: StoreContextMut<'_, CallState>, parameters: Parameters<N, H>| {
            let places = Places::of(store.data_mut());
            let encoding = parameters.lifted().encoding;
            // Not in the future, for which the parameters do not stay.
            let started = callbacks.call::<R>(places, parameters.lifted());
            Box::new(async move {
                // The whole wrapper is captured, not its fields.
                let places = places;
                if let Step::Done(result) = started? {
                    return Ok(result);
                }
                std::future::poll_fn(|_| match callbacks.resume::<R>(places, encoding) {
                    Ok(Step::Done(result)) => Poll::Ready(Ok(result)),
                    // The host wakes the call when it can go on.
                    Ok(Step::Pending) => Poll::Pending,
                    Err(error) => Poll::Ready(Err(error)),
                })
                .await
            })
        },
    )
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
