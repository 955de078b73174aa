//! From a file to a table, by what its first bytes say and not by its name.

use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use flate2::read::MultiGzDecoder;

use super::table::Table;
use super::{LOOKED_AT, delimited, encoding, sheet};

/// How an archive begins, and with it a spreadsheet of today.
const ZIP: &[u8] = b"PK\x03\x04";
/// How a spreadsheet of old begins, and one with a password.
const OLE: &[u8] = b"\xd0\xcf\x11\xe0";
const GZIP: &[u8] = b"\x1f\x8b";

/// Reads a file.
///
/// # Errors
/// Where it cannot be read, or is no table; the message names it.
pub(super) fn open(path: &Path, wanted: Option<&str>) -> Result<Table> {
    let mut bytes = std::fs::read(path).with_context(|| format!("opening {}", path.display()))?;
    if bytes.starts_with(GZIP) {
        let mut plain = Vec::new();
        MultiGzDecoder::new(bytes.as_slice())
            .read_to_end(&mut plain)
            .with_context(|| format!("unpacking {}", path.display()))?;
        bytes = plain;
    }
    let table = table(bytes, wanted).with_context(|| path.display().to_string())?;
    ensure!(!table.rows.is_empty(), "{}: there is no row below the header", path.display());
    Ok(table)
}

pub(super) fn table(bytes: Vec<u8>, wanted: Option<&str>) -> Result<Table> {
    if bytes.starts_with(ZIP) || bytes.starts_with(OLE) {
        let (name, grid) = sheet::read(bytes, wanted)?;
        return Ok(Table { what: format!("a spreadsheet, sheet {name:?}"), sheet: Some(name), ..grid.table() });
    }
    ensure!(wanted.is_none(), "it is no spreadsheet, so it has no sheets");
    let encoding::Decoded { text, encoding } = encoding::decode(bytes)?;
    match text.trim_start().chars().next() {
        Some('{') => Ok(Table::of_lines(&text, LOOKED_AT)),
        Some('[') => bail!("it is one JSON list; a file of one object a line is read (`jq -c '.[]'` makes one)"),
        Some('<') => bail!("it is a web page under another name: open it in a spreadsheet program and save it as xlsx"),
        Some(_) | None => {
            let what = format!("{encoding}, cells between {}", delimited::delimiter_name(&text));
            Ok(Table { what, ..delimited::read(&text)?.table() })
        }
    }
}
