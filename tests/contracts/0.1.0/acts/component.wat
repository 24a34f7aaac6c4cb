;; Every forbidden act of an adapter, one for each number; 00 behaves well.
;;
;; Two digits choose the act: of a look the last two of the number, of a subscription the two before
;; them, of a session the public field `act`, of a push those in its body, of a row those in `node`.
;;
;;   01-20  in the code that runs, whichever export it is. `read` does them as 21-39; 20 is its own.
;;   40-59  in the request that is wanted: by `ask` of tracking, subscribe and session.
;;   60-89  in what is told: by `read`, `receive` and `enter`.
;;
;; Written by hand against wit/0.1.0. What each act ends as: tests/tests/contracts/acts.rs.
(component
  ;; The shapes of wit/0.1.0/types.wit whole.
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
    (type $delivery' (record
      (field "method" string)
      (field "path" string)
      (field "query" (list $pair))
      (field "headers" (list $pair))
      (field "body" (list u8))
      (field "now" $instant)))
    (export "delivery" (type $delivery (eq $delivery')))
    (type $answer' (record (field "status" u16) (field "headers" (list $pair)) (field "body" (list u8))))
    (export "answer" (type $answer (eq $answer')))
    (type $receipt' (record
      (field "key" (option string))
      (field "readings" (list $of-one))
      (field "kept" $answer)
      (field "failed" $answer)))
    (export "receipt" (type $receipt (eq $receipt')))
    (type $refusal' (record (field "fault" $fault) (field "answer" $answer)))
    (export "refusal" (type $refusal (eq $refusal')))
  ))
  (alias export $types "piece" (type $piece))
  (alias export $types "slot" (type $slot))
  (alias export $types "pair" (type $pair))
  (alias export $types "task" (type $task))
  (alias export $types "want" (type $want))
  (alias export $types "reply" (type $reply))
  (alias export $types "reading" (type $reading))
  (alias export $types "of-one" (type $of-one))
  (alias export $types "event" (type $event))
  (alias export $types "fault" (type $fault))
  (alias export $types "delivery" (type $delivery))
  (alias export $types "receipt" (type $receipt))
  (alias export $types "refusal" (type $refusal))

  (import "posthouse:adapter/credential@0.1.0" (instance $credential
    (export "piece" (type $p (eq $piece)))
    (export "slot" (type $s (eq $slot)))
    (export "public" (func (param "name" string) (result (option string))))
    (export "digest" (func (param "alg" string) (param "parts" (list $p))
      (result (result (list u8) (error string)))))
    (export "hmac" (func (param "alg" string) (param "key" $s) (param "parts" (list $p))
      (result (result (list u8) (error string)))))
    (export "verify" (func (param "scheme" string) (param "key" (option $s)) (param "parts" (list $p))
      (param "expected" (list u8)) (result (result bool (error string)))))
    (export "open" (func (param "scheme" string) (param "key" $s) (param "sealed" (list u8))
      (result (result (list u8) (error string)))))))
  (import "posthouse:adapter/log@0.1.0" (instance $log
    (export "write" (func (param "level" string) (param "text" string)))))

  ;; What stands before the imports can be lowered: the memory, and who hands it out.
  (core module $ground
    (memory (export "memory") 4)
    (table (export "table") 1 funcref)
    (type $complaint (func))
    ;; What `realloc` does: 0 its work, 1 a place beyond all memory, 2 it calls the host.
    (global $spite (export "spite") (mut i32) (i32.const 0))
    ;; The last page is for what the host hands over.
    (global $next (mut i32) (i32.const 0x30000))

    ;; The host asks for new blocks only; nothing is ever freed.
    (func (export "realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
      (local $start i32)
      (local $lacks i32)
      (if (i32.eq (global.get $spite) (i32.const 1)) (then (return (i32.const 0xfffffff0))))
      (if (i32.eq (global.get $spite) (i32.const 2)) (then (call_indirect (type $complaint) (i32.const 0))))
      (local.set $start (i32.and
        (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
      (global.set $next (i32.add (local.get $start) (local.get $size)))
      (local.set $lacks (i32.sub
        (i32.shr_u (i32.add (global.get $next) (i32.const 0xffff)) (i32.const 16))
        (memory.size)))
      (if (i32.gt_s (local.get $lacks) (i32.const 0))
        (then (if (i32.eq (memory.grow (local.get $lacks)) (i32.const -1)) (then unreachable))))
      (local.get $start)))
  (core instance $ground (instantiate $ground))
  (core module $hoard
    (memory 1)
    (func (export "grow") (result i32) (memory.grow (i32.const 16))))
  (core instance $hoard (instantiate $hoard))
  (alias core export $ground "memory" (core memory $memory))
  (alias core export $ground "realloc" (core func $realloc))

  (core func $public (canon lower (func $credential "public") (memory $memory) (realloc $realloc)))
  (core func $digest (canon lower (func $credential "digest") (memory $memory) (realloc $realloc)))
  (core func $hmac (canon lower (func $credential "hmac") (memory $memory) (realloc $realloc)))
  (core func $verify (canon lower (func $credential "verify") (memory $memory) (realloc $realloc)))
  (core func $open (canon lower (func $credential "open") (memory $memory) (realloc $realloc)))
  (core func $write (canon lower (func $log "write") (memory $memory)))

  (core module $acts
    (import "ground" "memory" (memory 4))
    (import "ground" "table" (table 1 funcref))
    (import "ground" "spite" (global $spite (mut i32)))
    (import "hoard" "grow" (func $hoard (result i32)))
    ;; A string, a list and a slot's two strings are each a pointer and a length; `back` is where the
    ;; answer goes.
    (import "host" "public" (func $public (; name ;) (param i32 i32) (param $back i32)))
    (import "host" "digest" (func $digest (; alg ;) (param i32 i32) (; parts ;) (param i32 i32) (param $back i32)))
    (import "host" "hmac" (func $hmac (; alg ;) (param i32 i32) (; key ;) (param i32 i32 i32 i32) (; parts ;) (param i32 i32) (param $back i32)))
    (import "host" "verify" (func $verify (; scheme ;) (param i32 i32) (; key ;) (param i32 i32 i32 i32 i32) (; parts ;) (param i32 i32) (; expected ;) (param i32 i32) (param $back i32)))
    (import "host" "open" (func $open (; scheme ;) (param i32 i32) (; key ;) (param i32 i32 i32 i32) (; sealed ;) (param i32 i32) (param $back i32)))
    (import "host" "write" (func $write (; level ;) (param i32 i32) (; text ;) (param i32 i32)))

    ;; ---- Where things stand. Every instance serves one call, so each has one place for ever.
    ;;
    ;; result<option<want>, fault>, 92 bytes: result 0x400, option 0x404, want 0x408.
    ;; result<want, fault>, 88 bytes: the same from 0x404 on, which is 0 for `ok` then.
    ;; want: its kind, then http or page.
    ;;   http: method 0x40c, endpoint 0x414, path 0x41c, query 0x424, headers 0x42c,
    ;;         body 0x434 (kind) and 0x438 (list), captures 0x440; 60 bytes.
    ;;   page: endpoint 0x40c, path, query, steps, wait-for, marks, row, fields, facts, hears; 80 bytes.
    (global $subscription i32 (i32.const 0x400))
    (global $wanted i32 (i32.const 0x404))
    (global $want i32 (i32.const 0x408))
    (global $method i32 (i32.const 0x40c))
    (global $endpoint i32 (i32.const 0x414))
    (global $path i32 (i32.const 0x41c))
    (global $query i32 (i32.const 0x424))
    (global $headers i32 (i32.const 0x42c))
    (global $body-kind i32 (i32.const 0x434))
    (global $body i32 (i32.const 0x438))
    (global $captures i32 (i32.const 0x440))
    ;; field, 16 bytes: name 0, value 8 (a list of pieces). Two of the query, one header.
    (global $field i32 (i32.const 0x460))
    (global $second-field i32 (i32.const 0x470))
    (global $header i32 (i32.const 0x480))
    ;; piece, 36 bytes: kind 0; plain: bytes 4; secret: name 4, encode 12;
    ;;                  sealed: scheme 4, key's name 12, key's encode 20, plain 28.
    (global $plain i32 (i32.const 0x490))
    (global $secret i32 (i32.const 0x4b4))
    (global $sealed i32 (i32.const 0x4d8))
    ;; capture, 28 bytes: name 0, at 8, expires 16 (option).
    (global $capture i32 (i32.const 0x500))
    ;; result<reading, fault>, 100 bytes: result 0x560, then at 0x564 the reading's kind, with the list of
    ;; tracks at 0x568, or the next want at 0x568 and its memo at 0x5bc; or the fault at 0x564.
    (global $reading i32 (i32.const 0x560))
    (global $tracks i32 (i32.const 0x568))
    (global $memo i32 (i32.const 0x5bc))
    ;; result<list<of-one>, fault>, 28 bytes.
    (global $subscribed i32 (i32.const 0x5d0))
    ;; of-one, 80 bytes: number 0x600, result 0x608, track at 0x610 (or a fault).
    ;; track, 64 bytes: number 0x610, events 0x618, signed 0x620 (option), at 0x628, by 0x630 (option),
    ;;                  odd 0x640, extra 0x648. A second one stands behind it, at 0x650.
    (global $one i32 (i32.const 0x600))
    (global $track-number i32 (i32.const 0x610))
    (global $events i32 (i32.const 0x618))
    (global $signed i32 (i32.const 0x620))
    (global $extra i32 (i32.const 0x648))
    (global $second i32 (i32.const 0x650))
    ;; result<event, fault>, 56 bytes: result 0x6a0, event or fault at 0x6a8.
    ;; event, 48 bytes: at 0x6a8, code 0x6b0, status 0x6b8 (option), its text 0x6bc, text 0x6c4, place 0x6cc (option).
    (global $entered i32 (i32.const 0x6a0))
    (global $event i32 (i32.const 0x6a8))
    (global $code i32 (i32.const 0x6b0))
    (global $status i32 (i32.const 0x6b8))
    (global $text i32 (i32.const 0x6c4))
    ;; pair, 16 bytes.
    (global $fact i32 (i32.const 0x6e0))
    ;; result<receipt, refusal>, 64 bytes: result 0x700; receipt: key 0x704 (option), readings 0x710,
    ;; kept 0x718, failed 0x72c; refusal: fault 0x704, answer 0x71c.
    ;; answer, 20 bytes: status 0, headers 4, body 12.
    (global $received i32 (i32.const 0x700))
    (global $readings i32 (i32.const 0x710))
    (global $kept i32 (i32.const 0x718))
    (global $failed i32 (i32.const 0x72c))
    ;; Where imports answer: what came of it, then a pointer and a length.
    (global $back i32 (i32.const 0x780))
    ;; Lists of many stand at 0x10000. The page at 0x20000 is never written: 64 KiB of one sound text.
    (global $many i32 (i32.const 0x10000))
    (global $page i32 (i32.const 0x20000))
    (global $beyond i32 (i32.const 0x7ffffff0))

    ;; ---- Words. Each ends with a zero.
    (global $GET i32 (i32.const 0x800)) (data (i32.const 0x800) "GET\00")
    (global $track i32 (i32.const 0x820)) (data (i32.const 0x820) "track\00")
    (global $token i32 (i32.const 0x840)) (data (i32.const 0x840) "token\00")
    (global $other i32 (i32.const 0x860)) (data (i32.const 0x860) "other\00")
    (global $nowhere i32 (i32.const 0x880)) (data (i32.const 0x880) "nowhere\00")
    (global $evil i32 (i32.const 0x8a0)) (data (i32.const 0x8a0) "https://evil.example/\00")
    (global $number-word i32 (i32.const 0x8c0)) (data (i32.const 0x8c0) "number\00")
    (global $key i32 (i32.const 0x8e0)) (data (i32.const 0x8e0) "key\00")
    (global $act-word i32 (i32.const 0x900)) (data (i32.const 0x900) "act\00")
    (global $nobody i32 (i32.const 0x920)) (data (i32.const 0x920) "nobody\00")
    (global $none i32 (i32.const 0x940)) (data (i32.const 0x940) "none\00")
    (global $rot13 i32 (i32.const 0x960)) (data (i32.const 0x960) "rot13\00")
    (global $md5 i32 (i32.const 0x980)) (data (i32.const 0x980) "md5\00")
    (global $sha256 i32 (i32.const 0x9a0)) (data (i32.const 0x9a0) "sha256\00")
    (global $hmac-md5 i32 (i32.const 0x9c0)) (data (i32.const 0x9c0) "hmac-md5\00")
    (global $ems-sm4 i32 (i32.const 0x9e0)) (data (i32.const 0x9e0) "ems-sm4\00")
    (global $info i32 (i32.const 0xa00)) (data (i32.const 0xa00) "info\00")
    (global $DELETE i32 (i32.const 0xa20)) (data (i32.const 0xa20) "DELETE\00")
    (global $up i32 (i32.const 0xa40)) (data (i32.const 0xa40) "/../up\00")
    (global $own-query i32 (i32.const 0xa60)) (data (i32.const 0xa60) "/a?b=c\00")
    (global $host i32 (i32.const 0xa80)) (data (i32.const 0xa80) "host\00")
    (global $x-a i32 (i32.const 0xaa0)) (data (i32.const 0xaa0) "x-a\00")
    (global $two-lines i32 (i32.const 0xac0)) (data (i32.const 0xac0) "a\0d\0ab: c\00")
    (global $at-token i32 (i32.const 0xae0)) (data (i32.const 0xae0) "/token\00")
    (global $not-utf8 i32 (i32.const 0xb00)) (data (i32.const 0xb00) "\ff\fe\00")
    (global $by-drone i32 (i32.const 0xb20)) (data (i32.const 0xb20) "in_transit.by_drone\00")
    (global $teleported i32 (i32.const 0xb40)) (data (i32.const 0xb40) "teleported\00")
    (global $gone i32 (i32.const 0xb60)) (data (i32.const 0xb60) "Gone!!\00")
    (global $stranger i32 (i32.const 0xb80)) (data (i32.const 0xb80) "G9999999999\00")
    (global $no-such-fault i32 (i32.const 0xba0)) (data (i32.const 0xba0) "no-such-fault\00")
    (global $token-expired i32 (i32.const 0xbc0)) (data (i32.const 0xbc0) "token-expired\00")
    (global $unreadable i32 (i32.const 0xbe0)) (data (i32.const 0xbe0) "unreadable\00")
    (global $found i32 (i32.const 0xc00)) (data (i32.const 0xc00) "found\00")
    (global $not-found i32 (i32.const 0xc20)) (data (i32.const 0xc20) "not found\00")
    (global $weight i32 (i32.const 0xc40)) (data (i32.const 0xc40) "weight-kg\00")
    (global $weighs i32 (i32.const 0xc60)) (data (i32.const 0xc60) "15\00")
    (global $kept-word i32 (i32.const 0xc80)) (data (i32.const 0xc80) "kept\00")
    (global $content-length i32 (i32.const 0xca0)) (data (i32.const 0xca0) "content-length\00")
    (global $transfer-encoding i32 (i32.const 0xcc0)) (data (i32.const 0xcc0) "transfer-encoding\00")
    (global $chunked i32 (i32.const 0xce0)) (data (i32.const 0xce0) "chunked\00")

    (global $act (mut i32) (i32.const 0))
    (elem (i32.const 0) $complains)

    ;; ---- Small tools.

    (func $is (param $act i32) (result i32) (i32.eq (global.get $act) (local.get $act)))

    (func $list (param $at i32) (param $first i32) (param $count i32)
      (i32.store (local.get $at) (local.get $first))
      (i32.store offset=4 (local.get $at) (local.get $count)))

    (func $put (param $at i32) (param $word i32)
      (call $list (local.get $at) (local.get $word) (call $long (local.get $word))))

    (func $long (param $word i32) (result i32)
      (local $end i32)
      (local.set $end (local.get $word))
      (loop $on
        (if (i32.load8_u (local.get $end)) (then
          (local.set $end (i32.add (local.get $end) (i32.const 1)))
          (br $on))))
      (i32.sub (local.get $end) (local.get $word)))

    ;; A pointer and a length, from one place to another.
    (func $copy (param $to i32) (param $from i32)
      (i64.store align=4 (local.get $to) (i64.load align=4 (local.get $from))))

    ;; A list of so many that are all alike, at `many`.
    (func $repeat (param $list i32) (param $what i32) (param $size i32) (param $times i32)
      (local $to i32)
      (call $list (local.get $list) (global.get $many) (local.get $times))
      (local.set $to (global.get $many))
      (loop $on
        (memory.copy (local.get $to) (local.get $what) (local.get $size))
        (local.set $to (i32.add (local.get $to) (local.get $size)))
        (local.set $times (i32.sub (local.get $times) (i32.const 1)))
        (br_if $on (local.get $times))))

    ;; A number in decimals.
    (func $decimal (param $at i32) (param $digits i32) (result i64)
      (local $sum i64)
      (loop $on
        (if (local.get $digits) (then
          (local.set $sum (i64.add
            (i64.mul (local.get $sum) (i64.const 10))
            (i64.extend_i32_u (i32.sub (i32.load8_u (local.get $at)) (i32.const 48)))))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (local.set $digits (i32.sub (local.get $digits) (i32.const 1)))
          (br $on))))
      (local.get $sum))

    (func $choose (param $at i32)
      (global.set $act (i32.wrap_i64 (call $decimal (local.get $at) (i32.const 2)))))

    ;; Chooses by two digits of a task's first number, so many before its end.
    (func $choose-of (param $parcels i32) (param $before-end i32)
      (call $choose (i32.sub
        (i32.add (i32.load (local.get $parcels)) (i32.load offset=4 (local.get $parcels)))
        (local.get $before-end))))

    ;; An import must have refused: no act goes on with what it should not have.
    (func $refused
      (if (i32.eqz (i32.load8_u (global.get $back))) (then unreachable)))

    (func $sealed-piece
      (i32.store (global.get $sealed) (i32.const 2))
      (call $put (i32.add (global.get $sealed) (i32.const 4)) (global.get $ems-sm4))
      (call $put (i32.add (global.get $sealed) (i32.const 12)) (global.get $key))
      (call $put (i32.add (global.get $sealed) (i32.const 20)) (global.get $none)))

    (func $secret-piece (param $name i32) (param $encode i32)
      (i32.store (global.get $secret) (i32.const 1))
      (call $put (i32.add (global.get $secret) (i32.const 4)) (local.get $name))
      (call $put (i32.add (global.get $secret) (i32.const 12)) (local.get $encode)))

    (func $md5-of (param $parts i32) (param $count i32)
      (call $digest (global.get $md5) (i32.const 3) (local.get $parts) (local.get $count) (global.get $back)))

    ;; What `realloc` does in its spite: the host has called it, and may not be called now.
    (func $complains (call $write (global.get $info) (i32.const 4) (global.get $key) (i32.const 3)))

    (func $deeper (param $n i32) (result i32)
      (i32.add (call $deeper (i32.add (local.get $n) (i32.const 1))) (local.get $n)))

    ;; ---- 01-19: in the code that runs.
    (func $misbehave
      (local $left i32)
      (call $secret-piece (global.get $key) (global.get $none))
      ;; 01: never returns.
      (if (call $is (i32.const 1)) (then (loop $on (br $on))))
      ;; 02: takes memory without end.
      (if (call $is (i32.const 2)) (then
        (loop $on (br_if $on (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) unreachable))
      ;; 03: calls itself until no stack is left.
      (if (call $is (i32.const 3)) (then (drop (call $deeper (i32.const 0)))))
      ;; 04: gives up.
      (if (call $is (i32.const 4)) (then unreachable))
      ;; 05: a digest that the secret does not declare, and ignores the refusal.
      (if (call $is (i32.const 5)) (then
        (call $digest (global.get $sha256) (i32.const 6) (global.get $secret) (i32.const 1) (global.get $back))))
      ;; 06: an hmac with a secret that declares none.
      (if (call $is (i32.const 6)) (then
        (call $hmac (global.get $hmac-md5) (i32.const 8) (global.get $key) (i32.const 3) (global.get $none) (i32.const 4)
          (global.get $plain) (i32.const 1) (global.get $back))))
      ;; 07: a digest over sealed bytes.
      (if (call $is (i32.const 7)) (then
        (call $sealed-piece) (call $md5-of (global.get $sealed) (i32.const 1)) (call $refused)))
      ;; 08: opens by a scheme that the secret does not declare.
      (if (call $is (i32.const 8)) (then
        (call $open (global.get $ems-sm4) (i32.const 7) (global.get $key) (i32.const 3) (global.get $none) (i32.const 4)
          (global.get $key) (i32.const 3) (global.get $back))))
      ;; 09: compares by a scheme that the secret does not declare.
      (if (call $is (i32.const 9)) (then
        (call $verify (global.get $sha256) (i32.const 6) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
          (global.get $secret) (i32.const 1) (global.get $key) (i32.const 3) (global.get $back))))
      ;; 10: asks for a secret as if it were public.
      (if (call $is (i32.const 10)) (then
        (call $public (global.get $key) (i32.const 3) (global.get $back))
        (if (i32.load8_u (global.get $back)) (then unreachable))))
      ;; 11: a secret that nobody declares.
      (if (call $is (i32.const 11)) (then
        (call $secret-piece (global.get $nobody) (global.get $none)) (call $md5-of (global.get $secret) (i32.const 1))))
      ;; 12: hands over a list that lies beyond its memory.
      (if (call $is (i32.const 12)) (then (call $md5-of (global.get $beyond) (i32.const 4))))
      ;; 13: hands over a piece of no kind.
      (if (call $is (i32.const 13)) (then
        (i32.store (global.get $secret) (i32.const 9)) (call $md5-of (global.get $secret) (i32.const 1))))
      ;; 14: hands over a name that is not UTF-8.
      (if (call $is (i32.const 14)) (then
        (call $digest (global.get $not-utf8) (i32.const 2) (global.get $plain) (i32.const 1) (global.get $back))))
      ;; 15: hands over a thousand pieces that are the same 64 KiB.
      (if (call $is (i32.const 15)) (then
        (call $list (i32.add (global.get $plain) (i32.const 4)) (global.get $page) (i32.const 0x10000))
        (call $repeat (global.get $back) (global.get $plain) (i32.const 36) (i32.const 1000))
        (call $md5-of (global.get $many) (i32.const 1000))))
      ;; 16: floods the log, and goes on.
      (if (call $is (i32.const 16)) (then
        (local.set $left (i32.const 1000))
        (loop $on
          (call $write (global.get $info) (i32.const 4) (global.get $page) (i32.const 10000))
          (local.set $left (i32.sub (local.get $left) (i32.const 1)))
          (br_if $on (local.get $left)))))
      ;; 17: has the host write where no memory is.
      (if (call $is (i32.const 17)) (then (global.set $spite (i32.const 1)) (call $md5-of (global.get $plain) (i32.const 1))))
      ;; 18: calls the host while the host calls it.
      (if (call $is (i32.const 18)) (then (global.set $spite (i32.const 2)) (call $md5-of (global.get $plain) (i32.const 1))))
      ;; 19: takes two memories in turn, neither alone as large as both.
      (if (call $is (i32.const 19)) (then
        (loop $on
          (br_if $on (i32.and
            (i32.ne (memory.grow (i32.const 16)) (i32.const -1))
            (i32.ne (call $hoard) (i32.const -1)))))
        unreachable)))

    ;; ---- 40-59: in the request that is wanted.
    (func $build (param $to i32) (param $number i32)
      (call $put (global.get $method) (global.get $GET))
      (call $put (global.get $endpoint) (local.get $to))
      (call $put (global.get $field) (global.get $number-word))
      (call $list (i32.add (global.get $field) (i32.const 8)) (global.get $plain) (i32.const 1))
      (call $copy (i32.add (global.get $plain) (i32.const 4)) (local.get $number))
      (call $list (global.get $query) (global.get $field) (i32.const 1))
      ;; Not sent, but by some.
      (call $put (global.get $second-field) (global.get $key))
      (call $list (i32.add (global.get $second-field) (i32.const 8)) (global.get $secret) (i32.const 1))
      (call $secret-piece (global.get $key) (global.get $none))
      (call $put (global.get $header) (global.get $x-a))
      (call $put (global.get $capture) (global.get $token))
      (call $put (i32.add (global.get $capture) (i32.const 8)) (global.get $at-token)))

    (func $want-wrongly
      ;; 40: an endpoint that the manifest does not name.
      (if (call $is (i32.const 40)) (then (call $put (global.get $endpoint) (global.get $nowhere))))
      ;; 41: an address instead of an endpoint.
      (if (call $is (i32.const 41)) (then (call $put (global.get $endpoint) (global.get $evil))))
      ;; 42: a secret to an endpoint that it is not declared for.
      (if (call $is (i32.const 42)) (then (call $put (global.get $endpoint) (global.get $other)) (call $send-secret)))
      ;; 43: a secret that nobody declares.
      (if (call $is (i32.const 43)) (then (call $secret-piece (global.get $nobody) (global.get $none)) (call $send-secret)))
      ;; 44: a method that is neither GET nor POST.
      (if (call $is (i32.const 44)) (then (call $put (global.get $method) (global.get $DELETE))))
      ;; 45: a path that climbs.
      (if (call $is (i32.const 45)) (then (call $send-path (global.get $up))))
      ;; 46: a path with a query of its own.
      (if (call $is (i32.const 46)) (then (call $send-path (global.get $own-query))))
      ;; 47: the header `host`.
      (if (call $is (i32.const 47)) (then
        (call $put (global.get $header) (global.get $host)) (call $send-header (global.get $nowhere))))
      ;; 48: a second header inside the first.
      (if (call $is (i32.const 48)) (then (call $send-header (global.get $two-lines))))
      ;; 49: takes out of the answer what the manifest does not declare.
      (if (call $is (i32.const 49)) (then
        (call $put (global.get $capture) (global.get $nobody))
        (call $list (global.get $captures) (global.get $capture) (i32.const 1))))
      ;; 50: a page, which its manifest does not speak of.
      (if (call $is (i32.const 50)) (then
        (i32.store (global.get $want) (i32.const 1))
        (memory.fill (global.get $method) (i32.const 0) (i32.const 80))
        (call $put (global.get $method) (global.get $track))))
      ;; 51: a want of no kind.
      (if (call $is (i32.const 51)) (then (i32.store (global.get $want) (i32.const 9))))
      ;; 52: a text that lies beyond its memory.
      (if (call $is (i32.const 52)) (then (call $list (global.get $method) (global.get $beyond) (i32.const 64))))
      ;; 53: a list as long as can be said.
      (if (call $is (i32.const 53)) (then (call $list (global.get $query) (global.get $field) (i32.const -1))))
      ;; 54 and 55: see `area`.
      ;; 56: seals with a secret that is not declared for it.
      (if (call $is (i32.const 56)) (then
        (call $sealed-piece)
        (call $list (i32.add (global.get $field) (i32.const 8)) (global.get $sealed) (i32.const 1))))
      ;; 57: more headers than a request may have.
      (if (call $is (i32.const 57)) (then
        (call $repeat (global.get $headers) (global.get $header) (i32.const 16) (i32.const 33))))
      ;; 58: a body over 1 MiB, of twenty pieces that are the same.
      (if (call $is (i32.const 58)) (then
        (i32.store (global.get $body-kind) (i32.const 1))
        (call $list (i32.add (global.get $plain) (i32.const 4)) (global.get $page) (i32.const 0x10000))
        (call $repeat (global.get $body) (global.get $plain) (i32.const 36) (i32.const 20))
        (call $list (global.get $query) (i32.const 0) (i32.const 0))))
      ;; 59: an encoding that nobody knows.
      (if (call $is (i32.const 59)) (then (call $secret-piece (global.get $key) (global.get $rot13)) (call $send-secret)))
      ;; 84: no sin yet, see `searches`: the secret where it belongs.
      (if (call $is (i32.const 84)) (then (call $send-secret))))

    (func $send-secret (call $list (global.get $query) (global.get $field) (i32.const 2)))

    (func $send-path (param $word i32)
      (call $put (i32.add (global.get $plain) (i32.const 4)) (local.get $word))
      (call $list (global.get $path) (global.get $plain) (i32.const 1)))

    (func $send-header (param $word i32)
      (call $put (i32.add (global.get $plain) (i32.const 4)) (local.get $word))
      (call $list (i32.add (global.get $header) (i32.const 8)) (global.get $plain) (i32.const 1))
      (call $list (global.get $headers) (global.get $header) (i32.const 1)))

    ;; ---- 60-89: in what is told.

    ;; `MILLISECONDS CODE TEXT`, with thirteen and two digits, is one scan, signed and weighed.
    (func $scan (param $line i32) (param $length i32) (param $number i32)
      (i64.store (global.get $event) (call $decimal (local.get $line) (i32.const 13)))
      (call $list (global.get $code) (i32.add (local.get $line) (i32.const 14)) (i32.const 2))
      (call $list (global.get $text) (i32.add (local.get $line) (i32.const 17)) (i32.sub (local.get $length) (i32.const 17)))
      (call $copy (global.get $one) (local.get $number))
      (call $copy (global.get $track-number) (local.get $number))
      (call $list (global.get $events) (global.get $event) (i32.const 1))
      (i32.store (global.get $signed) (i32.const 1))
      (i64.store offset=8 (global.get $signed) (i64.load (global.get $event)))
      (call $put (global.get $fact) (global.get $weight))
      (call $put (i32.add (global.get $fact) (i32.const 8)) (global.get $weighs))
      (call $list (global.get $extra) (global.get $fact) (i32.const 1)))

    (func $say-wrongly
      ;; 60: a thousand scans with the same 64 KiB of text.
      (if (call $is (i32.const 60)) (then
        (call $list (global.get $text) (global.get $page) (i32.const 0x10000))
        (call $repeat (global.get $events) (global.get $event) (i32.const 48) (i32.const 1000))))
      ;; 61: a text that is not UTF-8.
      (if (call $is (i32.const 61)) (then (call $list (global.get $text) (global.get $not-utf8) (i32.const 2))))
      ;; 62: a finer status that this host does not know.
      (if (call $is (i32.const 62)) (then (call $say-status (global.get $by-drone))))
      ;; 63: a status that this host does not know.
      (if (call $is (i32.const 63)) (then (call $say-status (global.get $teleported))))
      ;; 64: a status that no host can know.
      (if (call $is (i32.const 64)) (then (call $say-status (global.get $gone))))
      ;; 65: a scan of the year 5138.
      (if (call $is (i32.const 65)) (then (i64.store (global.get $event) (i64.const 99999999999999))))
      ;; 66: a scan as far back as can be said.
      (if (call $is (i32.const 66)) (then (i64.store (global.get $event) (i64.const 0x8000000000000000))))
      ;; 67: a text that lies beyond its memory.
      (if (call $is (i32.const 67)) (then (call $list (global.get $text) (global.get $beyond) (i32.const 64))))
      ;; 68: a status that neither is nor is not.
      (if (call $is (i32.const 68)) (then (i32.store8 (global.get $status) (i32.const 7))))
      ;; 72: a track of another parcel than it says.
      (if (call $is (i32.const 72)) (then (call $put (global.get $track-number) (global.get $stranger))))
      ;; 82: more scans than a parcel has.
      (if (call $is (i32.const 82)) (then
        (call $repeat (global.get $events) (global.get $event) (i32.const 48) (i32.const 2001))))
      ;; 83: a fact that its manifest does not declare.
      (if (call $is (i32.const 83)) (then (call $put (global.get $fact) (global.get $nobody)))))

    (func $say-status (param $word i32)
      (i32.store (global.get $status) (i32.const 1))
      (call $put (i32.add (global.get $status) (i32.const 4)) (local.get $word)))

    ;; How many parcels are answered for.
    (func $count (result i32)
      (memory.copy (global.get $second) (global.get $one) (i32.const 80))
      ;; 69: leaves out the parcel that was asked about.
      (if (call $is (i32.const 69)) (then (return (i32.const 0))))
      ;; 70: answers for a stranger besides.
      (if (call $is (i32.const 70)) (then (call $put (global.get $second) (global.get $stranger)) (return (i32.const 2))))
      ;; 71: answers twice.
      (if (call $is (i32.const 71)) (then (return (i32.const 2))))
      (i32.const 1))

    (func $more (param $memo i32)
      (i32.store offset=4 (global.get $reading) (i32.const 1))
      (memory.copy (global.get $tracks) (global.get $want) (i32.const 84))
      (call $list (global.get $memo) (global.get $page) (local.get $memo)))

    (func $ask-again (param $number i32)
      ;; 73: always asks for one more round.
      (if (call $is (i32.const 73)) (then
        (call $build (global.get $track) (local.get $number)) (call $more (i32.const 0))))
      ;; 74: leaves itself a memo of 64 KiB.
      (if (call $is (i32.const 74)) (then
        (call $build (global.get $track) (local.get $number)) (call $more (i32.const 0x10000))))
      ;; 75: goes elsewhere in the second round.
      (if (call $is (i32.const 75)) (then
        (call $build (global.get $nowhere) (local.get $number)) (call $more (i32.const 0)))))

    ;; The fault that is reported, if one is.
    (func $faulty (result i32)
      ;; 76: a fault that this host does not know.
      (if (call $is (i32.const 76)) (then (return (global.get $no-such-fault))))
      ;; 77: says that the host is to blame.
      (if (call $is (i32.const 77)) (then (return (global.get $host))))
      ;; 78: no sin: calls for a token, so that a session is asked.
      (if (call $is (i32.const 78)) (then (return (global.get $token-expired))))
      (i32.const 0))

    ;; A fault instead of what would be told, if one is reported.
    (func $maybe-fault (param $result i32) (param $fault i32)
      (if (call $faulty) (then
        (i32.store (local.get $result) (i32.const 1))
        (call $say-fault (local.get $fault) (call $faulty) (global.get $nobody)))))

    (func $say-fault (param $at i32) (param $code i32) (param $detail i32)
      (call $put (local.get $at) (local.get $code))
      (call $put (i32.add (local.get $at) (i32.const 8)) (local.get $detail))
      (i32.store offset=16 (local.get $at) (i32.const 0)))

    ;; Where the result is said to be.
    (func $area (param $result i32) (result i32)
      ;; 54 and 79: a result that lies beyond its memory.
      (if (i32.or (call $is (i32.const 54)) (call $is (i32.const 79))) (then (return (global.get $beyond))))
      ;; 55 and 80: a result that lies askew.
      (if (i32.or (call $is (i32.const 55)) (call $is (i32.const 80))) (then (return (i32.add (local.get $result) (i32.const 2)))))
      ;; 81: a result that is neither good nor bad.
      (if (call $is (i32.const 81)) (then (i32.store8 (local.get $result) (i32.const 9))))
      (local.get $result))

    ;; 84: looks for the secret in all its memory. The parcel's fact says what to look for, each byte
    ;; XORed with 0x55, so that it does not find its own question.
    (func $searches (param $parcel i32)
      (local $needle i32)
      (local $length i32)
      (local $at i32)
      (local $nth i32)
      (local.set $needle (i32.load offset=8 (i32.load offset=40 (local.get $parcel))))
      (local.set $length (i32.load offset=12 (i32.load offset=40 (local.get $parcel))))
      (i32.store (global.get $reading) (i32.const 1))
      (loop $next
        (local.set $nth (i32.const 0))
        (loop $same
          (if (i32.eq
              (i32.load8_u (i32.add (local.get $at) (local.get $nth)))
              (i32.xor (i32.load8_u (i32.add (local.get $needle) (local.get $nth))) (i32.const 0x55)))
            (then
              (local.set $nth (i32.add (local.get $nth) (i32.const 1)))
              (br_if $same (i32.lt_u (local.get $nth) (local.get $length)))
              (call $say-fault (i32.add (global.get $reading) (i32.const 4)) (global.get $unreadable) (global.get $found))
              (return))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br_if $next (i32.lt_u (local.get $at) (i32.sub (i32.shl (memory.size) (i32.const 16)) (local.get $length)))))
      (call $say-fault (i32.add (global.get $reading) (i32.const 4)) (global.get $unreadable) (global.get $not-found)))

    ;; ---- The exports.

    ;; parcel, 48 bytes: number 0, phone-tail 8, shipped-at 24, extra 40.
    (func (export "ask") (param $parcels i32) (param $count i32) (param $now i64) (; nonce ;) (param i32 i32) (param $round i32) (; memo ;) (param i32 i32) (result i32)
      (call $choose-of (local.get $parcels) (i32.const 2))
      (call $misbehave)
      (call $build (global.get $track) (local.get $parcels))
      (call $want-wrongly)
      (if (i32.lt_u (global.get $act) (i32.const 60)) (then (return (call $area (global.get $wanted)))))
      (global.get $wanted))

    ;; task, 40 bytes: parcels 0; reply behind it at 40: its kind, then http at 44:
    ;; status 44, headers 48, body 56, charset 64 (option).
    (func (export "read") (param $said i32) (result i32)
      (local $number i32)
      (local.set $number (i32.load (local.get $said)))
      (call $choose-of (local.get $number) (i32.const 2))
      (call $read (local.get $said))
      (call $list (global.get $tracks) (global.get $one) (call $count))
      (call $ask-again (local.get $number))
      (call $maybe-fault (global.get $reading) (i32.add (global.get $reading) (i32.const 4)))
      (if (call $is (i32.const 84)) (then (call $searches (local.get $number))))
      (call $area (global.get $reading)))

    ;; 20: gives up when the host has its answer and lets it tidy up.
    (func (export "after-read") (param $result i32)
      (if (call $is (i32.const 20)) (then unreachable)))

    (func $read (param $said i32)
      (if (i32.and (i32.gt_u (global.get $act) (i32.const 20)) (i32.lt_u (global.get $act) (i32.const 40))) (then
        (global.set $act (i32.sub (global.get $act) (i32.const 20)))
        (call $misbehave)))
      (call $scan (i32.load offset=56 (local.get $said)) (i32.load offset=60 (local.get $said)) (i32.load (local.get $said)))
      (call $say-wrongly))

    (func (export "ask-subscription") (param $parcels i32) (param $count i32) (param $now i64) (; nonce ;) (param i32 i32) (param $round i32) (; memo ;) (param i32 i32) (result i32)
      (call $choose-of (local.get $parcels) (i32.const 4))
      ;; 00: it needs none.
      (if (call $is (i32.const 0)) (then (return (global.get $subscription))))
      (call $misbehave)
      (i32.store (global.get $wanted) (i32.const 1))
      (call $build (global.get $track) (local.get $parcels))
      (call $want-wrongly)
      (if (i32.lt_u (global.get $act) (i32.const 60)) (then (return (call $area (global.get $subscription)))))
      (global.get $subscription))

    (func (export "read-subscription") (param $said i32) (result i32)
      (call $choose-of (i32.load (local.get $said)) (i32.const 4))
      (call $read (local.get $said))
      (call $list (i32.add (global.get $subscribed) (i32.const 4)) (global.get $one) (call $count))
      (call $maybe-fault (global.get $subscribed) (i32.add (global.get $subscribed) (i32.const 4)))
      (call $area (global.get $subscribed)))

    ;; Nothing is known of the parcel; the credential says what to do.
    (func (export "ask-session") (param $parcels i32) (param $count i32) (param $now i64) (; nonce ;) (param i32 i32) (param $round i32) (; memo ;) (param i32 i32) (result i32)
      (call $public (global.get $act-word) (i32.const 3) (global.get $back))
      (call $choose (i32.load offset=4 (global.get $back)))
      (call $misbehave)
      (call $build (global.get $token) (i32.const 0))
      (call $list (global.get $captures) (global.get $capture) (i32.const 1))
      (call $want-wrongly)
      (call $maybe-fault (global.get $wanted) (global.get $want))
      (call $area (global.get $wanted)))

    ;; Sixteen bytes that must be the MD5 of the secret, the act, a blank, a number, a blank, a scan.
    (func (export "receive") (; method ;) (param i32 i32) (; path ;) (param i32 i32) (; query ;) (param i32 i32) (; headers ;) (param i32 i32) (param $body i32) (param $length i32) (param $now i64) (result i32)
      (call $choose (i32.add (local.get $body) (i32.const 16)))
      (call $misbehave)
      (call $secret-piece (global.get $key) (global.get $none))
      (call $verify (global.get $md5) (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
        (global.get $secret) (i32.const 1) (local.get $body) (i32.const 16) (global.get $back))
      (call $list (global.get $second) (i32.add (local.get $body) (i32.const 19)) (i32.const 11))
      (call $scan (i32.add (local.get $body) (i32.const 31)) (i32.sub (local.get $length) (i32.const 31)) (global.get $second))
      (call $say-wrongly)
      (call $list (global.get $readings) (global.get $one) (call $count))
      (i32.store16 (global.get $kept) (i32.const 200))
      (call $put (i32.add (global.get $kept) (i32.const 12)) (global.get $kept-word))
      (i32.store16 (global.get $failed) (i32.const 503))
      (call $answer-wrongly)
      (if (call $faulty) (then
        (memory.fill (global.get $kept) (i32.const 0) (i32.const 40))
        (i32.store16 offset=4 (global.get $kept) (i32.const 401))))
      (call $maybe-fault (global.get $received) (i32.add (global.get $received) (i32.const 4)))
      (call $area (global.get $received)))

    (func $answer-wrongly
      ;; 85: a status that no answer has.
      (if (call $is (i32.const 85)) (then (i32.store16 (global.get $kept) (i32.const 9999))))
      ;; 86: a second header inside the first.
      (if (call $is (i32.const 86)) (then (call $answer-header (global.get $x-a) (global.get $two-lines))))
      ;; 87: a length that is not the body's.
      (if (call $is (i32.const 87)) (then (call $answer-header (global.get $content-length) (global.get $weighs))))
      ;; 88: a status with which a connection becomes another.
      (if (call $is (i32.const 88)) (then (i32.store16 (global.get $kept) (i32.const 101))))
      ;; 89: says how the connection goes on.
      (if (call $is (i32.const 89)) (then (call $answer-header (global.get $transfer-encoding) (global.get $chunked)))))

    (func $answer-header (param $name i32) (param $value i32)
      (call $put (global.get $fact) (local.get $name))
      (call $put (i32.add (global.get $fact) (i32.const 8)) (local.get $value))
      (call $list (global.get $extra) (i32.const 0) (i32.const 0))
      (call $list (i32.add (global.get $kept) (i32.const 4)) (global.get $fact) (i32.const 1)))

    ;; pair, 16 bytes: name 0, value 8. They come by name: node, number, text, time.
    (func (export "enter") (param $row i32) (param $count i32) (result i32)
      (call $choose (i32.load offset=8 (local.get $row)))
      (call $misbehave)
      (i64.store (global.get $event) (call $decimal (i32.load offset=56 (local.get $row)) (i32.load offset=60 (local.get $row))))
      (call $copy (global.get $code) (i32.add (local.get $row) (i32.const 8)))
      (call $copy (global.get $text) (i32.add (local.get $row) (i32.const 40)))
      (call $say-wrongly)
      (call $maybe-fault (global.get $entered) (global.get $event))
      (call $area (global.get $entered))))

  (core instance $acts (instantiate $acts
    (with "ground" (instance $ground))
    (with "hoard" (instance $hoard))
    (with "host" (instance
      (export "public" (func $public))
      (export "digest" (func $digest))
      (export "hmac" (func $hmac))
      (export "verify" (func $verify))
      (export "open" (func $open))
      (export "write" (func $write))))))

  (func $ask (param "task" $task) (result (result $want (error $fault)))
    (canon lift (core func $acts "ask") (memory $memory) (realloc $realloc)))
  (func $read (param "task" $task) (param "reply" $reply) (result (result $reading (error $fault)))
    (canon lift (core func $acts "read") (memory $memory) (realloc $realloc) (post-return (core func $acts "after-read"))))
  (func $ask-subscription (param "task" $task) (result (result (option $want) (error $fault)))
    (canon lift (core func $acts "ask-subscription") (memory $memory) (realloc $realloc)))
  (func $read-subscription (param "task" $task) (param "reply" $reply) (result (result (list $of-one) (error $fault)))
    (canon lift (core func $acts "read-subscription") (memory $memory) (realloc $realloc)))
  (func $ask-session (param "task" $task) (result (result $want (error $fault)))
    (canon lift (core func $acts "ask-session") (memory $memory) (realloc $realloc)))
  (func $receive (param "delivery" $delivery) (result (result $receipt (error $refusal)))
    (canon lift (core func $acts "receive") (memory $memory) (realloc $realloc)))
  (func $enter (param "row" (list $pair)) (result (result $event (error $fault)))
    (canon lift (core func $acts "enter") (memory $memory) (realloc $realloc)))

  (instance $tracking (export "ask" (func $ask)) (export "read" (func $read)))
  (instance $subscribe (export "ask" (func $ask-subscription)) (export "read" (func $read-subscription)))
  (instance $session (export "ask" (func $ask-session)))
  (instance $push (export "receive" (func $receive)))
  (instance $entry (export "enter" (func $enter)))
  (export "posthouse:adapter/tracking@0.1.0" (instance $tracking))
  (export "posthouse:adapter/subscribe@0.1.0" (instance $subscribe))
  (export "posthouse:adapter/session@0.1.0" (instance $session))
  (export "posthouse:adapter/push@0.1.0" (instance $push))
  (export "posthouse:adapter/entry@0.1.0" (instance $entry))
)
