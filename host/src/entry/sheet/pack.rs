//! Nothing of a workbook is read before all of it was unpacked once and found small enough.
//!
//! What an entry claims to unpack to can only refuse it; what counts is what it really unpacks to.
//! Entries are unpacked into nothing, one after the other, so a bomb costs neither memory nor more
//! time than its bound.

use std::io::{Cursor, Read};

use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

use super::{Bounds, Refused, part};

/// A workbook has dozens of parts; with thousands, the list of them is the bomb.
const ENTRIES: usize = 4_096;
const ENTRY: &[u8; 4] = b"PK\x01\x02";

/// Refuses a workbook that is too heavy, broken, locked or none.
pub(super) fn weigh(bytes: &[u8], bounds: &Bounds) -> Result<(), Refused> {
    let too_much = || Refused::UnpacksToTooMuch { bound: bounds.unpacked };
    // Counted in the bytes, since the list itself is read whole.
    if bytes.windows(ENTRY.len()).filter(|window| window == ENTRY).nth(ENTRIES).is_some() {
        return Err(too_much());
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(refused)?;
    let (names, claimed) = list(&mut archive)?;
    known_format(&names)?;
    if claimed > bounds.unpacked {
        return Err(too_much());
    }
    let mut left = bounds.unpacked;
    for (index, name) in names.iter().enumerate() {
        let entry = archive.by_index(index).map_err(refused)?;
        left = if is_xml(name) { part::read(entry, left) } else { part::skip(entry, left) }?.ok_or_else(too_much)?;
    }
    Ok(())
}

/// A file of the older container: a workbook of before 2007, or a locked one of today.
pub(super) fn compound(bytes: &[u8]) -> Refused {
    let locked: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    if bytes.windows(locked.len()).any(|window| window == locked) {
        Refused::Encrypted
    } else {
        Refused::OtherFormat { format: "an old .xls" }
    }
}

/// The names in small letters, and what the entries claim to unpack to.
fn list<R: Read + std::io::Seek>(archive: &mut ZipArchive<R>) -> Result<(Vec<String>, u64), Refused> {
    let mut names = Vec::with_capacity(archive.len());
    let mut claimed = 0u64;
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(refused)?;
        if entry.encrypted() {
            return Err(Refused::Encrypted);
        }
        // Others have dictionaries as large as the entry wishes.
        if !matches!(entry.compression(), CompressionMethod::Stored | CompressionMethod::Deflated) {
            return Err(Refused::broken("packed in a way that no spreadsheet program uses"));
        }
        names.push(entry.name().map_err(refused)?.replace('\\', "/").to_ascii_lowercase());
        claimed = claimed.saturating_add(entry.size());
    }
    Ok((names, claimed))
}

fn known_format(names: &[String]) -> Result<(), Refused> {
    let has = |name: &str| names.iter().any(|n| n == name);
    if has("xl/workbook.bin") {
        Err(Refused::OtherFormat { format: "an .xlsb" })
    } else if has("mimetype") && has("content.xml") {
        Err(Refused::OtherFormat { format: "an .ods" })
    } else if names.iter().any(|name| name.starts_with("xl/")) {
        Ok(())
    } else {
        Err(Refused::NotASheet)
    }
}

fn is_xml(name: &str) -> bool {
    name.ends_with(".xml") || name.ends_with(".rels")
}

fn refused(error: ZipError) -> Refused {
    match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => Refused::Encrypted,
        other => Refused::broken(other),
    }
}
