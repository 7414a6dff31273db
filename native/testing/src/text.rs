//! The text of a value, as oracle.h says.

use std::fmt::Write;

use wasmtime::component::{ResourceAny, Type, Val};
use wasmtime::{Result, format_err};

/// What a resource is called in the text.
pub type ResourceNumber<'a> = dyn FnMut(ResourceAny) -> Result<u32> + 'a;

fn list(
    out: &mut String,
    brackets: (char, char),
    items: impl Iterator<Item = (Val, Type)>,
    numbers: &mut ResourceNumber<'_>,
) -> Result<()> {
    out.push(brackets.0);
    for (index, (value, ty)) in items.enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(out, &value, &ty, numbers)?;
    }
    out.push(brackets.1);
    Ok(())
}

fn payload(
    out: &mut String,
    value: Option<&Val>,
    ty: Option<Type>,
    numbers: &mut ResourceNumber<'_>,
) -> Result<()> {
    if let (Some(value), Some(ty)) = (value, ty) {
        out.push('(');
        write(out, value, &ty, numbers)?;
        out.push(')');
    }
    Ok(())
}

fn quoted(out: &mut String, text: &str) {
    out.push('"');
    for byte in text.bytes() {
        match byte {
            b' '..=b'~' if byte != b'"' && byte != b'\\' => out.push(char::from(byte)),
            _ => {
                let _ = write!(out, "\\{byte:02x}");
            }
        }
    }
    out.push('"');
}

/// Appends the text of `value`, which is of type `ty`.
pub fn write(
    out: &mut String,
    value: &Val,
    ty: &Type,
    numbers: &mut ResourceNumber<'_>,
) -> Result<()> {
    let unknown = |name: &str| format_err!("no case is called {name}");
    match (value, ty) {
        (Val::Bool(value), _) => out.push_str(if *value { "true" } else { "false" }),
        (Val::S8(value), _) => out.push_str(&value.to_string()),
        (Val::U8(value), _) => out.push_str(&value.to_string()),
        (Val::S16(value), _) => out.push_str(&value.to_string()),
        (Val::U16(value), _) => out.push_str(&value.to_string()),
        (Val::S32(value), _) => out.push_str(&value.to_string()),
        (Val::U32(value), _) => out.push_str(&value.to_string()),
        (Val::S64(value), _) => out.push_str(&value.to_string()),
        (Val::U64(value), _) => out.push_str(&value.to_string()),
        (Val::Float32(value), _) if value.is_nan() => out.push_str("nan"),
        (Val::Float32(value), _) => out.push_str(&format!("f32:{:08x}", value.to_bits())),
        (Val::Float64(value), _) if value.is_nan() => out.push_str("nan"),
        (Val::Float64(value), _) => out.push_str(&format!("f64:{:016x}", value.to_bits())),
        (Val::Char(value), _) => out.push_str(&format!("c:{}", u32::from(*value))),
        (Val::String(value), _) => quoted(out, value),
        (Val::List(items), Type::List(of)) => {
            list(out, ('[', ']'), items.iter().map(|item| (item.clone(), of.ty())), numbers)?
        }
        (Val::Tuple(items), Type::Tuple(of)) => {
            list(out, ('(', ')'), items.iter().cloned().zip(of.types()), numbers)?
        }
        (Val::Record(fields), Type::Record(of)) => {
            let values = fields.iter().map(|(_, value)| value.clone());
            list(out, ('{', '}'), values.zip(of.fields().map(|field| field.ty)), numbers)?
        }
        (Val::Variant(name, value), Type::Variant(of)) => {
            let case = of.cases().enumerate().find(|(_, case)| case.name == name);
            let (index, case) = case.ok_or_else(|| unknown(name))?;
            out.push_str(&format!("#{index}"));
            payload(out, value.as_deref(), case.ty, numbers)?;
        }
        (Val::Enum(name), Type::Enum(of)) => {
            let index = of.names().position(|case| case == name).ok_or_else(|| unknown(name))?;
            out.push_str(&format!("#{index}"));
        }
        (Val::Option(value), Type::Option(of)) => {
            out.push_str(if value.is_some() { "some" } else { "none" });
            payload(out, value.as_deref(), Some(of.ty()), numbers)?;
        }
        (Val::Result(Ok(value)), Type::Result(of)) => {
            out.push_str("ok");
            payload(out, value.as_deref(), of.ok(), numbers)?;
        }
        (Val::Result(Err(value)), Type::Result(of)) => {
            out.push_str("err");
            payload(out, value.as_deref(), of.err(), numbers)?;
        }
        (Val::Flags(set), Type::Flags(of)) => {
            let mut bits: u64 = 0;
            for (index, name) in of.names().enumerate() {
                bits |= u64::from(set.iter().any(|label| label == name)) << index;
            }
            out.push_str(&format!("|{bits}"));
        }
        (Val::Resource(resource), Type::Own(_)) => {
            out.push_str(&format!("own({})", numbers(*resource)?))
        }
        (Val::Resource(resource), _) => out.push_str(&format!("borrow({})", numbers(*resource)?)),
        (value, ty) => return Err(format_err!("{value:?} is not a {ty:?}")),
    }
    Ok(())
}

/// The texts of several values, separated by commas.
pub fn all(values: &[Val], types: &[Type], numbers: &mut ResourceNumber<'_>) -> Result<String> {
    let mut out = String::new();
    for (index, (value, ty)) in values.iter().zip(types).enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(&mut out, value, ty, numbers)?;
    }
    Ok(out)
}
