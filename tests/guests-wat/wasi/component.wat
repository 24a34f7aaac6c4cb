;; Sin: it looks for a world of its own. `ask` is the usual `GET track?number=…`. `read` tells what it found, as times
;; of events: the wall clock, the monotonic clock twice, a random number, how many variables there are in the
;; environment and how many folders. For a number that ends with 1 it wants a network first.
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

  (import "wasi:clocks/wall-clock@0.2.3" (instance $wall
    (type $datetime' (record (field "seconds" u64) (field "nanoseconds" u32)))
    (export "datetime" (type $datetime (eq $datetime')))
    (export "now" (func (result $datetime)))))
  (import "wasi:clocks/monotonic-clock@0.2.0" (instance $monotonic
    (export "now" (func (result u64)))))
  (import "wasi:random/random@0.2.9" (instance $random
    (export "get-random-u64" (func (result u64)))))
  (import "wasi:cli/environment@0.2.12" (instance $environment
    (export "get-environment" (func (result (list (tuple string string)))))))
  (import "wasi:filesystem/types@0.2.0" (instance $files
    (export "descriptor" (type (sub resource)))))
  (alias export $files "descriptor" (type $descriptor))
  (import "wasi:filesystem/preopens@0.2.0" (instance $preopens
    (alias outer 1 $descriptor (type $descriptor'))
    (export "descriptor" (type $descriptor (eq $descriptor')))
    (export "get-directories" (func (result (list (tuple (own $descriptor) string)))))))
  (import "wasi:sockets/network@0.2.0" (instance $networks
    (export "network" (type (sub resource)))))
  (alias export $networks "network" (type $network))
  (import "wasi:sockets/instance-network@0.2.0" (instance $sockets
    (alias outer 1 $network (type $network'))
    (export "network" (type $network (eq $network')))
    (export "instance-network" (func (result (own $network))))))

  ;; What is given to the imports stands before what uses them.
  (core module $memory
    (memory (export "memory") 1)
    (global $next (mut i32) (i32.const 4096))

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
      (local.get $start)))
  (core instance $own (instantiate $memory))
  (core func $wall (canon lower (func $wall "now") (memory (core memory $own "memory"))))
  (core func $monotonic (canon lower (func $monotonic "now")))
  (core func $random (canon lower (func $random "get-random-u64")))
  (core func $environment (canon lower (func $environment "get-environment")
    (memory (core memory $own "memory")) (realloc (core func $own "realloc"))))
  (core func $folders (canon lower (func $preopens "get-directories")
    (memory (core memory $own "memory")) (realloc (core func $own "realloc"))))
  (core func $sockets (canon lower (func $sockets "instance-network")))

  (core module $front
    (import "own" "memory" (memory 1))
    (import "wasi" "wall" (func $wall (param i32)))
    (import "wasi" "monotonic" (func $monotonic (result i64)))
    (import "wasi" "random" (func $random (result i64)))
    (import "wasi" "environment" (func $environment (param i32)))
    (import "wasi" "folders" (func $folders (param i32)))
    (import "wasi" "sockets" (func $sockets (result i32)))

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

    (func (export "ask") (param $parcels i32) (param $count i32) (param $now i64) (param $nonce i32) (param $nonce-len i32) (param $round i32) (param $memo i32) (param $memo-len i32) (result i32)
      ;; A parcel begins with its number; a plain piece has its bytes at 4.
      (i64.store align=4 (i32.const 1172) (i64.load align=4 (local.get $parcels)))
      (i32.const 1024))

    ;; 1280: `ok(tracks)`, the list of one at 2048.
    (data (i32.const 1280) "\00\00\00\00" "\00\00\00\00" "\00\08\00\00" "\01\00\00\00")
    ;; 2048: its number, and `ok(track)` at 2056: number again, six events at 2304, all else is empty.
    (data (i32.const 2072) "\00\09\00\00" "\06\00\00\00")
    ;; Events of 48 bytes, of which only the first eight count.
    (func $found (param $nth i32) (param $value i64)
      (i64.store (i32.add (i32.const 2304) (i32.mul (local.get $nth) (i32.const 48))) (local.get $value)))
    (func (export "read") (param $spilled i32) (result i32)
      (local $number i64)
      ;; The first parcel, which begins with its number.
      (local.set $number (i64.load align=4 (i32.load (local.get $spilled))))
      (i64.store (i32.const 2048) (local.get $number))
      (i64.store (i32.const 2064) (local.get $number))
      (if (i32.eq (i32.const 49) (i32.load8_u (i32.add
            (i32.wrap_i64 (local.get $number))
            (i32.sub (i32.wrap_i64 (i64.shr_u (local.get $number) (i64.const 32))) (i32.const 1)))))
        (then (drop (call $sockets))))
      ;; 3072: what is told in more than one value.
      (call $wall (i32.const 3072))
      (call $found (i32.const 0) (i64.add
        (i64.mul (i64.load (i32.const 3072)) (i64.const 1000))
        (i64.div_u (i64.load32_u (i32.const 3080)) (i64.const 1000000))))
      (call $found (i32.const 1) (call $monotonic))
      (call $found (i32.const 2) (call $monotonic))
      (call $found (i32.const 3) (call $random))
      (call $environment (i32.const 3088))
      (call $found (i32.const 4) (i64.load32_u (i32.const 3092)))
      (call $folders (i32.const 3088))
      (call $found (i32.const 5) (i64.load32_u (i32.const 3092)))
      (i32.const 1280)))

  (core instance $imports
    (export "wall" (func $wall))
    (export "monotonic" (func $monotonic))
    (export "random" (func $random))
    (export "environment" (func $environment))
    (export "folders" (func $folders))
    (export "sockets" (func $sockets)))
  (core instance $front (instantiate $front (with "own" (instance $own)) (with "wasi" (instance $imports))))

  (func $ask (param "task" $task) (result (result $want (error $fault)))
    (canon lift (core func $front "ask")
      (memory (core memory $own "memory")) (realloc (core func $own "realloc"))))
  (func $read (param "task" $task) (param "reply" $reply) (result (result $reading (error $fault)))
    (canon lift (core func $front "read")
      (memory (core memory $own "memory")) (realloc (core func $own "realloc"))))
  (instance $tracking (export "ask" (func $ask)) (export "read" (func $read)))
  (export "posthouse:adapter/tracking@0.1.0" (instance $tracking))
)
