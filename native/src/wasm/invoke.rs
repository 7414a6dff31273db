//! Calls of exports, with types that stand for any parameters and any result (see `host_function.rs`).
//!
//! Wasmtime lifts results through a trait without an instance to lift into, so the call that is being polled is noted
//! per thread, and its callbacks are found there.

use super::abi::*;
use super::handles;
use super::host_function::{abi, with_allocations};
use super::pre::HnExport;
use crate::error::HnError;
use std::cell::Cell;
use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::ptr;
use wasmtime::component::__internal::{
    CanonicalAbiInfo, InstanceType, InterfaceType, LiftContext, LowerContext,
};
use wasmtime::component::{
    ComponentNamedList, ComponentType, Func, Lift, Lower, ResourceAny, ResourceType, TypedFunc,
};
use wasmtime::{Error, Result, Store, ValRaw, bail, format_err};

/// What lowering and lifting of one export call need.
pub struct Frame {
    /// The caller's callbacks.
    pub callbacks: HnExportCallbacks,
    /// The call's context.
    pub context: *mut c_void,
    /// The function.
    pub export: *const HnExport,
    /// Resources that the guest defines and the host holds, by slot.
    pub guest_resources: Vec<Option<ResourceAny>>,
}

thread_local! {
    static CURRENT: Cell<*mut Frame> = const { Cell::new(ptr::null_mut()) };
}

/// Notes `frame` as the one that runs on this thread, until it is dropped.
pub struct Entered(*mut Frame);

impl Entered {
    /// Enters; nests.
    pub fn new(frame: *mut Frame) -> Self {
        Entered(CURRENT.replace(frame))
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.set(self.0);
    }
}

/// Parameters of an export: `N` flat values; one, the address, when they are passed in memory.
#[derive(Clone, Copy)]
struct Arguments<const N: usize>(*mut Frame);
// SAFETY: used on the thread that polls the call.
unsafe impl<const N: usize> Send for Arguments<N> {}
unsafe impl<const N: usize> Sync for Arguments<N> {}

// SAFETY: see `host_function.rs`.
unsafe impl<const N: usize> ComponentType for Arguments<N> {
    type Lower = [ValRaw; N];
    const ABI: CanonicalAbiInfo = abi(N as u8);
    fn typecheck(_: &InterfaceType, _: &InstanceType<'_>) -> Result<()> {
        Ok(())
    }
}
// SAFETY: as above.
unsafe impl<const N: usize> ComponentNamedList for Arguments<N> {}

fn host_resources(frame: &Frame) -> &[ResourceType] {
    // SAFETY: the export lives until the call has ended.
    let export = unsafe { &*frame.export };
    &export.pre.host_resources
}

fn lower_handles<T: 'static>(
    cx: &mut LowerContext<'_, T>,
    ty: InterfaceType,
    frame: &mut Frame,
    lowering: &HnLowering,
) -> Result<()> {
    // SAFETY: a callback has just filled it.
    for handle in unsafe { lowering.handles() } {
        let at = handles::type_at(cx.types, ty, handle.position)?;
        let (InterfaceType::Own(table) | InterfaceType::Borrow(table)) = at else {
            unreachable!("positions are of own and borrow")
        };
        handle.value = if host_resources(frame).contains(&cx.resource_type(table)) {
            match at {
                InterfaceType::Own(_) => cx.guest_resource_lower_own(table, handle.value)?,
                _ => cx.guest_resource_lower_borrow(table, handle.value)?,
            }
        } else {
            lower_guest_resource(cx, at, frame, handle.value)?
        };
    }
    Ok(())
}

fn lower_guest_resource<T: 'static>(
    cx: &mut LowerContext<'_, T>,
    ty: InterfaceType,
    frame: &mut Frame,
    slot: u32,
) -> Result<u32> {
    let entry = frame.guest_resources.get_mut(slot as usize).and_then(Option::as_mut);
    let Some(resource) = entry else { bail!("slot {slot} holds no resource of the guest") };
    let mut lowered = MaybeUninit::uninit();
    resource.linear_lower_to_flat(cx, ty, &mut lowered)?;
    if matches!(ty, InterfaceType::Own(_)) {
        frame.guest_resources[slot as usize] = None;
    }
    // SAFETY: lowering has written it.
    Ok(unsafe { lowered.assume_init() }.get_u32())
}

// SAFETY: as above.
unsafe impl<const N: usize> Lower for Arguments<N> {
    fn linear_lower_to_flat<T>(
        &self,
        cx: &mut LowerContext<'_, T>,
        ty: InterfaceType,
        destination: &mut MaybeUninit<Self::Lower>,
    ) -> Result<()> {
        // SAFETY: the frame lives until the call has ended, and is used here alone.
        let frame = unsafe { &mut *self.0 };
        let export = unsafe { &*frame.export };
        if export.ty.flat_parameters == 0 {
            return Ok(());
        }
        let mut lowering = HnLowering::NONE;
        if let Some(measure) = frame.callbacks.measure {
            let encoding = encoding(cx.options().string_encoding);
            // SAFETY: the contract of hn_export_callbacks.
            unsafe {
                HnError::take(measure(frame.callbacks.env, frame.context, encoding, &mut lowering))
            }
            .map_err(Error::new)?;
        }
        lower_handles(cx, ty, frame, &lowering)?;
        let in_memory = export.ty.flat_parameters == IN_MEMORY;
        let mut offset = 0;
        if in_memory {
            offset = cx.realloc(
                0,
                0,
                export.ty.parameters_alignment,
                export.ty.parameters_size as usize,
            )? as u32;
            destination.write([ValRaw::u64(u64::from(offset)); N]);
        }
        with_allocations(cx, &lowering, |cx, pointers| {
            let memory = cx.as_slice_mut();
            let target = HnTarget {
                flat: if in_memory { ptr::null_mut() } else { destination.as_mut_ptr().cast() },
                offset,
                memory: memory.as_mut_ptr(),
                memory_size: memory.len(),
                pointers,
                handles: lowering.handles,
            };
            // SAFETY: the contract of hn_export_callbacks.
            unsafe { (frame.callbacks.write)(frame.callbacks.env, frame.context, &target) };
        })
    }

    fn linear_lower_to_memory<T>(
        &self,
        _: &mut LowerContext<'_, T>,
        _: InterfaceType,
        _: usize,
    ) -> Result<()> {
        bail!("parameters of an export are always lowered through flat values")
    }
}

/// Result of an export, already given to the caller's callback. `R`: flat results; 1, the address, when in memory.
struct GuestReturn<const R: usize>;

// SAFETY: as above.
unsafe impl<const R: usize> ComponentType for GuestReturn<R> {
    type Lower = [ValRaw; R];
    const ABI: CanonicalAbiInfo = abi(R as u8);
    fn typecheck(_: &InterfaceType, _: &InstanceType<'_>) -> Result<()> {
        Ok(())
    }
}
// SAFETY: as above.
unsafe impl<const R: usize> ComponentNamedList for GuestReturn<R> {}

fn lift_result_handle(
    frame: &mut Frame,
    handles: &mut Vec<u32>,
    cx: &mut LiftContext<'_>,
    ty: InterfaceType,
    handle: u32,
) -> Result<()> {
    let InterfaceType::Own(table) = ty else { bail!("a result cannot hold a borrow") };
    if handles.len() >= handles::MAX_HANDLES_PER_VALUE {
        return Err(super::state::limit(format!(
            "more than {} handles in one value",
            handles::MAX_HANDLES_PER_VALUE
        )));
    }
    if host_resources(frame).contains(&cx.resource_type(table)) {
        handles.push(cx.guest_resource_lift_own(table, handle)?.0);
        return Ok(());
    }
    let resource = ResourceAny::linear_lift_from_flat(cx, ty, &ValRaw::u32(handle))?;
    let free = frame.guest_resources.iter().position(Option::is_none);
    let slot = free.unwrap_or_else(|| {
        frame.guest_resources.push(None);
        frame.guest_resources.len() - 1
    });
    frame.guest_resources[slot] = Some(resource);
    handles.push(slot as u32);
    Ok(())
}

// SAFETY: as above.
unsafe impl<const R: usize> Lift for GuestReturn<R> {
    fn linear_lift_from_flat(
        cx: &mut LiftContext<'_>,
        ty: InterfaceType,
        source: &Self::Lower,
    ) -> Result<Self> {
        // SAFETY: results are lifted while the call is polled, on the thread that polls it.
        let frame = unsafe { CURRENT.get().as_mut() }
            .ok_or_else(|| format_err!("no call runs on this thread"))?;
        // SAFETY: the export lives until the call has ended.
        let export = unsafe { &*frame.export };
        let memory = cx.memory();
        let in_memory = export.ty.flat_results == IN_MEMORY;
        let offset = if in_memory {
            check_result_area(source[0].get_u32(), export, memory.len())?
        } else {
            0
        };
        let mut handles = Vec::new();
        if export.ty.flags & RESULT_HAS_HANDLES != 0 {
            let visit = &mut |cx: &mut LiftContext<'_>, ty, handle| {
                lift_result_handle(frame, &mut handles, cx, ty, handle)
            };
            if in_memory {
                handles::lift_memory(cx, ty, offset, visit)?;
            } else {
                handles::lift_flat(cx, ty, &mut &source[..], visit)?;
            }
        }
        let lifted = HnLifted {
            flat: if in_memory || R == 0 { ptr::null() } else { source.as_ptr() },
            offset,
            encoding: encoding(cx.options().string_encoding),
            memory: memory.as_ptr().cast_mut(),
            memory_size: memory.len(),
            handles: handles.as_ptr(),
            handle_count: handles.len(),
        };
        // SAFETY: the contract of hn_export_callbacks.
        unsafe {
            HnError::take((frame.callbacks.lift)(frame.callbacks.env, frame.context, &lifted))
        }
        .map_err(Error::new)?;
        Ok(GuestReturn)
    }

    fn linear_lift_from_memory(
        _: &mut LiftContext<'_>,
        _: InterfaceType,
        _: &[u8],
    ) -> Result<Self> {
        bail!("results of an export are always lifted through flat values")
    }
}

fn check_result_area(address: u32, export: &HnExport, memory_size: usize) -> Result<u32> {
    let (size, alignment) = (export.ty.result_size, export.ty.result_alignment);
    if !address.is_multiple_of(alignment) {
        bail!("result pointer {address} is not aligned to {alignment}");
    }
    if u64::from(address) + u64::from(size) > memory_size as u64 {
        bail!(
            "result of {size} bytes at {address} is outside of the memory of {memory_size} bytes"
        );
    }
    Ok(address)
}

async fn call<T: Send + 'static, const N: usize, const R: usize>(
    store: &mut Store<T>,
    function: Func,
    arguments: Arguments<16>,
) -> Result<()> {
    // SAFETY: the signature was compared when the export was resolved.
    let function: TypedFunc<Arguments<N>, GuestReturn<R>> =
        unsafe { TypedFunc::new_unchecked(function) };
    function.call_async(store, Arguments(arguments.0)).await?;
    Ok(())
}

/// A frame on its way to the fiber.
#[derive(Clone, Copy)]
pub struct FramePointer(pub *mut Frame);
// SAFETY: used on the thread that polls the call.
unsafe impl Send for FramePointer {}
unsafe impl Sync for FramePointer {}

/// Calls `function` with the callbacks of `frame`.
pub async fn invoke<T: Send + 'static>(
    store: &mut Store<T>,
    function: Func,
    frame: FramePointer,
    ty: HnExportType,
) -> Result<()> {
    let arguments = Arguments(frame.0);
    let flat = if ty.flat_parameters == IN_MEMORY { 1 } else { ty.flat_parameters };
    macro_rules! dispatch {
        ($($count:literal)*) => {
            match (flat, ty.flat_results) {
                $(
                    ($count, 0) => call::<T, $count, 0>(store, function, arguments).await,
                    ($count, _) => call::<T, $count, 1>(store, function, arguments).await,
                )*
                _ => bail!("{flat} flat parameters; at most 16 are passed directly"),
            }
        };
    }
    dispatch!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16)
}
