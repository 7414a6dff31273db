//! Calls: one store, one fresh instance, one export after the other, as one future at a time.

use super::abi::*;
use super::failure::call_failure;
use super::host_function::HostResult;
use super::http::{Exchange, FailureKind, HandleParameters, HnHttpHandle};
use super::invoke::{Entered, Frame, FramePointer, invoke};
use super::pre::{HnExport, HnPre, Pre};
use super::state::{CallLimits, CallState};
use super::waker::HnWaker;
use super::wasi::HnWasi;
use crate::error::{HnBytes, HnError, HnErrorKind, guard, guard_infallible};
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::ptr::{self, NonNull};
use std::sync::Arc;
use std::task::{Context, Poll};
use wasmtime::component::{ComponentExportIndex, Func, Instance};
use wasmtime::{Error, Result, Store, UpdateDeadline};

/// `hn_call_options`.
#[repr(C)]
pub struct HnCallOptions {
    pub(crate) context: *mut c_void,
    pub(crate) waker: HnWaker,
    pub(crate) wasi: *const HnWasi,
    pub(crate) output: Option<unsafe extern "C" fn(*mut c_void, i32, HnBytes)>,
    pub(crate) max_memory_bytes: u64,
    pub(crate) max_handles: u32,
}

/// What the call's future works on.
struct Session {
    /// Lives until the call is closed (wasm.h). Not counted: calls on all threads would write to one counter.
    pre: NonNull<Pre>,
    store: Store<CallState>,
    instance: Option<Instance>,
    frame: Frame,
}

/// What a call is doing: one future after the other, in the same place. Moves between threads with its call, between
/// two polls only.
trait Work {
    fn set(self: Pin<&mut Self>, task: Task);
    fn clear(self: Pin<&mut Self>);
    fn is_set(&self) -> bool;
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>>;
}

/// The place for a future that `make` makes, whose type has no name.
struct Slot<F, M> {
    make: M,
    future: Option<F>,
}

impl<F, M> Slot<F, M> {
    fn future(self: Pin<&mut Self>) -> Pin<&mut Option<F>> {
        // SAFETY: the future is pinned with the slot: nothing moves it out.
        unsafe { self.map_unchecked_mut(|slot| &mut slot.future) }
    }
}

impl<F: Future<Output = Result<()>>, M: Fn(Task) -> F> Work for Slot<F, M> {
    fn set(self: Pin<&mut Self>, task: Task) {
        let future = (self.make)(task);
        self.future().set(Some(future));
    }
    fn clear(self: Pin<&mut Self>) {
        self.future().set(None);
    }
    fn is_set(&self) -> bool {
        self.future.is_some()
    }
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        let future = self.future().as_pin_mut().expect("something was started");
        future.poll(context)
    }
}

/// `hn_call`. Never moved: the work points to the session, and is cleared before it goes.
pub struct HnCall {
    work: Pin<Box<dyn Work>>,
    session: Option<Session>,
    waker: HnWaker,
    /// The exchange that the guest is at work on.
    exchange: Option<Arc<Exchange>>,
    failed: bool,
}

/// What the guest is asked to do.
enum Job {
    Instantiate,
    Invoke(*const HnExport),
    Serve(*const HnExport, Arc<Exchange>),
    Drop(u32),
}

/// A session and a job on their way into the future.
struct Task {
    session: *mut Session,
    job: Job,
}

/// Ticks until a guest yields. The tick decides how long a time slice is.
const TICKS_PER_SLICE: u64 = 1;

fn new_store(pre: &Pre, options: &HnCallOptions) -> Store<CallState> {
    // SAFETY: null, or live for the call.
    let wasi_config = unsafe { options.wasi.as_ref() }.map(|wasi| NonNull::from(&wasi.0));
    let state = CallState {
        context: options.context,
        output: options.output,
        limits: CallLimits {
            max_memory_bytes: options.max_memory_bytes,
            used_bytes: 0,
            reached: None,
        },
        max_handles: options.max_handles,
        wasi_config,
        wasi: None,
        host_result: HostResult::NONE,
    };
    let mut store = Store::new(&pre.engine, state);
    store.limiter(|state| &mut state.limits);
    store.set_epoch_deadline(TICKS_PER_SLICE);
    // As epoch_deadline_async_yield_and_update, which allocates. Everything of a guest runs on a fiber.
    store.epoch_deadline_callback(|_| Ok(UpdateDeadline::Yield(TICKS_PER_SLICE)));
    store.set_max_component_handles(options.max_handles as usize);
    store
}

fn function(
    store: &mut Store<CallState>,
    instance: &Instance,
    index: &ComponentExportIndex,
) -> Result<Func> {
    instance.get_func(store, index).ok_or_else(|| {
        Error::new(HnError::new(
            HnErrorKind::InvalidArgument,
            "the export belongs to another component than the call",
        ))
    })
}

async fn run(task: Task) -> Result<()> {
    // SAFETY: the session outlives the work, and nothing else uses its store and instance meanwhile.
    let session = unsafe { &mut *task.session };
    let instance = match session.instance {
        Some(instance) => instance,
        None => {
            // SAFETY: it lives until the call is closed.
            let pre = unsafe { &session.pre.as_ref().pre };
            *session.instance.insert(pre.instantiate_async(&mut session.store).await?)
        }
    };
    match task.job {
        Job::Instantiate => Ok(()),
        Job::Invoke(export) => {
            // SAFETY: the export lives until the call has ended.
            let (index, ty) = unsafe { (&(*export).index, (*export).ty) };
            let function = function(&mut session.store, &instance, index)?;
            let frame = FramePointer(&raw mut session.frame);
            invoke(&mut session.store, function, frame, ty).await
        }
        Job::Serve(export, exchange) => {
            // SAFETY: the export lives until the call has ended.
            let index = unsafe { &(*export).index };
            let handle = function(&mut session.store, &instance, index)?
                .typed::<HandleParameters, ()>(&session.store)?;
            let parameters = exchange.enter(session.store.data_mut())?;
            handle.call_async(&mut session.store, parameters).await?;
            exchange.returned()
        }
        Job::Drop(slot) => {
            let resource =
                session.frame.guest_resources.get_mut(slot as usize).and_then(Option::take);
            let Some(resource) = resource else {
                return Err(Error::new(HnError::new(
                    HnErrorKind::InvalidArgument,
                    format!("slot {slot} holds no resource of the guest"),
                )));
            };
            resource.resource_drop_async(&mut session.store).await
        }
    }
}

impl HnCall {
    fn session(&mut self) -> std::result::Result<&mut Session, HnError> {
        self.session
            .as_mut()
            .ok_or_else(|| HnError::new(HnErrorKind::InvalidArgument, "the call is not open"))
    }

    fn start(&mut self, job: Job) -> std::result::Result<&mut Session, HnError> {
        if self.work.is_set() {
            return Err(HnError::new(HnErrorKind::InvalidArgument, "the call is still running"));
        }
        if self.failed {
            return Err(HnError::new(
                HnErrorKind::InvalidArgument,
                "the instance has failed and cannot be used again",
            ));
        }
        let session = &raw mut *self.session()?;
        self.work.as_mut().set(Task { session, job });
        self.session()
    }

    fn poll(&mut self) -> Poll<std::result::Result<(), HnError>> {
        let session = match self.session() {
            Ok(session) => &raw mut *session,
            Err(error) => return Poll::Ready(Err(error)),
        };
        if !self.work.is_set() {
            return Poll::Ready(Err(HnError::new(
                HnErrorKind::InvalidArgument,
                "nothing was started in this call",
            )));
        }
        // SAFETY: it is dropped before this function returns, and the call's waker stays.
        let waker = unsafe { self.waker.borrow() };
        // SAFETY: the session stays until the call is closed.
        let entered = Entered::new(unsafe { &raw mut (*session).frame });
        let polled = self.work.as_mut().poll(&mut Context::from_waker(&waker));
        drop(entered);
        let Poll::Ready(result) = polled else { return Poll::Pending };
        self.work.as_mut().clear();
        let exchange = self.exchange.take();
        Poll::Ready(result.map_err(|error| {
            self.failed = true;
            // SAFETY: as above; the work that used it is gone.
            let failure = call_failure(error, Some(unsafe { (*session).store.data_mut() }));
            if let Some(exchange) = exchange {
                exchange.fail(FailureKind::Call, failure.message.clone());
            }
            failure
        }))
    }

    /// What the guest was doing will not be done.
    fn give_up(&mut self, kind: FailureKind, message: &str) {
        if let Some(exchange) = self.exchange.take() {
            exchange.fail(kind, message.to_string());
        }
        self.work.as_mut().clear();
    }

    fn close(&mut self) {
        if let Some(session) = self.session.as_mut() {
            // A fiber that is unwound may lift or lower on its way out.
            let entered = Entered::new(&raw mut session.frame);
            self.give_up(FailureKind::Cancelled, "the call was cancelled before it ended");
            drop(entered);
        }
        self.session = None;
        self.failed = false;
    }
}

unsafe extern "C" fn write_nothing(_: *mut c_void, _: *mut c_void, _: *const HnTarget) {}
unsafe extern "C" fn lift_nothing(
    _: *mut c_void,
    _: *mut c_void,
    _: *const HnLifted,
) -> *mut HnError {
    ptr::null_mut()
}

#[unsafe(no_mangle)]
pub(crate) extern "C" fn hn_call_new() -> *mut HnCall {
    Box::into_raw(Box::new(HnCall {
        work: Box::pin(Slot { make: run, future: None }),
        session: None,
        waker: HnWaker::NONE,
        exchange: None,
        failed: false,
    }))
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_call_open(
    call: *mut HnCall,
    pre: *const HnPre,
    options: *const HnCallOptions,
) -> *mut HnError {
    guard(|| {
        // SAFETY: the caller passes live objects.
        let (call, pre, options) = unsafe { (&mut *call, &*(*pre).0, &*options) };
        if call.session.is_some() {
            return Err(HnError::new(HnErrorKind::InvalidArgument, "the call is open already"));
        }
        let store = new_store(pre, options);
        let callbacks = HnExportCallbacks {
            env: ptr::null_mut(),
            measure: None,
            write: write_nothing,
            lift: lift_nothing,
        };
        let frame = Frame {
            callbacks,
            context: options.context,
            export: ptr::null(),
            guest_resources: Vec::new(),
        };
        call.session = Some(Session { pre: NonNull::from(pre), store, instance: None, frame });
        call.waker = options.waker;
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_call_close(call: *mut HnCall) {
    // SAFETY: the caller passes a live call.
    guard_infallible(|| unsafe { (*call).close() });
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_call_delete(call: *mut HnCall) {
    if !call.is_null() {
        guard_infallible(|| {
            // SAFETY: the caller gives up its call.
            let mut call = unsafe { Box::from_raw(call) };
            call.close();
        });
    }
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_call_start(
    call: *mut HnCall,
    exported: *const HnExport,
    callbacks: *const HnExportCallbacks,
) -> *mut HnError {
    guard(|| {
        // SAFETY: the caller passes live objects.
        let (call, callbacks) = unsafe { (&mut *call, *callbacks) };
        // SAFETY: it lives until the call has ended.
        check_kind(unsafe { &*exported }, false)?;
        let session = call.start(Job::Invoke(exported))?;
        session.frame.callbacks = callbacks;
        session.frame.export = exported;
        Ok(())
    })
}

/// Whether a function is called in the way that it was found for.
fn check_kind(export: &HnExport, http: bool) -> std::result::Result<(), HnError> {
    if export.http == http {
        return Ok(());
    }
    let rule = if http {
        "the export is not one that hn_pre_find_http_handler found"
    } else {
        "an HTTP handler is started with an exchange"
    };
    Err(HnError::new(HnErrorKind::InvalidArgument, rule))
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_call_start_http(
    call: *mut HnCall,
    handler: *const HnExport,
    handle: *const HnHttpHandle,
) -> *mut HnError {
    guard(|| {
        // SAFETY: the caller passes live objects.
        let (call, exchange) = unsafe { (&mut *call, &(*handle).0) };
        check_kind(unsafe { &*handler }, true)?;
        call.start(Job::Serve(handler, exchange.clone()))?;
        call.exchange = Some(exchange.clone());
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_call_start_instantiate(call: *mut HnCall) -> *mut HnError {
    // SAFETY: the caller passes a live call.
    guard(|| unsafe { (*call).start(Job::Instantiate).map(drop) })
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_call_start_drop(call: *mut HnCall, slot: u32) -> *mut HnError {
    // SAFETY: the caller passes a live call.
    guard(|| unsafe { (*call).start(Job::Drop(slot)).map(drop) })
}

/// `hn_poll`.
const PENDING: i32 = 0;
const READY: i32 = 1;

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_call_poll(call: *mut HnCall, error: *mut *mut HnError) -> i32 {
    // SAFETY: the caller passes a live call and a variable.
    let call = unsafe { &mut *call };
    let report = |failure: *mut HnError| unsafe { *error = failure };
    match catch_unwind(AssertUnwindSafe(|| call.poll())) {
        Ok(Poll::Pending) => PENDING,
        Ok(Poll::Ready(result)) => {
            report(result.err().map_or(ptr::null_mut(), HnError::give));
            READY
        }
        Err(payload) => {
            call.failed = true;
            call.give_up(FailureKind::Call, "the native library panicked");
            report(guard(|| std::panic::resume_unwind(payload)));
            READY
        }
    }
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_call_memory_bytes(call: *const HnCall) -> u64 {
    // SAFETY: the caller passes a live call.
    let session = unsafe { &(*call).session };
    session.as_ref().map_or(0, |session| session.store.data().limits.used_bytes)
}
