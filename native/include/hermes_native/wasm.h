// Components on Wasmtime: engine, component, linker, pre-instance, call.
//
// This part knows components and the canonical ABI, and nothing of what they are used for. It moves
// no value of the component model across the boundary: the caller lifts and lowers on guest memory
// itself (CanonicalABI.md of the component model), helped by three services that need Wasmtime:
// allocation in the guest, handle tables, type checks.
//
// Lifetimes: component, linker, pre and call keep what they were made from alive. Everything called
// `env`, and every callback, must outlive all linkers, pre-instances and calls they were given to.
// Threads: engine, component, linker (once it is no longer changed), pre and export may be used
// from any thread at the same time. A call is used by one thread at a time, and may move between
// threads between two polls. A thread that polls or deletes calls must be inside
// hn_runtime_enter/hn_runtime_leave.
#ifndef HERMES_NATIVE_WASM_H_
#define HERMES_NATIVE_WASM_H_

#include "hermes_native/error.h"

#ifdef __cplusplus
extern "C" {
#endif

// ----------------------------------------------------------------------------------------- runtime

// The small Tokio runtime that Wasmtime's WASI uses for timers, sockets and blocking files. One per
// engine process.
typedef struct hn_runtime hn_runtime;
// `blocking_threads`: upper bound of threads for blocking file operations, at least 1.
hn_error* hn_runtime_new(uint32_t blocking_threads, hn_runtime** out);
// Waits at most one second for blocking operations that are under way.
void hn_runtime_delete(hn_runtime* runtime);
// Marks the calling thread as belonging to `runtime` until hn_runtime_leave is called on the same
// thread.
typedef struct hn_runtime_guard hn_runtime_guard;
hn_runtime_guard* hn_runtime_enter(const hn_runtime* runtime);
void hn_runtime_leave(hn_runtime_guard* guard);

// ------------------------------------------------------------------------------------------ engine

typedef struct hn_engine hn_engine;

typedef struct hn_engine_config {
  // Instances come from a pool of fixed slots. false: allocated on demand (slower; for tools and
  // tests).
  bool pooling;
  // Reset slots with PAGEMAP_SCAN where the kernel has it (Linux 6.7); ignored elsewhere.
  bool pagemap_scan;
  // Component instances that can live at the same time, 1..100000.
  uint32_t max_instances;
  // What one component may hold.
  uint32_t max_core_instances_per_component;
  uint32_t max_memories_per_component;
  uint32_t max_tables_per_component;
  // Upper bound of each linear memory in bytes (a multiple of 64 KiB, at most 4 GiB), and elements
  // of each table.
  size_t max_memory_bytes;
  size_t max_table_elements;
  // Bytes of a slot that stay resident (are cleared by writing, not given back) when it is reset.
  size_t memory_keep_resident_bytes;
  size_t table_keep_resident_bytes;
  // Stack for WebAssembly code, and the whole stack of a call's fiber; the second must exceed the
  // first.
  size_t max_wasm_stack_bytes;
  size_t fiber_stack_bytes;
} hn_engine_config;

// A configuration that suits a small server.
hn_engine_config hn_engine_config_default(void);
hn_error* hn_engine_new(const hn_engine_config* config, hn_engine** out);
void hn_engine_delete(hn_engine* engine);
// Ends the time slice of every guest that runs now: each yields to its poller at the next loop head
// or function entry. Async-signal-safe and cheap; call it periodically.
void hn_engine_increment_epoch(const hn_engine* engine);
// Whether slots are reset with PAGEMAP_SCAN here.
bool hn_engine_uses_pagemap_scan(const hn_engine* engine);

// What of the pool of instances is in use, and what it has in all. A moment's figures, each by
// itself.
typedef struct hn_pool_usage {
  uint64_t component_instances;
  uint64_t max_component_instances;
  uint64_t core_instances;
  uint64_t max_core_instances;
  uint64_t memories;
  uint64_t max_memories;
  uint64_t tables;
  uint64_t max_tables;
  uint64_t stacks;
  uint64_t max_stacks;
  // Slots that are free and were used before: what is made there next is made faster.
  uint64_t unused_warm_memories;
  uint64_t unused_warm_tables;
  uint64_t unused_warm_stacks;
  // Bytes that those keep resident.
  uint64_t unused_memory_bytes_resident;
  uint64_t unused_table_bytes_resident;
} hn_pool_usage;
// false, with `out` left alone: the engine has no pool. Any thread; takes the locks of the pool's
// free lists for a moment.
bool hn_engine_pool_usage(const hn_engine* engine, hn_pool_usage* out);
// Changes whenever an artefact of another value could not be loaded: settings, Wasmtime version,
// processor features.
uint64_t hn_engine_fingerprint(const hn_engine* engine);

// --------------------------------------------------------------------------------------- component

// Compiles a binary component (text is not accepted) into an artefact that hn_component_load takes.
// Slow (seconds for megabytes), and not hardened by Wasmtime against hostile input: run it in a
// process of its own, under limits. Needs no engine and reserves no pool.
hn_error* hn_component_compile(const hn_engine_config* config, hn_bytes component,
                               hn_buffer** artefact);

typedef struct hn_component hn_component;
// Loads an artefact from an open file, which is mapped; the descriptor stays the caller's. UNSAFE
// on bytes that hn_component_compile did not make: check a MAC first.
hn_error* hn_component_load(const hn_engine* engine, int file_descriptor, hn_component** out);
// Takes another reference to the same component.
hn_component* hn_component_clone(const hn_component* component);
void hn_component_delete(hn_component* component);
// Imports and exports as JSON:
// {"imports":[ITEM...],"exports":[ITEM...]}, ITEM = {"name":"ns:pkg/iface@1.0.0","kind":"instance",
//   "functions":[{"name":"f","signature":"func(string) -> bool"}],"types":["t"],"resources":["r"]}
// or {"name":"f","kind":"function","signature":"..."}
// or {"name":..,"kind":"type|module|component|value"}.
hn_error* hn_component_describe(const hn_component* component, hn_buffer** json);

// ------------------------------------------------------------ values that cross: the canonical ABI

// One core WebAssembly value, 16 bytes, little endian. Values narrower than 64 bits are
// zero-extended to 64 bits when they are written, and read by their low bits.
typedef union hn_val {
  uint64_t bits;
  uint8_t v128[16];
} hn_val;

typedef enum hn_string_encoding {
  HN_STRING_UTF8 = 0,
  HN_STRING_UTF16 = 1,
  // Latin-1 or UTF-16, told apart by the top bit of the length.
  HN_STRING_LATIN1_UTF16 = 2,
} hn_string_encoding;

// More flat values than the canonical ABI passes directly (16 for parameters, 1 for a result):
// passed in memory.
#define HN_IN_MEMORY UINT32_MAX

// Values that come from a guest: parameters of a host function, or the result of an export.
typedef struct hn_lifted {
  // The flat values; NULL when they are in memory.
  const hn_val* flat;
  // Where they start in memory when they are in memory; bounds and alignment of the outermost level
  // are checked against the sizes that were declared.
  uint32_t offset;
  hn_string_encoding encoding;
  // The guest's linear memory; NULL and 0 when the function's options name none. Valid and
  // unchanged until the guest runs again.
  uint8_t* memory;
  size_t memory_size;
  // Handles found in the values, in the order in which lifting meets them (depth first; the active
  // case of a variant only). Host resources: the representation that the host gave. Resources of
  // the guest: a slot in the call's table of guest resources. They were validated, and own handles
  // were taken out of the guest's table.
  const uint32_t* handles;
  size_t handle_count;
} hn_lifted;

// A block that must be allocated in the guest, by its realloc, before values can be written.
typedef struct hn_allocation {
  uint32_t size;
  uint32_t alignment;
} hn_allocation;

// A handle that must be put into the guest's table before values can be written.
typedef struct hn_handle {
  // Which occurrence of own/borrow in the type, counted from 0, depth first, every case of a
  // variant counted.
  uint32_t position;
  // In: representation (host resource) or slot (guest resource). Out: the guest's handle.
  uint32_t value;
} hn_handle;

// What a value needs from the guest before it can be written there. All pointers are owned by the
// callee and stay valid until the write callback has returned.
typedef struct hn_lowering {
  const hn_allocation* allocations;
  size_t allocation_count;
  hn_handle* handles;
  size_t handle_count;
} hn_lowering;

// Where to write.
typedef struct hn_target {
  // The flat values to fill; NULL when they go to memory.
  hn_val* flat;
  // Where to write in memory; the block was checked (or allocated) by the library.
  uint32_t offset;
  uint8_t* memory;
  size_t memory_size;
  // The blocks that were allocated, in the order of hn_lowering::allocations, each inside memory
  // and aligned.
  const uint32_t* pointers;
  // The handles of hn_lowering, with the guest's values filled in.
  const hn_handle* handles;
} hn_target;

// ---------------------------------------------------------------------------------- host functions

typedef enum hn_host_status {
  // The result is known. `lowering` says what `write` needs.
  HN_HOST_DONE = 0,
  // The guest must stop: `*trap` holds the reason, which becomes the error of the call.
  HN_HOST_TRAP = 1,
  // Only for functions that suspend: the work goes on elsewhere. When it is done the host wakes the
  // call (the waker
  // given to hn_call_new); at the next poll `resume` is called.
  HN_HOST_PENDING = 2,
} hn_host_status;

// Called on the guest's fiber with the lifted parameters. Must not block, must not unwind, must
// leave no frame behind. `context` is that of hn_call_options. For HN_HOST_DONE fills `lowering`
// (zeroed by the caller).
typedef hn_host_status (*hn_host_call_fn)(void* env, void* context, const hn_lifted* parameters,
                                          hn_lowering* lowering, hn_error** trap);
// Asked once after `call` has answered HN_HOST_PENDING, then at each poll, until it answers
// something else. Same rules.
typedef hn_host_status (*hn_host_resume_fn)(void* env, void* context, hn_string_encoding encoding,
                                            hn_lowering* lowering, hn_error** trap);
// Writes the result. Everything it needs was provided; it cannot fail. Not called for functions
// without a result (flat_results is 0), for which `lowering` is not looked at either.
typedef void (*hn_host_write_fn)(void* env, void* context, const hn_target* target);

enum {
  HN_PARAMETERS_HAVE_HANDLES = 1,
  HN_RESULT_HAS_HANDLES = 2,
  HN_SUSPENDS = 4,
};

typedef struct hn_host_function {
  // Interface as imported, with its version if it has one: "hermes:cron/api". Empty: a function
  // that a world imports itself, outside of any interface; so wherever a linker takes an interface.
  hn_str interface_name;
  // Function as the component model names it: "add", "[method]block.get-slot".
  hn_str name;
  // The type that the callbacks expect, see "Signatures" below.
  hn_str signature;
  // 0..16, or HN_IN_MEMORY.
  uint32_t flat_parameters;
  // 0, 1, or HN_IN_MEMORY.
  uint32_t flat_results;
  // A set of HN_PARAMETERS_HAVE_HANDLES, HN_RESULT_HAS_HANDLES, HN_SUSPENDS.
  uint32_t flags;
  void* env;
  hn_host_call_fn call;
  // NULL unless HN_SUSPENDS.
  hn_host_resume_fn resume;
  hn_host_write_fn write;
} hn_host_function;

// Signatures.
//   func(T, T) -> T        parameter names are left out; no "-> T" without a result
//   T = bool s8 u8 s16 u16 s32 u32 s64 u64 f32 f64 char string
//     | list<T> | option<T> | result<T, T> | result<_, T> | result<T> | result | tuple<T, T>
//     | record { name: T, name: T } | variant { name, name(T) } | enum { name, name } | flags {
//     name, name } | own<RESOURCE> | borrow<RESOURCE>
//   RESOURCE = the interface that defines it and its name: hermes:x/api.block; of a world: block
// Aliases are replaced by what they stand for. Names are as in WIT (kebab-case). The version of an
// interface inside RESOURCE is left out.

typedef struct hn_linker hn_linker;
hn_error* hn_linker_new(const hn_engine* engine, hn_linker** out);
// A copy that can be changed without changing the first.
hn_linker* hn_linker_clone(const hn_linker* linker);
void hn_linker_delete(hn_linker* linker);

// Everything of WASI 0.2 (cli, clocks, random, filesystem, io, sockets) and wasi:http. A call's
// WASI context is made when the guest first uses it. Sockets and outgoing HTTP are refused with the
// error values of their interfaces.
hn_error* hn_linker_add_wasi(hn_linker* linker);

// Called when the guest drops an own handle. NULL, or an error that traps the guest.
typedef hn_error* (*hn_resource_drop_fn)(void* env, void* context, uint32_t representation);
// Defines resource `name` of `interface_name`. Must precede the functions that use it. `type_id` is
// the caller's and unique per resource type.
hn_error* hn_linker_add_resource(hn_linker* linker, hn_str interface_name, hn_str name,
                                 uint32_t type_id, void* env, hn_resource_drop_fn drop);
// Makes an interface known that has types but neither functions nor resources.
hn_error* hn_linker_add_interface(hn_linker* linker, hn_str interface_name);
hn_error* hn_linker_add_function(hn_linker* linker, const hn_host_function* function);

// What `component` imports and `linker` does not provide, as JSON:
// [{"interface":"ns:pkg/iface@1.0.0","functions":["f"],"resources":["r"],"provided_version":"0.2.6"
// or null}] An empty list means that it can be linked. The interface is empty for what the world
// imports itself. Versions match as Wasmtime matches them (same 0.x or same major).
hn_error* hn_linker_missing_imports(const hn_linker* linker, const hn_component* component,
                                    hn_buffer** json);
// Defines what is missing so that a call of it traps and names it. What another version of an
// interface provides is left alone.
hn_error* hn_linker_trap_missing_imports(hn_linker* linker, const hn_component* component);

// ------------------------------------------------------------------------ pre-instance and exports

// A component with all imports resolved, ready to be instantiated per call.
typedef struct hn_pre hn_pre;
// Refuses with HN_ERROR_LINK and the whole list when something is missing, and when a signature
// differs (the message names interface, function, expected and found type).
hn_error* hn_pre_new(const hn_linker* linker, const hn_component* component, hn_pre** out);
void hn_pre_delete(hn_pre* pre);

// An exported function, resolved once.
typedef struct hn_export hn_export;

typedef struct hn_export_type {
  hn_str signature;
  // 0..16, or HN_IN_MEMORY; then size and alignment of the parameters in memory.
  uint32_t flat_parameters;
  uint32_t parameters_size;
  uint32_t parameters_alignment;
  // 0, 1 or HN_IN_MEMORY; then size and alignment of the result in memory.
  uint32_t flat_results;
  uint32_t result_size;
  uint32_t result_alignment;
  // A set of HN_PARAMETERS_HAVE_HANDLES, HN_RESULT_HAS_HANDLES.
  uint32_t flags;
} hn_export_type;

// Finds `name` in the exported interface `interface_name` (matched by semantic version; empty: a
// function of the world itself). `*out` is NULL, without an error, when the component does not
// export it. HN_ERROR_LINK when the type differs.
hn_error* hn_pre_find_export(const hn_pre* pre, hn_str interface_name, hn_str name,
                             const hn_export_type* type, hn_export** out);
void hn_export_delete(hn_export* exported);

// ------------------------------------------------------------------------------------------- calls

// How the library tells that a call can go on. The functions may be called from any thread.
typedef struct hn_waker {
  void* data;
  // One more reference to `data`.
  void (*retain)(void* data);
  // One reference less.
  void (*release)(void* data);
  // Poll the call again soon. Does not consume the reference. May be called during hn_call_poll,
  // and more than once.
  void (*wake)(void* data);
} hn_waker;

// The WASI view of an application: arguments, environment, directories. Prepared once, used by many
// calls.
typedef struct hn_wasi hn_wasi;
hn_error* hn_wasi_new(hn_wasi** out);
void hn_wasi_delete(hn_wasi* wasi);
hn_error* hn_wasi_add_argument(hn_wasi* wasi, hn_str value);
hn_error* hn_wasi_add_environment(hn_wasi* wasi, hn_str name, hn_str value);
// Opens `host_path` now, and shows it to guests as `guest_path`.
hn_error* hn_wasi_add_directory(hn_wasi* wasi, hn_str host_path, hn_str guest_path, bool writable);

// What a guest writes to standard output (1) and standard error (2), in the pieces in which it
// writes them.
typedef void (*hn_output_fn)(void* context, int stream, hn_bytes data);

typedef struct hn_call_options {
  // Handed to every callback of this call.
  void* context;
  hn_waker waker;
  // May be NULL: no arguments, environment, directories.
  const hn_wasi* wasi;
  // May be NULL: output is dropped.
  hn_output_fn output;
  // Bytes, all linear memories and tables (8 bytes an element) of the call together.
  uint64_t max_memory_bytes;
  // Entries of the component's handle tables and of WASI's resource table, each.
  uint32_t max_handles;
} hn_call_options;

// How an export is called: callbacks that lower the parameters and lift the result. Same rules as
// for host functions. For functions without parameters neither `measure` nor `write` is called;
// `lift` always is.
typedef struct hn_export_callbacks {
  void* env;
  // What the parameters need. NULL: nothing.
  hn_error* (*measure)(void* env, void* context, hn_string_encoding encoding,
                       hn_lowering* lowering);
  // Writes the parameters.
  void (*write)(void* env, void* context, const hn_target* target);
  // Reads the result, before the guest's post-return function runs. NULL, or the error that the
  // call ends with.
  hn_error* (*lift)(void* env, void* context, const hn_lifted* result);
} hn_export_callbacks;

// A place for calls, one after the other: what a call needs in memory is kept for the next. Open,
// it has one fresh instance in a store of its own, made by the first poll and gone with
// hn_call_close.
typedef struct hn_call hn_call;

// A call that is not open. Nothing but memory.
hn_call* hn_call_new(void);
// Prepares a fresh instance. Cheap; nothing of the guest runs. `options` is copied; `pre` and what
// the options point to live, unchanged, until hn_call_close has returned. Not while open.
hn_error* hn_call_open(hn_call* call, const hn_pre* pre, const hn_call_options* options);
// Cancels what is under way and frees everything of the guest. Guest code does not run again.
// Wakers that are still held elsewhere stay valid until they are released. Nothing when not open.
void hn_call_close(hn_call* call);
// Closes it first. NULL is allowed.
void hn_call_delete(hn_call* call);
// Sets the function to run next in this instance; the first one also instantiates. Not while
// another is under way. `exported` and `callbacks` (copied) must live until it has ended.
hn_error* hn_call_start(hn_call* call, const hn_export* exported,
                        const hn_export_callbacks* callbacks);
// Only instantiates (start functions run), without calling anything.
hn_error* hn_call_start_instantiate(hn_call* call);
// Drops an own handle to a resource of the guest (runs its destructor).
hn_error* hn_call_start_drop(hn_call* call, uint32_t slot);

typedef enum hn_poll {
  // Not ready. The waker has been, or will be, woken.
  HN_POLL_PENDING = 0,
  // The function has ended; *error is NULL or says why it failed. After a failure the instance is
  // unusable.
  HN_POLL_READY = 1,
} hn_poll;
// Runs the guest until it ends, waits for something, or its time slice is over.
hn_poll hn_call_poll(hn_call* call, hn_error** error);

// Most bytes that the call's memories and tables have had together; 0 when not open. For limits and
// reports.
uint64_t hn_call_memory_bytes(const hn_call* call);

// ------------------------------------------------------------------------------------ componentize

typedef struct hn_componentize_options {
  // A core module (binary or text) that imports and exports by the component model's naming.
  hn_bytes core;
  // WIT: a folder or file, and the world; both empty when the module carries its type already.
  hn_str wit_path;
  hn_str world;
  // Used with wit_path: how the module's strings are encoded.
  hn_string_encoding encoding;
} hn_componentize_options;

// Makes a component of a core module. The adapter for wasi_snapshot_preview1 is added when the
// module imports it (command adapter when it exports `_start`, else reactor).
hn_error* hn_componentize(const hn_componentize_options* options, hn_buffer** component);

// WebAssembly text to binary (core modules and components); bytes that are binary already are
// returned as they are.
hn_error* hn_wat_to_wasm(hn_bytes text_or_binary, hn_buffer** wasm);

#ifdef __cplusplus
}
#endif

#endif  // HERMES_NATIVE_WASM_H_
