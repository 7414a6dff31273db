//! Components on Wasmtime: the Rust side of `hermes_native/wasm.h`. One file per concept of that header.

mod abi;
mod call;
mod component;
mod componentize;
pub mod engine;
mod failure;
mod handles;
mod host_function;
mod http;
mod invoke;
mod linker;
mod pre;
mod runtime;
mod signature;
pub mod state;
#[doc(hidden)]
pub mod testing;
#[cfg(test)]
mod tests;
mod waker;
mod wasi;
