;; world: worker
;;
;; `test(turns, true)` computes for so many turns of a loop, and answers `none`.
(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (unreachable))
  (func $never (param i32 i32) (result i32) (i32.const 0))
  (export "hermes:integration-test/event#bench" (func $never))

  (func (export "hermes:integration-test/event#test")
    (param $turns i32) (param $run i32) (result i32)
    (local $sum i64)
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $turns)))
        (local.set $sum
          (i64.add
            (i64.mul (local.get $sum) (i64.const 6364136223846793005))
            (i64.extend_i32_u (local.get $turns))))
        (local.set $turns (i32.sub (local.get $turns) (i32.const 1)))
        (br $next)))
    ;; Kept, so that the loop is: the byte at 0 stays 0, which is `none`.
    (i64.store (i32.const 64) (local.get $sum))
    (i32.const 0)))
