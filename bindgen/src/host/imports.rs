//! What the host implements: the abstract classes of an interface and its resources, and link().

use wit_parser::{Function, FunctionKind, TypeId};

use super::code::{self, Code};
use super::cpp::{Form, Types};
use super::docs;
use super::model::{Model, Unit};
use super::names::{self, Scope};
use super::signature;
use super::values::is_own_resource;

/// A function that the host implements, with its C++ name.
struct HostFunction<'a> {
    function: &'a Function,
    /// The member function.
    member: String,
    /// The constant with its type, in the source file.
    constant: String,
    /// The resource whose method it is.
    resource: Option<TypeId>,
}

/// The functions of a unit in WIT order. Methods belong to the class of their resource, everything else to the host.
fn functions<'a>(model: &Model<'a>, unit: &Unit<'a>) -> Vec<HostFunction<'a>> {
    let mut host = Scope::default();
    let mut methods: Vec<(TypeId, Scope)> = Vec::new();
    // In the source file they share the namespace with what the header has, which may be exports of the same world.
    let mut constants = unit.scope.clone();
    let mut result = Vec::new();
    for function in &unit.imports {
        let item = function.item_name();
        let resource_name = |id: TypeId| model.definition(id).name.as_deref().unwrap_or_default();
        let (member, constant, resource) = match function.kind {
            FunctionKind::Method(id) => {
                if !methods.iter().any(|(known, _)| *known == id) {
                    methods.push((id, Scope::default()));
                }
                let scope = methods.iter_mut().find(|(known, _)| *known == id).expect("just added");
                let member = scope.1.take(names::snake(item));
                (member, format!("{}-{item}", resource_name(id)), Some(id))
            }
            FunctionKind::Constructor(id) => {
                let name = resource_name(id);
                (
                    host.take(names::snake(&format!("make-{name}"))),
                    format!("{name}-constructor"),
                    None,
                )
            }
            FunctionKind::Static(id) => {
                let name = format!("{}-{item}", resource_name(id));
                (host.take(names::snake(&name)), name, None)
            }
            _ => (host.take(names::snake(item)), item.to_string(), None),
        };
        let constant = constants.take(names::constant(&constant));
        result.push(HostFunction { function, member, constant, resource });
    }
    result
}

/// The class of a resource that the host defines.
pub fn resource_class(types: &Types, id: TypeId, out: &mut Code) {
    let model = types.model;
    let unit = &model.units[types.unit];
    let methods: Vec<_> =
        functions(model, unit).into_iter().filter(|f| f.resource == Some(id)).collect();
    out.gap();
    out.raw(&docs::comment(model.definition(id).docs.contents.as_deref(), 0));
    let name = &model.name(id).owned;
    if methods.is_empty() {
        out.line(format!("class {name} : public wasm::HostResource {{}};"));
        return;
    }
    out.line(format!("class {name} : public wasm::HostResource {{"));
    out.line(" public:");
    for (index, method) in methods.iter().enumerate() {
        if index > 0 {
            out.gap();
        }
        member_function(types, method, out);
    }
    out.line("};");
}

fn member_function(types: &Types, item: &HostFunction, out: &mut Code) {
    let model = types.model;
    let function = item.function;
    let suspends = model.suspends(&model.units[types.unit], function);
    out.raw(&docs::comment(function.docs.contents.as_deref(), 2));
    if suspends {
        if !function.docs.is_empty() {
            out.line("  ///");
        }
        out.line("  /// The guest waits: complete `done` once, from any thread, now or later.");
    }
    let mut scope = Scope::with(&["call", "done"]);
    let mut parameters = vec!["wasm::CallContext& call".to_string()];
    let skip = usize::from(item.resource.is_some());
    for parameter in function.params.iter().skip(skip) {
        let name = scope.take(names::snake(&parameter.name));
        parameters.push(format!("{} {name}", types.host_parameter(parameter.ty)));
    }
    let result = match function.result {
        Some(ty) => types.value(ty, Form::Owned),
        None => "void".to_string(),
    };
    let returns = if suspends {
        parameters.push(format!("wasm::Completion<{result}> done"));
        "void".to_string()
    } else {
        format!("wasm::HostResult<{result}>")
    };
    out.line(code::function(2, &format!("virtual {returns}"), &item.member, &parameters, ") = 0;"));
}

/// Whether implementing the unit takes an object: it has functions besides methods.
fn needs_host(functions: &[HostFunction]) -> bool {
    functions.iter().any(|function| function.resource.is_none())
}

fn link_signature(with_host: bool) -> &'static str {
    if with_host { "link(wasm::Linker& linker, Host& host)" } else { "link(wasm::Linker& linker)" }
}

/// Whether a linker has to know the unit. An interface may be empty; a world may have nothing but types and exports.
fn is_linked(model: &Model, unit: &Unit) -> bool {
    let is_interface = !unit.wit_name.is_empty();
    let has_resource = || unit.types.iter().any(|id| is_own_resource(model, *id));
    unit.imported && (is_interface || !unit.imports.is_empty() || has_resource())
}

/// Class Host and the declaration of link().
pub fn declare(model: &Model, index: usize, out: &mut Code) {
    let unit = &model.units[index];
    if !is_linked(model, unit) {
        return;
    }
    let types = Types::new(model, index);
    let functions = functions(model, unit);
    let with_host = needs_host(&functions);
    if with_host {
        out.gap();
        let relation = if unit.wit_name.is_empty() { "of" } else { "that import" };
        out.line(format!("/// What the host does for components {relation} {}.", unit.title));
        out.line("///");
        out.line("/// Called on the threads that run guests, for several calls at the same time. Views among the");
        out.line("/// parameters are valid until the function returns.");
        out.line("class Host {");
        out.line(" public:");
        out.line("  virtual ~Host() = default;");
        for function in functions.iter().filter(|function| function.resource.is_none()) {
            out.gap();
            member_function(&types, function, out);
        }
        out.line("};");
    }
    out.gap();
    if with_host {
        out.line("/// Offers this to the components that `linker` links. `host` must outlive all of their calls.");
    } else {
        out.line("/// Offers this to the components that `linker` links.");
    }
    out.line(format!("[[nodiscard]] Result<void> {};", link_signature(with_host)));
}

/// The definition of link(), with the types of the functions.
pub fn define(model: &Model, index: usize, out: &mut Code) {
    let unit = &model.units[index];
    if !is_linked(model, unit) {
        return;
    }
    let functions = functions(model, unit);
    if !functions.is_empty() {
        out.gap();
        out.line("namespace {");
        out.gap();
        for function in &functions {
            out.raw(&function_type(
                model,
                unit,
                "constexpr",
                &function.constant,
                function.function,
            ));
        }
        out.gap();
        out.line("}  // namespace");
    }
    out.gap();
    out.line(format!("Result<void> {} {{", link_signature(needs_host(&functions))));
    out.line(format!("  wasm::InterfaceLinker interface(linker, \"{}\");", unit.wit_name));
    for id in unit.types.iter().filter(|id| is_own_resource(model, **id)) {
        let name = model.definition(*id).name.as_deref().unwrap_or_default();
        out.line(format!("  interface.resource<{}>(\"{name}\");", model.name(*id).owned));
    }
    for function in &functions {
        let (class, call, argument) = match function.resource {
            Some(id) => (model.name(id).owned.as_str(), "method", ""),
            None => ("Host", "function", "host"),
        };
        let items = [format!("&{class}::{}", function.member), function.constant.clone()];
        out.list(2, &format!("interface.{call}<"), &items, &format!(">({argument});"));
    }
    out.line("  return interface.finish();");
    out.line("}");
}

/// The constant that describes a function: the texts broken so that they fit.
pub fn function_type(
    model: &Model,
    unit: &Unit,
    qualifiers: &str,
    constant: &str,
    function: &Function,
) -> String {
    let signature = signature::of(model.resolve, function);
    let head = format!("{qualifiers} wasm::FunctionType {constant}{{");
    let short = [
        format!("\"{}\"", unit.wit_name),
        format!("\"{}\"", function.name),
        format!("\"{signature}\""),
    ];
    let text = code::list(0, &head, &short, "};");
    if text.lines().all(|line| line.len() <= docs::COLUMNS) {
        return text + "\n";
    }
    let broken = format!(
        "{head}\n    {}, {},\n{}",
        short[0],
        short[1],
        code::string_literal(4, &signature, "};")
    );
    let align = head.len();
    let names = format!("{head}{}, {},", short[0], short[1]);
    let aligned = format!("{names}\n{}", code::string_literal(align, &signature, "};"));
    let fits = aligned.lines().all(|line| line.len() <= docs::COLUMNS);
    if fits && aligned.lines().count() <= broken.lines().count() {
        aligned + "\n"
    } else {
        broken + "\n"
    }
}
