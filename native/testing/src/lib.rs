//! The engine's native library and, beside it, the oracle of the tests: see `include/hermes_native_testing/oracle.h`.

mod oracle;
mod random;
mod text;

// Everything of the library becomes part of this one: an executable links only one of them.
pub use hermes_native::*;
