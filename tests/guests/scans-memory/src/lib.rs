//! Sin: both halves use the secret as far as they may, then search their whole memory for it.
//!
//! The first parcel's extra fact `needle` says what to look for, each byte XORed with [`MASK`], so
//! that the argument itself is not found. The needle is never put together in here: every form of it
//! is kept masked, and unmasked byte by byte while comparing.
//!
//! `read` (and `ask`, if it finds something) ends with the fault `unreadable` and the detail `found`
//! or `not found`. That it looks is proved by a needle it must find: the parcel's own number.
#![cfg(target_arch = "wasm32")]

use std::hint::black_box;

use posthouse_sdk::prelude::*;

const MASK: u8 = 0x55;
const PAGE: usize = 64 * 1024;

struct ScansMemory;

impl Tracking for ScansMemory {
    fn ask(task: Task) -> Result<Want, Fault> {
        let number = &task.parcels[0].number;
        let sign = sign::hex(&sign::md5(&secret("key"))?);
        let query = vec![text::field("number", plain(number)), text::field("sign", plain(sign)), text::field("key", secret("key"))];
        let want = black_box(http::get("track", query).want());
        if found(&task) { Err(verdict(true)) } else { Ok(want) }
    }

    /// The reply echoes the secret in any way it likes.
    fn read(task: Task, reply: Reply) -> Result<Reading, Fault> {
        let reply = black_box(reply.http()?);
        let digest = black_box(sign::md5(&secret("key"))?);
        let found = found(&task);
        drop((reply, digest));
        Err(verdict(found))
    }
}

fn verdict(found: bool) -> Fault {
    Fault::new(fault::UNREADABLE, if found { "found" } else { "not found" })
}

fn found(task: &Task) -> bool {
    let needle = task.parcels[0].extra.iter().find(|pair| pair.name == "needle");
    let Some(needle) = needle.map(|pair| pair.value.as_bytes()) else {
        return false;
    };
    forms(needle).iter().any(|form| occurs(form))
}

/// Every way the needle may be written, masked: as it is, in hex of either case, in Base64 of
/// either alphabet (without its end, which depends on what follows), and escaped for a URL.
fn forms(masked: &[u8]) -> Vec<Vec<u8>> {
    let bytes = || masked.iter().map(|b| b ^ MASK);
    let hex = |digits: &'static [u8; 16]| bytes().flat_map(move |b| hex_of(b, digits)).map(mask).collect();
    let url = |stays: &'static [u8]| bytes().flat_map(move |b| escaped(b, stays)).map(mask).collect();
    vec![
        masked.to_vec(),
        hex(b"0123456789abcdef"),
        hex(b"0123456789ABCDEF"),
        base64(masked, b"+/"),
        base64(masked, b"-_"),
        url(b"-._~"),
        url(b"*-._"),
    ]
}

fn mask(byte: u8) -> u8 {
    byte ^ MASK
}

fn hex_of(byte: u8, digits: &[u8; 16]) -> [u8; 2] {
    [digits[usize::from(byte >> 4)], digits[usize::from(byte & 15)]]
}

fn escaped(byte: u8, stays: &[u8]) -> impl Iterator<Item = u8> + use<> {
    let plain = byte.is_ascii_alphanumeric() || stays.contains(&byte);
    let [high, low] = hex_of(byte, b"0123456789ABCDEF");
    let written = if plain { [byte, 0, 0] } else { [b'%', high, low] };
    written.into_iter().take(if plain { 1 } else { 3 })
}

fn base64(masked: &[u8], last_two: &[u8; 2]) -> Vec<u8> {
    let digit = |six: u8| match six {
        0..26 => b'A' + six,
        26..52 => b'a' + six - 26,
        52..62 => b'0' + six - 52,
        _ => last_two[usize::from(six - 62)],
    };
    let bits = |nth: usize| masked.get(nth / 8).map_or(0, |b| (b ^ MASK) >> (7 - nth % 8) & 1);
    let whole = masked.len() * 8 / 6;
    (0..whole).map(|nth| mask(digit((0..6).fold(0, |six, bit| six << 1 | bits(nth * 6 + bit))))).collect()
}

/// Whether the unmasked form stands anywhere in the linear memory.
fn occurs(masked: &[u8]) -> bool {
    let end = core::arch::wasm32::memory_size(0) * PAGE;
    !masked.is_empty()
        && (1..end - masked.len()).any(|at| masked.iter().enumerate().all(|(nth, byte)| unmasked_at(at + nth) == byte ^ MASK))
}

fn unmasked_at(address: usize) -> u8 {
    // SAFETY: the address is below the memory's size; volatile, as it is nobody's object.
    unsafe { core::ptr::with_exposed_provenance::<u8>(address).read_volatile() }
}

posthouse_sdk::export!(ScansMemory: tracking);
