//! WIT for the matrix: functions over types of every kind, chosen one by one and at random.

use std::fmt::Write;

/// SplitMix64: small, and the same everywhere for a seed.
struct Random {
    state: u64,
}

impl Random {
    fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.bits() % bound as u64) as usize
    }
}

const SCALARS: [&str; 12] =
    ["bool", "u8", "s8", "u16", "s16", "u32", "s32", "u64", "s64", "f32", "f64", "char"];

/// Types and functions under construction.
struct Builder {
    random: Random,
    types: String,
    functions: String,
    next_type: usize,
    next_function: usize,
    /// Types that the function under construction may still be made of: what nests deeply must not also branch widely,
    /// or compiling the bindings takes minutes.
    left: usize,
}

/// Types that one random function is made of.
const TYPES_PER_FUNCTION: usize = 10;

impl Builder {
    fn declare(&mut self, keyword: &str, items: &[String]) -> String {
        let name = format!("t{}", self.next_type);
        self.next_type += 1;
        let _ = writeln!(self.types, "    {keyword} {name} {{ {} }}", items.join(", "));
        name
    }

    fn record(&mut self, fields: &[String]) -> String {
        let fields: Vec<_> =
            fields.iter().enumerate().map(|(i, ty)| format!("m{i}: {ty}")).collect();
        self.declare("record", &fields)
    }

    /// A variant: an empty type is a case without payload.
    fn variant(&mut self, payloads: &[String]) -> String {
        let cases: Vec<_> = payloads
            .iter()
            .enumerate()
            .map(|(i, ty)| if ty.is_empty() { format!("c{i}") } else { format!("c{i}({ty})") })
            .collect();
        self.declare("variant", &cases)
    }

    fn cases(&mut self, keyword: &str, count: usize) -> String {
        let items: Vec<_> = (0..count).map(|i| format!("x{i}")).collect();
        self.declare(keyword, &items)
    }

    /// A function that gives back what it takes.
    fn echo(&mut self, parameters: &[String]) {
        let list: Vec<_> =
            parameters.iter().enumerate().map(|(i, ty)| format!("p{i}: {ty}")).collect();
        let result = match parameters {
            [only] => only.clone(),
            several => format!("tuple<{}>", several.join(", ")),
        };
        let name = self.next_function;
        self.next_function += 1;
        let _ = writeln!(self.functions, "    echo{name}: func({}) -> {result};", list.join(", "));
    }

    fn scalar(&mut self) -> String {
        SCALARS[self.random.below(SCALARS.len())].to_string()
    }

    /// A random type of at most `depth` levels.
    fn random_type(&mut self, depth: usize) -> String {
        if depth == 0 || self.left == 0 {
            return match self.random.below(4) {
                0 => "string".to_string(),
                _ => self.scalar(),
            };
        }
        self.left -= 1;
        let below = depth - 1;
        match self.random.below(12) {
            0 => self.scalar(),
            1 => "string".to_string(),
            2 | 3 => format!("list<{}>", self.random_type(below)),
            4 => format!("option<{}>", self.random_type(below)),
            5 => {
                let items = self.several(below, 3);
                format!("tuple<{}>", items.join(", "))
            }
            6 => match self.random.below(4) {
                0 => "result".to_string(),
                1 => format!("result<{}>", self.random_type(below)),
                2 => format!("result<_, {}>", self.random_type(below)),
                _ => format!("result<{}, {}>", self.random_type(below), self.random_type(below)),
            },
            7 | 8 => {
                let fields = self.several(below, 4);
                self.record(&fields)
            }
            9 | 10 => {
                let mut payloads = self.several(below, 4);
                for payload in &mut payloads {
                    if self.random.below(4) == 0 {
                        payload.clear();
                    }
                }
                self.variant(&payloads)
            }
            _ => {
                if self.random.below(2) == 0 {
                    let count = 1 + self.random.below(32);
                    self.cases("flags", count)
                } else {
                    // Large ones are among the systematic ones; here they would only cost time to compile.
                    let count = 1 + self.random.below(12);
                    self.cases("enum", count)
                }
            }
        }
    }

    fn several(&mut self, depth: usize, most: usize) -> Vec<String> {
        let count = 1 + self.random.below(most);
        (0..count).map(|_| self.random_type(depth)).collect()
    }

    /// Each kind on its own, and the places where kinds meet.
    fn systematic(&mut self) {
        let strings =
            |items: &[&str]| items.iter().map(|item| item.to_string()).collect::<Vec<_>>();
        let mut leaves = strings(&SCALARS);
        leaves.push("string".to_string());
        for leaf in &leaves {
            self.echo(std::slice::from_ref(leaf));
            self.echo(&[format!("list<{leaf}>")]);
            self.echo(&[format!("option<{leaf}>"), format!("result<{leaf}, {leaf}>")]);
        }
        self.echo(&strings(&["result", "result<_, u8>", "result<string>"]));
        // All flat, at the edge, and in memory; with alignment holes.
        for count in [1, 2, 15, 16, 17, 40] {
            let parameters: Vec<_> = (0..count).map(|i| SCALARS[i % 12].to_string()).collect();
            self.echo(&parameters);
        }
        self.echo(&vec!["string".to_string(); 8]);
        self.echo(&vec!["string".to_string(); 9]);
        for count in [1, 2, 8, 9, 16, 17, 31, 32] {
            let flags = self.cases("flags", count);
            self.echo(&[flags.clone(), format!("list<{flags}>"), format!("option<{flags}>")]);
        }
        for count in [1, 2, 255, 256, 257, 300] {
            let cases = self.cases("enum", count);
            self.echo(&[cases.clone(), format!("list<{cases}>"), format!("option<{cases}>")]);
        }
        // Payloads of several core types share flat values.
        let core = ["u32", "u64", "f32", "f64"];
        for first in core {
            for second in core {
                let joined = self.variant(&strings(&[first, second, ""]));
                self.echo(&[
                    joined.clone(),
                    format!("result<{first}, {second}>"),
                    "u8".to_string(),
                ]);
            }
        }
        let wide =
            self.variant(&strings(&["string", "f32", "tuple<u64, f32>", "list<u16>", "", "char"]));
        self.echo(std::slice::from_ref(&wide));
        self.echo(&[format!("list<{wide}>")]);
        let holes =
            self.record(&strings(&["u8", "u64", "bool", "u16", "string", "u8", "f64", "char"]));
        self.echo(std::slice::from_ref(&holes));
        self.echo(&[format!("list<{holes}>"), format!("option<{holes}>")]);
        self.echo(&strings(&[
            "list<list<string>>",
            "list<list<list<u8>>>",
            "option<option<option<string>>>",
        ]));
        self.echo(&strings(&[
            "list<tuple<string, u8>>",
            "tuple<tuple<tuple<u8, string>, f64>, bool>",
        ]));
        self.echo(&strings(&[
            "list<option<string>>",
            "list<result<string, u64>>",
            "list<tuple<u8, u64>>",
        ]));
    }

    /// Handles of a resource that the host defines. `own` wherever a value may stand; `borrow` as a parameter.
    fn handles(&mut self) {
        let record = self.record(&["string".to_string(), "thing".to_string(), "u64".to_string()]);
        let variant =
            self.variant(&["thing".to_string(), "u64".to_string(), "list<thing>".to_string()]);
        for ty in [
            "thing",
            "list<thing>",
            "option<thing>",
            "result<thing, string>",
            "tuple<u8, thing, thing>",
            "list<tuple<thing, string>>",
            &record,
            &variant,
            &format!("list<{record}>"),
            &format!("option<list<{variant}>>"),
        ] {
            self.echo(&[ty.to_string()]);
        }
        self.echo(&["thing".to_string(), variant, format!("list<{record}>"), "string".to_string()]);
        let name = self.next_function;
        let _ = writeln!(
            self.functions,
            "    echo{name}: func(p0: borrow<thing>, p1: u64, p2: borrow<thing>) -> u64;"
        );
        self.next_function += 1;
    }
}

/// WIT of one part of the matrix: `functions` functions in `matrix:part-<part>/api`, of which the systematic ones and
/// those with handles are in part 0, and a world `part` that imports and exports them.
pub fn text(seed: u64, part: usize, functions: usize) -> String {
    let mut builder = Builder {
        random: Random { state: seed.wrapping_mul(1_000_003).wrapping_add(part as u64) },
        types: String::new(),
        functions: String::new(),
        next_type: 0,
        next_function: 0,
        left: 0,
    };
    if part == 0 {
        builder.systematic();
        builder.handles();
    }
    while builder.next_function < functions {
        // One deep parameter, or a few shallow ones.
        let depth = 1 + builder.random.below(6);
        let most = if depth > 3 { 1 } else { 4 };
        builder.left = TYPES_PER_FUNCTION;
        let parameters = builder.several(depth, most);
        builder.echo(&parameters);
    }
    format!(
        "package matrix:part-{part};\n\n\
         interface things {{\n    resource thing;\n}}\n\n\
         interface api {{\n    use things.{{thing}};\n\n{}\n{}}}\n\n\
         world part {{\n    import api;\n    export api;\n}}\n",
        builder.types, builder.functions
    )
}
