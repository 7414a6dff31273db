//! What the generator does not do, said by package, interface and item.

use anyhow::{Result, bail};
use wit_parser::{
    Function, Resolve, Span, Type, TypeDefKind, TypeId, TypeOwner, WorldId, WorldItem,
};

/// "Flags" in CanonicalABI.md of the component model: more are not valid in a component.
const MAX_FLAGS: usize = 32;

/// Refuses a world that needs something for which there are no bindings. The message lists all of it, each with its
/// place in the WIT.
pub fn supported(resolve: &Resolve, world: WorldId) -> Result<()> {
    let mut check = Check { resolve, problems: Vec::new() };
    let world_name = &resolve.worlds[world].name;
    let items = &resolve.worlds[world];
    for (key, item) in items.imports.iter().chain(&items.exports) {
        let place = resolve.name_world_key(key);
        match item {
            WorldItem::Interface { id, .. } => {
                let interface = &resolve.interfaces[*id];
                for (name, id) in &interface.types {
                    check.definition(&format!("{place}: type `{name}`"), *id);
                }
                for function in interface.functions.values() {
                    check.function(&place, function);
                }
            }
            WorldItem::Function(function) => {
                check.function(&format!("world {world_name}"), function);
            }
            WorldItem::Type { id, .. } => {
                check.definition(&format!("world {world_name}: type `{place}`"), *id);
            }
        }
    }
    if check.problems.is_empty() {
        return Ok(());
    }
    bail!(
        "world `{world_name}` uses what these bindings do not support:\n{}",
        check.problems.join("\n")
    )
}

struct Check<'a> {
    resolve: &'a Resolve,
    problems: Vec<String>,
}

impl Check<'_> {
    fn problem(&mut self, item: &str, what: &str, span: Span) {
        let place = self.resolve.render_location(span);
        let text = format!("  {place}: {item}: {what}");
        if !self.problems.contains(&text) {
            self.problems.push(text);
        }
    }

    fn function(&mut self, place: &str, function: &Function) {
        let item = format!("{place}: function `{}`", function.name);
        if function.kind.is_async() {
            self.problem(&item, "an async function (WASI 0.3)", function.span);
        }
        for parameter in &function.params {
            self.reference(
                &format!("{item}: parameter `{}`", parameter.name),
                parameter.ty,
                function.span,
            );
        }
        if let Some(result) = function.result {
            self.reference(&format!("{item}: result"), result, function.span);
        }
    }

    /// A type where it is used: a named one was checked where it is defined.
    fn reference(&mut self, item: &str, ty: Type, span: Span) {
        match ty {
            Type::ErrorContext => self.problem(item, "an error-context (WASI 0.3)", span),
            Type::Id(id) if self.resolve.types[id].owner == TypeOwner::None => {
                self.kind(item, id, span)
            }
            _ => {}
        }
    }

    fn definition(&mut self, item: &str, id: TypeId) {
        self.kind(item, id, self.resolve.types[id].span);
    }

    fn kind(&mut self, item: &str, id: TypeId, span: Span) {
        match &self.resolve.types[id].kind {
            TypeDefKind::Record(record) => {
                for field in &record.fields {
                    self.reference(
                        &format!("{item}: field `{}`", field.name),
                        field.ty,
                        field.span,
                    );
                }
            }
            TypeDefKind::Variant(variant) => {
                for case in &variant.cases {
                    if let Some(ty) = case.ty {
                        self.reference(&format!("{item}: case `{}`", case.name), ty, case.span);
                    }
                }
            }
            TypeDefKind::Tuple(tuple) => {
                for ty in &tuple.types {
                    self.reference(item, *ty, span);
                }
            }
            TypeDefKind::Option(ty) | TypeDefKind::List(ty) | TypeDefKind::Type(ty) => {
                self.reference(item, *ty, span)
            }
            TypeDefKind::Result(result) => {
                for ty in [result.ok, result.err].into_iter().flatten() {
                    self.reference(item, ty, span);
                }
            }
            TypeDefKind::Map(..) => self.problem(item, "a map; use a list of tuples", span),
            TypeDefKind::FixedLengthList(..) => {
                self.problem(item, "a list of fixed length; use a list or a tuple", span)
            }
            TypeDefKind::Future(_) => self.problem(item, "a future (WASI 0.3)", span),
            TypeDefKind::Stream(_) => self.problem(item, "a stream (WASI 0.3)", span),
            TypeDefKind::Flags(flags) if flags.flags.len() > MAX_FLAGS => {
                let what = format!(
                    "{} flags; a component may have {MAX_FLAGS} in one type",
                    flags.flags.len()
                );
                self.problem(item, &what, span);
            }
            TypeDefKind::Resource
            | TypeDefKind::Handle(_)
            | TypeDefKind::Flags(_)
            | TypeDefKind::Enum(_)
            | TypeDefKind::Unknown => {}
        }
    }
}
