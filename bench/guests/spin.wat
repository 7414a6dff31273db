;; Handles `hermes:bench/event.on-event` and never comes back: the worst neighbour.
(module
  (memory (export "memory") 2)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (i32.const 4096))
  (func (export "hermes:bench/event#on-event") (param i32 i32 i32 i32 i32) (result i32)
    (loop $for_ever (br $for_ever))
    (unreachable)))
