;; Writes as many pages of its memory as it is told, to leave a slot of the pool that held them.
(component
  (core module $m
    (memory 512)
    (func (export "touch") (param $pages i32)
      (memory.fill (i32.const 0) (i32.const 1) (i32.mul (local.get $pages) (i32.const 4096)))))
  (core instance $i (instantiate $m))
  (func (export "touch") (param "pages" u32) (canon lift (core func $i "touch"))))
