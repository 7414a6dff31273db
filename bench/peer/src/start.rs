//! From the bytes of a component to one that is compiled and loaded. Nothing is linked: what a component imports is the
//! business of whoever embeds Wasmtime, and linking takes microseconds.

use crate::Setup;
use std::time::Instant;
use wasmtime::component::Component;
use wasmtime::{Engine, Result};

fn engine(setup: &Setup) -> Result<Engine> {
    setup.config.engine().map_err(|_| wasmtime::format_err!("no engine"))
}

/// Milliseconds to compile the component at `path` inside of this process.
pub fn cold(setup: &Setup, path: &str) -> Result<f64> {
    let engine = engine(setup)?;
    let start = Instant::now();
    let bytes = std::fs::read(path)?;
    drop(Component::new(&engine, bytes)?);
    Ok(start.elapsed().as_secs_f64() * 1e3)
}

/// Milliseconds to load an artefact of it from a file, without checking whether it is the right one.
pub fn cached(setup: &Setup, path: &str) -> Result<f64> {
    let engine = engine(setup)?;
    let file = std::env::temp_dir().join(format!("hermes-bench-peer-{}", std::process::id()));
    std::fs::write(&file, Component::new(&engine, std::fs::read(path)?)?.serialize()?)?;
    let start = Instant::now();
    // SAFETY: this process has just written the file.
    let component = unsafe { Component::deserialize_file(&engine, &file) };
    let elapsed = start.elapsed();
    std::fs::remove_file(&file)?;
    drop(component?);
    Ok(elapsed.as_secs_f64() * 1e3)
}
