//! A JSONL file, plain or gzipped, as raw records.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use flate2::read::MultiGzDecoder;
use indicatif::{ProgressBar, ProgressStyle};
use serde::de::IgnoredAny;
use serde_json::Value;

use super::kind::Kind;
use super::mapping::Mapping;
use super::record::{RawRecord, Unsent};
use super::records::{Place, Records};

/// Calls `each` for every record of the file, or for what keeps a line from being one.
///
/// # Errors
/// Where the file cannot be read, or what `each` answered.
pub(crate) fn read(
    path: &Path,
    kind: Kind,
    mapping: Option<&Mapping>,
    mut each: impl FnMut(Place, Result<RawRecord, Unsent>) -> Result<()>,
) -> Result<()> {
    let file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
    let progress = progress(file.metadata()?.len());
    let reader = BufReader::new(plain(progress.wrap_read(file), path)?);
    let mut records = Records::new(kind, mapping);
    for (index, line) in reader.split(b'\n').enumerate() {
        let number = index + 1;
        let line = line.with_context(|| format!("{}, line {number}", path.display()))?;
        // A byte order mark begins a file, and in a gzip of several files any of its lines.
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line).trim_ascii();
        if line.is_empty() {
            continue;
        }
        let place = Place { line: number, conversation: None };
        let value = match serde_json::from_slice::<Value>(line) {
            Ok(value) => value,
            Err(error) => {
                each(place, Err(Unsent::whole(unreadable(line, &error))))?;
                continue;
            }
        };
        if let Some(record) = records.take(number, value, line) {
            each(place, record)?;
        }
    }
    for (place, record) in records.conversations() {
        each(place, record)?;
    }
    progress.finish_and_clear();
    Ok(())
}

/// Says why a line cannot be read; which line it is, its place says.
pub(crate) fn unreadable(line: &[u8], error: &serde_json::Error) -> String {
    if let Err(error) = std::str::from_utf8(line) {
        return format!("not UTF-8 at byte {}", error.valid_up_to() + 1);
    }
    let words = error.to_string();
    let words = words.rsplit_once(" at line ").map_or(words.as_str(), |(words, _)| words);
    // JSON puts no bounds on numbers and no sense into escapes.
    let is_json = serde_json::from_slice::<IgnoredAny>(line).is_ok();
    let problem = if is_json { "holds what nothing can read" } else { "not JSON" };
    format!("{problem} at column {}: {words}", error.column())
}

/// Unpacks what is gzipped, and leaves the rest as it is.
///
/// # Errors
/// Where the file cannot be read, or is UTF-16.
pub(crate) fn plain<'a>(file: impl Read + 'a, path: &Path) -> Result<Box<dyn Read + 'a>> {
    let mut reader = BufReader::new(file);
    let start = reader.fill_buf().with_context(|| format!("reading {}", path.display()))?;
    let utf16 = [[0xff, 0xfe], [0xfe, 0xff]].iter().any(|mark| start.starts_with(mark));
    ensure!(!utf16, "{} is UTF-16: save it as UTF-8", path.display());
    let gzipped = start.starts_with(&[0x1f, 0x8b]);
    Ok(if gzipped { Box::new(MultiGzDecoder::new(reader)) } else { Box::new(reader) })
}

fn progress(bytes: u64) -> ProgressBar {
    let style =
        ProgressStyle::with_template("{bar:30} {percent}%  {elapsed}").unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(bytes).with_style(style)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    /// Returns what is read from a file of these bytes: keys of records and problems, each with its line.
    fn lines(bytes: &[u8]) -> Result<Vec<(usize, String)>> {
        let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
        file.write_all(bytes).expect("written");
        let mut found = Vec::new();
        read(file.path(), Kind::Visits, None, |place, record| {
            found.push((place.line, record.map_or_else(|unsent| unsent.problem, |record| record.key)));
            Ok(())
        })?;
        Ok(found)
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).expect("written");
        encoder.finish().expect("finished")
    }

    #[test]
    fn files_of_every_make_are_read() {
        let both = vec![(1, "a".to_owned()), (3, "b".to_owned())];
        for (file, bytes) in [
            ("plain", b"{\"visit_id\": \"a\"}\n\n{\"visit_id\": \"b\"}\n".to_vec()),
            ("no line break at the end", b"{\"visit_id\": \"a\"}\n\n{\"visit_id\": \"b\"}".to_vec()),
            ("line breaks of Windows", b"{\"visit_id\": \"a\"}\r\n \r\n{\"visit_id\": \"b\"}\r\n".to_vec()),
            ("byte order mark", b"\xef\xbb\xbf{\"visit_id\": \"a\"}\n\n{\"visit_id\": \"b\"}".to_vec()),
            ("gzip", gzip(b"{\"visit_id\": \"a\"}\n\n{\"visit_id\": \"b\"}\n")),
            (
                "gzip of two files",
                [gzip(b"\xef\xbb\xbf{\"visit_id\": \"a\"}\n\n"), gzip(b"\xef\xbb\xbf{\"visit_id\": \"b\"}\n")].concat(),
            ),
        ] {
            assert_eq!(lines(&bytes).expect(file), both, "{file}");
        }
        assert_eq!(lines(b"").expect("empty"), []);
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let not_utf8 = vec![(1, "not UTF-8 at byte 15".to_owned())];
        assert_eq!(lines(b"{\"visit_id\": \"\xe9\"}").expect("a file"), not_utf8);
        let utf16: Vec<u8> = "\u{feff}{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(lines(&utf16).expect_err("UTF-16").to_string().ends_with(" is UTF-16: save it as UTF-8"));
        let torn = gzip(b"{\"visit_id\": \"a\"}\n");
        let error = format!("{:#}", lines(&torn[..torn.len() - 6]).expect_err("torn"));
        assert!(error.contains(", line 2: "), "{error}");
    }
}
