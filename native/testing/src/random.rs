//! Random values of any type, the same ones for the same seed.

use wasmtime::Result;
use wasmtime::component::{Type, Val};

/// SplitMix64: small, and good enough to choose test values.
pub struct Random {
    state: u64,
}

impl Random {
    pub fn new(seed: u64) -> Self {
        Random { state: seed }
    }

    pub fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.bits() % bound
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// An integer of `width` bits, often one at the edge of some range.
    fn integer(&mut self, width: u32) -> u64 {
        let mask = if width == 64 { u64::MAX } else { (1 << width) - 1 };
        let edges = [0, 1, mask, mask >> 1, (mask >> 1) + 1, 0x7f, 0x80, 0xff, 0x100, 0xffff];
        let value = if self.chance(40) { edges[self.below(10) as usize] } else { self.bits() };
        value & mask
    }

    fn char(&mut self) -> char {
        const EDGES: [char; 12] = [
            '\0',
            'a',
            '\x7f',
            '\u{80}',
            '\u{ff}',
            '\u{100}',
            '\u{7ff}',
            '\u{800}',
            '\u{d7ff}',
            '\u{e000}',
            '\u{ffff}',
            '\u{10ffff}',
        ];
        if self.chance(40) {
            return EDGES[self.below(12) as usize];
        }
        loop {
            if let Some(c) = char::from_u32(self.below(0x11_0000) as u32) {
                return c;
            }
        }
    }

    fn string(&mut self) -> String {
        let length = if self.chance(5) { self.below(2000) } else { self.below(12) };
        // Latin-1+UTF-16 has a form of its own for each of these.
        let kind = self.below(4);
        (0..length)
            .map(|_| match kind {
                0 => char::from(b' ' + self.below(95) as u8),
                1 => char::from(self.below(256) as u8),
                2 => char::from_u32(self.below(0xd800) as u32).unwrap_or('x'),
                _ => self.char(),
            })
            .collect()
    }
}

/// Where values come from: randomness, and a way to make resources.
pub struct Source<'a> {
    pub random: Random,
    /// Elements that may still be made, so that nested lists stay small.
    pub budget: u64,
    /// Makes a new resource.
    pub resource: &'a mut dyn FnMut() -> Result<Val>,
}

impl Source<'_> {
    fn optional(&mut self, ty: Option<Type>) -> Result<Option<Box<Val>>> {
        ty.map(|ty| Ok(Box::new(self.value(&ty)?))).transpose()
    }

    /// A value of the type.
    pub fn value(&mut self, ty: &Type) -> Result<Val> {
        let random = &mut self.random;
        Ok(match ty {
            Type::Bool => Val::Bool(random.chance(50)),
            Type::S8 => Val::S8(random.integer(8) as i8),
            Type::U8 => Val::U8(random.integer(8) as u8),
            Type::S16 => Val::S16(random.integer(16) as i16),
            Type::U16 => Val::U16(random.integer(16) as u16),
            Type::S32 => Val::S32(random.integer(32) as i32),
            Type::U32 => Val::U32(random.integer(32) as u32),
            Type::S64 => Val::S64(random.integer(64) as i64),
            Type::U64 => Val::U64(random.integer(64)),
            Type::Float32 => Val::Float32(f32::from_bits(random.integer(32) as u32)),
            Type::Float64 => Val::Float64(f64::from_bits(random.integer(64))),
            Type::Char => Val::Char(random.char()),
            Type::String => Val::String(random.string()),
            Type::List(list) => {
                let wanted = if random.chance(10) { random.below(40) } else { random.below(5) };
                let length = wanted.min(self.budget);
                self.budget -= length;
                let ty = list.ty();
                Val::List((0..length).map(|_| self.value(&ty)).collect::<Result<_>>()?)
            }
            Type::Record(record) => Val::Record(
                record
                    .fields()
                    .map(|field| Ok((field.name.to_string(), self.value(&field.ty)?)))
                    .collect::<Result<_>>()?,
            ),
            Type::Tuple(tuple) => {
                Val::Tuple(tuple.types().map(|ty| self.value(&ty)).collect::<Result<_>>()?)
            }
            Type::Variant(variant) => {
                let at = random.below(variant.cases().len() as u64) as usize;
                let Some(case) = variant.cases().nth(at) else { unreachable!("counted before") };
                Val::Variant(case.name.to_string(), self.optional(case.ty)?)
            }
            Type::Enum(cases) => {
                let at = random.below(cases.names().len() as u64) as usize;
                Val::Enum(cases.names().nth(at).unwrap_or_default().to_string())
            }
            Type::Option(option) => {
                let some = random.chance(70).then(|| option.ty());
                Val::Option(self.optional(some)?)
            }
            Type::Result(result) => Val::Result(if random.chance(60) {
                Ok(self.optional(result.ok())?)
            } else {
                Err(self.optional(result.err())?)
            }),
            Type::Flags(flags) => Val::Flags(
                flags.names().filter(|_| random.chance(50)).map(str::to_string).collect(),
            ),
            Type::Own(_) | Type::Borrow(_) => (self.resource)()?,
            other => wasmtime::bail!("the oracle has no values of type {other:?}"),
        })
    }
}
