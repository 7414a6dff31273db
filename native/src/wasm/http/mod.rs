//! HTTP exchanges for components that export `wasi:http/incoming-handler`: the Rust side of `hermes_native/http.h`.
//!
//! Wasmtime's crate has the interfaces and the bodies. What is here lies between a guest that runs on one thread and an
//! embedder that sends and receives on another.

mod boundary;
mod exchange;
mod outgoing;
mod outgoing_boundary;
mod request;
mod response;

pub use boundary::HnHttpHandle;
pub use exchange::{Exchange, FailureKind, HandleParameters};
pub use outgoing::{AwaitAnswer, Outgoing};
pub use outgoing_boundary::{HnHttpOutgoing, HnHttpSender};
