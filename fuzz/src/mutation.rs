//! Bytes changed as a damaged or hostile sender would change them: seeded, so that a change that breaks something can be made again.

use fastrand::Rng;

/// The longest a changed case becomes.
pub const BYTES_MAX: usize = 16 * 1024;

/// What parsers look for, and what breaks them.
const PIECES: [&[u8]; 40] = [
    b"\"",
    b"'",
    b"`",
    b"\\",
    b"\\u0000",
    b"\\ud83d",
    b"{",
    b"}",
    b"[",
    b"]",
    b"(",
    b")",
    b",",
    b":",
    b";",
    b"=",
    b"\n",
    b"\r\n",
    b"\0",
    b"--",
    b"/*",
    b"*/",
    b"$$",
    b"@",
    b"null",
    b"true",
    b"-0",
    b"1e999",
    b"9223372036854775808",
    b"-1",
    b"0.1",
    b"13800138000",
    b"4111111111111111",
    b"a@b.io",
    b"2026-01-15T00:00:00Z",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xe2\x80\x8d",
    b"\xf0\x9f\x98\xa1",
    b"\xe4\xb8\x8d\xe5\xa5\xbd",
];

/// Returns a case with one to four changes; `other` is a case it may take a part from.
pub fn mutated(case: &[u8], other: &[u8], random: &mut Rng) -> Vec<u8> {
    let mut bytes = case.to_vec();
    for _ in 0..random.usize(1..=4) {
        change(&mut bytes, other, random);
    }
    bytes.truncate(BYTES_MAX);
    bytes
}

fn change(bytes: &mut Vec<u8>, other: &[u8], random: &mut Rng) {
    let at = random.usize(0..=bytes.len());
    let part = span(bytes.len(), random);
    match random.u8(0..8) {
        0 if at < bytes.len() => bytes[at] ^= 1 << random.u8(0..8),
        1 if at < bytes.len() => bytes[at] = random.u8(..),
        2 => drop(bytes.drain(part)),
        3 => {
            let copy = bytes[part].to_vec();
            insert(bytes, at, &copy);
        }
        4 => insert(bytes, at, &other[span(other.len(), random)]),
        5 => bytes.truncate(at),
        6 => {
            let again = bytes[part].repeat(random.usize(2..40));
            insert(bytes, at, &again);
        }
        _ => insert(bytes, at, PIECES[random.usize(0..PIECES.len())]),
    }
}

/// A part of at most 64 bytes.
fn span(length: usize, random: &mut Rng) -> std::ops::Range<usize> {
    let start = random.usize(0..=length);
    start..random.usize(start..=length.min(start + 64))
}

fn insert(bytes: &mut Vec<u8>, at: usize, piece: &[u8]) {
    bytes.splice(at..at, piece.iter().copied());
}
