//! Core modules to components, in process: `wit-component` with the preview1 adapter built in.

use crate::error::{HnBuffer, HnBytes, HnError, HnErrorKind, HnStr, guard};
use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER,
    WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// `hn_componentize_options`.
#[repr(C)]
pub struct HnComponentizeOptions {
    core: HnBytes,
    wit_path: HnStr,
    world: HnStr,
    encoding: u32,
}

fn refuse(what: &str, error: impl std::fmt::Display) -> HnError {
    HnError::new(HnErrorKind::InvalidComponent, format!("{what}: {error:#}"))
}

fn to_binary(bytes: &[u8]) -> Result<Vec<u8>, HnError> {
    wat::parse_bytes(bytes)
        .map(|bytes| bytes.into_owned())
        .map_err(|error| refuse("WebAssembly text", error))
}

fn string_encoding(encoding: u32) -> Result<StringEncoding, HnError> {
    match encoding {
        0 => Ok(StringEncoding::UTF8),
        1 => Ok(StringEncoding::UTF16),
        2 => Ok(StringEncoding::CompactUTF16),
        other => Err(HnError::new(
            HnErrorKind::InvalidArgument,
            format!("{other} is no string encoding"),
        )),
    }
}

/// Imports and exports of a core module that decide how it is adapted.
struct Shape {
    wants_preview1: bool,
    is_command: bool,
}

fn shape(core: &[u8]) -> Result<Shape, HnError> {
    use wasmparser::{Parser, Payload};
    let mut shape = Shape { wants_preview1: false, is_command: false };
    for payload in Parser::new(0).parse_all(core) {
        match payload.map_err(|error| refuse("the core module", error))? {
            Payload::ComponentSection { .. }
            | Payload::Version { encoding: wasmparser::Encoding::Component, .. } => {
                return Err(HnError::new(
                    HnErrorKind::InvalidComponent,
                    "this is a component already",
                ));
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import.map_err(|error| refuse("the core module", error))?;
                    shape.wants_preview1 |= import.module == WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME;
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    shape.is_command |=
                        export.map_err(|error| refuse("the core module", error))?.name == "_start";
                }
            }
            _ => {}
        }
    }
    Ok(shape)
}

fn embed(core: &mut Vec<u8>, wit_path: &str, world: &str, encoding: u32) -> Result<(), HnError> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve
        .push_path(wit_path)
        .map_err(|error| refuse(&format!("WIT in {wit_path}"), error))?;
    let world = (!world.is_empty()).then_some(world);
    let world = resolve
        .select_world(&[package], world)
        .map_err(|error| refuse(&format!("WIT in {wit_path}"), error))?;
    embed_component_metadata(core, &resolve, world, string_encoding(encoding)?)
        .map_err(|error| refuse("the core module", error))
}

/// Makes a component of a core module.
pub fn componentize(
    core: &[u8],
    wit_path: &str,
    world: &str,
    encoding: u32,
) -> Result<Vec<u8>, HnError> {
    let mut core = to_binary(core)?;
    let shape = shape(&core)?;
    if !wit_path.is_empty() {
        embed(&mut core, wit_path, world, encoding)?;
    }
    let mut encoder = ComponentEncoder::default()
        .module(&core)
        .map_err(|error| refuse("the core module does not fit its world", error))?
        .validate(true);
    if shape.wants_preview1 {
        let adapter = if shape.is_command {
            WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER
        } else {
            WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER
        };
        encoder = encoder
            .adapter(WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, adapter)
            .map_err(|error| refuse("the preview1 adapter", error))?;
    }
    encoder.encode().map_err(|error| refuse("the core module does not fit its world", error))
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_componentize(
    options: *const HnComponentizeOptions,
    out: *mut *mut HnBuffer,
) -> *mut HnError {
    guard(|| {
        // SAFETY: the caller passes options whose texts are valid for the call, and a variable.
        let options = unsafe { &*options };
        let (core, wit_path, world) =
            unsafe { (options.core.bytes(), options.wit_path.text()?, options.world.text()?) };
        let component = componentize(core, wit_path, world, options.encoding)?;
        unsafe { *out = HnBuffer::give(component) };
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_wat_to_wasm(
    text_or_binary: HnBytes,
    out: *mut *mut HnBuffer,
) -> *mut HnError {
    guard(|| {
        // SAFETY: the bytes are valid for the call; `out` is the caller's variable.
        let binary = to_binary(unsafe { text_or_binary.bytes() })?;
        unsafe { *out = HnBuffer::give(binary) };
        Ok(())
    })
}
