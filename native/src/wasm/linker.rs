//! The linker: what the host provides, and what a component finds missing.

use super::abi::*;
use super::component::{HnComponent, imported_items};
use super::engine::HnEngine;
use super::failure::describe;
use super::host_function;
use super::signature::unversioned;
use super::state::CallState;
use crate::error::{HnBuffer, HnError, HnErrorKind, HnStr, guard};
use serde_json::json;
use std::collections::{BTreeMap, HashMap};
use std::ffi::c_void;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Linker, LinkerInstance, ResourceType};
use wasmtime::{Engine, Error, StoreContextMut};

/// The versions of the interfaces that Wasmtime's crates implement.
const WASI_VERSION: &str = "0.2.12";
/// The packages they belong to.
const WASI_PACKAGES: [&str; 7] = [
    "wasi:cli",
    "wasi:clocks",
    "wasi:filesystem",
    "wasi:http",
    "wasi:io",
    "wasi:random",
    "wasi:sockets",
];

/// `hn_linker`.
#[derive(Clone)]
pub struct HnLinker {
    pub(crate) engine: Engine,
    pub(crate) linker: Linker<CallState>,
    wasi: bool,
    /// Interfaces that the caller defined; an empty name when it defined something outside of any.
    interfaces: Vec<String>,
    /// The signatures that the caller's functions expect, by interface and name.
    pub(crate) expected: HashMap<(String, String), String>,
    /// Resource types that the caller defined.
    pub(crate) host_resources: Vec<ResourceType>,
}

/// What a component imports from one interface, or outside of any, and does not find.
#[derive(Default)]
pub struct Missing {
    pub functions: Vec<String>,
    pub resources: Vec<String>,
    /// The version of the interface that is provided, when there is one.
    pub provided: Option<String>,
}

fn failed(what: &str, error: Error) -> HnError {
    HnError::new(HnErrorKind::Link, format!("cannot define {what}: {}", describe(&error)))
}

/// Where a linker keeps what an interface has. What a world imports itself has no interface: an empty name.
fn place<'l>(
    linker: &'l mut Linker<CallState>,
    interface: &str,
) -> wasmtime::Result<LinkerInstance<'l, CallState>> {
    if interface.is_empty() { Ok(linker.root()) } else { linker.instance(interface) }
}

/// How messages name a function or resource.
pub fn full_name(interface: &str, name: &str) -> String {
    if interface.is_empty() { name.to_string() } else { format!("{interface}#{name}") }
}

/// The part of a version that must be equal for two to be compatible, as Wasmtime compares them: the major version, or
/// the minor one below 1.0, or the patch below 0.1.
fn compatible_track(version: &str) -> Option<String> {
    if version.contains('-') {
        return None;
    }
    let mut parts = version.split('.');
    let (major, minor, patch) = (parts.next()?, parts.next()?, parts.next()?);
    Some(match (major, minor) {
        ("0", "0") => format!("0.0.{patch}"),
        ("0", minor) => format!("0.{minor}"),
        (major, _) => major.to_string(),
    })
}

/// Whether `provided` serves an import of `wanted`: the same name, or versions of the same track.
pub fn serves(provided: &str, wanted: &str) -> bool {
    if provided == wanted {
        return true;
    }
    match (provided.split_once('@'), wanted.split_once('@')) {
        (Some((provided, have)), Some((wanted, need))) => {
            provided == wanted
                && compatible_track(have).is_some_and(|track| compatible_track(need) == Some(track))
        }
        _ => false,
    }
}

impl HnLinker {
    /// The name under which an interface that `wanted` resolves to is defined here.
    pub(crate) fn provided_name(&self, wanted: &str) -> Option<String> {
        if let Some(name) = self.interfaces.iter().find(|name| serves(name, wanted)) {
            return Some(name.clone());
        }
        let package = unversioned(wanted).split('/').next()?;
        if self.wasi && WASI_PACKAGES.contains(&package) {
            let name = format!("{}@{WASI_VERSION}", unversioned(wanted));
            return serves(&name, wanted).then_some(name);
        }
        None
    }

    /// Whether `interface` (the name as defined) has `name`. A linker that forbids shadowing refuses a second
    /// definition, and that tells.
    fn provides(scratch: &mut Linker<CallState>, interface: &str, name: &str) -> bool {
        let Ok(mut instance) = place(scratch, interface) else { return false };
        instance.func_new(name, |_, _, _, _| Ok(())).is_err()
    }

    /// What `component` imports and does not find, by interface.
    pub(crate) fn missing(&self, component: &HnComponent) -> BTreeMap<String, Missing> {
        let mut scratch = self.linker.clone();
        scratch.allow_shadowing(false);
        let mut all: BTreeMap<String, Missing> = BTreeMap::new();
        let mut resources: Vec<ResourceType> = Vec::new();
        let component = component.component.component_type();
        for (interface, name, item) in imported_items(&component, &self.engine) {
            let is_resource = match item {
                ComponentItem::ComponentFunc(_)
                | ComponentItem::Module(_)
                | ComponentItem::Component(_) => false,
                // A resource that an interface or the world takes over from another interface (`use`) is defined by
                // that one, which is imported before it.
                ComponentItem::Resource(ty) if resources.contains(&ty) => continue,
                ComponentItem::Resource(ty) => {
                    resources.push(ty);
                    true
                }
                _ => continue,
            };
            let provided = self.provided_name(&interface);
            if provided
                .as_ref()
                .is_some_and(|provided| Self::provides(&mut scratch, provided, &name))
            {
                continue;
            }
            let missing = all.entry(interface).or_insert_with(|| Missing {
                // Probing a WASI interface that does not exist defines an empty one; that is not "provided".
                provided: provided.filter(|name| self.linker_has(name)),
                ..Missing::default()
            });
            let list = if is_resource { &mut missing.resources } else { &mut missing.functions };
            list.push(name);
        }
        all
    }

    fn linker_has(&self, interface: &str) -> bool {
        let mut scratch = self.linker.clone();
        scratch.allow_shadowing(false);
        let mut root = scratch.root();
        // A function of that name collides with the instance, when there is one.
        root.func_new(interface, |_, _, _, _| Ok(())).is_err()
    }

    /// The list of what is missing, for people.
    pub(crate) fn missing_text(missing: &BTreeMap<String, Missing>) -> String {
        let mut text = String::new();
        for (interface, missing) in missing {
            let place = if interface.is_empty() { "the world itself" } else { interface };
            let names: Vec<&str> = missing
                .functions
                .iter()
                .chain(&missing.resources)
                .map(|name| name.as_str())
                .collect();
            let note = match &missing.provided {
                Some(provided) if provided != interface => format!(" (provided: {provided})"),
                _ => String::new(),
            };
            text.push_str(&format!("\n  {place}{note}: {}", names.join(", ")));
        }
        text
    }

    fn trap_missing(&mut self, component: &HnComponent) -> Result<(), HnError> {
        for (interface, missing) in self.missing(component) {
            let name = missing.provided.as_ref().unwrap_or(&interface);
            self.add_interface(name);
            let mut instance =
                place(&mut self.linker, name).map_err(|error| failed(&interface, error))?;
            for resource in &missing.resources {
                // Its values cannot come into being, as all functions that make them trap.
                let ty = ResourceType::host_dynamic(u32::MAX);
                instance
                    .resource(resource, ty, |_, _| Ok(()))
                    .map_err(|error| failed(&full_name(&interface, resource), error))?;
            }
            for function in &missing.functions {
                let full = full_name(&interface, function);
                let message =
                    format!("the guest called {full}, which this engine does not provide");
                instance
                    .func_new(function, move |_, _, _, _| {
                        Err(Error::new(HnError::new(HnErrorKind::Host, message.clone())))
                    })
                    .map_err(|error| failed(&full, error))?;
            }
        }
        Ok(())
    }
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_linker_new(
    engine: *const HnEngine,
    out: *mut *mut HnLinker,
) -> *mut HnError {
    guard(|| {
        // SAFETY: the caller passes a live engine and a variable.
        let engine = unsafe { (*engine).engine.clone() };
        let linker = HnLinker {
            linker: Linker::new(&engine),
            engine,
            wasi: false,
            interfaces: Vec::new(),
            expected: HashMap::new(),
            host_resources: Vec::new(),
        };
        unsafe { *out = Box::into_raw(Box::new(linker)) };
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_linker_clone(linker: *const HnLinker) -> *mut HnLinker {
    // SAFETY: the caller passes a live linker.
    crate::error::guard_infallible(|| Box::into_raw(Box::new(unsafe { (*linker).clone() })))
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_linker_delete(linker: *mut HnLinker) {
    if !linker.is_null() {
        // SAFETY: the caller gives up its linker.
        crate::error::guard_infallible(|| drop(unsafe { Box::from_raw(linker) }));
    }
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_linker_add_wasi(linker: *mut HnLinker) -> *mut HnError {
    guard(|| {
        // SAFETY: live, and not in use by another thread.
        let this = unsafe { &mut *linker };
        wasmtime_wasi::p2::add_to_linker_async(&mut this.linker)
            .map_err(|error| failed("WASI", error))?;
        wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut this.linker)
            .map_err(|error| failed("wasi:http", error))?;
        this.wasi = true;
        Ok(())
    })
}

/// Callbacks of a resource.
#[derive(Clone, Copy)]
struct Drop {
    env: *mut c_void,
    callback: HnResourceDropFn,
}
// SAFETY: the caller promises that `env` may be used from any thread.
unsafe impl Send for Drop {}
unsafe impl Sync for Drop {}

impl Drop {
    fn run(&self, context: *mut c_void, representation: u32) -> wasmtime::Result<()> {
        // SAFETY: the contract of hn_resource_drop_fn.
        unsafe { HnError::take((self.callback)(self.env, context, representation)) }
            .map_err(Error::new)
    }
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_linker_add_resource(
    linker: *mut HnLinker,
    interface: HnStr,
    name: HnStr,
    type_id: u32,
    env: *mut c_void,
    callback: HnResourceDropFn,
) -> *mut HnError {
    guard(|| {
        // SAFETY: live, and not in use by another thread; the texts are valid for the call.
        let (this, interface, name) = unsafe { (&mut *linker, interface.text()?, name.text()?) };
        let ty = ResourceType::host_dynamic(type_id);
        if type_id == u32::MAX || this.host_resources.contains(&ty) {
            return Err(HnError::new(
                HnErrorKind::InvalidArgument,
                format!("resource type id {type_id} is taken"),
            ));
        }
        let drop = Drop { env, callback };
        this.add_interface(interface);
        place(&mut this.linker, interface)
            .and_then(|mut instance| {
                instance.resource(
                    name,
                    ty,
                    move |store: StoreContextMut<'_, CallState>, representation| {
                        drop.run(store.data().context, representation)
                    },
                )
            })
            .map_err(|error| failed(&full_name(interface, name), error))?;
        this.host_resources.push(ty);
        Ok(())
    })
}

impl HnLinker {
    pub(crate) fn add_interface(&mut self, name: &str) {
        if !self.interfaces.iter().any(|known| known == name) {
            self.interfaces.push(name.to_string());
        }
    }
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_linker_add_interface(
    linker: *mut HnLinker,
    interface: HnStr,
) -> *mut HnError {
    guard(|| {
        // SAFETY: as above.
        let (this, interface) = unsafe { (&mut *linker, interface.text()?) };
        place(&mut this.linker, interface).map_err(|error| failed(interface, error))?;
        this.add_interface(interface);
        Ok(())
    })
}

fn check_counts(function: &HnHostFunction, what: &str) -> Result<(), HnError> {
    let refuse =
        |rule: String| Err(HnError::new(HnErrorKind::InvalidArgument, format!("{what}: {rule}")));
    if function.flat_parameters > 16 && function.flat_parameters != IN_MEMORY {
        return refuse(format!(
            "{} flat parameters; at most 16 are passed directly",
            function.flat_parameters
        ));
    }
    if function.flat_results > 1 && function.flat_results != IN_MEMORY {
        return refuse(format!(
            "{} flat results; at most 1 is passed directly",
            function.flat_results
        ));
    }
    if (function.flags & SUSPENDS != 0) != function.resume.is_some() {
        return refuse("a function has a resume callback exactly when it suspends".to_string());
    }
    Ok(())
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_linker_add_function(
    linker: *mut HnLinker,
    function: *const HnHostFunction,
) -> *mut HnError {
    guard(|| {
        // SAFETY: live, and not in use by another thread; the texts are valid for the call.
        let (this, function) = unsafe { (&mut *linker, &*function) };
        let (interface, name, signature) = unsafe {
            (function.interface_name.text()?, function.name.text()?, function.signature.text()?)
        };
        let what = full_name(interface, name);
        check_counts(function, &what)?;
        this.add_interface(interface);
        place(&mut this.linker, interface)
            .and_then(|mut instance| host_function::define(&mut instance, name, function))
            .map_err(|error| failed(&what, error))?;
        this.expected.insert((interface.to_string(), name.to_string()), signature.to_string());
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_linker_missing_imports(
    linker: *const HnLinker,
    component: *const HnComponent,
    out: *mut *mut HnBuffer,
) -> *mut HnError {
    guard(|| {
        // SAFETY: the caller passes live objects and a variable.
        let missing = unsafe { (*linker).missing(&*component) };
        let list: Vec<_> = missing
            .iter()
            .map(|(interface, missing)| {
                json!({
                    "interface": interface,
                    "functions": missing.functions,
                    "resources": missing.resources,
                    "provided_version": missing.provided.as_ref().and_then(|name| name.split_once('@')).map(|(_, version)| version),
                })
            })
            .collect();
        unsafe { *out = HnBuffer::give(json!(list).to_string().into_bytes()) };
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_linker_trap_missing_imports(
    linker: *mut HnLinker,
    component: *const HnComponent,
) -> *mut HnError {
    // SAFETY: live, and the linker is not in use by another thread.
    guard(|| unsafe { (*linker).trap_missing(&*component) })
}

#[cfg(test)]
mod tests {
    use super::serves;

    #[test]
    fn versions_match_as_wasmtime_matches_them() {
        let cases = [
            ("wasi:io/poll@0.2.12", "wasi:io/poll@0.2.0", true),
            ("wasi:io/poll@0.2.12", "wasi:io/poll@0.2.99", true),
            ("wasi:io/poll@0.2.12", "wasi:io/poll@0.3.0", false),
            ("wasi:io/poll@0.2.12", "wasi:io/streams@0.2.12", false),
            ("a:b/c@1.2.3", "a:b/c@1.9.0", true),
            ("a:b/c@1.2.3", "a:b/c@2.0.0", false),
            ("a:b/c@0.0.3", "a:b/c@0.0.4", false),
            ("a:b/c@1.0.0-rc.1", "a:b/c@1.0.0-rc.2", false),
            ("a:b/c@1.0.0-rc.1", "a:b/c@1.0.0-rc.1", true),
            ("hermes:cron/api", "hermes:cron/api", true),
            ("hermes:cron/api", "hermes:cron/api@1.0.0", false),
        ];
        for (provided, wanted, expected) in cases {
            assert_eq!(serves(provided, wanted), expected, "{provided} for {wanted}");
        }
    }
}
