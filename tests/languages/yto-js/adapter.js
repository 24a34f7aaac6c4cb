// YTO Express (圆通速递) in JavaScript: the same readings as `adapters/yto`, which says where the
// facts come from. One number per call.

import * as credential from 'posthouse:adapter/credential@0.1.0';

/** What `ask` and `read` fail with, in the shape of the contract. */
class Fault {
  constructor(code, detail, retryAfter) {
    Object.assign(this, { code, detail, retryAfter });
  }
}

export const tracking = {
  ask: (task) => http(query(task)),
  read: (task, reply) => ({ tag: 'tracks', val: readOne(task, reply, track) }),
};

export const subscribe = {
  ask: (task) => http(subscription(task)),
  read: (task, reply) => readOne(task, reply, subscribed),
};

export const push = { receive };

// --- What is asked: exactly four fields around a signed JSON text. A fifth leads to a signature error.

const VERSION = 'v1';

function numberOf(task) {
  if (task.parcels.length === 0) throw new Fault('not-eligible', 'a task without a parcel');
  return task.parcels[0].number;
}

function query(task) {
  return enveloped('query', 'track_query_adapter', { NUMBER: numberOf(task) }, task.now);
}

function subscription(task) {
  const clientId = field('client-id');
  const inner = JSON.stringify({ clientId, waybillNo: numberOf(task) });
  const param = { client_id: clientId, logistics_interface: inner, msg_type: 'online' };
  return enveloped('subscribe', 'subscribe_adapter', param, task.now);
}

function enveloped(endpoint, method, fields, now) {
  const param = JSON.stringify(fields);
  const body = { timestamp: String(now), param, sign: signature(param + method + VERSION), format: 'JSON' };
  return {
    method: 'POST',
    endpoint,
    path: [plain(`/${field('user-part')}/${field('customer-code')}`)],
    query: [],
    headers: [{ name: 'content-type', value: [plain('application/json')] }],
    body: { tag: 'raw', val: [plain(JSON.stringify(body))] },
    captures: [],
  };
}

/** `Base64(MD5(text + secret))`; the timestamp takes no part. */
function signature(text) {
  return checked(() => credential.digest('md5', [plain(text), SECRET])).toBase64();
}

function field(name) {
  const value = credential.public(name);
  if (value === undefined) throw new Fault('credential-rejected', `the credential has no \`${name}\``);
  return value;
}

const SECRET = { tag: 'secret', val: { name: 'secret', encode: 'none' } };
const http = (request) => ({ tag: 'http', val: request });
const plain = (text) => ({ tag: 'plain', val: new TextEncoder().encode(text) });

/** What the host refuses is told as the account's trouble. */
function checked(use) {
  try {
    return use();
  } catch (refused) {
    throw new Fault('credential-rejected', String(refused.payload));
  }
}

// --- What is answered: a list if there are scans, an object for everything else.

function readOne(task, reply, read) {
  if (reply.tag !== 'http') throw new Fault('unreadable', 'a page came where an HTTP answer was asked for');
  checkStatus(reply.val);
  const number = numberOf(task);
  try {
    return [{ number, outcome: { tag: 'ok', val: read(number, parse(reply.val.body)) } }];
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault;
    return [{ number, outcome: { tag: 'err', val: fault } }];
  }
}

function checkStatus({ status, headers }) {
  const said = (code, words) => {
    const after = headers.find(({ name }) => name === 'retry-after')?.value.trim();
    throw new Fault(code, `${words} (HTTP ${status})`, /^\d{1,9}$/.test(after) ? Number(after) : undefined);
  };
  if (status === 429) said('throttled', 'too many calls');
  if (status >= 500) said('carrier-error', "the carrier's server failed");
  if (status === 401 || status === 403) said('credential-rejected', 'the carrier refused the account');
  if (status === 404 || status === 410 || (status >= 300 && status < 400)) said('layout-changed', 'the interface is gone');
}

/** Numbers stay as they were written: a weight of 1.10 is no 1.1. */
const asWritten = (_, value, { source }) => (typeof value === 'number' ? JSON.rawJSON(source) : value);

function parse(body) {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body), asWritten);
  } catch (why) {
    throw unreadable(why, new TextDecoder().decode(body.subarray(0, 320)));
  }
}

const unreadable = (why, text) => new Fault('unreadable', `${why}; it begins ${JSON.stringify([...text].slice(0, 80).join(''))}`);

function track(number, answer) {
  if (!Array.isArray(answer)) throw refusal(number, answer);
  const odd = [];
  const steps = answer.filter((step) => isStep(step) || void odd.push(JSON.stringify(step)));
  const other = steps.find((step) => text(step.waybill_No) !== number);
  if (other) throw wrongParcel(number, text(other.waybill_No));
  if (answer.length === 0) throw new Fault('no-events', 'an empty list');
  if (steps.length === 0) throw new Fault('layout-changed', `none of ${odd.length} scans can be read`);
  const events = steps.map(event);
  // Kilograms, with the first scan only.
  const weight = steps.map((step) => text(step.weight).trim()).findLast(Boolean);
  return { number, events, signed: signed(events), odd, extra: weighing(weight) };
}

/** The shape of an answer to a subscription is not public: read as the order interfaces' `{success, code, reason}`. */
function subscribed(number, notice) {
  if (isTrue(notice?.success)) return { number, events: [], signed: undefined, odd: [], extra: [] };
  throw refusal(number, notice);
}

function refusal(number, notice) {
  if (notice === null || typeof notice !== 'object') return unreadable('no object', JSON.stringify(notice));
  const other = Object.keys(notice.map ?? {}).find((key) => key !== number);
  if (other) return wrongParcel(number, other);
  const [code, words] = [text(notice.code), text(notice.reason) || text(notice.message)];
  return new Fault(faultCode(code, words), `${code}: ${words.trim()}`);
}

/** The 2000… codes are from the official retry table of the order interfaces. */
function faultCode(code, words) {
  switch (code) {
    case '1001':
      return 'no-events';
    // 请求加密校验失败; 200017005 is "contact support", which only people can do.
    case '401':
    case '200017005':
      return 'credential-rejected';
    case '200010003':
    case '200010013':
    case '200017004':
      return 'not-eligible';
    default:
      return code || words ? 'carrier-error' : 'layout-changed';
  }
}

const wrongParcel = (asked, found) => new Fault('wrong-parcel', `asked for ${asked}, answered for ${found}`);
const isTrue = (flag) => ['true', '1'].includes(text(flag));

/** A string, number or truth as text; nothing is empty. */
function text(value) {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

// --- Scans, of the query and of pushes.

function isStep(step) {
  const needed = ['waybill_No', 'upload_Time', 'infoContent', 'processInfo'];
  return needed.every((name) => step?.[name] !== undefined) && instant(text(step.upload_Time)) !== undefined;
}

function event(step) {
  return {
    at: instant(text(step.upload_Time)),
    code: text(step.infoContent),
    status: undefined,
    text: text(step.processInfo),
    place: place(text(step.city), text(step.district)),
  };
}

/** City and district, as an address is written in China. */
const place = (city, district) => city.trim() + district.trim() || undefined;
const weighing = (weight) => (weight ? [{ name: 'weight-kg', value: weight }] : []);

/** The last SIGNED scan; YTO names the signer only in the text: `…，签收人: 张*，…`. */
function signed(events) {
  const scans = events.filter(({ code }) => code === 'SIGNED');
  if (scans.length === 0) return undefined;
  const last = scans.reduce((last, scan) => (scan.at >= last.at ? scan : last));
  return { at: last.at, by: /签收人\s*[:：]\s*([^\s,，.。;；、!！]+)/.exec(last.text)?.[1] };
}

const TIME = /^(\d{4})([-/.])(\d\d)\2(\d\d)[ T]\s*(\d\d):(\d\d)(?::(\d\d))?(?:\.(\d+))?(Z|[+-]\d\d:?\d\d)?$/;

/** A time in China unless it names its zone; milliseconds. */
function instant(written) {
  const time = written.trim().replace(/\s*CST$/, '');
  if (/^\d{13}$/.test(time)) return BigInt(time);
  const [whole, year, , month, day, hour, minute, second = '00', fraction = '', zone = '+08:00'] = TIME.exec(time) ?? [];
  if (!whole) return undefined;
  const millis = fraction.padEnd(3, '0').slice(0, 3);
  const offset = zone.replace(/^(...)(\d\d)$/, '$1:$2');
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${millis}${offset}`);
  // JavaScript takes the 30th of February for the 2nd of March.
  const exists = new Date(Date.UTC(year, month - 1, day)).getUTCDate() === Number(day);
  return Number.isNaN(at) || !exists ? undefined : BigInt(at);
}

// --- What is pushed: one scan as XML in the form field `logistics_interface`. The old interface signs
// it with `data_digest`; a push without one is read but never verified.

function receive(delivery) {
  const form = new URLSearchParams(new TextDecoder().decode(delivery.body));
  const document = form.get('logistics_interface');
  let order = '';
  try {
    if (document === null) throw unreadable('no logistics_interface in the form', '');
    const info = elements(document);
    order = info.txLogisticID ?? '';
    checkDigest(document, form.get('data_digest'));
    const one = { number: info.mailNo, outcome: { tag: 'ok', val: pushed(info, document) } };
    return { key: undefined, readings: [one], kept: answer(order, true), failed: answer(order, false) };
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault;
    throw { fault, answer: answer(order, false) };
  }
}

/** `data_digest = Base64(MD5(xml + secret))`, where there is one. */
function checkDigest(document, digest) {
  if (digest === null) return;
  if (!checked(() => credential.verify('md5', undefined, [plain(document), SECRET], decoded(digest)))) {
    throw new Fault('credential-rejected', 'data_digest is not the digest of this push');
  }
}

function decoded(base64) {
  try {
    return Uint8Array.fromBase64(base64);
  } catch {
    return new Uint8Array();
  }
}

function pushed(info, document) {
  if (!info.mailNo) throw new Fault('layout-changed', 'no UpdateInfo with a mailNo');
  const [at, own] = [instant(info.acceptTime ?? ''), place(info.city ?? '', info.district ?? '')];
  const events = at === undefined ? [] : [scan(info, at, own)];
  const odd = at === undefined ? [document] : [];
  return { number: info.mailNo, events, signed: signed(events), odd, extra: weighing(info.weight) };
}

function scan(info, at, own) {
  const where = own ?? place(info.orgName ?? '', '');
  return { at, code: info.infoContent ?? '', status: undefined, text: info.remark ?? '', place: where };
}

const ENTITIES = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** The elements of an UpdateInfo by name: it is flat, and has no attributes. */
function elements(document) {
  const [whole, inside] = /^\s*(?:<\?[^>]*\?>\s*)?<UpdateInfo\s*>(.*)<\/UpdateInfo\s*>\s*$/s.exec(document) ?? [];
  if (!whole) throw unreadable('no UpdateInfo', document);
  const unescaped = (text) => text.replace(/&(lt|gt|amp|quot|apos);/g, (_, name) => ENTITIES[name]).trim();
  const found = [...inside.matchAll(/<(\w+)\s*(?:\/>|>([^<]*)<\/\1\s*>)/g)];
  return Object.fromEntries(found.map(([, name, text = '']) => [name, unescaped(text)]));
}

const escaped = (text) => text.replace(/[<>&"']/g, (mark) => `&${Object.keys(ENTITIES).find((name) => ENTITIES[name] === mark)};`);

function answer(order, success) {
  const told = `<txLogisticID>${escaped(order)}</txLogisticID><success>${success}</success>`;
  const body = `<Response><logisticProviderID>YTO</logisticProviderID>${told}</Response>`;
  const headers = [{ name: 'content-type', value: 'text/xml; charset=utf-8' }];
  return { status: 200, headers, body: new TextEncoder().encode(body) };
}
