//! The files in a zip archive: stored or deflated, as published data sets are; no encryption, no ZIP64.

use std::io::Read;

use anyhow::{Context, Result, bail, ensure};
use flate2::read::DeflateDecoder;

/// The largest file that is unpacked.
const FILE_BYTES_MAX: usize = 64 << 20;

const END: [u8; 4] = *b"PK\x05\x06";
const END_BYTES: usize = 22;
/// A comment follows the end record and is at most this long.
const COMMENT_BYTES_MAX: usize = u16::MAX as usize;
const ENTRY: [u8; 4] = *b"PK\x01\x02";
const ENTRY_BYTES: usize = 46;
const LOCAL: [u8; 4] = *b"PK\x03\x04";
const LOCAL_BYTES: usize = 30;

/// Unpacks an archive: name and content of each file, in the archive's order.
///
/// # Errors
/// Where it is no archive, or damaged.
pub(super) fn unpack(archive: &[u8]) -> Result<Vec<(String, Vec<u8>)>> {
    let last = archive.len().saturating_sub(END_BYTES);
    let first = last.saturating_sub(COMMENT_BYTES_MAX);
    let end = (first..=last).rev().find(|&at| archive[at..].starts_with(&END)).context("not a zip archive")?;
    let (count, mut at) = (short(archive, end + 10)?, long(archive, end + 16)?);
    ensure!(at != u32::MAX as usize, "a ZIP64 archive, which is not read here");
    let mut files = Vec::with_capacity(count);
    for _ in 0..count {
        let entry = Entry::read(archive, at)?;
        at = entry.next;
        if !entry.name.ends_with('/') {
            let content = entry.content(archive).with_context(|| entry.name.clone())?;
            files.push((entry.name, content));
        }
    }
    Ok(files)
}

/// What the archive's directory says of one file.
struct Entry {
    name: String,
    method: usize,
    crc: usize,
    packed_bytes: usize,
    bytes: usize,
    local: usize,
    /// Where the next entry begins.
    next: usize,
}

impl Entry {
    fn read(archive: &[u8], at: usize) -> Result<Self> {
        ensure!(slice(archive, at, 4)? == ENTRY, "the archive's directory is damaged");
        let [name_bytes, extra_bytes, comment_bytes] =
            [short(archive, at + 28)?, short(archive, at + 30)?, short(archive, at + 32)?];
        Ok(Self {
            name: String::from_utf8_lossy(slice(archive, at + ENTRY_BYTES, name_bytes)?).into_owned(),
            method: short(archive, at + 10)?,
            crc: long(archive, at + 16)?,
            packed_bytes: long(archive, at + 20)?,
            bytes: long(archive, at + 24)?,
            local: long(archive, at + 42)?,
            next: at + ENTRY_BYTES + name_bytes + extra_bytes + comment_bytes,
        })
    }

    fn content(&self, archive: &[u8]) -> Result<Vec<u8>> {
        ensure!(self.bytes <= FILE_BYTES_MAX, "{} bytes are more than is read", self.bytes);
        ensure!(slice(archive, self.local, 4)? == LOCAL, "its header is damaged");
        let names = short(archive, self.local + 26)? + short(archive, self.local + 28)?;
        let packed = slice(archive, self.local + LOCAL_BYTES + names, self.packed_bytes)?;
        let content = match self.method {
            0 => packed.to_vec(),
            8 => {
                let mut content = Vec::with_capacity(self.bytes);
                // One byte more than promised is enough to see that the promise was wrong.
                DeflateDecoder::new(packed).take(self.bytes as u64 + 1).read_to_end(&mut content)?;
                content
            }
            method => bail!("packed by method {method}; only stored and deflated files are read"),
        };
        let is_whole = content.len() == self.bytes && crc32fast::hash(&content) as usize == self.crc;
        ensure!(is_whole, "its content is damaged");
        Ok(content)
    }
}

fn slice(archive: &[u8], at: usize, bytes: usize) -> Result<&[u8]> {
    archive.get(at..at + bytes).context("the archive is cut short")
}

fn short(archive: &[u8], at: usize) -> Result<usize> {
    Ok(slice(archive, at, 2)?.iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte)))
}

fn long(archive: &[u8], at: usize) -> Result<usize> {
    Ok(short(archive, at)? | short(archive, at + 2)? << 16)
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::DeflateEncoder;

    use super::*;

    /// Packs files as an archive; those of more than ten bytes are deflated.
    pub(in crate::evaluate) fn pack(files: &[(&str, &str)]) -> Vec<u8> {
        let (mut archive, mut directory) = (Vec::new(), Vec::new());
        for (name, content) in files {
            let mut deflated = DeflateEncoder::new(Vec::new(), Compression::fast());
            deflated.write_all(content.as_bytes()).expect("memory takes everything");
            let (method, packed) = match content.len() {
                ..=10 => (0_u16, content.as_bytes().to_vec()),
                11.. => (8, deflated.finish().expect("memory takes everything")),
            };
            let mut facts = [&[20, 0, 0, 0][..], &method.to_le_bytes(), &[0; 4]].concat();
            let numbers = [crc32fast::hash(content.as_bytes()), packed.len() as u32, content.len() as u32];
            facts.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
            facts.extend([(name.len() as u16).to_le_bytes(), [0; 2]].concat());
            let local = (archive.len() as u32).to_le_bytes();
            directory.extend([&ENTRY[..], &[20, 0], &facts, &[0; 10], &local, name.as_bytes()].concat());
            archive.extend([&LOCAL[..], &facts, name.as_bytes(), &packed].concat());
        }
        let [at, bytes] = [archive.len() as u32, directory.len() as u32].map(u32::to_le_bytes);
        let count = (files.len() as u16).to_le_bytes();
        archive.extend([&directory[..], &END, &[0; 4], &count, &count, &bytes, &at, &[0; 2]].concat());
        archive
    }

    #[test]
    fn stored_and_deflated_files_come_out_whole() {
        let files = [("a/", ""), ("a/short.txt", "short"), ("a/long.txt", "long, long, long, long, long")];
        let unpacked = unpack(&pack(&files)).expect("an archive");
        let expected = files[1..].iter().map(|(name, content)| ((*name).to_owned(), content.as_bytes().to_vec()));
        assert_eq!(unpacked, expected.collect::<Vec<_>>());
    }

    #[test]
    fn damage_is_told() {
        let whole = pack(&[("a", "some content of a file")]);
        let told = |archive: &[u8]| format!("{:#}", unpack(archive).expect_err("no archive"));
        assert_eq!(told(b"plain text"), "not a zip archive");
        assert_eq!(told(b""), "not a zip archive");
        let mut flipped = whole.clone();
        flipped[LOCAL_BYTES + 5] ^= 0x55;
        assert!(told(&flipped).starts_with("a: "), "{}", told(&flipped));
        for at in 0..whole.len() {
            assert!(unpack(&whole[..at]).is_err(), "cut after {at}");
            assert!(at == 0 || unpack(&whole[at..]).is_err(), "begun at {at}");
        }
    }
}
