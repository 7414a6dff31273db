// Pieces of WebAssembly text that test guests are put together from.
#pragma once

#include <string>
#include <string_view>

namespace hermes::wasm::testing {

/// One page of memory, and a `realloc` that only ever moves on, from address 1024.
inline constexpr std::string_view kMemory = R"wat(
  (memory (export "memory") 1)
  (global $next (mut i32) (i32.const 1024))
  (func $realloc (export "cabi_realloc")
      (param $old i32) (param $old_size i32) (param $alignment i32) (param $size i32) (result i32)
    (global.set $next
      (i32.and (i32.add (global.get $next) (i32.sub (local.get $alignment) (i32.const 1)))
               (i32.sub (i32.const 0) (local.get $alignment))))
    (global.get $next)
    (global.set $next (i32.add (global.get $next) (local.get $size)))
    ;; One page is 65536 bytes.
    (block $fits
      (br_if $fits (i32.le_u (global.get $next) (i32.mul (memory.size) (i32.const 65536))))
      (br_if $fits (i32.ne (i32.const -1) (memory.grow
        (i32.add (i32.div_u (local.get $size) (i32.const 65536)) (i32.const 1)))))
      unreachable))
)wat";

/// A module that imports `function` of hermes:test/api as $f with the core type `type`, and runs
/// `body`.
inline std::string calling(std::string_view function, std::string_view type, std::string_view body,
                           std::string_view more = {}) {
  std::string text = "(module (import \"hermes:test/api\" \"";
  text += function;
  text += "\" (func $f ";
  text += type;
  text += "))";
  text += more;
  text += kMemory;
  text += "(func (export \"run\") (result i32) ";
  text += body;
  text += "))";
  return text;
}

}  // namespace hermes::wasm::testing
