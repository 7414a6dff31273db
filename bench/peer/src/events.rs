//! A no-op event on bare Wasmtime: a fresh store, a fresh instance, one typed call.

use crate::Setup;
use crate::bindings::{Host, event, event_async};
use crate::timing::{nanoseconds, run};
use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, Result, Store};

/// No ticker runs here, so this is never reached; a store's deadline is 0 unless it is set.
const EPOCH_DEADLINE: u64 = 1 << 40;

fn store(engine: &Engine) -> Store<Host> {
    let mut store = Store::new(engine, Host::default());
    store.set_epoch_deadline(EPOCH_DEADLINE);
    store
}

fn prepare(setup: &Setup, engine: &Engine) -> Result<event::EventGuestPre<Host>> {
    let component = Component::new(engine, setup.component("event.wasm")?)?;
    event::EventGuestPre::new(Linker::new(engine).instantiate_pre(&component)?)
}

fn one_event(engine: &Engine, pre: &event::EventGuestPre<Host>) {
    let mut store = store(engine);
    let guest = pre.instantiate(&mut store).expect("the guest instantiates");
    let entry = event::exports::hermes::bench::event::Entry {
        when: "* * * * *".into(),
        tag: "clock-tick-1".into(),
    };
    let answer = guest.hermes_bench_event().call_on_event(&mut store, &entry, true);
    assert!(answer.expect("the guest answers"));
}

/// Nanoseconds per event, called on the thread's own stack.
pub fn sync(setup: &Setup) -> Result<f64> {
    let engine = setup.config.engine().map_err(|_| wasmtime::format_err!("no engine"))?;
    let pre = prepare(setup, &engine)?;
    Ok(nanoseconds(|| one_event(&engine, &pre)))
}

/// Nanoseconds per event, called on a fiber from the pool, as a server must.
pub fn on_a_fiber(setup: &Setup) -> Result<f64> {
    let engine = setup.config.engine().map_err(|_| wasmtime::format_err!("no engine"))?;
    let component = Component::new(&engine, setup.component("event.wasm")?)?;
    let pre =
        event_async::EventGuestPre::<Host>::new(Linker::new(&engine).instantiate_pre(&component)?)?;
    Ok(nanoseconds(|| {
        let mut store = store(&engine);
        let answer = run(async {
            let guest = pre.instantiate_async(&mut store).await?;
            let entry = event_async::exports::hermes::bench::event::Entry {
                when: "* * * * *".into(),
                tag: "clock-tick-1".into(),
            };
            guest.hermes_bench_event().call_on_event(&mut store, &entry, true).await
        });
        assert!(answer.expect("the guest answers"));
    }))
}

/// Nanoseconds per event (wall clock over all events) with `threads` threads.
pub fn threads(setup: &Setup, threads: usize) -> Result<f64> {
    const EVENTS_PER_THREAD: usize = 40_000;
    let engine = setup.config.engine().map_err(|_| wasmtime::format_err!("no engine"))?;
    let pre = prepare(setup, &engine)?;
    let start = std::time::Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| (0..EVENTS_PER_THREAD).for_each(|_| one_event(&engine, &pre)));
        }
    });
    Ok(start.elapsed().as_nanos() as f64 / (threads * EVENTS_PER_THREAD) as f64)
}

/// Nanoseconds per call that writes `each` pages of its memory, after one call, in the same slot of the pool, that
/// wrote `first` pages.
pub fn touching(setup: &Setup, first: u32, each: u32) -> Result<f64> {
    let engine = setup.config.engine().map_err(|_| wasmtime::format_err!("no engine"))?;
    let component = Component::new(&engine, setup.component("touch.wasm")?)?;
    let pre = Linker::<Host>::new(&engine).instantiate_pre(&component)?;
    let touch = |pages: u32| -> Result<()> {
        let mut store = store(&engine);
        let instance = pre.instantiate(&mut store)?;
        instance.get_typed_func::<(u32,), ()>(&mut store, "touch")?.call(&mut store, (pages,))
    };
    touch(first)?;
    Ok(nanoseconds(|| touch(each).expect("no trap")))
}
