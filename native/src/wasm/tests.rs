//! The boundary, driven as C code drives it.

use super::abi::*;
use super::call::*;
use super::component::*;
use super::componentize::componentize;
use super::engine::*;
use super::linker::*;
use super::pre::*;
use super::runtime::*;
use super::waker::*;
use crate::error::*;
use std::ffi::c_void;
use std::fs;
use std::os::fd::AsRawFd;
use std::ptr;
use std::sync::atomic::{AtomicU32, Ordering};

const WIT: &str = r#"
package test:t;
interface api {
  resource block { get: func() -> u64; }
  greet: func(name: string) -> string;
  slow: func(n: u64) -> u64;
  make: func(n: u64) -> block;
}
interface event {
  run: func(mode: u32) -> u64;
  echo: func(text: string) -> string;
}
world all { import api; export event; }
world other { import unknown: interface { f: func(); } import api; export event; }
"#;

const GUEST: &str = r#"
(module $guest
  (import "test:t/api" "greet" (func $greet (param i32 i32 i32)))
  (import "test:t/api" "slow" (func $slow (param i64) (result i64)))
  (import "test:t/api" "make" (func $make (param i64) (result i32)))
  (import "test:t/api" "[method]block.get" (func $get (param i32) (result i64)))
  (import "test:t/api" "[resource-drop]block" (func $drop (param i32)))
  (memory (export "memory") 2)
  (data (i32.const 16) "wasm")
  (global $next (mut i32) (i32.const 4096))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $next) (i32.const 15)) (i32.const -16)))
    (global.set $next (i32.add (local.get $at) (local.get 3)))
    (local.get $at))
  (func $fail_inside unreachable)
  (func $fail (call $fail_inside))
  (func (export "test:t/event#run") (param $mode i32) (result i64)
    (local $block i32) (local $sum i64)
    (if (i32.eq (local.get $mode) (i32.const 0)) (then (return (i64.const 42))))
    (if (i32.eq (local.get $mode) (i32.const 1)) (then
      (call $greet (i32.const 16) (i32.const 4) (i32.const 64))
      (return (i64.load32_u (i32.const 68)))))
    (if (i32.eq (local.get $mode) (i32.const 2)) (then (call $fail)))
    (if (i32.eq (local.get $mode) (i32.const 3)) (then (loop $forever (br $forever))))
    (if (i32.eq (local.get $mode) (i32.const 4)) (then (return (call $slow (i64.const 7)))))
    (if (i32.eq (local.get $mode) (i32.const 5)) (then
      (return (i64.extend_i32_s (memory.grow (i32.const 1000))))))
    (if (i32.eq (local.get $mode) (i32.const 6)) (then
      (local.set $block (call $make (i64.const 5)))
      (local.set $sum (call $get (local.get $block)))
      (call $drop (local.get $block))
      (return (local.get $sum))))
    (if (i32.eq (local.get $mode) (i32.const 7)) (then (return (call $get (i32.const 77)))))
    (i64.const 0))
  (func (export "test:t/event#echo") (param i32 i32) (result i32)
    (i32.store (i32.const 128) (local.get 0))
    (i32.store (i32.const 132) (local.get 1))
    (i32.const 128)))
"#;

fn text(text: &str) -> HnStr {
    HnStr::of(text.as_bytes())
}

fn ok(error: *mut HnError) {
    // SAFETY: made by the library.
    if let Err(error) = unsafe { HnError::take(error) } {
        panic!("{:?}: {}", error.kind, error.message);
    }
}

fn error_of(error: *mut HnError) -> HnError {
    // SAFETY: made by the library.
    unsafe { HnError::take(error) }.expect_err("an error was expected")
}

/// What the host functions of one call see.
#[derive(Default)]
struct Host {
    allocation: Option<HnAllocation>,
    reply: String,
    polls: u32,
    dropped: Vec<u32>,
    handle: Option<HnHandle>,
}

unsafe extern "C" fn greet(
    _: *mut c_void,
    context: *mut c_void,
    lifted: *const HnLifted,
    lowering: *mut HnLowering,
    _: *mut *mut HnError,
) -> i32 {
    let (host, lifted) = unsafe { (&mut *context.cast::<Host>(), &*lifted) };
    let flat = unsafe { std::slice::from_raw_parts(lifted.flat, 2) };
    let memory = unsafe { std::slice::from_raw_parts(lifted.memory, lifted.memory_size) };
    let start = flat[0].get_u32() as usize;
    let name = std::str::from_utf8(&memory[start..][..flat[1].get_u32() as usize]).unwrap();
    host.reply = format!("hello {name}");
    let block =
        host.allocation.insert(HnAllocation { size: host.reply.len() as u32, alignment: 1 });
    unsafe {
        *lowering = HnLowering { allocations: block, allocation_count: 1, ..HnLowering::NONE }
    };
    HOST_DONE
}

unsafe extern "C" fn write_reply(_: *mut c_void, context: *mut c_void, target: *const HnTarget) {
    let (host, target) = unsafe { (&*context.cast::<Host>(), &*target) };
    let memory = unsafe { std::slice::from_raw_parts_mut(target.memory, target.memory_size) };
    let pointer = unsafe { *target.pointers };
    memory[pointer as usize..][..host.reply.len()].copy_from_slice(host.reply.as_bytes());
    let at = target.offset as usize;
    memory[at..at + 4].copy_from_slice(&pointer.to_le_bytes());
    memory[at + 4..at + 8].copy_from_slice(&(host.reply.len() as u32).to_le_bytes());
}

unsafe extern "C" fn slow(
    _: *mut c_void,
    _: *mut c_void,
    _: *const HnLifted,
    _: *mut HnLowering,
    _: *mut *mut HnError,
) -> i32 {
    HOST_PENDING
}

unsafe extern "C" fn slow_resume(
    _: *mut c_void,
    context: *mut c_void,
    _: u32,
    _: *mut HnLowering,
    _: *mut *mut HnError,
) -> i32 {
    let host = unsafe { &mut *context.cast::<Host>() };
    host.polls += 1;
    if host.polls == 2 { HOST_DONE } else { HOST_PENDING }
}

unsafe extern "C" fn write_700(_: *mut c_void, _: *mut c_void, target: *const HnTarget) {
    unsafe { *(*target).flat = HnVal::u64(700) };
}

unsafe extern "C" fn make(
    _: *mut c_void,
    context: *mut c_void,
    _: *const HnLifted,
    lowering: *mut HnLowering,
    _: *mut *mut HnError,
) -> i32 {
    let host = unsafe { &mut *context.cast::<Host>() };
    let handle = host.handle.insert(HnHandle { position: 0, value: 31 });
    unsafe { *lowering = HnLowering { handles: handle, handle_count: 1, ..HnLowering::NONE } };
    HOST_DONE
}

unsafe extern "C" fn write_handle(_: *mut c_void, _: *mut c_void, target: *const HnTarget) {
    unsafe { *(*target).flat = HnVal::u32((*(*target).handles).value) };
}

unsafe extern "C" fn get(
    _: *mut c_void,
    context: *mut c_void,
    lifted: *const HnLifted,
    _: *mut HnLowering,
    _: *mut *mut HnError,
) -> i32 {
    let (host, lifted) = unsafe { (&mut *context.cast::<Host>(), &*lifted) };
    assert_eq!(lifted.handle_count, 1);
    host.reply = format!("rep {}", unsafe { *lifted.handles });
    HOST_DONE
}

unsafe extern "C" fn drop_block(
    _: *mut c_void,
    context: *mut c_void,
    representation: u32,
) -> *mut HnError {
    unsafe { (*context.cast::<Host>()).dropped.push(representation) };
    ptr::null_mut()
}

static REFERENCES: AtomicU32 = AtomicU32::new(0);
static WAKES: AtomicU32 = AtomicU32::new(0);
unsafe extern "C" fn retain(_: *mut c_void) {
    REFERENCES.fetch_add(1, Ordering::SeqCst);
}
unsafe extern "C" fn release(_: *mut c_void) {
    REFERENCES.fetch_sub(1, Ordering::SeqCst);
}
unsafe extern "C" fn wake(_: *mut c_void) {
    WAKES.fetch_add(1, Ordering::SeqCst);
}

struct Bench {
    runtime: *mut HnRuntime,
    engine: *mut HnEngine,
    linker: *mut HnLinker,
}

fn define(
    linker: *mut HnLinker,
    name: &str,
    signature: &str,
    flat: (u32, u32),
    flags: u32,
    call: HnHostCallFn,
    write: HnWriteFn,
) {
    let function = HnHostFunction {
        interface_name: text("test:t/api"),
        name: text(name),
        signature: text(signature),
        flat_parameters: flat.0,
        flat_results: flat.1,
        flags,
        env: ptr::null_mut(),
        call,
        resume: (flags & SUSPENDS != 0).then_some(slow_resume),
        write,
    };
    ok(unsafe { hn_linker_add_function(linker, &function) });
}

impl Bench {
    fn new() -> Self {
        let config = HnEngineConfig { max_instances: 4, ..HnEngineConfig::default() };
        let mut bench =
            Bench { runtime: ptr::null_mut(), engine: ptr::null_mut(), linker: ptr::null_mut() };
        unsafe {
            ok(hn_runtime_new(1, &mut bench.runtime));
            ok(hn_engine_new(&config, &mut bench.engine));
            ok(hn_linker_new(bench.engine, &mut bench.linker));
            let linker = bench.linker;
            ok(hn_linker_add_wasi(linker));
            ok(hn_linker_add_resource(
                linker,
                text("test:t/api"),
                text("block"),
                1,
                ptr::null_mut(),
                drop_block,
            ));
            define(
                linker,
                "greet",
                "func(string) -> string",
                (2, IN_MEMORY),
                0,
                greet,
                write_reply,
            );
            define(linker, "slow", "func(u64) -> u64", (1, 1), SUSPENDS, slow, write_700);
            define(
                linker,
                "make",
                "func(u64) -> own<test:t/api.block>",
                (1, 1),
                RESULT_HAS_HANDLES,
                make,
                write_handle,
            );
            let get_type = "func(borrow<test:t/api.block>) -> u64";
            define(
                linker,
                "[method]block.get",
                get_type,
                (1, 1),
                PARAMETERS_HAVE_HANDLES,
                get,
                write_700,
            );
        }
        bench
    }

    fn component(&self, world: &str) -> *mut HnComponent {
        static FOLDERS: AtomicU32 = AtomicU32::new(0);
        let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
        let folder =
            std::env::temp_dir().join(format!("hermes-native-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let wit = folder.join("test.wit");
        fs::write(&wit, WIT).unwrap();
        let source = if world == "other" {
            GUEST.replacen("(memory", "(import \"unknown\" \"f\" (func $f)) (memory", 1)
        } else {
            GUEST.to_string()
        };
        let component = componentize(source.as_bytes(), wit.to_str().unwrap(), world, 0).unwrap();
        let config = HnEngineConfig { max_instances: 4, ..HnEngineConfig::default() };
        let (mut artefact, mut loaded) = (ptr::null_mut(), ptr::null_mut());
        ok(unsafe { hn_component_compile(&config, HnBytes::of(&component), &mut artefact) });
        let path = folder.join("artefact");
        fs::write(&path, unsafe { hn_buffer_bytes(artefact).bytes() }).unwrap();
        let file = fs::File::open(&path).unwrap();
        ok(unsafe { hn_component_load(self.engine, file.as_raw_fd(), &mut loaded) });
        unsafe { hn_buffer_delete(artefact) };
        fs::remove_dir_all(&folder).unwrap();
        loaded
    }

    fn pre(&self) -> *mut HnPre {
        let component = self.component("all");
        let mut pre = ptr::null_mut();
        ok(unsafe { hn_pre_new(self.linker, component, &mut pre) });
        unsafe { hn_component_delete(component) };
        pre
    }

    fn options(&self, host: &mut Host) -> HnCallOptions {
        HnCallOptions {
            context: (&raw mut *host).cast(),
            waker: HnWaker { data: ptr::null_mut(), retain, release, wake },
            wasi: ptr::null(),
            output: None,
            max_memory_bytes: 1 << 20,
            max_handles: 16,
        }
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        unsafe {
            hn_linker_delete(self.linker);
            hn_engine_delete(self.engine);
            hn_runtime_delete(self.runtime);
        }
    }
}

const RUN: HnExportType = HnExportType {
    signature: HnStr { data: b"func(u32) -> u64".as_ptr(), size: 16 },
    flat_parameters: 1,
    parameters_size: 4,
    parameters_alignment: 4,
    flat_results: 1,
    result_size: 8,
    result_alignment: 8,
    flags: 0,
};

/// `env` of the callbacks of `run`: mode in, result out.
#[derive(Default)]
struct Run {
    mode: u32,
    result: u64,
}
unsafe extern "C" fn run_write(env: *mut c_void, _: *mut c_void, target: *const HnTarget) {
    unsafe { *(*target).flat = HnVal::u32((*env.cast::<Run>()).mode) };
}
unsafe extern "C" fn run_lift(
    env: *mut c_void,
    _: *mut c_void,
    lifted: *const HnLifted,
) -> *mut HnError {
    unsafe { (*env.cast::<Run>()).result = (*(*lifted).flat).get_u64() };
    ptr::null_mut()
}

/// Calls `run(mode)`, ticking at each pending poll, at most `polls` times.
fn run(
    bench: &Bench,
    pre: *mut HnPre,
    mode: u32,
    polls: u32,
    host: &mut Host,
) -> Option<Result<u64, HnError>> {
    let mut env = Run { mode, result: 0 };
    let callbacks = HnExportCallbacks {
        env: (&raw mut env).cast(),
        measure: None,
        write: run_write,
        lift: run_lift,
    };
    let call = hn_call_new();
    let mut export = ptr::null_mut();
    let options = bench.options(host);
    let mut outcome = None;
    unsafe {
        let guard = hn_runtime_enter(bench.runtime);
        ok(hn_pre_find_export(pre, text("test:t/event"), text("run"), &RUN, &mut export));
        ok(hn_call_open(call, pre, &options));
        ok(hn_call_start(call, export, &callbacks));
        let stop = std::sync::atomic::AtomicBool::new(false);
        let engine = bench.engine as usize;
        std::thread::scope(|scope| {
            // The ticker.
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    hn_engine_increment_epoch(engine as *const HnEngine);
                    std::thread::yield_now();
                }
            });
            for _ in 0..polls {
                let mut error = ptr::null_mut();
                if hn_call_poll(call, &mut error) == 1 {
                    outcome = Some(HnError::take(error));
                    break;
                }
            }
            stop.store(true, Ordering::Relaxed);
        });
        hn_call_delete(call);
        hn_export_delete(export);
        hn_runtime_leave(guard);
    }
    outcome.map(|result| result.map(|()| env.result))
}

#[test]
fn calls_and_host_functions() {
    let bench = Bench::new();
    let pre = bench.pre();
    let mut host = Host::default();
    let mut value =
        |mode| run(&bench, pre, mode, 10_000, &mut host).expect("ends").expect("succeeds");
    assert_eq!(value(0), 42);
    assert_eq!(value(1), "hello wasm".len() as u64);
    assert_eq!(value(4), 700, "a suspended function resumes with its result");
    assert_eq!(value(5), u64::MAX, "growing beyond the limit of the call is refused");
    assert_eq!(value(6), 700);
    assert_eq!(host.reply, "rep 31");
    assert_eq!(host.dropped, [31]);
    unsafe { hn_pre_delete(pre) };
}

#[test]
fn traps_name_the_functions() {
    let bench = Bench::new();
    let pre = bench.pre();
    let error = run(&bench, pre, 2, 10_000, &mut Host::default()).unwrap().unwrap_err();
    assert_eq!(error.kind, HnErrorKind::Trap);
    assert!(error.message.contains("unreachable"), "{}", error.message);
    assert_eq!(error.frames[..2], ["guest!fail_inside", "guest!fail"], "{:?}", error.frames);
    let error = run(&bench, pre, 7, 10_000, &mut Host::default()).unwrap().unwrap_err();
    assert!(error.message.contains("unknown handle index 77"), "{}", error.message);
    unsafe { hn_pre_delete(pre) };
}

#[test]
fn an_endless_loop_yields_and_is_cancelled() {
    let bench = Bench::new();
    let pre = bench.pre();
    // Far more slots than the pool has: each cancelled call must give its slot back.
    for _ in 0..20 {
        assert!(run(&bench, pre, 3, 5, &mut Host::default()).is_none());
    }
    assert_eq!(REFERENCES.load(Ordering::SeqCst), 0);
    unsafe { hn_pre_delete(pre) };
}

#[test]
fn the_pool_says_what_of_it_is_in_use() {
    let bench = Bench::new();
    let usage = || {
        let mut usage = HnPoolUsage::default();
        assert!(unsafe { hn_engine_pool_usage(bench.engine, &mut usage) });
        usage
    };
    let pre = bench.pre();
    let mut host = Host::default();
    let options = bench.options(&mut host);
    let before = usage();
    assert_eq!((before.component_instances, before.max_component_instances), (0, 4));
    assert_eq!((before.stacks, before.max_stacks), (0, 4));
    assert_eq!(before.unused_warm_memories, 0);
    let call = hn_call_new();
    unsafe {
        let guard = hn_runtime_enter(bench.runtime);
        ok(hn_call_open(call, pre, &options));
        ok(hn_call_start_instantiate(call));
        let mut error = ptr::null_mut();
        while hn_call_poll(call, &mut error) != 1 {}
        ok(error);
        let during = usage();
        assert_eq!(during.component_instances, 1);
        assert!((1..=during.max_core_instances).contains(&during.core_instances));
        assert_eq!(during.memories, 1);
        hn_call_delete(call);
        hn_runtime_leave(guard);
    }
    let after = usage();
    assert_eq!((after.component_instances, after.memories, after.stacks), (0, 0, 0));
    assert_eq!(after.unused_warm_memories, 1);
    unsafe { hn_pre_delete(pre) };

    let on_demand = HnEngineConfig { pooling: false, ..HnEngineConfig::default() };
    let (mut engine, mut untouched) = (ptr::null_mut(), HnPoolUsage::default());
    unsafe {
        ok(hn_engine_new(&on_demand, &mut engine));
        assert!(!hn_engine_pool_usage(engine, &mut untouched));
        hn_engine_delete(engine);
    }
}

#[test]
fn what_is_missing_is_listed_or_traps() {
    let bench = Bench::new();
    let component = bench.component("other");
    let mut pre = ptr::null_mut();
    let error = error_of(unsafe { hn_pre_new(bench.linker, component, &mut pre) });
    assert_eq!(error.kind, HnErrorKind::Link);
    assert!(error.message.contains("unknown: f"), "{}", error.message);
    unsafe {
        ok(hn_linker_trap_missing_imports(bench.linker, component));
        ok(hn_pre_new(bench.linker, component, &mut pre));
        hn_component_delete(component);
    }
    assert_eq!(run(&bench, pre, 0, 10_000, &mut Host::default()).unwrap().unwrap(), 42);
    unsafe { hn_pre_delete(pre) };
}

#[test]
fn a_wrong_signature_is_refused_with_both_types() {
    let bench = Bench::new();
    let linker = unsafe { hn_linker_clone(bench.linker) };
    let component = bench.component("all");
    let mut pre = ptr::null_mut();
    // SAFETY: the linker is used here alone.
    unsafe {
        (*linker)
            .expected
            .insert(("test:t/api".into(), "slow".into()), "func(u64) -> string".into())
    };
    let error = error_of(unsafe { hn_pre_new(linker, component, &mut pre) });
    assert_eq!(error.kind, HnErrorKind::Link);
    for part in ["test:t/api#slow", "func(u64) -> string", "func(u64) -> u64"] {
        assert!(error.message.contains(part), "{part} in {}", error.message);
    }
    ok(unsafe { hn_pre_new(bench.linker, component, &mut pre) });
    let mut export = ptr::null_mut();
    let wrong = HnExportType { signature: text("func() -> u64"), ..RUN };
    let error = error_of(unsafe {
        hn_pre_find_export(pre, text("test:t/event"), text("run"), &wrong, &mut export)
    });
    assert!(error.message.contains("func(u32) -> u64"), "{}", error.message);
    ok(unsafe { hn_pre_find_export(pre, text("test:t/event"), text("absent"), &RUN, &mut export) });
    assert!(export.is_null());
    unsafe {
        hn_pre_delete(pre);
        hn_component_delete(component);
        hn_linker_delete(linker);
    }
}
