//! From the names of WIT (kebab-case) to those of C++.

use std::collections::HashSet;

use heck::{ToSnakeCase, ToUpperCamelCase};

/// Words that C++ keeps for itself: [lex.key] and [lex.digraph] of C++23, and the macros and names with a special
/// meaning that an implementation may bring into every file.
const RESERVED: &[&str] = &[
    "alignas",
    "alignof",
    "and",
    "and_eq",
    "asm",
    "assert",
    "auto",
    "bitand",
    "bitor",
    "bool",
    "break",
    "case",
    "catch",
    "char",
    "char16_t",
    "char32_t",
    "char8_t",
    "class",
    "co_await",
    "co_return",
    "co_yield",
    "compl",
    "concept",
    "const",
    "const_cast",
    "consteval",
    "constexpr",
    "constinit",
    "continue",
    "decltype",
    "default",
    "delete",
    "do",
    "double",
    "dynamic_cast",
    "else",
    "enum",
    "errno",
    "explicit",
    "export",
    "extern",
    "false",
    "final",
    "float",
    "for",
    "friend",
    "goto",
    "if",
    "import",
    "inline",
    "int",
    "linux",
    "long",
    "module",
    "mutable",
    "namespace",
    "new",
    "noexcept",
    "not",
    "not_eq",
    "nullptr",
    "operator",
    "or",
    "or_eq",
    "override",
    "private",
    "protected",
    "public",
    "register",
    "reinterpret_cast",
    "requires",
    "return",
    "short",
    "signed",
    "sizeof",
    "static",
    "static_assert",
    "static_cast",
    "stderr",
    "stdin",
    "stdout",
    "struct",
    "switch",
    "template",
    "this",
    "thread_local",
    "throw",
    "true",
    "try",
    "typedef",
    "typeid",
    "typename",
    "union",
    "unix",
    "unsigned",
    "using",
    "virtual",
    "void",
    "volatile",
    "wchar_t",
    "while",
    "xor",
    "xor_eq",
];

/// Namespaces that generated code reaches by an unqualified name; one of the same name inside would hide them.
const NAMESPACES_IN_USE: &[&str] = &["hermes", "std", "wasm", "wit"];

/// The name of a function, parameter or field.
pub fn snake(name: &str) -> String {
    let snake = name.to_snake_case();
    if RESERVED.contains(&snake.as_str()) { snake + "_" } else { snake }
}

/// The name of a type.
pub fn camel(name: &str) -> String {
    name.to_upper_camel_case()
}

/// The name of a constant or of a case of an enum: never a reserved word.
pub fn constant(name: &str) -> String {
    format!("k{}", name.to_upper_camel_case())
}

/// A part of a namespace.
pub fn namespace(name: &str) -> String {
    let snake = snake(name);
    if NAMESPACES_IN_USE.contains(&snake.as_str()) { snake + "_" } else { snake }
}

/// Gives out names that are unique within one C++ scope.
#[derive(Clone, Default)]
pub struct Scope {
    taken: HashSet<String>,
}

impl Scope {
    /// A scope in which `taken` cannot be had any more.
    pub fn with(taken: &[&str]) -> Self {
        Scope { taken: taken.iter().map(|name| name.to_string()).collect() }
    }

    /// `wanted`, with as many underscores behind it as it takes to be unique.
    pub fn take(&mut self, wanted: String) -> String {
        let mut name = wanted;
        while !self.taken.insert(name.clone()) {
            name.push('_');
        }
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_style_of_the_project() {
        assert_eq!(snake("get-slot"), "get_slot");
        assert_eq!(camel("cron-tagged"), "CronTagged");
        assert_eq!(constant("dht-get-error"), "kDhtGetError");
        assert_eq!(snake("HTTP-status"), "http_status");
    }

    #[test]
    fn reserved_words_get_an_underscore() {
        assert_eq!(snake("default"), "default_");
        assert_eq!(snake("co-await"), "co_await_");
        assert_eq!(snake("errno"), "errno_");
        assert_eq!(namespace("std"), "std_");
        assert_eq!(namespace("wasm"), "wasm_");
    }

    #[test]
    fn a_scope_gives_each_name_once() {
        let mut scope = Scope::with(&["Host"]);
        assert_eq!(scope.take("Host".into()), "Host_");
        assert_eq!(scope.take("Host".into()), "Host__");
        assert_eq!(scope.take("Other".into()), "Other");
    }
}
