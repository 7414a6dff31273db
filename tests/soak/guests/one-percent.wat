;; world: ticker
;;
;; Its on-cron completes, or traps some calls deep when `last` is true.
(module
  (memory (export "memory") 1)
  (global $free (mut i32) (i32.const 1024))
  ;; Hands out memory and never takes it back: an instance lives for one call.
  (func (export "cabi_realloc")
    (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
    (local $block i32)
    (local.set $block (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
    (global.set $free (i32.add (local.get $block) (local.get $size)))
    (local.get $block))

  (func $inner (unreachable))
  (func $outer (call $inner))
  (func (export "hermes:cron/event#on-cron")
    (param $when i32) (param $when-length i32) (param $tag i32) (param $tag-length i32)
    (param $last i32) (result i32)
    (if (local.get $last) (then (call $outer)))
    (i32.const 1)))
