//! Value types: enums, flags, records, variants, aliases, and the codecs that carry them.

use wit_parser::{Enum, Flags, Record, Type, TypeDefKind, TypeId, Variant};

use super::code::{self, Code};
use super::cpp::{Form, Types};
use super::docs;
use super::model::{Model, Side};
use super::names::{self, Scope};

/// The named types of a unit, as they are declared in its namespace.
pub fn declare(model: &Model, unit: usize, out: &mut Code) {
    let types = Types::new(model, unit);
    let ids = &model.units[unit].types;
    let resources: Vec<_> = ids.iter().copied().filter(|id| is_own_resource(model, *id)).collect();
    let host = model.units[unit].side == Side::Host;
    if host && !resources.is_empty() {
        // The functions of resources mention types that mention the resources. So everything is
        // announced first, and the classes stand where all names are known.
        declare_around_resources(&types, ids, &resources, out);
        return;
    }
    for id in ids {
        declare_one(&types, *id, out);
    }
}

fn declare_around_resources(types: &Types, ids: &[TypeId], resources: &[TypeId], out: &mut Code) {
    let model = types.model;
    out.gap();
    for id in resources {
        out.line(format!("class {};", model.name(*id).owned));
    }
    let kind = |id: TypeId| &model.definition(id).kind;
    for id in ids.iter().copied().filter(|id| is_struct(model, *id)) {
        let name = model.name(id);
        out.line(format!("struct {};", name.owned));
        if name.view != name.owned {
            out.line(format!("struct {};", name.view));
        }
    }
    let plain = |id: TypeId| matches!(kind(id), TypeDefKind::Enum(_) | TypeDefKind::Flags(_));
    for id in ids.iter().copied().filter(|id| plain(*id)) {
        declare_one(types, id, out);
    }
    for id in ids
        .iter()
        .copied()
        .filter(|id| !plain(*id) && !is_struct(model, *id) && !resources.contains(id))
    {
        declare_one(types, id, out);
    }
    for id in resources {
        super::imports::resource_class(types, *id, out);
    }
    for id in ids.iter().copied().filter(|id| is_struct(model, *id)) {
        declare_one(types, id, out);
    }
}

/// Whether the resource is defined here, not taken over from another interface.
pub fn is_own_resource(model: &Model, id: TypeId) -> bool {
    matches!(model.definition(id).kind, TypeDefKind::Resource)
}

fn declare_one(types: &Types, id: TypeId, out: &mut Code) {
    let model = types.model;
    let definition = model.definition(id);
    let comment = docs::comment(definition.docs.contents.as_deref(), 0);
    if let Some(twin) = model.twin(id) {
        let (name, original) = (model.name(id), model.name(twin));
        let path = model.units[model.unit_of(twin)].path.join("::");
        out.line(using(&name.owned, &format!("wit::{path}::{}", original.owned)));
        if name.view != name.owned {
            out.line(using(&name.view, &format!("wit::{path}::{}", original.view)));
        }
        return;
    }
    match &definition.kind {
        TypeDefKind::Enum(of) => enumeration(types, id, of, &comment, out),
        TypeDefKind::Flags(of) => flags(types, id, of, &comment, out),
        TypeDefKind::Record(of) => record(types, id, of, &comment, out),
        TypeDefKind::Variant(of) => variant(types, id, of, &comment, out),
        TypeDefKind::Resource => super::exports::resource_handle(types, id, &comment, out),
        _ => alias(types, id, &comment, out),
    }
}

/// An alias, or a name for a list, option, tuple and so on.
fn alias(types: &Types, id: TypeId, comment: &str, out: &mut Code) {
    let model = types.model;
    let name = model.name(id);
    if !comment.is_empty() {
        out.gap();
        out.raw(comment);
    } else if !matches!(model.definition(id).kind, TypeDefKind::Type(_)) {
        out.gap();
    } else {
        out.gap_after_block();
    }
    if let TypeDefKind::Type(Type::Id(target)) = model.definition(id).kind
        && model.is_resource(target)
    {
        out.line(format!("using {} = {};", name.owned, types.resource(target)));
        if model.resource_side(target) == Side::Guest {
            out.line(format!("using {}Borrow = {}Borrow;", name.owned, types.resource(target)));
        }
        return;
    }
    out.line(using(&name.owned, &types.structure(id, Form::Owned)));
    if name.view != name.owned {
        out.line(using(&name.view, &types.structure(id, Form::View)));
    }
}

/// `using name = type;`, broken behind the equals sign where it is too long.
fn using(name: &str, ty: &str) -> String {
    let line = format!("using {name} = {ty};");
    if line.len() <= docs::COLUMNS {
        return line;
    }
    match ty.find('<') {
        Some(open) if line.len() > docs::COLUMNS + name.len() => {
            let arguments = code::top_level(&ty[open + 1..ty.len() - 1]);
            code::list(0, &format!("using {name} = {}<", &ty[..open]), &arguments, ">;")
        }
        _ => format!("using {name} =\n    {ty};"),
    }
}

/// The smallest unsigned integer for `count` cases.
fn underlying(count: usize) -> &'static str {
    match count {
        0..=0x100 => "std::uint8_t",
        0x101..=0x1_0000 => "std::uint16_t",
        _ => "std::uint32_t",
    }
}

/// Cases of an enumeration: on one line if nobody has anything to say about them.
fn cases(head: &str, items: Vec<(String, Option<&str>)>, out: &mut Code) {
    let plain = items.iter().all(|(_, docs)| docs.is_none());
    let one_line = format!(
        "{head} {{ {} }};",
        items.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ")
    );
    if plain && one_line.len() <= docs::COLUMNS {
        out.line(one_line);
        return;
    }
    out.line(format!("{head} {{"));
    for (name, docs) in items {
        out.raw(&docs::comment(docs, 2));
        out.line(format!("  {name},"));
    }
    out.line("};");
}

fn enumeration(types: &Types, id: TypeId, of: &Enum, comment: &str, out: &mut Code) {
    let name = &types.model.name(id).owned;
    let mut scope = Scope::default();
    let items: Vec<_> = of
        .cases
        .iter()
        .map(|case| (scope.take(names::constant(&case.name)), case.docs.contents.as_deref()))
        .collect();
    out.gap();
    out.raw(comment);
    cases(&format!("enum class {name} : {}", underlying(items.len())), items.clone(), out);
    out.gap();
    out.line("/// The name of the case in WIT; empty for a value that is none of the cases.");
    out.line(format!(
        "[[nodiscard]] constexpr std::string_view to_string({name} value) noexcept {{"
    ));
    out.line("  switch (value) {");
    for ((constant, _), case) in items.iter().zip(&of.cases) {
        out.line(format!("    case {name}::{constant}:"));
        out.line(format!("      return \"{}\";", case.name));
    }
    out.line("  }");
    out.line("  return {};");
    out.line("}");
}

fn flags(types: &Types, id: TypeId, of: &Flags, comment: &str, out: &mut Code) {
    let name = &types.model.name(id).owned;
    let mut scope = Scope::default();
    let items: Vec<_> = of
        .flags
        .iter()
        .map(|flag| (scope.take(names::constant(&flag.name)), flag.docs.contents.as_deref()))
        .collect();
    out.gap();
    out.line(format!("/// One of {name}."));
    cases(&format!("enum class {name}Flag : {}", underlying(items.len())), items, out);
    out.gap();
    out.raw(comment);
    out.line(format!("using {name} = wasm::Flags<{name}Flag, {}>;", of.flags.len()));
}

/// `  bool operator==(const X&) const = default;` where the parts can be compared.
fn equality(types: &Types, id: TypeId, name: &str, form: Form, indent: usize, out: &mut Code) {
    if types.model.comparable(Type::Id(id), form) {
        out.line(format!("{:indent$}bool operator==(const {name}&) const = default;", ""));
    }
}

fn record(types: &Types, id: TypeId, of: &Record, comment: &str, out: &mut Code) {
    let names = types.model.name(id);
    let differs = names.view != names.owned;
    let mut scope = Scope::default();
    let fields: Vec<_> =
        of.fields.iter().map(|field| scope.take(names::snake(&field.name))).collect();
    let members = |form: Form, with_docs: bool, out: &mut Code| {
        for (field, name) in of.fields.iter().zip(&fields) {
            if with_docs {
                out.raw(&docs::comment(field.docs.contents.as_deref(), 2));
            }
            out.line(format!(
                "  {} {name}{};",
                types.value(field.ty, form),
                types.initializer(field.ty)
            ));
        }
    };
    if differs {
        view_comment(&names.owned, out);
        out.line(format!("struct {} {{", names.view));
        members(Form::View, false, out);
        equality(types, id, &names.view, Form::View, 2, out);
        out.line("};");
    }
    out.gap();
    out.raw(comment);
    out.line(format!("struct {} {{", names.owned));
    members(Form::Owned, true, out);
    if differs && types.model.borrows_in_place(Type::Id(id)) {
        view_operator(out);
        if of.fields.iter().all(|field| converts_by_itself(types.model, field.ty)) {
            out.list(2, &format!("operator {}() const {{ return {{", names.view), &fields, "}; }");
        } else {
            out.line(format!("  operator {}() const;", names.view));
        }
    }
    equality(types, id, &names.owned, Form::Owned, 2, out);
    out.line("};");
}

/// Whether C++ converts the owned form of a field to its view: not through several levels of std::optional and the like.
fn converts_by_itself(model: &Model, ty: Type) -> bool {
    let Type::Id(id) = ty else { return true };
    if !model.view_differs(ty) || model.is_named(id) && is_struct(model, id) {
        return true;
    }
    match model.definition(id).kind {
        TypeDefKind::List(_) => true,
        TypeDefKind::Type(target) => converts_by_itself(model, target),
        TypeDefKind::Option(Type::String) => true,
        TypeDefKind::Option(Type::Id(inner)) => is_struct(model, inner) || is_text(model, inner),
        _ => false,
    }
}

fn is_struct(model: &Model, id: TypeId) -> bool {
    matches!(model.definition(id).kind, TypeDefKind::Record(_) | TypeDefKind::Variant(_))
}

fn is_text(model: &Model, id: TypeId) -> bool {
    match model.definition(id).kind {
        TypeDefKind::Type(Type::String) => true,
        TypeDefKind::Type(Type::Id(target)) => is_text(model, target),
        _ => false,
    }
}

fn view_comment(owned: &str, out: &mut Code) {
    out.gap();
    out.line(format!("/// {owned} without owning it: valid as long as what it refers to."));
}

fn view_operator(out: &mut Code) {
    out.gap();
    out.line("  /// Valid as long as this value is neither changed nor moved.");
    out.line("  // NOLINTNEXTLINE(google-explicit-constructor): a view is the same value.");
}

fn variant(types: &Types, id: TypeId, of: &Variant, comment: &str, out: &mut Code) {
    let names = types.model.name(id);
    let differs = names.view != names.owned;
    if differs {
        view_comment(&names.owned, out);
        variant_struct(types, id, of, Form::View, out);
    }
    out.gap();
    out.raw(comment);
    variant_struct(types, id, of, Form::Owned, out);
}

fn variant_struct(types: &Types, id: TypeId, of: &Variant, form: Form, out: &mut Code) {
    let model = types.model;
    let names = model.name(id);
    let name = if form == Form::Owned { &names.owned } else { &names.view };
    // A nested struct may neither have the name of its parent nor that of a member.
    let mut scope = Scope::with(&[name]);
    let cases: Vec<_> = of.cases.iter().map(|case| scope.take(names::camel(&case.name))).collect();
    let inner = Types { model, unit: types.unit, hidden: cases.clone() };
    out.line(format!("struct {name} {{"));
    for (case, case_name) in of.cases.iter().zip(&cases) {
        if form == Form::Owned {
            out.raw(&docs::comment(case.docs.contents.as_deref(), 2));
        }
        out.line(format!("  struct {case_name} {{"));
        if let Some(ty) = case.ty {
            // No default initializer: it would only count from the end of the enclosing struct on, and
            // std::variant has to know before that whether the case has a default constructor.
            out.line(format!("    {} value;", inner.value(ty, form)));
        }
        if case.ty.is_none_or(|ty| model.comparable(ty, form)) {
            out.line(format!("    bool operator==(const {case_name}&) const = default;"));
        }
        out.line("  };");
    }
    if form == Form::Owned {
        out.gap();
        out.line("  /// The active case.");
    }
    let text = code::list(2, "std::variant<", &cases, "> value;");
    if text.contains('\n') {
        out.line(code::list(2, "std::variant<", &cases, ">"));
        out.line("      value;");
    } else {
        out.line(text);
    }
    if form == Form::Owned && names.view != names.owned && model.borrows_in_place(Type::Id(id)) {
        view_operator(out);
        out.line(format!("  operator {}() const;", names.view));
    }
    equality(types, id, name, form, 2, out);
    out.line("};");
}

/// Codec specialisations, for the namespace of the codecs.
pub fn codecs(model: &Model, unit: usize, out: &mut Code) {
    let path = model.units[unit].path.join("::");
    for id in model.units[unit].types.iter().filter(|id| model.twin(**id).is_none()) {
        let names = model.name(*id);
        let mut forms = vec![&names.owned];
        if names.view != names.owned {
            forms.push(&names.view);
        }
        for name in forms {
            let full = format!("wit::{path}::{name}");
            let (base, arguments) = match &model.definition(*id).kind {
                TypeDefKind::Enum(of) => {
                    ("EnumCodec", vec![full.clone(), of.cases.len().to_string()])
                }
                TypeDefKind::Variant(_) => ("VariantCodec", vec![full.clone()]),
                TypeDefKind::Record(of) => {
                    let mut scope = Scope::default();
                    let fields =
                        of.fields.iter().map(|field| scope.take(names::snake(&field.name)));
                    ("RecordCodec", fields.map(|field| format!("&{full}::{field}")).collect())
                }
                _ => continue,
            };
            out.line("template <>");
            let one_line = format!("struct Codec<{full}> : {base}<{}> {{", arguments.join(", "));
            if one_line.len() <= docs::COLUMNS {
                out.line(code::empty_body(&one_line));
            } else {
                out.line(format!("struct Codec<{full}>"));
                out.line(code::empty_body(&code::list(
                    4,
                    &format!(": {base}<"),
                    &arguments,
                    "> {",
                )));
            }
        }
    }
}

/// Definitions that belong into the source file.
pub fn define(model: &Model, unit: usize, out: &mut Code) {
    for id in model.units[unit].types.iter().filter(|id| model.twin(**id).is_none()) {
        let names = model.name(*id);
        let out_of_line = match &model.definition(*id).kind {
            TypeDefKind::Variant(_) => true,
            TypeDefKind::Record(of) => {
                !of.fields.iter().all(|field| converts_by_itself(model, field.ty))
            }
            _ => false,
        };
        if out_of_line && names.view != names.owned && model.borrows_in_place(Type::Id(*id)) {
            out.gap();
            let head = format!("{0}::operator {1}() const {{", names.owned, names.view);
            let body = format!("return wasm::borrow_in_place<{}>(*this);", names.view);
            if head.len() + body.len() + 3 <= docs::COLUMNS {
                out.line(format!("{head} {body} }}"));
            } else {
                out.line(format!("{head}\n  {body}\n}}"));
            }
        }
    }
}
