"""ZTO Express (中通快递) in Python: the same readings as `adapters/zto`, which says where the facts
come from. One waybill a call, signed JSON in, a flat list of scans out."""

import json
import re
from base64 import b64decode, b64encode
from binascii import Error as BadBase64
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qs

from componentize_py_types import Err, Ok
from wit_world import exports
from wit_world.imports import credential
from wit_world.imports.types import (
    Answer, Body_Raw, Delivery, Event, Fault, Field, HttpReply, OfOne, Pair, Parcel, Piece_Plain, Piece_Secret,
    Reading_Tracks, Receipt, Refusal, Reply, Reply_Http, Request, Signature, Slot, Task, Track, Want, Want_Http,
)

CHINA = timezone(timedelta(hours=8))
SECRET = Piece_Secret(Slot("app-secret", "none"))


class Tracking(exports.Tracking):
    def ask(self, task: Task) -> Want:
        return about_one(task, "query")

    def read(self, task: Task, reply: Reply) -> Reading_Tracks:
        parcel = one(task)
        scans = scans_of(accepted(http(reply))) or []
        try:
            outcome = Ok(track(parcel.number, scans))
        except Err as bad:
            outcome = bad
        return Reading_Tracks([OfOne(parcel.number, outcome)])


class Subscribe(exports.Subscribe):
    def ask(self, task: Task) -> Want:
        return about_one(task, "subscribe")

    def read(self, task: Task, reply: Reply) -> list[OfOne]:
        number = one(task).number
        accepted(http(reply))
        return [OfOne(number, Ok(Track(number, [], None, [], [])))]


class Push(exports.Push):
    def receive(self, delivery: Delivery) -> Receipt:
        return receive(delivery)


def fault(code: str, detail: str, retry_after: int | None = None) -> Err:
    return Err(Fault(code, detail, retry_after))


def unreadable(why: object, body: bytes) -> Err:
    return fault("unreadable", f"{why}; it begins {body[:320].decode(errors='replace')[:80]!r}")


# What is asked. Query and subscription share one body.


def one(task: Task) -> Parcel:
    if len(task.parcels) != 1:
        raise fault("not-eligible", "zto takes one number a call")
    return task.parcels[0]


def about_one(task: Task, endpoint: str) -> Want:
    parcel = one(task)
    # ZTO hides scans from strangers without the last four digits.
    facts = {"billCode": parcel.number} | ({"mobilePhone": parcel.phone_tail} if parcel.phone_tail else {})
    body = plain(compact(facts))
    key = credential.public("app-key")
    if key is None:
        raise fault("credential-rejected", "the credential has no `app-key`")
    headers = [
        Field("content-type", [plain("application/json; charset=utf-8")]),
        Field("x-appKey", [plain(key)]),
        Field("x-dataDigest", [plain(b64encode(digest([body, SECRET])))]),
    ]
    return Want_Http(Request("POST", endpoint, [], [], headers, Body_Raw([body]), []))


def plain(text: str | bytes) -> Piece_Plain:
    return Piece_Plain(text if isinstance(text, bytes) else text.encode())


def digest(pieces: list) -> bytes:
    try:
        return credential.digest("md5", pieces)
    except Err as refused:
        raise fault("credential-rejected", refused.value) from None


def compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


# What is answered: the current flat list, and the old interface's list of parcels.


def http(reply: Reply) -> HttpReply:
    if not isinstance(reply, Reply_Http):
        raise unreadable("a page came where an HTTP answer was asked for", b"")
    status = reply.value.status
    said = None
    if status == 429:
        said = "throttled", "too many calls"
    elif status >= 500:
        said = "carrier-error", "the carrier's server failed"
    elif status in (401, 403):
        said = "credential-rejected", "the carrier refused the account"
    elif status in (404, 410) or 300 <= status < 400:
        said = "layout-changed", "the interface is gone"
    if said:
        code, words = said
        raise fault(code, f"{words} (HTTP {status})", retry_after(reply.value))
    return reply.value


def retry_after(reply: HttpReply) -> int | None:
    after = next((header.value.strip() for header in reply.headers if header.name == "retry-after"), "")
    return int(after) if after.isascii() and after.isdigit() and len(after) < 10 else None


def parse(body: bytes) -> dict:
    try:
        value = json.loads(body.decode())
    except ValueError as why:
        raise unreadable(why, body) from None
    if not isinstance(value, dict):
        raise unreadable("no JSON object", body)
    return value


def accepted(reply: HttpReply) -> dict:
    """The answer, if it is a success: `0000` and `SYS000` were both captured, the old interface has no code at all."""
    answer = parse(reply.body)
    code = text(answer.get("statusCode"))
    if text(answer.get("status")) in ("true", "1") and code in ("", "0000", "SYS000"):
        return answer
    if "status" not in answer and not code:
        raise fault("layout-changed", "neither status nor statusCode in the answer")
    raise refused(code, text(answer.get("message")), text(answer.get("msg")))


def refused(code: str, words: str, old_words: str) -> Err:
    """E403 is the only code known; for the others the words decide."""
    said = words + old_words
    if any(word in said for word in ("签名", "白名单", "权限", "授权")):
        kind = "credential-rejected"
    elif any(word in said for word in ("频繁", "限流", "频率", "超限")):
        kind = "throttled"
    else:
        kind = "not-eligible" if code == "E403" else "carrier-error"
    return fault(kind, " ".join(filter(None, (code, words, old_words))) or "status is false without a code")


def scans_of(answer: dict) -> list | None:
    if answer.get("result") is not None:
        return listed(answer["result"])
    old = (parcel.get("traces") for parcel in listed(answer.get("data")) if isinstance(parcel, dict))
    return next((listed(traces) for traces in old if traces is not None), None)


def listed(value: object) -> list:
    """ZTO writes `null`, `{}` or `""` for an empty list."""
    return value if isinstance(value, list) else []


def track(number: str, scans: list) -> Track:
    if not scans:
        raise fault("no-events", "no scans yet")
    good = [scan for scan in scans if is_scan(scan)]
    named = [name for scan in good if (name := text(scan.get("billCode")))]
    if named and number not in named:
        raise fault("wrong-parcel", f"the scans are of {named[0]}")
    odd = [compact(scan) for scan in scans if not is_scan(scan)]
    return Track(number, [event(scan) for scan in good], signature(good), odd, [])


def is_scan(scan: object) -> bool:
    """Whether its time can be told, and its site is an object, a name or nothing."""
    if not isinstance(scan, dict) or not isinstance(scan.get("scanSite"), dict | str | None):
        return False
    return instant(text(scan.get("scanDate"))) is not None


def event(scan: dict) -> Event:
    site = scan.get("scanSite") or {}
    # A name in the old answer, whose city stands beside it.
    site = {"name": site} if isinstance(site, str) else site
    city = text(site.get("city")) or text(scan.get("scanCity"))
    where = place(city, text(site.get("name")))
    return Event(instant(text(scan["scanDate"])), text(scan.get("scanType")), None, text(scan.get("desc")), where)


def signature(scans: list[dict]) -> Signature | None:
    """The last of the customer's: 签收, the same after 转单, and "taken out" of a locker."""
    signed = [scan for scan in scans if text(scan.get("scanType")) in ("签收", "5", "SIGNED")]
    if not signed:
        return None
    # Of two at one instant the later counts.
    last = max(reversed(signed), key=lambda scan: instant(text(scan["scanDate"])))
    return Signature(instant(text(last["scanDate"])), text(last.get("signMan")) or None)


def place(city: str, site: str) -> str | None:
    return " ".join(filter(None, (city, site))) or None


def text(value: object) -> str:
    """A string, number or truth as text; nothing is empty."""
    if value is None:
        return ""
    return value if isinstance(value, str) else compact(value)


TIME = re.compile(
    r"(\d{4})([-/.])(\d\d)\2(\d\d)[ T]\s*(\d\d):(\d\d)(?::(\d\d))?(?:\.(\d+))?(Z|[+-]\d\d:?\d\d)?", re.ASCII
)


def instant(written: str) -> int | None:
    """A time in China unless it names its zone; milliseconds."""
    written = written.strip().removesuffix("CST").rstrip()
    if len(written) == 13 and written.isascii() and written.isdigit():
        return int(written)
    if not (found := TIME.fullmatch(written)):
        return None
    year, _, month, day, hour, minute, second, fraction, zone = found.groups()
    try:
        parts = map(int, (year, month, day, hour, minute, second or 0))
        at = datetime(*parts, tzinfo=offset(zone) if zone else CHINA)
    except ValueError:
        return None
    return int(at.timestamp()) * 1000 + int((fraction or "").ljust(3, "0")[:3])


def offset(zone: str) -> timezone:
    sign = zone[0]
    return timezone.utc if sign == "Z" else timezone(timedelta(hours=int(zone[:3]), minutes=int(sign + zone[-2:])))


# What is pushed: a signed form with one scan as JSON text. Actions get the prefix `push:`, because ARRIVAL, SIGNED
# and DEPARTURE mean scans at sites here and something about lockers in the query's scanType.

JSON = [Pair("content-type", "application/json; charset=utf-8")]


def answer(message: str, status: bool, result: str | None, code: str) -> Answer:
    body = compact({"message": message, "status": status, "result": result, "statusCode": code})
    return Answer(200, JSON, body.encode())


KEPT = answer("调用成功", True, "成功", "200")
FAILED = answer("系统异常", False, None, "500")
BAD_SIGNATURE = answer("签名错误", False, None, "E401")


def receive(delivery: Delivery) -> Receipt:
    """Nothing is read before the signature is known to be right."""
    form = parse_qs(delivery.body.decode("latin-1"), keep_blank_values=True, encoding="latin-1")
    data, sent = (form.get(name, [""])[0].encode("latin-1") for name in ("data", "data_digest"))
    verify(data, sent)
    try:
        pushed = parse(data)
        if "billCode" not in pushed:
            raise unreadable("no billCode", data)
    except Err as bad:
        raise Err(Refusal(bad.value, FAILED)) from None
    return Receipt(None, [OfOne(text(pushed["billCode"]), Ok(pushed_track(pushed, data)))], KEPT, FAILED)


def verify(data: bytes, sent: bytes) -> None:
    try:
        # A `+` that was not escaped on its way arrives as a blank. An absent digest is checked like a wrong one.
        raw = b64decode(sent.replace(b" ", b"+"), validate=True)
    except BadBase64:
        raw = b""
    try:
        right = credential.verify("md5", None, [plain(data), SECRET], raw)
    except Err as refused:
        raise Err(Refusal(Fault("credential-rejected", refused.value, None), BAD_SIGNATURE)) from None
    if not right:
        raise Err(Refusal(Fault("credential-rejected", "data_digest is wrong or absent", None), BAD_SIGNATURE))


def pushed_track(pushed: dict, data: bytes) -> Track:
    number, at = text(pushed["billCode"]), instant(text(pushed.get("actionTime")))
    if at is None or "action" not in pushed:
        return Track(number, [], None, [data.decode()], [])
    action = text(pushed["action"])
    where = place(text(pushed.get("city")), text(pushed.get("facilityName")))
    scan = Event(at, f"push:{action}", None, text(pushed.get("desc")), where)
    # HANDOVERSCAN_SIGNED is the station's signature, not the customer's.
    by = text(pushed.get("expressSigner")) or None
    signed = Signature(at, by) if action in ("SIGNED", "DEPARTURE_SIGNED") else None
    return Track(number, [scan], signed, [], [])
