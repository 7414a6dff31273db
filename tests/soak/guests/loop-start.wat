;; world: worker
;;
;; Its start function never returns. Unlike hostile-loop-start it has no init, so its application
;; starts, and each of its events meets this.
(module
  (memory (export "memory") 1)
  (func $start (loop $forever (br $forever)))
  (start $start)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (unreachable))
  (func $test (param i32 i32) (result i32) (i32.const 0))
  (export "hermes:integration-test/event#test" (func $test))
  (export "hermes:integration-test/event#bench" (func $test)))
