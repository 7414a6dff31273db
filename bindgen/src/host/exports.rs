//! What guests implement: a call class per exported function, and handles to the resources of the guest.

use wit_parser::{Function, FunctionKind, TypeId};

use super::code::{self, Code};
use super::cpp::{Form, Types};
use super::docs;
use super::imports::function_type;
use super::model::Model;
use super::names::{self, Scope};

/// The types for a resource that the guest defines.
pub fn resource_handle(types: &Types, id: TypeId, comment: &str, out: &mut Code) {
    let name = &types.model.name(id).owned;
    out.gap();
    out.line(format!("struct {name}Tag;"));
    out.raw(comment);
    if !comment.is_empty() {
        out.line("///");
    }
    out.line("/// A resource of the guest. It belongs to the call that returned it; Call::start_drop drops it.");
    out.line(format!("using {name} = wasm::GuestResource<{name}Tag>;"));
    out.line(format!("/// A {name} that is lent to a function of the guest."));
    out.line(format!("using {name}Borrow = wasm::GuestBorrow<{name}Tag>;"));
}

/// The C++ name of a call.
fn call_name(model: &Model, function: &Function) -> String {
    let item = function.item_name();
    let resource = |id: TypeId| model.definition(id).name.as_deref().unwrap_or_default();
    names::camel(&match function.kind {
        FunctionKind::Constructor(id) => format!("make-{}", resource(id)),
        FunctionKind::Method(id) | FunctionKind::Static(id) => format!("{}-{item}", resource(id)),
        _ => item.to_string(),
    })
}

/// The call classes of a unit.
pub fn declare(model: &mut Model, index: usize, out: &mut Code) {
    for function in model.units[index].exports.clone() {
        let wanted = call_name(model, function);
        let scope = &mut model.units[index].scope;
        let name = scope.take(wanted);
        let constant = scope.take(format!("k{name}Type"));
        let signature = scope.take(format!("{name}Signature"));
        call_class(model, index, function, &CallNames { name, constant, signature }, out);
    }
}

/// The names that one exported function takes in its namespace.
struct CallNames {
    /// The class.
    name: String,
    /// The constant with the function's type.
    constant: String,
    /// The function type of C++, where it is too long to be written in place.
    signature: String,
}

fn call_class(model: &Model, index: usize, function: &Function, names: &CallNames, out: &mut Code) {
    let types = Types::new(model, index);
    let unit = &model.units[index];
    let mut scope = Scope::default();
    let parameters: Vec<_> = function
        .params
        .iter()
        .map(|parameter| {
            let name = scope.take(names::snake(&parameter.name));
            (name, types.export_parameter(parameter.ty), parameter.ty)
        })
        .collect();
    let result = match function.result {
        Some(ty) => types.value(ty, Form::Owned),
        None => "void".to_string(),
    };
    let arguments: Vec<_> = parameters.iter().map(|(_, ty, _)| ty.clone()).collect();
    let CallNames { name, constant, signature } = names;
    let base = |signature: &str| format!("public wasm::TypedCall<{constant}, {signature}> {{");
    let written_out = base(&format!("{result}({})", arguments.join(", ")));
    let fits = "    : ".len() + written_out.len() <= docs::COLUMNS;

    out.gap();
    out.raw(&function_type(model, unit, "inline constexpr", constant, function));
    if !fits {
        let head = format!("using {signature} = {result}(");
        if head.len() <= docs::COLUMNS {
            out.line(code::list(0, &head, &arguments, ");"));
        } else {
            out.line(format!("using {signature} ="));
            out.line(code::list(4, &format!("{result}("), &arguments, ");"));
        }
    }
    out.gap();
    out.raw(&docs::comment(function.docs.contents.as_deref(), 0));
    let refers =
        parameters.iter().any(|(_, text, ty)| text.ends_with('&') || model.view_differs(*ty));
    if refers {
        if !function.docs.is_empty() {
            out.line("///");
        }
        out.line("/// What the arguments refer to must live until the call has ended.");
    }
    let base = if fits { written_out } else { base(signature) };
    let one_line = format!("class {name} final : {base}");
    if one_line.len() <= docs::COLUMNS {
        out.line(one_line);
    } else {
        out.line(format!("class {name} final"));
        let arguments = [constant.clone(), signature.clone()];
        let broken = code::list(4, ": public wasm::TypedCall<", &arguments, "> {");
        let base = format!("    : {base}");
        out.line(if base.len() <= docs::COLUMNS { base } else { broken });
    }
    out.line(" public:");
    if parameters.is_empty() {
        out.line(format!("  {name}() = default;"));
    } else {
        constructor(&types, name, &parameters, out);
    }
    out.line("};");
}

fn constructor(
    types: &Types,
    name: &str,
    parameters: &[(String, String, wit_parser::Type)],
    out: &mut Code,
) {
    let declared: Vec<_> = parameters.iter().map(|(name, ty, _)| format!("{ty} {name}")).collect();
    let forwarded: Vec<_> = parameters
        .iter()
        .map(
            |(name, _, ty)| {
                if types.is_moved(*ty) { format!("std::move({name})") } else { name.clone() }
            },
        )
        .collect();
    let one_line = format!(
        "  explicit {name}({}) : TypedCall({}) {{}}",
        declared.join(", "),
        forwarded.join(", ")
    );
    if one_line.len() <= docs::COLUMNS {
        out.line(one_line);
        return;
    }
    out.list(2, &format!("explicit {name}("), &declared, ")");
    out.list(6, ": TypedCall(", &forwarded, ") {}");
}
