//! The guest of the matrix: a core module whose every export calls the import of the same name with what it was given,
//! and answers what that answers. It looks at no value, so whatever arrives was made by one host and is read by another.

use std::fmt::Write;

use wit_parser::abi::{AbiVariant, WasmSignature, WasmType};
use wit_parser::{Function, Handle, Interface, Resolve, Type, TypeDefKind};

/// Where results are written, and how much room there is.
const RESULT_AREA: u32 = 1024;
/// Where realloc starts to hand out memory.
const HEAP: u32 = 65536;

fn core(ty: &WasmType) -> &'static str {
    match ty {
        WasmType::I32 | WasmType::Pointer | WasmType::Length => "i32",
        WasmType::I64 | WasmType::PointerOrI64 => "i64",
        WasmType::F32 => "f32",
        WasmType::F64 => "f64",
    }
}

fn signature(sig: &WasmSignature) -> String {
    let mut text = String::new();
    for ty in &sig.params {
        let _ = write!(text, " (param {})", core(ty));
    }
    for ty in &sig.results {
        let _ = write!(text, " (result {})", core(ty));
    }
    text
}

fn is_borrow(resolve: &Resolve, ty: Type) -> bool {
    match ty {
        Type::Id(id) => matches!(resolve.types[id].kind, TypeDefKind::Handle(Handle::Borrow(_))),
        _ => false,
    }
}

/// The body: parameters, where to put the result, the call; then borrows are given back.
fn body(
    resolve: &Resolve,
    function: &Function,
    export: &WasmSignature,
    import: &WasmSignature,
    index: usize,
) -> String {
    let mut text = String::new();
    for at in 0..export.params.len() {
        let _ = writeln!(text, "    (local.get {at})");
    }
    if import.retptr {
        let _ = writeln!(text, "    (i32.const {RESULT_AREA})");
    }
    let _ = writeln!(text, "    (call $import{index})");
    if import.retptr {
        let _ = writeln!(text, "    (i32.const {RESULT_AREA})");
    }
    // Borrows stand alone among parameters that take one flat value each.
    for (at, parameter) in function.params.iter().enumerate() {
        if is_borrow(resolve, parameter.ty) {
            let _ = writeln!(text, "    (call $drop (local.get {at}))");
        }
    }
    text
}

/// WebAssembly text of the guest. `module` is the interface by its full name, `things` the one that has the resource.
pub fn text(resolve: &Resolve, interface: &Interface, module: &str, things: &str) -> String {
    let mut imports = String::new();
    let mut exports = String::new();
    for (index, function) in interface.functions.values().enumerate() {
        let import = resolve.wasm_signature(AbiVariant::GuestImport, function);
        let export = resolve.wasm_signature(AbiVariant::GuestExport, function);
        let name = &function.name;
        let _ = writeln!(
            imports,
            "  (import \"{module}\" \"{name}\" (func $import{index}{}))",
            signature(&import)
        );
        let _ = write!(
            exports,
            "  (func (export \"{module}#{name}\"){}\n{}  )\n",
            signature(&export),
            body(resolve, function, &export, &import, index)
        );
    }
    format!(
        "(module\n{imports}  (import \"{things}\" \"[resource-drop]thing\" (func $drop (param i32)))
  (memory (export \"memory\") 4)
  (global $next (mut i32) (i32.const {HEAP}))
  ;; Never frees: each call has a fresh instance.
  (func (export \"cabi_realloc\")
    (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32)
    (local $at i32) (local $missing i32)
    (local.set $at
      (i32.and
        (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
    (global.set $next (i32.add (local.get $at) (local.get $size)))
    (local.set $missing
      (i32.sub
        (i32.div_u (i32.add (global.get $next) (i32.const 65535)) (i32.const 65536))
        (memory.size)))
    (if (i32.gt_s (local.get $missing) (i32.const 0))
      (then (drop (memory.grow (local.get $missing)))))
    (if (i32.gt_u (local.get $old_size) (local.get $size))
      (then (local.set $old_size (local.get $size))))
    (memory.copy (local.get $at) (local.get $old) (local.get $old_size))
    (local.get $at))
{exports})\n"
    )
}
