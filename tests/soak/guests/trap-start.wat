;; world: worker
;;
;; Its start function traps, so no instance of it ever comes to life.
(module
  (memory (export "memory") 1)
  (func $start-traps (unreachable))
  (func $start (call $start-traps))
  (start $start)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (unreachable))
  (func $test (param i32 i32) (result i32) (i32.const 0))
  (export "hermes:integration-test/event#test" (func $test))
  (export "hermes:integration-test/event#bench" (func $test)))
