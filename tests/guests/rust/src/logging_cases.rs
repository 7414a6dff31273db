//! hermes:logging cannot fail; these cases show that nothing a component may write ends its call.

use std::io::Write;

use crate::hermes::logging::api::{Level, log};
use crate::{Case, expect};

pub const CASES: &[Case] = &[
    ("logging: all levels and fields", all_levels_and_fields),
    ("logging: odd text", odd_text),
    ("logging: odd data", odd_data),
    ("standard output and standard error", standard_streams),
];

fn write(level: Level, message: &str, ctx: Option<&str>, data: Option<&str>) {
    log(level, None, None, None, None, ctx, message, data);
}

fn all_levels_and_fields() -> bool {
    for level in [Level::Trace, Level::Debug, Level::Info, Level::Warn, Level::Error] {
        write(level, "nothing but text", None, None);
    }
    let data = r#"{"answer": 42, "list": [1, 2, 3], "nothing": null}"#;
    let function = Some("all_levels_and_fields");
    log(Level::Info, Some(file!()), function, Some(1), Some(2), Some("context"), "all", Some(data));
    log(Level::Info, None, None, Some(0), None, Some(""), "some", None);
    true
}

fn odd_text() -> bool {
    let long = "x".repeat(100_000);
    for text in
        ["", "Grüße, 世界 🌍", "\x1b[31mnot red\x1b[0m\x07", "two\nlines\r\n", "a\0b", &long]
    {
        write(Level::Info, text, Some(text), None);
    }
    true
}

fn odd_data() -> bool {
    let deep = "[".repeat(10_000);
    let backtrace = r#"{"bt": ["newest frame\nwith a second line", "oldest frame"]}"#;
    for data in ["", "{", "not JSON", "null", "42", "[[[]]]", r#"{"bt": 7}"#, backtrace, &deep] {
        write(Level::Info, "odd data", None, Some(data));
    }
    true
}

fn standard_streams() -> bool {
    println!("standard output, 世界");
    eprintln!("standard error");
    println!("two lines\nin one call");
    print!("without an end");
    expect(std::io::stdout().flush().is_ok(), "flush")
}
