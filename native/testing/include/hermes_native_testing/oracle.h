// The oracle of the tests: values of the component model through Wasmtime's dynamic values, as an
// independent second implementation of the canonical ABI.
//
// Values are compared as text, which both sides write alike (tests/bindings/value_text.hpp):
//   true  -5  c:128512 (char)  f32:40490fdb  f64:...  nan  "text" (bytes other than printable ASCII
//   as \xx) [a,b] (list)  (a,b) (tuple)  {a,b} (record)  none  some(a)  ok(a)  err(a)  ok  err #2
//   #2(a) (variant)  #2 (enum)  |5 (flags, as a number)  own(7)  borrow(7) (the number of a
//   resource)
// Lifetimes and threads are as in hermes_native/wasm.h.
#ifndef HERMES_NATIVE_TESTING_ORACLE_H_
#define HERMES_NATIVE_TESTING_ORACLE_H_

#include "hermes_native/wasm.h"

#ifdef __cplusplus
extern "C" {
#endif

// How the oracle makes and recognises resources that the host defines. `context` is that of the
// call.
typedef struct hnt_resources {
  // Makes resource `number` and answers its representation.
  uint32_t (*make)(void* context, uint32_t number);
  // The number behind a representation.
  uint32_t (*number)(void* context, uint32_t representation);
  // The type id that the resource has in the linker.
  uint32_t type_id;
} hnt_resources;

// Calls an export in a fresh instance with random values made of `seed`. `arguments` gets their
// text, comma separated; `result` gets the text of what was returned. Blocks until the call has
// ended.
hn_error* hnt_call_export(const hn_pre* pre, void* context, hn_str interface_name, hn_str name,
                          uint64_t seed, const hnt_resources* resources, hn_buffer** arguments,
                          hn_buffer** result);

// Called with the text of the arguments that an imported function got.
typedef void (*hnt_received_fn)(void* env, hn_str name, hn_str arguments);
// Defines every function of an interface that `component` imports: each hands the text of its
// arguments to `received` and returns its argument, or, if it has several, a tuple of them.
// `resources` is copied.
hn_error* hnt_define_echoes(hn_linker* linker, const hn_component* component, hn_str interface_name,
                            const hnt_resources* resources, void* env, hnt_received_fn received);

#ifdef __cplusplus
}
#endif

#endif  // HERMES_NATIVE_TESTING_ORACLE_H_
