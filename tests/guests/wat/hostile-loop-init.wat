;; world: starter
;;
;; Its init never returns.
(module
  (func $init (export "hermes:init/event#init") (result i32)
    (loop $forever (br $forever))
    (unreachable)))
