//! Text with delimiters as a grid: CSV, TSV, and what programs make of them.

use anyhow::{Context, Result};
use csv::{ByteRecord, ReaderBuilder, StringRecord};

use super::grid::Grid;

const DELIMITERS: [u8; 4] = [b',', b'\t', b';', b'|'];

/// How many rows the delimiter is guessed from.
const LOOKED_AT: usize = 50;

/// Reads a text whose delimiter nobody named.
pub(super) fn read(text: &str) -> Result<Grid> {
    let (named, text) = separator_line(text);
    let delimiter = named.unwrap_or_else(|| guess(text));
    let mut rows = Vec::new();
    let mut reader = reader(delimiter, text);
    let mut record = StringRecord::new();
    while reader.read_record(&mut record).with_context(|| format!("after row {}", rows.len()))? {
        let number = rows.len() + 1;
        rows.push((number, record.iter().map(cell).collect()));
    }
    let open_quote = text.bytes().filter(|byte| *byte == b'"').count() % 2 == 1;
    let notes = open_quote
        .then(|| "a quotation mark is opened and never closed: rows after it may have run into one".to_owned());
    Ok(Grid { rows, notes: notes.into_iter().collect() })
}

/// Returns the delimiter's name for people.
pub(super) fn delimiter_name(text: &str) -> &'static str {
    let (named, text) = separator_line(text);
    match named.unwrap_or_else(|| guess(text)) {
        b'\t' => "tabs",
        b';' => "semicolons",
        b'|' => "bars",
        _ => "commas",
    }
}

/// Reads the line `sep=;` that Excel understands.
fn separator_line(text: &str) -> (Option<u8>, &str) {
    let first = text.split_inclusive('\n').next().unwrap_or_default();
    match first.trim_end().strip_prefix("sep=").map(str::as_bytes) {
        Some([delimiter]) => (Some(*delimiter), &text[first.len()..]),
        Some(_) | None => (None, text),
    }
}

/// Returns the delimiter by which most rows have as many cells as the first, and several.
fn guess(text: &str) -> u8 {
    let score = |delimiter: u8| {
        let mut widths = Vec::new();
        let mut reader = reader(delimiter, text);
        let mut record = ByteRecord::new();
        while widths.len() < LOOKED_AT && reader.read_byte_record(&mut record).unwrap_or(false) {
            widths.push(record.len());
        }
        let Some(usual) =
            widths.iter().copied().max_by_key(|width| widths.iter().filter(|other| *other == width).count())
        else {
            return (0, 0);
        };
        let alike = widths.iter().filter(|width| **width == usual).count();
        if usual < 2 { (0, 0) } else { (alike, usual) }
    };
    // Of equals the first: a table of one column has no delimiter at all.
    DELIMITERS.into_iter().rev().max_by_key(|delimiter| score(*delimiter)).unwrap_or(b',')
}

fn reader(delimiter: u8, text: &str) -> csv::Reader<&[u8]> {
    ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(text.as_bytes())
}

/// Takes off what keeps a spreadsheet program from reading an id as a number: `="123"`, a tab, an apostrophe.
fn cell(text: &str) -> String {
    let text = text.trim();
    let quoted = text.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'));
    let apostrophe = text.strip_prefix('\'').filter(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
    quoted.or(apostrophe).unwrap_or(text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&[&str]]) {
        let rows: Vec<Vec<String>> = read(text).expect("a grid").rows.into_iter().map(|(_, cells)| cells).collect();
        assert_eq!(rows, expected, "{text:?}");
    }

    #[test]
    fn delimiters_are_guessed() {
        check("a,b\n1,2\n", &[&["a", "b"], &["1", "2"]]);
        check("a\tb\n1,5\t2,5\n", &[&["a", "b"], &["1,5", "2,5"]]);
        check("a;b\n1,5;2\n", &[&["a", "b"], &["1,5", "2"]]);
        check("a|b\n1|2", &[&["a", "b"], &["1", "2"]]);
        check("sep=;\na;b,c\n", &[&["a", "b,c"]]);
        check("one column\nwith, a comma\nand none\n", &[&["one column"], &["with", "a comma"], &["and none"]]);
        check("", &[]);
    }

    #[test]
    fn cells_keep_what_was_quoted_and_lose_what_hides_ids() {
        check("\"a\nb\",\"say \"\"hi\"\"\"\r\n2,3", &[&["a\nb", "say \"hi\""], &["2", "3"]]);
        check("=\"1234567890123456789\",'007, x\t\n", &[&["1234567890123456789", "007", "x"]]);
        check("=\"0042\",\"=\"\"0043\"\"\"\n", &[&["0042", "0043"]]);
        check("'tis,'s\n", &[&["'tis", "'s"]]);
        check("short\na,b\n\na,b,c\n", &[&["short"], &["a", "b"], &["a", "b", "c"]]);
        assert_eq!(read("a,b\n\"open,2\n").expect("a grid").notes.len(), 1);
    }
}
