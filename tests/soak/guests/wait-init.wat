;; world: starter
;;
;; Its init waits for what does not come.
(module
  (import "wasi:clocks/monotonic-clock@0.2.12" "subscribe-duration"
    (func $subscribe (param i64) (result i32)))
  (import "wasi:io/poll@0.2.12" "[method]pollable.block" (func $block (param i32)))
  (memory (export "memory") 1)
  (func (export "hermes:init/event#init") (result i32)
    (call $block (call $subscribe (i64.const 0x7fffffffffffffff)))
    (i32.const 1)))
