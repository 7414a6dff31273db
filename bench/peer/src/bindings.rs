//! What `bindgen!` makes of the benchmark's WIT, sync and async, and the host functions behind it.

/// For calls on the thread's own stack.
pub mod event {
    wasmtime::component::bindgen!({ path: "../wit", world: "event-guest" });
}

/// For calls on a fiber.
pub mod event_async {
    wasmtime::component::bindgen!({ path: "../wit", world: "event-guest", exports: { default: async } });
}

/// The host functions that guests call in loops.
pub mod calls {
    wasmtime::component::bindgen!({ path: "../wit", world: "call-guest", exports: { default: async } });
}

/// State of a store: what the host functions share.
#[derive(Default)]
pub struct Host {
    calls: u64,
    payload: Vec<u8>,
}

impl calls::hermes::bench::host::Host for Host {
    fn noop(&mut self) {
        self.calls += 1;
    }
    fn add(&mut self, entry: calls::hermes::bench::host::Entry, retrigger: bool) -> bool {
        entry.when.len() + entry.tag.len() == 21 && retrigger
    }
    fn transform(&mut self, data: Vec<u8>) -> Vec<u8> {
        data
    }
    fn take(&mut self, data: Vec<u8>) -> u32 {
        data.len() as u32
    }
    fn give(&mut self, size: u32) -> Vec<u8> {
        self.payload.resize(size as usize, 7);
        self.payload.clone()
    }
}

/// Tells `bindgen!` that a store's state is the host.
pub struct HostData;

impl wasmtime::component::HasData for HostData {
    type Data<'a> = &'a mut Host;
}
