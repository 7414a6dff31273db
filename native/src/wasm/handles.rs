//! Handles inside values. The caller lifts and lowers everything else on guest memory itself; handles live in tables
//! that only Wasmtime can reach, so a function that has some is walked here, by its type, in the order of the type.
//! (CanonicalABI.md, "Loading", "Flat Lifting", `lift_own`, `lift_borrow`, `lower_own`, `lower_borrow`.)

use wasmtime::component::__internal::wasmtime_environ::component::{CanonicalAbiInfo, VariantInfo};
use wasmtime::component::__internal::{ComponentTypes, InterfaceType, LiftContext};
use wasmtime::{Result, ValRaw, bail, format_err};

/// Handles that one value may hold.
pub const MAX_HANDLES_PER_VALUE: usize = 1 << 20;

/// Receives each handle as it is met.
pub type Visit<'v> = dyn FnMut(&mut LiftContext<'_>, InterfaceType, u32) -> Result<()> + 'v;

/// Whether values of this type can hold handles.
pub fn has_handles(types: &ComponentTypes, ty: InterfaceType) -> bool {
    let mut found = false;
    for_each_position(types, ty, &mut |_| found = true);
    found
}

/// Visits each occurrence of own/borrow in a type, in the order that `hn_handle::position` counts.
pub fn for_each_position(
    types: &ComponentTypes,
    ty: InterfaceType,
    visit: &mut dyn FnMut(InterfaceType),
) {
    match ty {
        InterfaceType::Own(_) | InterfaceType::Borrow(_) => visit(ty),
        InterfaceType::Tuple(index) => {
            for ty in types[index].types.iter() {
                for_each_position(types, *ty, visit);
            }
        }
        InterfaceType::Record(index) => {
            for field in types[index].fields.iter() {
                for_each_position(types, field.ty, visit);
            }
        }
        InterfaceType::List(index) => for_each_position(types, types[index].element, visit),
        InterfaceType::Option(index) => for_each_position(types, types[index].ty, visit),
        InterfaceType::Result(index) => {
            for ty in [types[index].ok, types[index].err].into_iter().flatten() {
                for_each_position(types, ty, visit);
            }
        }
        InterfaceType::Variant(index) => {
            for ty in types[index].cases.values().flatten() {
                for_each_position(types, *ty, visit);
            }
        }
        _ => {}
    }
}

/// The own or borrow type at `position` of `ty`.
pub fn type_at(types: &ComponentTypes, ty: InterfaceType, position: u32) -> Result<InterfaceType> {
    let mut count = 0;
    let mut found = None;
    for_each_position(types, ty, &mut |ty| {
        if count == position {
            found = Some(ty);
        }
        count += 1;
    });
    found.ok_or_else(|| format_err!("handle position {position} of a type with {count} handles"))
}

fn flat_count(types: &ComponentTypes, ty: InterfaceType) -> Result<usize> {
    let count = types
        .canonical_abi(&ty)
        .flat_count
        .ok_or_else(|| format_err!("a type that is not passed flat"))?;
    Ok(usize::from(count))
}

fn take<'f>(flat: &mut &'f [ValRaw], count: usize) -> Result<&'f [ValRaw]> {
    let Some((taken, rest)) = flat.split_at_checked(count) else { bail!("too few flat values") };
    *flat = rest;
    Ok(taken)
}

/// The payload types of a variant-like type, case by case, and where things are in memory.
fn cases(
    types: &ComponentTypes,
    ty: InterfaceType,
) -> Option<(Vec<Option<InterfaceType>>, &VariantInfo)> {
    Some(match ty {
        InterfaceType::Option(index) => (vec![None, Some(types[index].ty)], &types[index].info),
        InterfaceType::Result(index) => {
            (vec![types[index].ok, types[index].err], &types[index].info)
        }
        InterfaceType::Variant(index) => {
            (types[index].cases.values().copied().collect(), &types[index].info)
        }
        _ => return None,
    })
}

/// Walks a value that is passed flat.
pub fn lift_flat(
    cx: &mut LiftContext<'_>,
    ty: InterfaceType,
    flat: &mut &[ValRaw],
    visit: &mut Visit<'_>,
) -> Result<()> {
    let types = cx.types.clone();
    if !has_handles(&types, ty) {
        take(flat, flat_count(&types, ty)?)?;
        return Ok(());
    }
    match ty {
        InterfaceType::Own(_) | InterfaceType::Borrow(_) => {
            let handle = take(flat, 1)?[0].get_u32();
            visit(cx, ty, handle)
        }
        InterfaceType::Tuple(index) => {
            types[index].types.iter().try_for_each(|ty| lift_flat(cx, *ty, flat, visit))
        }
        InterfaceType::Record(index) => {
            types[index].fields.iter().try_for_each(|field| lift_flat(cx, field.ty, flat, visit))
        }
        InterfaceType::List(index) => {
            let pair = take(flat, 2)?;
            lift_list(cx, types[index].element, pair[0].get_u32(), pair[1].get_u32(), visit)
        }
        _ => {
            let (cases, _) =
                cases(&types, ty).ok_or_else(|| format_err!("a type that cannot hold handles"))?;
            let mut payload = take(flat, flat_count(&types, ty)?)?;
            let discriminant = take(&mut payload, 1)?[0].get_u32();
            match cases.get(discriminant as usize) {
                Some(Some(ty)) => lift_flat(cx, *ty, &mut payload, visit),
                Some(None) => Ok(()),
                None => bail!(
                    "discriminant {discriminant} is out of range: the type has {} cases",
                    cases.len()
                ),
            }
        }
    }
}

fn lift_list(
    cx: &mut LiftContext<'_>,
    element: InterfaceType,
    pointer: u32,
    length: u32,
    visit: &mut Visit<'_>,
) -> Result<()> {
    let types = cx.types.clone();
    let CanonicalAbiInfo { size32, align32, .. } = *types.canonical_abi(&element);
    if !pointer.is_multiple_of(align32) {
        bail!("list pointer {pointer} is not aligned to {align32}");
    }
    let end = u64::from(pointer) + u64::from(length) * u64::from(size32);
    if end > cx.memory().len() as u64 {
        bail!(
            "list of {length} elements at {pointer} is outside of the memory of {} bytes",
            cx.memory().len()
        );
    }
    for index in 0..length {
        lift_memory(cx, element, pointer + index * size32, visit)?;
    }
    Ok(())
}

fn read(cx: &LiftContext<'_>, offset: u32, size: usize) -> Result<u32> {
    let start = offset as usize;
    let Some(bytes) = cx.memory().get(start..start + size) else {
        bail!("value at {offset} is outside of the memory of {} bytes", cx.memory().len())
    };
    let mut word = [0; 4];
    word[..size].copy_from_slice(bytes);
    Ok(u32::from_le_bytes(word))
}

/// Walks a value in memory at `offset`, which is inside memory and aligned.
pub fn lift_memory(
    cx: &mut LiftContext<'_>,
    ty: InterfaceType,
    offset: u32,
    visit: &mut Visit<'_>,
) -> Result<()> {
    let types = cx.types.clone();
    if !has_handles(&types, ty) {
        return Ok(());
    }
    match ty {
        InterfaceType::Own(_) | InterfaceType::Borrow(_) => {
            let handle = read(cx, offset, 4)?;
            visit(cx, ty, handle)
        }
        InterfaceType::Tuple(index) => {
            lift_fields(cx, types[index].types.iter().copied(), offset, visit)
        }
        InterfaceType::Record(index) => {
            lift_fields(cx, types[index].fields.iter().map(|field| field.ty), offset, visit)
        }
        InterfaceType::List(index) => {
            let pointer = read(cx, offset, 4)?;
            let length = read(cx, offset + 4, 4)?;
            lift_list(cx, types[index].element, pointer, length, visit)
        }
        _ => {
            let (cases, info) =
                cases(&types, ty).ok_or_else(|| format_err!("a type that cannot hold handles"))?;
            let discriminant = read(cx, offset, usize::from(info.size))?;
            match cases.get(discriminant as usize) {
                Some(Some(ty)) => lift_memory(cx, *ty, offset + info.payload_offset32, visit),
                Some(None) => Ok(()),
                None => bail!(
                    "discriminant {discriminant} is out of range: the type has {} cases",
                    cases.len()
                ),
            }
        }
    }
}

fn lift_fields(
    cx: &mut LiftContext<'_>,
    fields: impl Iterator<Item = InterfaceType>,
    start: u32,
    visit: &mut Visit<'_>,
) -> Result<()> {
    let types = cx.types.clone();
    let mut next = 0;
    for ty in fields {
        let offset = types.canonical_abi(&ty).next_field32(&mut next);
        lift_memory(cx, ty, start + offset, visit)?;
    }
    Ok(())
}
