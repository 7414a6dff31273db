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
        let name = model.units[index].scope.take(wanted);
        let constant = model.units[index].scope.take(format!("k{name}Type"));
        call_class(model, index, function, &name, &constant, out);
    }
}

fn call_class(
    model: &Model,
    index: usize,
    function: &Function,
    name: &str,
    constant: &str,
    out: &mut Code,
) {
    let types = Types::new(model, index);
    let unit = &model.units[index];
    out.gap();
    out.raw(&function_type(model, unit, "inline constexpr", constant, function));
    out.gap();
    out.raw(&docs::comment(function.docs.contents.as_deref(), 0));
    let mut scope = Scope::default();
    let parameters: Vec<_> = function
        .params
        .iter()
        .map(|parameter| {
            let name = scope.take(names::snake(&parameter.name));
            (name, types.export_parameter(parameter.ty), parameter.ty)
        })
        .collect();
    let refers =
        parameters.iter().any(|(_, text, ty)| text.ends_with('&') || model.view_differs(*ty));
    if refers {
        if !function.docs.is_empty() {
            out.line("///");
        }
        out.line("/// What the arguments refer to must live until the call has ended.");
    }
    let result = match function.result {
        Some(ty) => types.value(ty, Form::Owned),
        None => "void".to_string(),
    };
    let argument_types: Vec<_> = parameters.iter().map(|(_, ty, _)| ty.clone()).collect();
    let base = format!("wasm::TypedCall<{constant}, {result}(");
    let one_line = format!("class {name} final : public {base}{})> {{", argument_types.join(", "));
    if one_line.len() <= docs::COLUMNS {
        out.line(one_line);
    } else {
        out.line(format!("class {name} final"));
        out.line(base_clause(constant, &result, &argument_types));
    }
    out.line(" public:");
    if parameters.is_empty() {
        out.line(format!("  {name}() = default;"));
    } else {
        constructor(&types, name, &parameters, out);
    }
    out.line("};");
}

/// `    : public wasm::TypedCall<constant, R(...)> {`, broken where it is too long.
fn base_clause(constant: &str, result: &str, arguments: &[String]) -> String {
    let signature = format!("{result}({})", arguments.join(", "));
    let head = "    : public wasm::TypedCall<";
    let one_line = format!("{head}{constant}, {signature}> {{");
    if one_line.len() <= docs::COLUMNS {
        return one_line;
    }
    let behind = head.len();
    if behind + signature.len() + 3 <= docs::COLUMNS {
        return format!("{head}{constant},\n{:behind$}{signature}> {{", "");
    }
    format!("{head}{constant},\n{}", code::list(behind, &format!("{result}("), arguments, ")> {"))
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
