//! The text form of a function's type, which the native library compares with a component when it links it. The grammar
//! is in native/include/hermes_native/wasm.h under "Signatures".

use wit_parser::{Function, Handle, Resolve, Type, TypeDefKind, TypeId, TypeOwner};

/// `func(T, T) -> T`, with all aliases replaced by what they stand for.
pub fn of(resolve: &Resolve, function: &Function) -> String {
    let parameters: Vec<_> =
        function.params.iter().map(|parameter| ty(resolve, parameter.ty)).collect();
    let result = match function.result {
        Some(result) => format!(" -> {}", ty(resolve, result)),
        None => String::new(),
    };
    format!("func({}){result}", parameters.join(", "))
}

fn ty(resolve: &Resolve, ty: Type) -> String {
    let name = match ty {
        Type::Bool => "bool",
        Type::U8 => "u8",
        Type::U16 => "u16",
        Type::U32 => "u32",
        Type::U64 => "u64",
        Type::S8 => "s8",
        Type::S16 => "s16",
        Type::S32 => "s32",
        Type::S64 => "s64",
        Type::F32 => "f32",
        Type::F64 => "f64",
        Type::Char => "char",
        Type::String => "string",
        Type::ErrorContext => "error-context",
        Type::Id(id) => return definition(resolve, id),
    };
    name.to_string()
}

fn definition(resolve: &Resolve, id: TypeId) -> String {
    match &resolve.types[id].kind {
        TypeDefKind::Type(target) => ty(resolve, *target),
        TypeDefKind::List(item) => format!("list<{}>", ty(resolve, *item)),
        TypeDefKind::Option(item) => format!("option<{}>", ty(resolve, *item)),
        TypeDefKind::Tuple(tuple) => {
            format!("tuple<{}>", join(tuple.types.iter().map(|item| ty(resolve, *item))))
        }
        TypeDefKind::Result(result) => match (result.ok, result.err) {
            (None, None) => "result".to_string(),
            (Some(ok), None) => format!("result<{}>", ty(resolve, ok)),
            (None, Some(err)) => format!("result<_, {}>", ty(resolve, err)),
            (Some(ok), Some(err)) => format!("result<{}, {}>", ty(resolve, ok), ty(resolve, err)),
        },
        TypeDefKind::Record(record) => {
            let fields = record
                .fields
                .iter()
                .map(|field| format!("{}: {}", field.name, ty(resolve, field.ty)));
            format!("record {{ {} }}", join(fields))
        }
        TypeDefKind::Variant(variant) => {
            let cases = variant.cases.iter().map(|case| match case.ty {
                Some(payload) => format!("{}({})", case.name, ty(resolve, payload)),
                None => case.name.clone(),
            });
            format!("variant {{ {} }}", join(cases))
        }
        TypeDefKind::Enum(of) => {
            format!("enum {{ {} }}", join(of.cases.iter().map(|case| case.name.clone())))
        }
        TypeDefKind::Flags(of) => {
            format!("flags {{ {} }}", join(of.flags.iter().map(|flag| flag.name.clone())))
        }
        TypeDefKind::Handle(Handle::Own(resource)) => {
            format!("own<{}>", resource_name(resolve, *resource))
        }
        TypeDefKind::Handle(Handle::Borrow(resource)) => {
            format!("borrow<{}>", resource_name(resolve, *resource))
        }
        // A resource by its bare name is an own handle; the parser makes a handle of it.
        TypeDefKind::Resource => format!("own<{}>", resource_name(resolve, id)),
        kind @ (TypeDefKind::Map(..)
        | TypeDefKind::FixedLengthList(..)
        | TypeDefKind::Future(_)
        | TypeDefKind::Stream(_)
        | TypeDefKind::Unknown) => unreachable!("{} was refused before", kind.as_str()),
    }
}

fn join(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}

/// `hermes:x/api.block`, where the resource is defined: `use` does not make a new one.
fn resource_name(resolve: &Resolve, id: TypeId) -> String {
    let definition = &resolve.types[id];
    if let TypeDefKind::Type(Type::Id(target)) = definition.kind {
        return resource_name(resolve, target);
    }
    let name = definition.name.as_deref().expect("a resource has a name");
    match definition.owner {
        TypeOwner::Interface(interface) => {
            let interface = &resolve.interfaces[interface];
            match (interface.package, &interface.name) {
                (Some(package), Some(interface)) => {
                    let package = &resolve.packages[package].name;
                    format!("{}:{}/{interface}.{name}", package.namespace, package.name)
                }
                _ => name.to_string(),
            }
        }
        TypeOwner::World(_) | TypeOwner::None => name.to_string(),
    }
}
