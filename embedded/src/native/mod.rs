//! ClickHouse's Native format, as far as the interface must write some of it itself: the header of an empty result, and blocks
//! framed for a client that names its protocol revision.
//!
//! The engine's library writes blocks of revision 0. From revision 51903 on a block begins with its BlockInfo, and from 54454
//! on a byte behind each column's type says whether its serialization is a custom one. To put that byte in its place, the
//! end of each column must be known, so the data are walked over by their types ([`types`]). Pure functions over bytes.

mod types;

use thiserror::Error;

use types::{Kind, Walk};

/// The first revision whose blocks have a BlockInfo.
const WITH_BLOCK_INFO: u64 = 51_903;
/// The first revision whose columns say how they are serialized.
const WITH_SERIALIZATION: u64 = 54_454;
/// No overflow row, bucket −1, no more fields.
const BLOCK_INFO: [u8; 8] = [1, 0, 2, 0xff, 0xff, 0xff, 0xff, 0];

/// Why a result cannot be framed.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum NativeError {
    /// The bytes end inside a block, or are none of it.
    #[error("a block of the result cannot be read at byte {0}")]
    Malformed(usize),
    /// A type whose layout is not known here.
    #[error(
        "the type {0} cannot be sent in the Native format with client_protocol_version; convert it, e.g. by toString"
    )]
    Unknown(String),
}

/// Frames blocks of revision 0 for a client of `revision`.
///
/// # Errors
/// Where a type is not known, or the bytes are no blocks.
pub fn framed(blocks: &[u8], revision: u64) -> Result<Vec<u8>, NativeError> {
    if revision < WITH_BLOCK_INFO {
        return Ok(blocks.to_vec());
    }
    let mut walk = Walk::new(blocks);
    let mut out = Vec::with_capacity(blocks.len() + blocks.len() / 64 + 64);
    while !walk.is_at_end() {
        out.extend_from_slice(&BLOCK_INFO);
        let (columns, rows) = (walk.number()?, walk.number()?);
        write_number(&mut out, columns);
        write_number(&mut out, rows);
        for _ in 0..columns {
            let (name, type_text) = (walk.text()?, walk.text()?);
            write_text(&mut out, name);
            write_text(&mut out, type_text);
            if revision >= WITH_SERIALIZATION {
                out.push(0);
            }
            let kind = Kind::parse(&String::from_utf8_lossy(type_text))?;
            out.extend_from_slice(walk.column(&kind, rows)?);
        }
    }
    Ok(out)
}

/// A block without rows: the names and types of a result that is empty, of which the engine's library writes nothing.
pub fn empty_block(columns: &[(String, String)]) -> Vec<u8> {
    let mut block = Vec::new();
    write_number(&mut block, columns.len() as u64);
    write_number(&mut block, 0);
    for (name, kind) in columns {
        write_text(&mut block, name.as_bytes());
        write_text(&mut block, kind.as_bytes());
    }
    block
}

/// Seven bits a byte, the lowest first; the eighth says that more follow.
fn write_number(block: &mut Vec<u8>, mut number: u64) {
    while number > 0x7f {
        block.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    block.push(number as u8);
}

fn write_text(block: &mut Vec<u8>, text: &[u8]) {
    write_number(block, text.len() as u64);
    block.extend_from_slice(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_result_has_names_and_types() {
        let long = "x".repeat(200);
        let columns = [("id".to_owned(), "UInt64".to_owned()), (long.clone(), "String".to_owned())];
        let expected = [b"\x02\x00\x02id\x06UInt64\xc8\x01", long.as_bytes(), b"\x06String"].concat();
        assert_eq!(empty_block(&columns), expected);
        assert_eq!(empty_block(&[]), [0, 0]);
    }

    /// One block with one column `a`, as revision 0 and as `revision` frame it.
    fn check(kind: &str, rows: u8, data: &[u8]) {
        let head = [&[1, rows, 1, b'a', kind.len() as u8], kind.as_bytes()].concat();
        let plain = [&head, data].concat();
        let wrapped = [&BLOCK_INFO[..], &head, &[0], data].concat();
        assert_eq!(framed(&plain, 54_460).as_ref(), Ok(&wrapped), "{kind}");
        let twice = [wrapped.clone(), wrapped].concat();
        assert_eq!(framed(&[plain.clone(), plain.clone()].concat(), 54_460), Ok(twice), "{kind}, two blocks");
        assert_eq!(framed(&plain, 54_400), Ok([&BLOCK_INFO[..], &plain].concat()), "{kind}");
        assert_eq!(framed(&plain, 0).as_ref(), Ok(&plain), "{kind}");
        for length in 1..plain.len() {
            framed(&plain[..length], 54_460).expect_err("the end is missing");
        }
    }

    fn words(numbers: &[u64]) -> Vec<u8> {
        numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
    }

    #[test]
    fn every_type_of_our_tables_is_walked_over() {
        check("UInt8", 2, &[1, 2]);
        check("Bool", 1, &[1]);
        check("DateTime64(3, 'UTC')", 1, &[0; 8]);
        check("DateTime('UTC')", 2, &[0; 8]);
        check("Decimal(18, 4)", 1, &[0; 8]);
        check("Decimal(38, 4)", 1, &[0; 16]);
        check("UUID", 2, &[7; 32]);
        check("Enum8('a, b' = 1, 'c)' = 2)", 1, &[1]);
        check("FixedString(3)", 2, b"abcdef");
        check("String", 2, b"\x00\x03abc");
        check("Nullable(Float32)", 2, &[0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
        check("Array(String)", 2, &[words(&[1, 2]), b"\x01a\x02bc".to_vec()].concat());
        check("Map(String, UInt8)", 1, &[words(&[2]), b"\x01a\x01b".to_vec(), vec![1, 2]].concat());
        check("Tuple(a UInt8, `b c` Array(UInt8))", 1, &[vec![1], words(&[0])].concat());
        check("Tuple(UInt8, Tuple(UInt8, Date))", 1, &[1, 2, 3, 4]);
        let keys = |keys: &[u8], rows: &[u8]| {
            let flags = 0x200;
            let count = keys.iter().filter(|byte| **byte <= 1).count() as u64;
            [words(&[flags, count]), keys.to_vec(), words(&[rows.len() as u64]), rows.to_vec()].concat()
        };
        let low = [words(&[1]), keys(b"\x00\x01a", &[1, 1, 0])].concat();
        check("LowCardinality(String)", 3, &low);
        check("LowCardinality(Nullable(String))", 3, &low);
        let inside = [words(&[1]), words(&[3]), keys(b"\x00\x01a", &[1, 1, 0])].concat();
        check("Array(LowCardinality(String))", 1, &inside);
        check("Array(LowCardinality(String))", 1, &[words(&[1]), words(&[0])].concat());
        let map = [words(&[1]), words(&[1]), keys(b"\x01k", &[0]), b"\x01v".to_vec()].concat();
        check("Map(LowCardinality(String), String)", 1, &map);
    }

    #[test]
    fn a_type_that_is_not_known_is_named() {
        for kind in ["JSON", "Array(Dynamic)", "AggregateFunction(sum, UInt8)", "Variant(UInt8, String)"] {
            let head = [&[1, 1, 1, b'a', kind.len() as u8], kind.as_bytes(), &[0; 64]].concat();
            let unknown = kind.trim_start_matches("Array(").trim_end_matches(')').to_owned();
            let error = framed(&head, 54_460).expect_err("not known").to_string();
            assert!(error.contains(unknown.split('(').next().unwrap_or_default()), "{error}");
        }
    }
}
