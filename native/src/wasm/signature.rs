//! The text of a function's type (`hermes_native/wasm.h`, "Signatures"), from a component's own types. Comparing text
//! is the type check between a component and the code that was generated for it, and gives the message when it fails.

use super::component::imported_items;
use std::collections::HashMap;
use wasmtime::Engine;
use wasmtime::component::types::{Component, ComponentFunc, ComponentItem};
use wasmtime::component::{ResourceType, Type};

/// Length at which a signature is cut: types can share parts, so that their text grows exponentially.
const MAX_SIGNATURE_BYTES: usize = 1 << 16;

/// Names of a component's resources.
pub struct ResourceNames(Vec<(ResourceType, String)>);

/// An interface's name without its version.
pub fn unversioned(interface: &str) -> &str {
    interface.split_once('@').map_or(interface, |(name, _)| name)
}

impl ResourceNames {
    /// Collects what a component imports and exports. An import names a resource before an export does.
    pub fn of(component: &Component, engine: &Engine) -> Self {
        let mut names = ResourceNames(Vec::new());
        let items = component.imports(engine).chain(component.exports(engine));
        for (interface, item) in items {
            match item.ty {
                ComponentItem::ComponentInstance(instance) => {
                    for (name, item) in instance.exports(engine) {
                        if let ComponentItem::Resource(resource) = item.ty {
                            names.add(resource, format!("{}.{name}", unversioned(interface)));
                        }
                    }
                }
                ComponentItem::Resource(resource) => names.add(resource, interface.to_string()),
                _ => {}
            }
        }
        names
    }

    fn add(&mut self, resource: ResourceType, name: String) {
        if !self.0.iter().any(|(known, _)| *known == resource) {
            self.0.push((resource, name));
        }
    }

    fn name(&self, resource: &ResourceType) -> &str {
        self.0.iter().find(|(known, _)| known == resource).map_or("<unnamed>", |(_, name)| name)
    }
}

struct Writer<'n> {
    names: &'n ResourceNames,
    text: String,
}

/// The signature of `function`.
pub fn signature(function: &ComponentFunc, names: &ResourceNames) -> String {
    let mut writer = Writer { names, text: String::new() };
    writer.text.push_str(if function.async_() { "async func(" } else { "func(" });
    writer.list(function.params().map(|(_, ty)| ty));
    writer.text.push(')');
    if let Some(ty) = function.results().next() {
        writer.text.push_str(" -> ");
        writer.ty(&ty);
    }
    writer.text
}

impl Writer<'_> {
    fn list(&mut self, types: impl Iterator<Item = Type>) {
        for (index, ty) in types.enumerate() {
            if index > 0 {
                self.text.push_str(", ");
            }
            self.ty(&ty);
        }
    }

    fn wrap(&mut self, name: &str, types: impl Iterator<Item = Type>) {
        self.text.push_str(name);
        self.text.push('<');
        self.list(types);
        self.text.push('>');
    }

    fn braces<'a>(
        &mut self,
        kind: &str,
        entries: impl Iterator<Item = (&'a str, Option<Type>)>,
        payload: [&str; 2],
    ) {
        self.text.push_str(kind);
        self.text.push_str(" { ");
        for (index, (name, ty)) in entries.enumerate() {
            if index > 0 {
                self.text.push_str(", ");
            }
            self.text.push_str(name);
            if let Some(ty) = ty {
                self.text.push_str(payload[0]);
                self.ty(&ty);
                self.text.push_str(payload[1]);
            }
        }
        self.text.push_str(" }");
    }

    fn ty(&mut self, ty: &Type) {
        if self.text.len() > MAX_SIGNATURE_BYTES {
            if !self.text.ends_with("...") {
                self.text.push_str("...");
            }
            return;
        }
        let simple = match ty {
            Type::Bool => "bool",
            Type::S8 => "s8",
            Type::U8 => "u8",
            Type::S16 => "s16",
            Type::U16 => "u16",
            Type::S32 => "s32",
            Type::U32 => "u32",
            Type::S64 => "s64",
            Type::U64 => "u64",
            Type::Float32 => "f32",
            Type::Float64 => "f64",
            Type::Char => "char",
            Type::String => "string",
            Type::List(list) => return self.wrap("list", [list.ty()].into_iter()),
            Type::Option(option) => return self.wrap("option", [option.ty()].into_iter()),
            Type::Tuple(tuple) => return self.wrap("tuple", tuple.types()),
            Type::Result(result) => return self.result(result.ok(), result.err()),
            Type::Record(record) => {
                return self.braces(
                    "record",
                    record.fields().map(|field| (field.name, Some(field.ty))),
                    [": ", ""],
                );
            }
            Type::Variant(variant) => {
                return self.braces(
                    "variant",
                    variant.cases().map(|case| (case.name, case.ty)),
                    ["(", ")"],
                );
            }
            Type::Enum(names) => {
                return self.braces("enum", names.names().map(|name| (name, None)), ["", ""]);
            }
            Type::Flags(names) => {
                return self.braces("flags", names.names().map(|name| (name, None)), ["", ""]);
            }
            Type::Own(resource) => return self.handle("own", resource),
            Type::Borrow(resource) => return self.handle("borrow", resource),
            Type::Map(_) => "map",
            Type::FixedLengthList(_) => "fixed-length-list",
            Type::Future(_) => "future",
            Type::Stream(_) => "stream",
            Type::ErrorContext => "error-context",
        };
        self.text.push_str(simple);
    }

    fn handle(&mut self, kind: &str, resource: &ResourceType) {
        let name = self.names.name(resource);
        self.text.push_str(&format!("{kind}<{name}>"));
    }

    fn result(&mut self, ok: Option<Type>, err: Option<Type>) {
        self.text.push_str("result");
        match (ok, err) {
            (None, None) => {}
            (Some(ok), None) => self.wrap("", [ok].into_iter()),
            (None, Some(err)) => {
                self.text.push_str("<_, ");
                self.ty(&err);
                self.text.push('>');
            }
            (Some(ok), Some(err)) => self.wrap("", [ok, err].into_iter()),
        }
    }
}

/// Signatures by interface (as the component names it; empty for the world itself) and function.
pub type Signatures = HashMap<(String, String), String>;

/// The signatures of all functions that a component imports.
pub fn imported(component: &Component, engine: &Engine) -> Signatures {
    let names = ResourceNames::of(component, engine);
    let mut signatures = HashMap::new();
    for (interface, name, item) in imported_items(component, engine) {
        if let ComponentItem::ComponentFunc(function) = item {
            signatures.insert((interface, name), signature(&function, &names));
        }
    }
    signatures
}
