//! Components: compiled, loaded, described.

use super::engine::{HnEngine, HnEngineConfig};
use super::failure::describe as describe_error;
use super::signature::{ResourceNames, signature};
use crate::error::{HnBuffer, HnBytes, HnError, HnErrorKind, guard, guard_infallible};
use serde_json::{Value, json};
use wasmtime::Engine;
use wasmtime::component::Component;
use wasmtime::component::types::{Component as ComponentType, ComponentItem};

/// `hn_component`.
#[derive(Clone)]
pub struct HnComponent {
    pub(crate) engine: Engine,
    pub(crate) component: Component,
}

/// Everything that a component imports: the interface (empty for what its world imports itself), the name, and what it
/// is.
pub fn imported_items(
    component: &ComponentType,
    engine: &Engine,
) -> Vec<(String, String, ComponentItem)> {
    let mut items = Vec::new();
    for (import, item) in component.imports(engine) {
        if let ComponentItem::ComponentInstance(instance) = item.ty {
            for (name, item) in instance.exports(engine) {
                items.push((import.to_string(), name.to_string(), item.ty));
            }
        } else {
            items.push((String::new(), import.to_string(), item.ty));
        }
    }
    items
}

/// The bytes with which every binary component starts: magic, version 13, layer 1.
const COMPONENT_PREAMBLE: [u8; 8] = [0, b'a', b's', b'm', 0x0d, 0, 1, 0];
/// The bytes with which every binary core module starts.
const MODULE_PREAMBLE: [u8; 8] = [0, b'a', b's', b'm', 1, 0, 0, 0];

fn check_preamble(bytes: &[u8]) -> Result<(), HnError> {
    let refuse = |message: &str| Err(HnError::new(HnErrorKind::InvalidComponent, message));
    if bytes.starts_with(&COMPONENT_PREAMBLE) {
        return Ok(());
    }
    if bytes.starts_with(&MODULE_PREAMBLE) {
        return refuse(
            "this is a core module, not a component; `hermes componentize` makes a component of it",
        );
    }
    if bytes.is_empty() {
        return refuse("the file is empty, a binary component is wanted");
    }
    if std::str::from_utf8(&bytes[..bytes.len().min(64)])
        .is_ok_and(|text| text.trim_start().starts_with('('))
    {
        return refuse(
            "this is WebAssembly text, a binary component is wanted; `hermes componentize` takes text",
        );
    }
    refuse(
        "this is not a WebAssembly component: the first bytes are not \\0asm with the version of components",
    )
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_component_compile(
    config: *const HnEngineConfig,
    component: HnBytes,
    out: *mut *mut HnBuffer,
) -> *mut HnError {
    guard(|| {
        // SAFETY: the caller passes a configuration, bytes that are valid for the call, and a variable.
        let (config, bytes) = unsafe { (*config, component.bytes()) };
        check_preamble(bytes)?;
        let artefact = config.compiler()?.precompile_component(bytes).map_err(|error| {
            HnError::new(
                HnErrorKind::InvalidComponent,
                format!("the component does not compile: {}", describe_error(&error)),
            )
        })?;
        unsafe { *out = HnBuffer::give(artefact) };
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_component_load(
    engine: *const HnEngine,
    file_descriptor: i32,
    out: *mut *mut HnComponent,
) -> *mut HnError {
    guard(|| {
        // SAFETY: the caller passes a live engine and a variable, and vouches for the file's content.
        let engine = unsafe { (*engine).engine.clone() };
        // Wasmtime opens a path; this one names the open file.
        let path = format!("/proc/self/fd/{file_descriptor}");
        let component = unsafe { Component::deserialize_file(&engine, path) }.map_err(|error| {
            HnError::new(
                HnErrorKind::Internal,
                format!("the compiled component cannot be loaded: {}", describe_error(&error)),
            )
        })?;
        component
            .initialize_copy_on_write_image()
            .map_err(|error| HnError::new(HnErrorKind::Internal, describe_error(&error)))?;
        unsafe { *out = Box::into_raw(Box::new(HnComponent { engine, component })) };
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_component_clone(
    component: *const HnComponent,
) -> *mut HnComponent {
    // SAFETY: the caller passes a live component.
    guard_infallible(|| Box::into_raw(Box::new(unsafe { (*component).clone() })))
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_component_delete(component: *mut HnComponent) {
    if !component.is_null() {
        // SAFETY: the caller gives it up.
        guard_infallible(|| drop(unsafe { Box::from_raw(component) }));
    }
}

fn item(name: &str, item: ComponentItem, engine: &Engine, names: &ResourceNames) -> Value {
    let kind = match &item {
        ComponentItem::ComponentFunc(function) => {
            return json!({"name": name, "kind": "function", "signature": signature(function, names)});
        }
        ComponentItem::ComponentInstance(_) => "instance",
        ComponentItem::CoreFunc(_) => "core-function",
        ComponentItem::Module(_) => "module",
        ComponentItem::Component(_) => "component",
        ComponentItem::Type(_) => "type",
        ComponentItem::Resource(_) => "resource",
    };
    let ComponentItem::ComponentInstance(instance) = item else {
        return json!({"name": name, "kind": kind});
    };
    let (mut functions, mut types, mut resources) = (Vec::new(), Vec::new(), Vec::new());
    for (name, item) in instance.exports(engine) {
        match item.ty {
            ComponentItem::ComponentFunc(function) => {
                functions.push(json!({"name": name, "signature": signature(&function, names)}));
            }
            ComponentItem::Resource(_) => resources.push(name),
            _ => types.push(name),
        }
    }
    json!({"name": name, "kind": kind, "functions": functions, "types": types, "resources": resources})
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_component_describe(
    component: *const HnComponent,
    out: *mut *mut HnBuffer,
) -> *mut HnError {
    guard(|| {
        // SAFETY: the caller passes a live component and a variable.
        let HnComponent { engine, component } = unsafe { &*component };
        let ty = component.component_type();
        let names = ResourceNames::of(&ty, engine);
        let imports: Vec<_> =
            ty.imports(engine).map(|(name, ty)| item(name, ty.ty, engine, &names)).collect();
        let exports: Vec<_> =
            ty.exports(engine).map(|(name, ty)| item(name, ty.ty, engine, &names)).collect();
        let text = json!({"imports": imports, "exports": exports}).to_string();
        unsafe { *out = HnBuffer::give(text.into_bytes()) };
        Ok(())
    })
}
