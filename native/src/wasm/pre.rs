//! Pre-instances: a component with its imports resolved and compared once, and its exports found once.

use super::abi::*;
use super::component::HnComponent;
use super::failure::describe;
use super::http::HandleParameters;
use super::linker::{HnLinker, full_name, serves};
use super::signature::{ResourceNames, imported, signature};
use super::state::CallState;
use crate::error::{HnError, HnErrorKind, HnStr, guard, guard_infallible};
use std::sync::Arc;
use wasmtime::Engine;
use wasmtime::component::types::{ComponentFunc, ComponentItem};
use wasmtime::component::{ComponentExportIndex, InstancePre, ResourceType};

/// What calls share.
pub struct Pre {
    pub(crate) engine: Engine,
    pub(crate) pre: InstancePre<CallState>,
    /// Resource types that the host defines; all others belong to guests.
    pub(crate) host_resources: Vec<ResourceType>,
}

/// `hn_pre`.
pub struct HnPre(pub(crate) Arc<Pre>);

/// `hn_export`.
pub struct HnExport {
    pub(crate) pre: Arc<Pre>,
    pub(crate) index: ComponentExportIndex,
    pub(crate) ty: HnExportType,
    /// It is called with an HTTP exchange, not with callbacks.
    pub(crate) http: bool,
}

// SAFETY: `ty.signature` is not read after the export was found.
unsafe impl Send for HnExport {}
unsafe impl Sync for HnExport {}

fn compare_signatures(linker: &HnLinker, component: &HnComponent) -> Result<(), HnError> {
    let found = imported(&component.component.component_type(), &linker.engine);
    let mut differences: Vec<String> = Vec::new();
    for ((interface, name), found) in &found {
        let Some(provided) = linker.provided_name(interface) else { continue };
        let Some(expected) = linker.expected.get(&(provided, name.clone())) else { continue };
        if expected != found {
            differences.push(format!(
                "\n  {}\n    the engine provides: {expected}\n    the component wants: {found}",
                full_name(interface, name)
            ));
        }
    }
    if differences.is_empty() {
        return Ok(());
    }
    differences.sort();
    Err(HnError::new(
        HnErrorKind::Link,
        format!(
            "the component imports functions with another type than the engine provides:{}",
            differences.concat()
        ),
    ))
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_pre_new(
    linker: *const HnLinker,
    component: *const HnComponent,
    out: *mut *mut HnPre,
) -> *mut HnError {
    guard(|| {
        // SAFETY: the caller passes live objects and a variable.
        let (linker, component) = unsafe { (&*linker, &*component) };
        let missing = linker.missing(component);
        if !missing.is_empty() {
            let list = HnLinker::missing_text(&missing);
            return Err(HnError::new(
                HnErrorKind::Link,
                format!("the component imports what this engine does not provide:{list}"),
            ));
        }
        compare_signatures(linker, component)?;
        let pre = linker.linker.instantiate_pre(&component.component).map_err(|error| {
            HnError::new(
                HnErrorKind::Link,
                format!("the component cannot be linked: {}", describe(&error)),
            )
        })?;
        let pre = Pre {
            engine: linker.engine.clone(),
            pre,
            host_resources: linker.host_resources.clone(),
        };
        unsafe { *out = Box::into_raw(Box::new(HnPre(Arc::new(pre)))) };
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_pre_delete(pre: *mut HnPre) {
    if !pre.is_null() {
        // SAFETY: the caller gives it up.
        guard_infallible(|| drop(unsafe { Box::from_raw(pre) }));
    }
}

/// An exported function as found by name.
struct Found {
    index: ComponentExportIndex,
    function: ComponentFunc,
}

fn find(pre: &Pre, interface: &str, name: &str) -> Option<Found> {
    let component = pre.pre.component();
    let ty = component.component_type();
    if interface.is_empty() {
        let ComponentItem::ComponentFunc(function) = ty.get_export(&pre.engine, name)?.ty else {
            return None;
        };
        return Some(Found { index: component.get_export_index(None, name)?, function });
    }
    for (exported, item) in ty.exports(&pre.engine) {
        let ComponentItem::ComponentInstance(instance) = item.ty else { continue };
        if !serves(exported, interface) {
            continue;
        }
        let outer = component.get_export_index(None, exported)?;
        let ComponentItem::ComponentFunc(function) = instance.get_export(&pre.engine, name)?.ty
        else {
            return None;
        };
        return Some(Found { index: component.get_export_index(Some(&outer), name)?, function });
    }
    None
}

fn check_export_type(ty: &HnExportType) -> Result<(), HnError> {
    let good = (ty.flat_parameters <= 16 || ty.flat_parameters == IN_MEMORY)
        && (ty.flat_results <= 1 || ty.flat_results == IN_MEMORY)
        && (ty.flat_parameters != IN_MEMORY || ty.parameters_alignment.is_power_of_two())
        && (ty.flat_results != IN_MEMORY || ty.result_alignment.is_power_of_two());
    if good {
        return Ok(());
    }
    Err(HnError::new(
        HnErrorKind::InvalidArgument,
        "an export type with impossible counts or alignments",
    ))
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_pre_find_export(
    pre: *const HnPre,
    interface: HnStr,
    name: HnStr,
    ty: *const HnExportType,
    out: *mut *mut HnExport,
) -> *mut HnError {
    guard(|| {
        // SAFETY: the caller passes live objects, texts that are valid for the call, and a variable.
        let (pre, interface, name, ty) =
            unsafe { (&(*pre).0, interface.text()?, name.text()?, *ty) };
        unsafe { *out = std::ptr::null_mut() };
        check_export_type(&ty)?;
        let Some(found) = find(pre, interface, name) else { return Ok(()) };
        let names = ResourceNames::of(&pre.pre.component().component_type(), &pre.engine);
        let (expected, found_type) =
            (unsafe { ty.signature.text()? }, signature(&found.function, &names));
        if expected != found_type {
            return Err(HnError::new(
                HnErrorKind::Link,
                format!(
                    "the component exports a function with another type than the engine calls:\n  {}\n    \
                     the engine calls: {expected}\n    the component has: {found_type}",
                    full_name(interface, name)
                ),
            ));
        }
        let export = HnExport { pre: pre.clone(), index: found.index, ty, http: false };
        unsafe { *out = Box::into_raw(Box::new(export)) };
        Ok(())
    })
}

/// Any version serves that this one is compatible with.
const HTTP_HANDLER: &str = "wasi:http/incoming-handler@0.2.0";

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_pre_find_http_handler(
    pre: *const HnPre,
    out: *mut *mut HnExport,
) -> *mut HnError {
    guard(|| {
        // SAFETY: the caller passes a live object and a variable.
        let pre = unsafe { &(*pre).0 };
        unsafe { *out = std::ptr::null_mut() };
        let Some(found) = find(pre, HTTP_HANDLER, "handle") else { return Ok(()) };
        found.function.typecheck::<HandleParameters, ()>(&pre.pre.instance_type()).map_err(
            |error| {
                HnError::new(
                    HnErrorKind::Link,
                    format!(
                        "the component exports {} with another type than that of WASI: {}",
                        full_name("wasi:http/incoming-handler", "handle"),
                        describe(&error)
                    ),
                )
            },
        )?;
        let ty = HnExportType::NONE;
        let export = HnExport { pre: pre.clone(), index: found.index, ty, http: true };
        unsafe { *out = Box::into_raw(Box::new(export)) };
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_export_delete(export: *mut HnExport) {
    if !export.is_null() {
        // SAFETY: the caller gives it up.
        guard_infallible(|| drop(unsafe { Box::from_raw(export) }));
    }
}
