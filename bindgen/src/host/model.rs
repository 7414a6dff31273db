//! The world as the generated C++ is laid out: one unit per interface, and one for the world itself.

use std::collections::{HashMap, HashSet};

use anyhow::{Result, bail};
use wit_parser::{
    Function, Handle, InterfaceId, PackageId, PackageName, Resolve, Type, TypeDef, TypeDefKind,
    TypeId, TypeOwner, WorldId, WorldItem, WorldKey,
};

use super::cpp::Form;
use super::names::{self, Scope};

/// Which side of the boundary implements something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// The host: the world imports it.
    Host,
    /// The guest: the world exports it.
    Guest,
}

/// The C++ names of a WIT type.
#[derive(Clone, Debug)]
pub struct TypeName {
    /// The owned form.
    pub owned: String,
    /// The view; the same name where there is only one form.
    pub view: String,
}

/// What becomes one header and one namespace.
pub struct Unit<'a> {
    /// Namespace below `hermes::wit`.
    pub path: Vec<String>,
    /// How it is named when it is linked, with its version: `hermes:cron/api`. Empty for the world itself.
    pub wit_name: String,
    /// The interface or the world, with its package and version, as the command line names it.
    pub full_name: String,
    /// How people call it: the interface, or the world.
    pub title: String,
    pub docs: Option<&'a str>,
    /// Named types, dependencies first.
    pub types: Vec<TypeId>,
    /// Functions that the host implements, in the order of the WIT.
    pub imports: Vec<&'a Function>,
    /// Functions that guests implement, in the order of the WIT.
    pub exports: Vec<&'a Function>,
    /// Whether resources that are defined here are the host's or the guest's.
    pub side: Side,
    /// Whether it stands in the world's imports: then a linker has to know it.
    pub imported: bool,
    /// Every name that was given out in the namespace.
    pub scope: Scope,
}

impl Unit<'_> {
    /// Path of the header as it is included.
    pub fn header(&self) -> String {
        format!("wit/{}.hpp", self.path.join("/"))
    }

    /// The whole namespace.
    pub fn namespace(&self) -> String {
        format!("hermes::wit::{}", self.path.join("::"))
    }
}

/// All units of a world, and what is known about its types.
pub struct Model<'a> {
    pub resolve: &'a Resolve,
    pub units: Vec<Unit<'a>>,
    unit_of: HashMap<TypeId, usize>,
    names: HashMap<TypeId, TypeName>,
    suspending: HashSet<String>,
}

impl<'a> Model<'a> {
    /// `suspend` names the host functions that wait, as `interface#function` or `world#function`, with or without the
    /// package's version.
    pub fn new(resolve: &'a Resolve, world: WorldId, suspend: &[String]) -> Result<Self> {
        let mut model = Model {
            resolve,
            units: Vec::new(),
            unit_of: HashMap::new(),
            names: HashMap::new(),
            suspending: HashSet::new(),
        };
        model.add_units(world);
        model.name_types();
        model.resolve_suspending(suspend)?;
        Ok(model)
    }

    fn add_units(&mut self, world: WorldId) {
        let resolve = self.resolve;
        let of = &resolve.worlds[world];
        let versions = VersionedNames::new(resolve, of.package);
        let mut world_path = match of.package {
            Some(package) => vec![versions.namespace(package)],
            None => Vec::new(),
        };
        world_path.push(names::namespace(&of.name));
        let mut own = Unit {
            path: world_path.clone(),
            wit_name: String::new(),
            full_name: match of.package {
                Some(package) => resolve.id_of_name(package, &of.name),
                None => of.name.clone(),
            },
            title: format!("world {}", of.name),
            docs: of.docs.contents.as_deref(),
            types: Vec::new(),
            imports: Vec::new(),
            exports: Vec::new(),
            side: Side::Host,
            imported: true,
            scope: Scope::with(&["Host"]),
        };
        for (side, items) in [(Side::Host, &of.imports), (Side::Guest, &of.exports)] {
            for (key, item) in items {
                match (item, side) {
                    (WorldItem::Interface { id, .. }, _) => {
                        let unit = self.interface(key, *id, side, &world_path, &versions);
                        self.units.push(unit);
                    }
                    (WorldItem::Function(function), Side::Host) => own.imports.push(function),
                    (WorldItem::Function(function), Side::Guest) => own.exports.push(function),
                    (WorldItem::Type { id, .. }, _) => own.types.push(*id),
                }
            }
        }
        if !(own.types.is_empty() && own.imports.is_empty() && own.exports.is_empty()) {
            own.types = self.in_order(&own.types);
            self.units.push(own);
        }
        for (index, unit) in self.units.iter().enumerate() {
            for id in &unit.types {
                self.unit_of.insert(*id, index);
            }
        }
    }

    fn interface(
        &self,
        key: &WorldKey,
        id: InterfaceId,
        side: Side,
        world_path: &[String],
        versions: &VersionedNames,
    ) -> Unit<'a> {
        let interface = &self.resolve.interfaces[id];
        let wit_name = self.resolve.name_world_key(key);
        let mut path = match (key, interface.package, &interface.name) {
            (WorldKey::Interface(_), Some(package), Some(name)) => {
                vec![versions.namespace(package), names::namespace(name)]
            }
            _ => {
                let mut path = world_path.to_vec();
                path.push(names::namespace(&wit_name));
                path
            }
        };
        // The other side of an interface that is both imported and exported.
        if side == Side::Guest
            && self.units.iter().any(|unit| unit.path == path && unit.wit_name == wit_name)
        {
            path.push("exported".to_string());
        }
        while self.units.iter().any(|unit| unit.path == path) {
            path.last_mut().expect("a path has parts").push('_');
        }
        let types: Vec<_> = interface.types.values().copied().collect();
        let functions = interface.functions.values();
        let (imports, exports) = match side {
            Side::Host => (functions.collect(), Vec::new()),
            Side::Guest => (Vec::new(), functions.collect()),
        };
        Unit {
            path,
            title: wit_name.clone(),
            full_name: wit_name.clone(),
            wit_name,
            docs: interface.docs.contents.as_deref(),
            types: self.in_order(&types),
            imports,
            exports,
            side,
            imported: side == Side::Host,
            scope: Scope::with(&["Host"]),
        }
    }

    /// `types` with what each of them mentions before it; otherwise in their order. Resources do not count what their
    /// functions mention.
    fn in_order(&self, types: &[TypeId]) -> Vec<TypeId> {
        let mut placed = Vec::new();
        let mut seen = HashSet::new();
        for id in types {
            self.place(*id, types, &mut seen, &mut placed);
        }
        placed
    }

    fn place(
        &self,
        id: TypeId,
        types: &[TypeId],
        seen: &mut HashSet<TypeId>,
        placed: &mut Vec<TypeId>,
    ) {
        if !seen.insert(id) {
            return;
        }
        for part in parts(&self.resolve.types[id].kind) {
            self.place(part, types, seen, placed);
        }
        if types.contains(&id) {
            placed.push(id);
        }
    }

    fn name_types(&mut self) {
        for index in 0..self.units.len() {
            for id in self.units[index].types.clone() {
                let name = self.resolve.types[id].name.as_deref().expect("listed by its name");
                let differs = self.view_differs(Type::Id(id));
                let scope = &mut self.units[index].scope;
                let owned = scope.take(names::camel(name));
                let view = if differs { scope.take(format!("{owned}View")) } else { owned.clone() };
                self.names.insert(id, TypeName { owned, view });
            }
        }
    }

    fn resolve_suspending(&mut self, suspend: &[String]) -> Result<()> {
        let mut known = Vec::new();
        for wanted in suspend {
            let mut found = false;
            for unit in &self.units {
                for function in &unit.imports {
                    let full = format!("{}#{}", unit.full_name, function.name);
                    let plain = format!("{}#{}", without_version(&unit.full_name), function.name);
                    if *wanted == full || *wanted == plain {
                        found = true;
                        self.suspending.insert(full.clone());
                    }
                    known.push(full);
                }
            }
            if !found {
                known.sort();
                known.dedup();
                bail!(
                    "--suspend {wanted}: the world imports no such function; it imports:\n  {}",
                    known.join("\n  ")
                );
            }
        }
        Ok(())
    }

    /// Whether the host function waits, and so completes later.
    pub fn suspends(&self, unit: &Unit, function: &Function) -> bool {
        self.suspending.contains(&format!("{}#{}", unit.full_name, function.name))
    }

    pub fn definition(&self, id: TypeId) -> &'a TypeDef {
        &self.resolve.types[id]
    }

    pub fn name(&self, id: TypeId) -> &TypeName {
        &self.names[&id]
    }

    /// The unit that a named type belongs to.
    pub fn unit_of(&self, id: TypeId) -> usize {
        self.unit_of[&id]
    }

    /// Whether the type has a name, and with it a C++ type of its own.
    pub fn is_named(&self, id: TypeId) -> bool {
        self.definition(id).owner != TypeOwner::None
    }

    /// The same type on the importing side, when its interface is both imported and exported. Only for values: handles
    /// are of different resources on the two sides.
    pub fn twin(&self, id: TypeId) -> Option<TypeId> {
        let unit = &self.units[self.unit_of(id)];
        let has_handles = |ty: Type| match ty {
            Type::Id(id) => {
                matches!(self.definition(id).kind, TypeDefKind::Handle(_) | TypeDefKind::Resource)
            }
            _ => false,
        };
        if unit.side == Side::Host || self.any_part(Type::Id(id), &has_handles) {
            return None;
        }
        let original =
            self.units.iter().find(|other| other.imported && other.wit_name == unit.wit_name)?;
        let name = &self.definition(id).name;
        original.types.iter().copied().find(|other| self.definition(*other).name == *name)
    }

    /// Follows aliases to what they stand for.
    pub fn target(&self, id: TypeId) -> TypeId {
        match self.definition(id).kind {
            TypeDefKind::Type(Type::Id(target)) => self.target(target),
            _ => id,
        }
    }

    /// Whether the type is a resource, by its own name or another.
    pub fn is_resource(&self, id: TypeId) -> bool {
        matches!(self.definition(self.target(id)).kind, TypeDefKind::Resource)
    }

    /// The side that defines a resource.
    pub fn resource_side(&self, id: TypeId) -> Side {
        self.units[self.unit_of(self.target(id))].side
    }

    /// Whether borrowed and owned form of a type are different in C++.
    pub fn view_differs(&self, ty: Type) -> bool {
        self.any_part(ty, &|ty| match ty {
            Type::String => true,
            Type::Id(id) => match self.definition(id).kind {
                // A list of what has to be moved is a std::vector in both forms.
                TypeDefKind::List(element) => !self.owns_handles(element),
                _ => false,
            },
            _ => false,
        })
    }

    /// Whether a value of the type holds an own handle, so that it can be moved but not copied.
    pub fn owns_handles(&self, ty: Type) -> bool {
        self.any_part(ty, &|ty| match ty {
            Type::Id(id) => matches!(
                self.definition(id).kind,
                TypeDefKind::Handle(Handle::Own(_)) | TypeDefKind::Resource
            ),
            _ => false,
        })
    }

    /// Whether the type is u8, by its own name or another.
    pub fn is_byte(&self, ty: Type) -> bool {
        match ty {
            Type::U8 => true,
            Type::Id(id) => match self.definition(id).kind {
                TypeDefKind::Type(target) => self.is_byte(target),
                _ => false,
            },
            _ => false,
        }
    }

    /// Whether a view can be made of an owned value without memory for it: no list has to be built anew.
    pub fn borrows_in_place(&self, ty: Type) -> bool {
        !self.owns_handles(ty)
            && !self.any_part(ty, &|ty| match ty {
                Type::Id(id) => match self.definition(id).kind {
                    // std::vector<bool> has no elements that a view could refer to.
                    TypeDefKind::List(element) => {
                        self.view_differs(element) || self.is_bool(element)
                    }
                    _ => false,
                },
                _ => false,
            })
    }

    fn is_bool(&self, ty: Type) -> bool {
        match ty {
            Type::Bool => true,
            Type::Id(id) => match self.definition(id).kind {
                TypeDefKind::Type(target) => self.is_bool(target),
                _ => false,
            },
            _ => false,
        }
    }

    /// Whether values of the type's C++ form can be compared.
    pub fn comparable(&self, ty: Type, form: Form) -> bool {
        !self.any_part(ty, &|ty| match ty {
            Type::Id(id) => match self.definition(id).kind {
                TypeDefKind::Handle(_) | TypeDefKind::Resource => true,
                // A std::span says nothing about equality.
                TypeDefKind::List(_) => form == Form::View,
                _ => false,
            },
            _ => false,
        })
    }

    /// Whether `test` holds for the type or for anything inside of it.
    pub fn any_part(&self, ty: Type, test: &dyn Fn(Type) -> bool) -> bool {
        if test(ty) {
            return true;
        }
        match ty {
            Type::Id(id) => types_in(&self.definition(id).kind)
                .into_iter()
                .any(|part| self.any_part(part, test)),
            _ => false,
        }
    }

    /// Every named type that `ty` mentions directly: through anonymous types, not through named ones.
    pub fn mentioned(&self, ty: Type, found: &mut Vec<TypeId>) {
        let Type::Id(id) = ty else { return };
        if self.is_named(id) {
            found.push(id);
            return;
        }
        match &self.definition(id).kind {
            TypeDefKind::Handle(Handle::Own(resource) | Handle::Borrow(resource)) => {
                found.push(*resource)
            }
            kind => {
                for part in types_in(kind) {
                    self.mentioned(part, found);
                }
            }
        }
    }
}

/// The types that a type consists of.
pub fn types_in(kind: &TypeDefKind) -> Vec<Type> {
    match kind {
        TypeDefKind::Record(record) => record.fields.iter().map(|field| field.ty).collect(),
        TypeDefKind::Variant(variant) => variant.cases.iter().filter_map(|case| case.ty).collect(),
        TypeDefKind::Tuple(tuple) => tuple.types.clone(),
        TypeDefKind::Option(ty) | TypeDefKind::List(ty) | TypeDefKind::Type(ty) => vec![*ty],
        TypeDefKind::Result(result) => [result.ok, result.err].into_iter().flatten().collect(),
        _ => Vec::new(),
    }
}

fn parts(kind: &TypeDefKind) -> Vec<TypeId> {
    if let TypeDefKind::Handle(Handle::Own(resource) | Handle::Borrow(resource)) = kind {
        return vec![*resource];
    }
    types_in(kind)
        .into_iter()
        .filter_map(|ty| match ty {
            Type::Id(id) => Some(id),
            _ => None,
        })
        .collect()
}

/// `hermes:x/api@1.2.3` without what follows the @.
pub fn without_version(name: &str) -> &str {
    name.split('@').next().unwrap_or(name)
}

/// Namespaces of packages: with the version only where the WIT has several of one package.
struct VersionedNames<'a> {
    resolve: &'a Resolve,
    own: Option<PackageId>,
}

impl<'a> VersionedNames<'a> {
    fn new(resolve: &'a Resolve, own: Option<PackageId>) -> Self {
        VersionedNames { resolve, own }
    }

    fn namespace(&self, id: PackageId) -> String {
        let name = &self.resolve.packages[id].name;
        let mut wanted = if name.namespace == "hermes" {
            names::namespace(&name.name)
        } else {
            names::namespace(&format!("{}_{}", name.namespace, name.name))
        };
        let same =
            |other: &PackageName| other.namespace == name.namespace && other.name == name.name;
        let several =
            self.resolve.packages.iter().filter(|(_, other)| same(&other.name)).count() > 1;
        if several
            && Some(id) != self.own
            && let Some(version) = &name.version
        {
            let version: String = version
                .to_string()
                .chars()
                .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
                .collect();
            wanted = format!("{wanted}_{version}");
        }
        wanted
    }
}
