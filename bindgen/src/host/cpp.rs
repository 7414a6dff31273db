//! C++ types of WIT types.

use wit_parser::{Handle, Type, TypeDefKind, TypeId};

use super::model::{Model, Side};

/// The two forms in which a value may be held.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// Owns its strings and lists: `std::string`, `std::vector`.
    Owned,
    /// Refers to them: `std::string_view`, `std::span`.
    View,
}

/// How the types of one unit are written.
pub struct Types<'m, 'a> {
    pub model: &'m Model<'a>,
    /// The unit in which the text stands: its own types need no qualification.
    pub unit: usize,
    /// Names that mean something else where the text stands, so that types of these names are qualified.
    pub hidden: Vec<String>,
}

impl<'m, 'a> Types<'m, 'a> {
    pub fn new(model: &'m Model<'a>, unit: usize) -> Self {
        Types { model, unit, hidden: Vec::new() }
    }

    /// The type of a value: a field, an element, a result.
    pub fn value(&self, ty: Type, form: Form) -> String {
        let name = match ty {
            Type::Bool => "bool",
            Type::U8 => "std::uint8_t",
            Type::U16 => "std::uint16_t",
            Type::U32 => "std::uint32_t",
            Type::U64 => "std::uint64_t",
            Type::S8 => "std::int8_t",
            Type::S16 => "std::int16_t",
            Type::S32 => "std::int32_t",
            Type::S64 => "std::int64_t",
            Type::F32 => "float",
            Type::F64 => "double",
            Type::Char => "char32_t",
            Type::String if form == Form::Owned => "std::string",
            Type::String => "std::string_view",
            Type::ErrorContext => unreachable!("refused before"),
            Type::Id(id) if self.model.is_named(id) => return self.named(id, form),
            Type::Id(id) => return self.structure(id, form),
        };
        name.to_string()
    }

    /// A type by its name, qualified where it is not at home.
    pub fn named(&self, id: TypeId, form: Form) -> String {
        if self.model.is_resource(id) {
            // A resource mentioned by its bare name is an own handle.
            return self.own(id);
        }
        let names = self.model.name(id);
        let name = if form == Form::Owned { &names.owned } else { &names.view };
        self.qualified(id, name)
    }

    fn qualified(&self, id: TypeId, name: &str) -> String {
        let home = self.model.unit_of(id);
        if home == self.unit && !self.hidden.iter().any(|hidden| hidden == name) {
            return name.to_string();
        }
        format!("wit::{}::{name}", self.model.units[home].path.join("::"))
    }

    /// The class of a host resource, or the handle of a guest's.
    pub fn resource(&self, id: TypeId) -> String {
        self.qualified(id, &self.model.name(id).owned)
    }

    fn own(&self, id: TypeId) -> String {
        match self.model.resource_side(id) {
            Side::Host => format!("std::unique_ptr<{}>", self.resource(id)),
            Side::Guest => self.resource(id),
        }
    }

    fn borrow(&self, id: TypeId) -> String {
        match self.model.resource_side(id) {
            Side::Host => format!("wasm::Borrow<{}>", self.resource(id)),
            Side::Guest => self.qualified(id, &format!("{}Borrow", self.model.name(id).owned)),
        }
    }

    /// What a type without a name, or an alias, stands for.
    pub fn structure(&self, id: TypeId, form: Form) -> String {
        match &self.model.definition(id).kind {
            TypeDefKind::Type(ty) => self.value(*ty, form),
            TypeDefKind::List(element) => self.list(*element, form),
            TypeDefKind::Option(ty) => format!("std::optional<{}>", self.value(*ty, form)),
            TypeDefKind::Tuple(tuple) => {
                let items: Vec<_> = tuple.types.iter().map(|ty| self.value(*ty, form)).collect();
                format!("std::tuple<{}>", items.join(", "))
            }
            TypeDefKind::Result(result) => {
                let part = |ty: Option<Type>| match ty {
                    Some(ty) => self.value(ty, form),
                    None => "std::monostate".to_string(),
                };
                format!("std::expected<{}, {}>", part(result.ok), part(result.err))
            }
            TypeDefKind::Handle(Handle::Own(resource)) => self.own(*resource),
            TypeDefKind::Handle(Handle::Borrow(resource)) => self.borrow(*resource),
            kind => unreachable!("a {} has a name", kind.as_str()),
        }
    }

    fn list(&self, element: Type, form: Form) -> String {
        // Elements that own a handle are moved out of the list, so even its view holds them itself.
        let in_vector = form == Form::Owned || self.model.owns_handles(element);
        let item = if self.model.is_byte(element) {
            "std::byte".to_string()
        } else {
            self.value(element, form)
        };
        if in_vector { format!("std::vector<{item}>") } else { format!("std::span<const {item}>") }
    }

    /// The type of a parameter of a host function.
    pub fn host_parameter(&self, ty: Type) -> String {
        match self.host_borrow(ty) {
            Some(class) => format!("{class}&"),
            None if self.by_reference(ty) => format!("const {}&", self.value(ty, Form::View)),
            None => self.value(ty, Form::View),
        }
    }

    /// The type of a parameter of an export: kept by value in the call.
    pub fn export_parameter(&self, ty: Type) -> String {
        match self.host_borrow(ty) {
            Some(class) => format!("{class}&"),
            None => self.value(ty, Form::View),
        }
    }

    /// The class, when a parameter is a borrowed resource of the host.
    fn host_borrow(&self, ty: Type) -> Option<String> {
        let Type::Id(id) = ty else { return None };
        match self.model.definition(self.model.target(id)).kind {
            TypeDefKind::Handle(Handle::Borrow(resource))
                if self.model.resource_side(resource) == Side::Host =>
            {
                Some(self.resource(resource))
            }
            _ => None,
        }
    }

    /// Whether a parameter is handed over by reference: larger than two words, and nothing to be moved out of it.
    fn by_reference(&self, ty: Type) -> bool {
        let Type::Id(id) = ty else { return false };
        let kind = &self.model.definition(self.model.target(id)).kind;
        let large = match kind {
            TypeDefKind::Record(_)
            | TypeDefKind::Variant(_)
            | TypeDefKind::Tuple(_)
            | TypeDefKind::Result(_) => true,
            TypeDefKind::Option(inner) => !self.is_small(*inner),
            _ => false,
        };
        large && !self.model.owns_handles(ty)
    }

    fn is_small(&self, ty: Type) -> bool {
        match ty {
            Type::String => false,
            Type::Id(id) => match &self.model.definition(id).kind {
                TypeDefKind::Type(ty) => self.is_small(*ty),
                TypeDefKind::Enum(_) | TypeDefKind::Flags(_) | TypeDefKind::Handle(_) => true,
                _ => false,
            },
            _ => true,
        }
    }

    /// Whether the parameter has to be moved to where it is kept.
    pub fn is_moved(&self, ty: Type) -> bool {
        self.model.owns_handles(ty)
    }

    /// ` = 0` and the like, for a member that would be left without a value.
    pub fn initializer(&self, ty: Type) -> &'static str {
        match ty {
            Type::Bool => " = false",
            Type::Char => " = U'\\0'",
            Type::String | Type::ErrorContext => "",
            Type::Id(id) => match &self.model.definition(id).kind {
                TypeDefKind::Type(ty) => self.initializer(*ty),
                TypeDefKind::Enum(_) => "{}",
                _ => "",
            },
            _ => " = 0",
        }
    }
}
