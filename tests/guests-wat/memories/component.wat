;; Sin: `read` grows two memories in turn, so that neither alone is as large as both together.
;;
;; Written by hand: Rust declares one memory. `ask` is the usual `GET track?number=…`.
(component
  ;; The shapes of wit/0.1.0/types.wit that `tracking` needs.
  (import "posthouse:adapter/types@0.1.0" (instance $types
    (type $instant' s64)
    (export "instant" (type $instant (eq $instant')))
    (type $pair' (record (field "name" string) (field "value" string)))
    (export "pair" (type $pair (eq $pair')))
    (type $parcel' (record
      (field "number" string)
      (field "phone-tail" (option string))
      (field "shipped-at" (option $instant))
      (field "extra" (list $pair))))
    (export "parcel" (type $parcel (eq $parcel')))
    (type $task' (record
      (field "parcels" (list $parcel))
      (field "now" $instant)
      (field "nonce" (list u8))
      (field "round" u8)
      (field "memo" (list u8))))
    (export "task" (type $task (eq $task')))
    (type $slot' (record (field "name" string) (field "encode" string)))
    (export "slot" (type $slot (eq $slot')))
    (type $seal' (record (field "scheme" string) (field "key" $slot) (field "plain" (list u8))))
    (export "seal" (type $seal (eq $seal')))
    (type $piece' (variant (case "plain" (list u8)) (case "secret" $slot) (case "sealed" $seal)))
    (export "piece" (type $piece (eq $piece')))
    (type $text' (list $piece))
    (export "text" (type $text (eq $text')))
    (type $field' (record (field "name" string) (field "value" $text)))
    (export "field" (type $field (eq $field')))
    (type $capture' (record
      (field "name" string)
      (field "at" string)
      (field "expires" (option string))))
    (export "capture" (type $capture (eq $capture')))
    (type $body' (variant (case "empty") (case "raw" $text) (case "form" (list $field))))
    (export "body" (type $body (eq $body')))
    (type $request' (record
      (field "method" string)
      (field "endpoint" string)
      (field "path" $text)
      (field "query" (list $field))
      (field "headers" (list $field))
      (field "body" $body)
      (field "captures" (list $capture))))
    (export "request" (type $request (eq $request')))
    (type $step' (variant (case "fill" $pair) (case "click" string)))
    (export "step" (type $step (eq $step')))
    (type $extract' (record (field "name" string) (field "selector" string) (field "take" string)))
    (export "extract" (type $extract (eq $extract')))
    (type $mark' (record (field "name" string) (field "selector" string) (field "words" (list string))))
    (export "mark" (type $mark (eq $mark')))
    (type $page-request' (record
      (field "endpoint" string)
      (field "path" string)
      (field "query" (list $pair))
      (field "steps" (list $step))
      (field "wait-for" string)
      (field "marks" (list $mark))
      (field "row" string)
      (field "fields" (list $extract))
      (field "facts" (list $extract))
      (field "hears" (list string))))
    (export "page-request" (type $page-request (eq $page-request')))
    (type $want' (variant (case "http" $request) (case "page" $page-request)))
    (export "want" (type $want (eq $want')))
    (type $http-reply' (record
      (field "status" u16)
      (field "headers" (list $pair))
      (field "body" (list u8))
      (field "charset" (option string))))
    (export "http-reply" (type $http-reply (eq $http-reply')))
    (type $cell' (record (field "name" string) (field "value" string) (field "unsure" bool)))
    (export "cell" (type $cell (eq $cell')))
    (type $heard' (record
      (field "endpoint" string)
      (field "status" u16)
      (field "body" (list u8))
      (field "charset" (option string))))
    (export "heard" (type $heard (eq $heard')))
    (type $page-reply' (record
      (field "status" u16)
      (field "title" string)
      (field "url" string)
      (field "marks" (list string))
      (field "rows" (list (list $cell)))
      (field "facts" (list $cell))
      (field "heard" (list $heard))))
    (export "page-reply" (type $page-reply (eq $page-reply')))
    (type $reply' (variant (case "http" $http-reply) (case "page" $page-reply)))
    (export "reply" (type $reply (eq $reply')))
    (type $event' (record
      (field "at" $instant)
      (field "code" string)
      (field "status" (option string))
      (field "text" string)
      (field "place" (option string))))
    (export "event" (type $event (eq $event')))
    (type $signature' (record (field "at" $instant) (field "by" (option string))))
    (export "signature" (type $signature (eq $signature')))
    (type $track' (record
      (field "number" string)
      (field "events" (list $event))
      (field "signed" (option $signature))
      (field "odd" (list string))
      (field "extra" (list $pair))))
    (export "track" (type $track (eq $track')))
    (type $fault' (record
      (field "code" string)
      (field "detail" string)
      (field "retry-after" (option u32))))
    (export "fault" (type $fault (eq $fault')))
    (type $of-one' (record
      (field "number" string)
      (field "outcome" (result $track (error $fault)))))
    (export "of-one" (type $of-one (eq $of-one')))
    (type $reading' (variant
      (case "tracks" (list $of-one))
      (case "more" (tuple $want (list u8)))))
    (export "reading" (type $reading (eq $reading')))
  ))
  (alias export $types "task" (type $task))
  (alias export $types "want" (type $want))
  (alias export $types "reply" (type $reply))
  (alias export $types "reading" (type $reading))
  (alias export $types "fault" (type $fault))

  (core module $hoard
    (memory 1)
    ;; One MiB more, touched. Nothing if there is no more.
    (func (export "grow") (result i32)
      (local $before i32)
      (local.set $before (memory.grow (i32.const 16)))
      (if (i32.ne (local.get $before) (i32.const -1))
        (then (memory.fill
          (i32.shl (local.get $before) (i32.const 16)) (i32.const 1) (i32.const 1048576))))
      (local.get $before)))

  (core module $front
    (import "hoard" "grow" (func $grow-other (result i32)))
    (memory (export "memory") 1)
    (global $next (mut i32) (i32.const 4096))

    ;; 1024: `ok(http(request))`, 68 bytes, whole but for the number.
    (data (i32.const 1024)
      "\00\00\00\00" "\00\00\00\00"
      "\00\06\00\00" "\03\00\00\00" ;; method
      "\03\06\00\00" "\05\00\00\00" ;; endpoint
      "\00\00\00\00" "\00\00\00\00" ;; path
      "\80\04\00\00" "\01\00\00\00" ;; query: the field at 1152
      "\00\00\00\00" "\00\00\00\00" ;; headers
      "\00\00\00\00" "\00\00\00\00" "\00\00\00\00" ;; an empty body
      "\00\00\00\00" "\00\00\00\00") ;; captures
    ;; 1152: the field `number` with one piece, at 1168. A piece has 36 bytes; 0 is `plain`.
    (data (i32.const 1152) "\08\06\00\00" "\06\00\00\00" "\90\04\00\00" "\01\00\00\00")
    (data (i32.const 1536) "GET" "track" "number")

    ;; The host asks for new blocks only; nothing is ever freed.
    (func (export "realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
      (local $start i32)
      (local $lacks i32)
      (local.set $start (i32.and
        (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
      (global.set $next (i32.add (local.get $start) (local.get $size)))
      (local.set $lacks (i32.sub
        (i32.shr_u (i32.add (global.get $next) (i32.const 65535)) (i32.const 16))
        (memory.size)))
      (if (i32.gt_s (local.get $lacks) (i32.const 0))
        (then (if (i32.eq (memory.grow (local.get $lacks)) (i32.const -1)) (then unreachable))))
      (local.get $start))

    (func (export "ask") (param $parcels i32) (param $count i32) (param $now i64) (param $nonce i32) (param $nonce-len i32) (param $round i32) (param $memo i32) (param $memo-len i32) (result i32)
      ;; A parcel begins with its number; a plain piece has its bytes at 4.
      (i64.store align=4 (i32.const 1172) (i64.load align=4 (local.get $parcels)))
      (i32.const 1024))

    (func (export "read") (param $spilled i32) (result i32)
      (local $before i32)
      (loop $on
        (local.set $before (memory.grow (i32.const 16)))
        (if (i32.eq (local.get $before) (i32.const -1)) (then unreachable))
        (memory.fill (i32.shl (local.get $before) (i32.const 16)) (i32.const 1) (i32.const 1048576))
        (if (i32.eq (call $grow-other) (i32.const -1)) (then unreachable))
        (br $on))
      unreachable))

  (core instance $hoard (instantiate $hoard))
  (core instance $front (instantiate $front (with "hoard" (instance $hoard))))

  (func $ask (param "task" $task) (result (result $want (error $fault)))
    (canon lift (core func $front "ask")
      (memory (core memory $front "memory")) (realloc (core func $front "realloc"))))
  (func $read (param "task" $task) (param "reply" $reply) (result (result $reading (error $fault)))
    (canon lift (core func $front "read")
      (memory (core memory $front "memory")) (realloc (core func $front "realloc"))))
  (instance $tracking (export "ask" (func $ask)) (export "read" (func $read)))
  (export "posthouse:adapter/tracking@0.1.0" (instance $tracking))
)
