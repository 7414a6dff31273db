//! The functions of oracle.h.

use std::collections::VecDeque;
use std::ffi::c_void;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use hermes_native::error::{HnBuffer, HnError, HnErrorKind, HnStr, guard};
use hermes_native::wasm::state::CallState;
use hermes_native::wasm::testing;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{ResourceAny, ResourceDynamic, Type, Val};
use wasmtime::{AsContextMut, Result, Store, StoreContextMut, bail, format_err};

use crate::random::{Random, Source};
use crate::text;

/// `hnt_resources`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Resources {
    make: unsafe extern "C" fn(*mut c_void, u32) -> u32,
    number: unsafe extern "C" fn(*mut c_void, u32) -> u32,
    type_id: u32,
}

type ReceivedFn = unsafe extern "C" fn(*mut c_void, HnStr, HnStr);

/// Elements of all lists of one set of values.
const LIST_ELEMENTS: u64 = 200;
/// The oracle's guests are trusted to end.
const UNTIL_FOREVER: u64 = u64::MAX / 2;

impl Resources {
    fn any(&self, mut store: impl AsContextMut<Data = CallState>, number: u32) -> Result<Val> {
        let context = store.as_context().data().context;
        // SAFETY: the contract of hnt_resources.
        let representation = unsafe { (self.make)(context, number) };
        // What a borrow is made of is owned here; it stays in the store, and goes with the call's table.
        let resource = ResourceDynamic::new_own(representation, self.type_id);
        Ok(Val::Resource(resource.try_into_resource_any(&mut store)?))
    }

    /// The number of a resource, which stays as valid as it was.
    fn number(
        &self,
        mut store: impl AsContextMut<Data = CallState>,
        resource: ResourceAny,
    ) -> Result<u32> {
        let context = store.as_context().data().context;
        let dynamic = resource.try_into_resource_dynamic(&mut store)?;
        Ok(self.of(context, &dynamic))
    }

    fn of(&self, context: *mut c_void, resource: &ResourceDynamic) -> u32 {
        // SAFETY: the contract of hnt_resources.
        unsafe { (self.number)(context, resource.rep()) }
    }
}

fn internal(error: wasmtime::Error) -> HnError {
    HnError::new(HnErrorKind::Internal, format!("{error:?}"))
}

/// Runs a future to its end on this thread. What it waits for is itself: guests that yield.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
}

async fn call_export(
    pre: *const c_void,
    context: *mut c_void,
    (interface, name): (&str, &str),
    seed: u64,
    resources: Resources,
) -> Result<(String, String)> {
    // SAFETY: hnt_call_export's caller passes a live hn_pre.
    let pre = unsafe { testing::instance_pre(pre) };
    let mut store = Store::new(pre.engine(), testing::call_state(context));
    store.set_epoch_deadline(UNTIL_FOREVER);
    let instance = pre.instantiate_async(&mut store).await?;
    let interface = instance.get_export_index(&mut store, None, interface);
    let index = instance
        .get_export_index(&mut store, interface.as_ref(), name)
        .ok_or_else(|| format_err!("the component exports no {name}"))?;
    let Some(function) = instance.get_func(&mut store, index) else {
        bail!("{name} is no function")
    };
    let ty = function.ty(&store);
    let parameters: Vec<Type> = ty.params().map(|(_, ty)| ty).collect();
    let results: Vec<Type> = ty.results().collect();

    let mut numbers = 0;
    let mut values = Vec::new();
    {
        let mut resource = || {
            numbers += 1;
            resources.any(&mut store, numbers)
        };
        let mut source =
            Source { random: Random::new(seed), budget: LIST_ELEMENTS, resource: &mut resource };
        for parameter in &parameters {
            values.push(source.value(parameter)?);
        }
    }
    // The handles are gone once they are passed: they are numbered in the order in which they were made.
    let mut next = 0;
    let arguments = text::all(&values, &parameters, &mut |_| {
        next += 1;
        Ok(next)
    })?;
    let mut returned = vec![Val::Bool(false); results.len()];
    function.call_async(&mut store, &values, &mut returned).await?;
    let result =
        text::all(&returned, &results, &mut |resource| resources.number(&mut store, resource))?;
    Ok((arguments, result))
}

/// See oracle.h.
///
/// # Safety
/// As for every function of the C boundary: live objects, and variables for what is returned.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hnt_call_export(
    pre: *const c_void,
    context: *mut c_void,
    interface: HnStr,
    name: HnStr,
    seed: u64,
    resources: *const Resources,
    arguments: *mut *mut HnBuffer,
    result: *mut *mut HnBuffer,
) -> *mut HnError {
    guard(|| {
        // SAFETY: the caller's contract.
        let (names, resources) = unsafe { ((interface.text()?, name.text()?), *resources) };
        let texts =
            block_on(call_export(pre, context, names, seed, resources)).map_err(internal)?;
        // SAFETY: variables of the caller.
        unsafe {
            *arguments = HnBuffer::give(texts.0.into_bytes());
            *result = HnBuffer::give(texts.1.into_bytes());
        }
        Ok(())
    })
}

/// Who is told what an echo got.
#[derive(Clone, Copy)]
struct Listener {
    env: *mut c_void,
    received: ReceivedFn,
    resources: Resources,
}
// SAFETY: used on the thread that runs the call.
unsafe impl Send for Listener {}
unsafe impl Sync for Listener {}

/// Calls `visit` for every resource in `value`.
fn each_resource(
    value: &mut Val,
    visit: &mut dyn FnMut(&mut ResourceAny) -> Result<()>,
) -> Result<()> {
    match value {
        Val::Resource(resource) => visit(resource),
        Val::List(items) | Val::Tuple(items) => {
            items.iter_mut().try_for_each(|item| each_resource(item, visit))
        }
        Val::Record(fields) => {
            fields.iter_mut().try_for_each(|(_, value)| each_resource(value, visit))
        }
        Val::Variant(_, Some(value))
        | Val::Option(Some(value))
        | Val::Result(Ok(Some(value)) | Err(Some(value))) => each_resource(value, visit),
        _ => Ok(()),
    }
}

impl Listener {
    fn echo(
        &self,
        mut store: StoreContextMut<'_, CallState>,
        name: &str,
        types: &[Type],
        parameters: &[Val],
        results: &mut [Val],
    ) -> Result<()> {
        let resources = self.resources;
        // Asking for a number takes the handle out of the store's table, so it gets a new one.
        let mut numbers = VecDeque::new();
        let parameters = &mut parameters.to_vec();
        for parameter in parameters.iter_mut() {
            each_resource(parameter, &mut |resource| {
                let dynamic = resource.try_into_resource_dynamic(&mut store)?;
                numbers.push_back(resources.of(store.data().context, &dynamic));
                *resource = dynamic.try_into_resource_any(&mut store)?;
                Ok(())
            })?;
        }
        let text = text::all(parameters, types, &mut |_| {
            numbers.pop_front().ok_or_else(|| format_err!("a handle was not seen before"))
        })?;
        // SAFETY: the contract of hnt_received_fn.
        unsafe {
            (self.received)(self.env, HnStr::of(name.as_bytes()), HnStr::of(text.as_bytes()))
        };
        if let Some(result) = results.first_mut() {
            *result = match parameters.as_slice() {
                [only] => only.clone(),
                several => Val::Tuple(several.to_vec()),
            };
        }
        Ok(())
    }
}

fn define_echoes(
    linker: *mut c_void,
    component: *const c_void,
    interface: &str,
    listener: Listener,
) -> Result<()> {
    // SAFETY: hnt_define_echoes's caller passes live objects.
    let (component, linked) = unsafe { (testing::component(component), testing::linker(linker)) };
    let engine = component.engine().clone();
    let ty = component.component_type();
    let Some(item) = ty.get_import(&engine, interface) else {
        bail!("the component does not import {interface}");
    };
    let ComponentItem::ComponentInstance(imported) = item.ty else {
        bail!("{interface} is no interface");
    };
    // SAFETY: as above.
    unsafe { testing::interface_defined(linker, interface) };
    let mut instance = linked.instance(interface)?;
    for (name, item) in imported.exports(&engine) {
        let ComponentItem::ComponentFunc(_) = item.ty else { continue };
        let owned = name.to_string();
        instance.func_new(name, move |store, ty, parameters, results| {
            let listener = &listener;
            let types: Vec<Type> = ty.params().map(|(_, ty)| ty).collect();
            listener.echo(store, &owned, &types, parameters, results)
        })?;
    }
    Ok(())
}

/// See oracle.h.
///
/// # Safety
/// As for every function of the C boundary.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hnt_define_echoes(
    linker: *mut c_void,
    component: *const c_void,
    interface: HnStr,
    resources: *const Resources,
    env: *mut c_void,
    received: ReceivedFn,
) -> *mut HnError {
    guard(|| {
        // SAFETY: the caller's contract.
        let (interface, resources) = unsafe { (interface.text()?, *resources) };
        let listener = Listener { env, received, resources };
        define_echoes(linker, component, interface, listener).map_err(internal)
    })
}
