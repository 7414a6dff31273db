;; world: handler
;;
;; Its start function never returns, so no instance of it ever comes to life.
(module
  (memory (export "memory") 1)
  (func $start
    (loop $forever (br $forever)))
  (start $start)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (unreachable))
  (func $init (export "hermes:init/event#init") (result i32) (i32.const 1))
  (func $on-cron (export "hermes:cron/event#on-cron") (param i32 i32 i32 i32 i32) (result i32)
    (i32.const 1)))
