;; world: starter
;;
;; Has one memory more than a component may have.
(module
  (import "wasi:clocks/monotonic-clock@0.2.12" "subscribe-duration"
    (func $subscribe (param i64) (result i32)))
  (memory (export "memory") 1)
  (memory 1) (memory 1) (memory 1) (memory 1) (memory 1) (memory 1) (memory 1) (memory 1)
  (func (export "hermes:init/event#init") (result i32)
    (drop (call $subscribe (i64.const 0)))
    (i32.const 1)))
