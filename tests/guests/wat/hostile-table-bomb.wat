;; world: handler
;;
;; Its on-cron makes a table larger, 1024 elements at a time, until it is refused; then it traps.
;; Tables are memory of the engine.
(module
  (import "hermes:cron/api" "delay" (func $delay (param i64 i32 i32) (result i32)))
  (memory (export "memory") 2)
  (data (i32.const 16) "go")

  ;; Hands out memory and never takes it back: an instance lives for one call.
  (global $free (mut i32) (i32.const 4096))
  (func $realloc (export "cabi_realloc")
    (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
    (local $block i32)
    (local.set $block
      (i32.and
        (i32.add (global.get $free) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
    (global.set $free (i32.add (local.get $block) (local.get $size)))
    (memory.copy (local.get $block) (local.get $old)
      (select (local.get $old-size) (local.get $size)
        (i32.lt_u (local.get $old-size) (local.get $size))))
    (local.get $block))

  ;; Asks for one tick, at once.
  (func $init (export "hermes:init/event#init") (result i32)
    (call $delay (i64.const 0) (i32.const 16) (i32.const 2)))

  (table $table 1 funcref)

  (func $table-was-refused
    (unreachable))

  (func $on-cron (export "hermes:cron/event#on-cron")
    (param $when i32) (param $when-length i32) (param $tag i32) (param $tag-length i32)
    (param $last i32) (result i32)
    (loop $forever
      (if (i32.eq (table.grow $table (ref.null func) (i32.const 1024)) (i32.const -1))
        (then (call $table-was-refused)))
      (br $forever))
    (unreachable)))
