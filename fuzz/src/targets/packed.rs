//! The local ClickHouse: packed request bodies, and blocks in the Native format.

use std::io::Read;

use hearken_embedded::http::body::Bounded;
use hearken_embedded::http::compression::{Encoding, encode, frames, unpack};
use hearken_embedded::native::framed;

/// What a small body may unpack to here; the server has a bound of its own.
const PLAIN_BYTES_MAX: u64 = 4 << 20;
const ENCODINGS: [Encoding; 4] = [Encoding::Gzip, Encoding::Deflate, Encoding::Lz4, Encoding::Zstd];

/// Promises: any bytes unpack or do not, within a bound; what was packed unpacks to what it was; any blocks are framed or refused.
pub fn run(bytes: &[u8]) {
    for encoding in ENCODINGS.map(Some).into_iter().chain([None]) {
        for in_frames in [false, true] {
            let _ = unpacked(bytes.to_vec(), encoding, in_frames);
        }
    }
    // A checksum that fits, or nothing behind it would ever be read.
    let _ = unpacked(sealed(bytes), None, true);
    for encoding in ENCODINGS {
        let packed = encode(bytes, encoding).expect("memory is written to");
        assert_eq!(unpacked(packed, Some(encoding), false).ok().as_deref(), Some(bytes), "{encoding:?}");
    }
    assert_eq!(unpacked(frames(bytes), None, true).ok().as_deref(), Some(bytes), "frames");
    blocks(bytes);
}

fn unpacked(bytes: Vec<u8>, encoding: Option<Encoding>, in_frames: bool) -> std::io::Result<Vec<u8>> {
    let reader = unpack(std::io::Cursor::new(bytes), encoding, in_frames)?;
    let mut plain = Vec::new();
    Bounded::new(reader, PLAIN_BYTES_MAX).read_to_end(&mut plain)?;
    Ok(plain)
}

/// Puts the checksum before a frame's method, lengths and data.
fn sealed(covered: &[u8]) -> Vec<u8> {
    let checksum = cityhash_rs::cityhash_102_128(covered).rotate_right(64).to_le_bytes();
    [&checksum, covered].concat()
}

fn blocks(bytes: &[u8]) {
    assert_eq!(framed(bytes, 0).as_deref(), Ok(bytes), "revision 0 is as it is");
    for revision in [51_903, 54_460] {
        if let Ok(framed) = framed(bytes, revision) {
            assert!(framed.len() >= bytes.len(), "nothing is left out");
        }
    }
}
