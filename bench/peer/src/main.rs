//! The peer of the benchmarks: bare Wasmtime, used from Rust through `bindgen!`, with the engine settings of Hermes.
//!
//! It is asked for one measurement per line on standard input and answers with one number per line, so that a driver can
//! let both programs take turns on the same machine (bench/run). What each name measures stands in bench/README.md.

mod bindings;
mod events;
mod host_calls;
mod http;
mod start;
mod timing;

use std::io::{BufRead, Write};
use std::path::PathBuf;
use wasmtime::Result;

/// What all measurements start from.
pub struct Setup {
    /// Where the benchmark's components are: `event.wasm`, `calls.wasm` and `touch.wasm`.
    pub components: PathBuf,
    /// The engine settings that are measured.
    pub config: hermes_native::wasm::engine::HnEngineConfig,
}

impl Setup {
    fn component(&self, name: &str) -> Result<Vec<u8>> {
        Ok(std::fs::read(self.components.join(name))?)
    }
}

fn measure(setup: &Setup, request: &str) -> Result<f64> {
    let words: Vec<&str> = request.split_whitespace().collect();
    match words.as_slice() {
        ["event"] => events::sync(setup),
        ["event_async"] => events::on_a_fiber(setup),
        ["event_threads", threads] => events::threads(setup, threads.parse()?),
        ["touching", first, each] => events::touching(setup, first.parse()?, each.parse()?),
        ["host_call_noop"] => host_calls::noop(setup),
        ["host_call_string"] => host_calls::string(setup),
        ["host_call_bytes", size] => host_calls::transform(setup, size.parse()?),
        ["bytes_in", size] => host_calls::take(setup, size.parse()?),
        ["bytes_out", size] => host_calls::give(setup, size.parse()?),
        ["http_exchange", path] => http::exchange(setup, path),
        ["start_cold", path] => start::cold(setup, path),
        ["start_cached", path] => start::cached(setup, path),
        _ => wasmtime::bail!("unknown measurement: {request}"),
    }
}

/// `name=value` pairs on the command line change the engine settings, as they do for `hermes_bench`.
fn setup() -> Result<Setup> {
    let mut arguments = std::env::args().skip(1);
    let components = arguments.next().map(PathBuf::from);
    let components = components.ok_or_else(|| {
        wasmtime::format_err!("usage: hermes-bench-peer COMPONENTS [SETTING=VALUE...]")
    })?;
    let mut config = hermes_native::wasm::engine::HnEngineConfig::default();
    for argument in arguments {
        let (name, value) = argument.split_once('=').unwrap_or((&argument, ""));
        match name {
            "memory_keep_resident_bytes" => config.memory_keep_resident_bytes = value.parse()?,
            "table_keep_resident_bytes" => config.table_keep_resident_bytes = value.parse()?,
            "max_instances" => config.max_instances = value.parse()?,
            "pagemap_scan" => config.pagemap_scan = value == "1",
            _ => wasmtime::bail!("unknown setting: {argument}"),
        }
    }
    Ok(Setup { components, config })
}

fn main() -> Result<()> {
    let setup = setup()?;
    for line in std::io::stdin().lock().lines() {
        let value = measure(&setup, &line?)?;
        println!("{value}");
        std::io::stdout().flush()?;
    }
    Ok(())
}
