//! The peer of the benchmarks: bare Wasmtime. Written with the figures (bench/README.md).
fn main() {}
