//! The one Rust library of the engine. It exposes, through the hand-written C headers in `include/`, libraries that
//! exist only in Rust. It decides nothing: what runs, when, for whom and within which limits is the caller's business.

pub mod error;
pub mod wasm;
