//! Calls of host functions by a guest, in loops inside of one instance.

use crate::Setup;
use crate::bindings::{Host, HostData, calls};
use crate::timing::{nanoseconds, run};
use wasmtime::component::{Component, Linker};
use wasmtime::{Result, Store};

/// Host calls per call of the guest: enough for the latter to vanish.
const CALLS: u32 = 1000;
/// The same for calls that move a megabyte.
const LARGE_CALLS: u32 = 20;

struct Instance {
    store: Store<Host>,
    guest: calls::CallGuest,
}

fn instance(setup: &Setup) -> Result<Instance> {
    let engine = setup.config.engine().map_err(|_| wasmtime::format_err!("no engine"))?;
    let component = Component::new(&engine, setup.component("calls.wasm")?)?;
    let mut linker = Linker::new(&engine);
    calls::CallGuest::add_to_linker::<_, HostData>(&mut linker, |host| host)?;
    let pre = calls::CallGuestPre::new(linker.instantiate_pre(&component)?)?;
    let mut store = Store::new(&engine, Host::default());
    store.set_epoch_deadline(1 << 40);
    let guest = run(pre.instantiate_async(&mut store))?;
    Ok(Instance { store, guest })
}

/// Nanoseconds of a call without parameters and result.
pub fn noop(setup: &Setup) -> Result<f64> {
    let Instance { mut store, guest } = instance(setup)?;
    let guest = guest.hermes_bench_loops();
    Ok(nanoseconds(|| run(guest.call_loop_noop(&mut store, CALLS)).expect("no trap"))
        / f64::from(CALLS))
}

/// Nanoseconds of a call with a record of two strings and a bool, that returns a bool.
pub fn string(setup: &Setup) -> Result<f64> {
    let Instance { mut store, guest } = instance(setup)?;
    let guest = guest.hermes_bench_loops();
    let time = nanoseconds(|| {
        assert_eq!(run(guest.call_loop_add(&mut store, CALLS)).expect("no trap"), CALLS)
    });
    Ok(time / f64::from(CALLS))
}

/// Nanoseconds of a call with a list of `size` bytes, that returns as many.
pub fn transform(setup: &Setup, size: u32) -> Result<f64> {
    let Instance { mut store, guest } = instance(setup)?;
    let guest = guest.hermes_bench_loops();
    let time =
        nanoseconds(|| run(guest.call_loop_transform(&mut store, CALLS, size)).expect("no trap"));
    Ok(time / f64::from(CALLS))
}

/// Bytes per nanosecond (GB/s) from the guest to the host.
pub fn take(setup: &Setup, size: u32) -> Result<f64> {
    let Instance { mut store, guest } = instance(setup)?;
    let guest = guest.hermes_bench_loops();
    let time =
        nanoseconds(|| run(guest.call_loop_take(&mut store, LARGE_CALLS, size)).expect("no trap"));
    Ok(f64::from(LARGE_CALLS) * f64::from(size) / time)
}

/// Bytes per nanosecond (GB/s) from the host to the guest.
pub fn give(setup: &Setup, size: u32) -> Result<f64> {
    let Instance { mut store, guest } = instance(setup)?;
    let guest = guest.hermes_bench_loops();
    let time =
        nanoseconds(|| run(guest.call_loop_give(&mut store, LARGE_CALLS, size)).expect("no trap"));
    Ok(f64::from(LARGE_CALLS) * f64::from(size) / time)
}
