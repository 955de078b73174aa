//! Unpacks request bodies and packs answers: ClickHouse's compressed frames (`decompress=1`, `compress=1`), and gzip,
//! deflate, LZ4 and Zstandard as HTTP content encodings.
//!
//! A frame is a CityHash128 of what follows, a method byte (0x82 LZ4, 0x02 stored), the length of the compressed data
//! with these nine header bytes, the length of the plain data, and the data. Every input may be several frames in a
//! row.

use std::io::{self, BufRead, BufReader, Cursor, Read, Write};

use flate2::Compression as Level;
use flate2::bufread::{MultiGzDecoder, ZlibDecoder};
use flate2::write::{GzEncoder, ZlibEncoder};
use lz4_flex::block;
use lz4_flex::frame::{FrameDecoder, FrameEncoder};

use super::body::BodyError;

const CHECKSUM_BYTES: usize = 16;
const HEADER_BYTES: usize = 9;
const METHOD_LZ4: u8 = 0x82;
const METHOD_STORED: u8 = 0x02;
/// Plain bytes in one frame of an answer.
const FRAME_PLAIN_BYTES: usize = 1 << 20;
/// The largest frame that is accepted, plain or compressed.
const FRAME_BYTES_MAX: usize = 256 << 20;

/// An HTTP content encoding this server speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// RFC 1952.
    Gzip,
    /// RFC 1950, which HTTP calls deflate.
    Deflate,
    /// The LZ4 frame format.
    Lz4,
    /// RFC 8878.
    Zstd,
}

impl Encoding {
    /// The name in HTTP headers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Lz4 => "lz4",
            Self::Zstd => "zstd",
        }
    }

    /// The encoding of that name; `Err` holds a name that is not known.
    pub fn from_content_encoding(value: Option<&str>) -> Result<Option<Self>, String> {
        let name = value.unwrap_or_default().trim().to_ascii_lowercase();
        match name.as_str() {
            "" | "identity" => Ok(None),
            "gzip" | "x-gzip" => Ok(Some(Self::Gzip)),
            "deflate" => Ok(Some(Self::Deflate)),
            "lz4" => Ok(Some(Self::Lz4)),
            "zstd" => Ok(Some(Self::Zstd)),
            _ => Err(name),
        }
    }

    /// The encoding this server prefers among those a client accepts.
    pub fn from_accept_encoding(value: &str) -> Option<Self> {
        let accepted = |encoding: &Self| {
            value.split(',').any(|item| {
                let (name, quality) = item.split_once(';').unwrap_or((item, ""));
                let refused = quality.trim().strip_prefix("q=").is_some_and(|q| q.trim().parse() == Ok(0.0));
                name.trim().eq_ignore_ascii_case(encoding.name()) && !refused
            })
        };
        [Self::Gzip, Self::Deflate, Self::Lz4, Self::Zstd].into_iter().find(accepted)
    }
}

/// Undoes the encodings of a body, the outer one first.
///
/// # Errors
/// Where there is no memory for a decoder.
pub fn unpack(
    body: impl Read + Send + 'static,
    encoding: Option<Encoding>,
    frames: bool,
) -> io::Result<Box<dyn Read + Send>> {
    let plain: Box<dyn Read + Send> = match encoding {
        None => Box::new(body),
        Some(Encoding::Gzip) => Box::new(MultiGzDecoder::new(BufReader::new(body))),
        Some(Encoding::Deflate) => Box::new(ZlibDecoder::new(BufReader::new(body))),
        Some(Encoding::Lz4) => Box::new(Lz4Reader { inner: Some(FrameDecoder::new(BufReader::new(body))) }),
        // It reads on behind the end of a frame by itself.
        Some(Encoding::Zstd) => Box::new(zstd::Decoder::new(body)?),
    };
    Ok(if frames { Box::new(FrameReader::new(plain)) } else { plain })
}

/// Packs an answer as an HTTP content encoding.
pub fn encode(plain: &[u8], encoding: Encoding) -> io::Result<Vec<u8>> {
    // ClickHouse's own default level for answers.
    let level = Level::new(3);
    match encoding {
        Encoding::Gzip => {
            let mut encoder = GzEncoder::new(Vec::new(), level);
            encoder.write_all(plain)?;
            encoder.finish()
        }
        Encoding::Deflate => {
            let mut encoder = ZlibEncoder::new(Vec::new(), level);
            encoder.write_all(plain)?;
            encoder.finish()
        }
        Encoding::Lz4 => {
            let mut encoder = FrameEncoder::new(Vec::new());
            encoder.write_all(plain)?;
            Ok(encoder.finish()?)
        }
        Encoding::Zstd => zstd::encode_all(plain, zstd::DEFAULT_COMPRESSION_LEVEL),
    }
}

/// Packs an answer into ClickHouse's frames.
pub fn frames(plain: &[u8]) -> Vec<u8> {
    let mut packed = Vec::with_capacity(plain.len() / 2);
    for chunk in plain.chunks(FRAME_PLAIN_BYTES) {
        let compressed = block::compress(chunk);
        let mut covered = Vec::with_capacity(HEADER_BYTES + compressed.len());
        covered.push(METHOD_LZ4);
        // Both lengths are far below 4 GiB: a chunk is 1 MiB, and LZ4 adds less than a hundredth.
        covered.extend_from_slice(&((HEADER_BYTES + compressed.len()) as u32).to_le_bytes());
        covered.extend_from_slice(&(chunk.len() as u32).to_le_bytes());
        covered.extend_from_slice(&compressed);
        packed.extend_from_slice(&checksum(&covered));
        packed.extend_from_slice(&covered);
    }
    packed
}

/// CityHash128 as it stands in a frame: ClickHouse writes the two halves the other way round.
fn checksum(covered: &[u8]) -> [u8; CHECKSUM_BYTES] {
    cityhash_rs::cityhash_102_128(covered).rotate_right(64).to_le_bytes()
}

/// Reads ClickHouse's frames.
struct FrameReader<R> {
    inner: R,
    plain: Cursor<Vec<u8>>,
    frame: u64,
}

impl<R: Read> FrameReader<R> {
    fn new(inner: R) -> Self {
        Self { inner, plain: Cursor::default(), frame: 0 }
    }

    fn malformed(&self, reason: impl Into<String>) -> io::Error {
        BodyError::Frame { frame: self.frame, reason: reason.into() }.into()
    }

    /// Reads the next frame; `false` at the end of the input.
    fn next(&mut self) -> io::Result<bool> {
        let mut head = [0; CHECKSUM_BYTES + HEADER_BYTES];
        let length = read_full(&mut self.inner, &mut head)?;
        if length == 0 {
            return Ok(false);
        }
        self.frame += 1;
        if length < head.len() {
            return Err(self.malformed("it ends inside its header"));
        }
        let number = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]) as usize;
        let (packed_bytes, plain_bytes) = (number(CHECKSUM_BYTES + 1), number(CHECKSUM_BYTES + 5));
        if !(HEADER_BYTES..=FRAME_BYTES_MAX).contains(&packed_bytes) || plain_bytes > FRAME_BYTES_MAX {
            return Err(self.malformed(format!("its lengths are {packed_bytes} and {plain_bytes} bytes")));
        }
        let mut covered = head[CHECKSUM_BYTES..].to_vec();
        // Reads what is there rather than reserving what the header claims.
        let rest = (packed_bytes - HEADER_BYTES) as u64;
        if (&mut self.inner).take(rest).read_to_end(&mut covered)? as u64 != rest {
            return Err(self.malformed("it ends inside its data"));
        }
        if checksum(&covered) != head[..CHECKSUM_BYTES] {
            return Err(BodyError::Checksum { frame: self.frame }.into());
        }
        let data = &covered[HEADER_BYTES..];
        let plain = match covered[0] {
            METHOD_LZ4 => block::decompress(data, plain_bytes).map_err(|error| self.malformed(error.to_string()))?,
            METHOD_STORED => data.to_vec(),
            method => return Err(self.malformed(format!("method {method:#04x} is not LZ4"))),
        };
        if plain.len() != plain_bytes {
            return Err(self.malformed(format!("{} bytes came out instead of {plain_bytes}", plain.len())));
        }
        self.plain = Cursor::new(plain);
        Ok(true)
    }
}

impl<R: Read> Read for FrameReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let length = self.plain.read(buffer)?;
            if length > 0 || buffer.is_empty() || !self.next()? {
                return Ok(length);
            }
        }
    }
}

fn read_full(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(length) => filled += length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Reads LZ4 frames until the input ends, not until the first frame ends.
struct Lz4Reader<R: BufRead> {
    inner: Option<FrameDecoder<R>>,
}

impl<R: BufRead> Read for Lz4Reader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(decoder) = &mut self.inner {
            let length = decoder.read(buffer)?;
            if length > 0 || buffer.is_empty() {
                return Ok(length);
            }
            let at_end = decoder.get_mut().fill_buf()?.is_empty();
            self.inner = self.inner.take().filter(|_| !at_end).map(|decoder| FrameDecoder::new(decoder.into_inner()));
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text() -> Vec<u8> {
        (0..400_000_u32).flat_map(|number| (number % 977).to_le_bytes()).collect()
    }

    fn unpacked(packed: Vec<u8>, encoding: Option<Encoding>, frames: bool) -> Result<Vec<u8>, String> {
        let mut plain = Vec::new();
        let outcome = unpack(Cursor::new(packed), encoding, frames).and_then(|mut body| body.read_to_end(&mut plain));
        outcome.map(|_| plain).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_packed_comes_back_also_in_several_frames() {
        let plain = text();
        for encoding in [Encoding::Gzip, Encoding::Lz4, Encoding::Deflate, Encoding::Zstd] {
            let packed = encode(&plain, encoding).expect("memory takes all writes");
            assert_eq!(unpacked(packed.clone(), Some(encoding), false).as_ref(), Ok(&plain), "{encoding:?}");
            if encoding != Encoding::Deflate {
                let twice = [packed.clone(), packed].concat();
                assert_eq!(unpacked(twice, Some(encoding), false), Ok([plain.clone(), plain.clone()].concat()));
            }
        }
        assert_eq!(unpacked(frames(&plain), None, true).as_ref(), Ok(&plain));
        let nested = encode(&frames(&plain), Encoding::Gzip).expect("memory takes all writes");
        assert_eq!(unpacked(nested, Some(Encoding::Gzip), true), Ok(plain));
        assert_eq!(unpacked(Vec::new(), None, true), Ok(Vec::new()));
    }

    #[test]
    fn a_damaged_frame_is_refused_wherever_it_is_damaged() {
        let good = frames(b"0123456789 0123456789 0123456789");
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 0x40;
            unpacked(bad, None, true).expect_err("one bit is wrong");
        }
        for length in 1..good.len() {
            unpacked(good[..length].to_vec(), None, true).expect_err("the end is missing");
        }
    }

    #[test]
    fn a_cut_content_encoding_is_refused() {
        for encoding in [Encoding::Gzip, Encoding::Lz4, Encoding::Deflate, Encoding::Zstd] {
            let packed = encode(&text(), encoding).expect("memory takes all writes");
            let half = packed[..packed.len() / 2].to_vec();
            unpacked(half, Some(encoding), false).expect_err("half of it is missing");
        }
    }

    #[test]
    fn the_preferred_encoding_is_one_the_client_accepts() {
        for (header, encoding) in [
            ("gzip, deflate, br", Some(Encoding::Gzip)),
            ("lz4", Some(Encoding::Lz4)),
            ("gzip;q=0, deflate", Some(Encoding::Deflate)),
            ("br, zstd", Some(Encoding::Zstd)),
            ("br", None),
            ("", None),
        ] {
            assert_eq!(Encoding::from_accept_encoding(header), encoding, "{header}");
        }
        assert_eq!(Encoding::from_content_encoding(Some("br")), Err("br".to_owned()));
        assert_eq!(Encoding::from_content_encoding(Some("GZIP")), Ok(Some(Encoding::Gzip)));
        assert_eq!(Encoding::from_content_encoding(None), Ok(None));
    }
}
