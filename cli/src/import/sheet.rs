//! A spreadsheet as a grid: what its cells show, as exactly as a program can know.

use std::io::Cursor;

use anyhow::{Context, Result, anyhow, bail};
use calamine::{Data, ExcelDateTime, Reader, Sheets, open_workbook_auto_from_rs};

use super::grid::Grid;

/// Whole numbers from here on have more than the 15 digits that a spreadsheet keeps of a number.
const DIGITS_LOST: f64 = 1e15;

/// Reads one sheet, the first one that has cells where none is named; returns its name too.
pub(super) fn read(bytes: Vec<u8>, wanted: Option<&str>) -> Result<(String, Grid)> {
    let mut book: Sheets<_> = open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(|error| {
        anyhow!(
            "it looks like a spreadsheet and cannot be read ({error}); is it protected by a password? Save it as xlsx \
             without one"
        )
    })?;
    let names = book.sheet_names();
    if let Some(wanted) = wanted
        && !names.iter().any(|name| name == wanted)
    {
        bail!("it has no sheet {wanted:?}; it has: {}", names.join(", "));
    }
    for name in names.iter().filter(|name| wanted.is_none_or(|wanted| wanted == *name)) {
        let range = book.worksheet_range(name).with_context(|| format!("sheet {name:?}"))?;
        let (first_row, first_column) = range.start().unwrap_or_default();
        let days_only = days_only(range.rows());
        let cells = |row: &[Data]| {
            let before = std::iter::repeat_n(String::new(), first_column as usize);
            before.chain(row.iter().zip(&days_only).map(|(cell, day)| shown(cell, *day))).collect::<Vec<_>>()
        };
        let rows = range.rows().enumerate().map(|(index, row)| (first_row as usize + index + 1, cells(row)));
        let grid = Grid { rows: rows.collect(), notes: Vec::new() };
        if wanted.is_some() || !grid.rows.is_empty() {
            let others: Vec<&str> = names.iter().map(String::as_str).filter(|other| other != name).collect();
            let note = format!("only the sheet {name:?} is read; --sheet names another: {}", others.join(", "));
            let notes = (!others.is_empty()).then_some(note);
            return Ok((name.clone(), Grid { notes: notes.into_iter().collect(), ..grid }));
        }
    }
    bail!("it has no cells");
}

/// Tells of each column whether all its times are midnights: then they are days.
fn days_only<'a>(rows: impl Iterator<Item = &'a [Data]>) -> Vec<bool> {
    let mut days_only = Vec::new();
    for row in rows {
        days_only.resize(days_only.len().max(row.len()), true);
        for (day, cell) in days_only.iter_mut().zip(row) {
            if let Data::DateTime(at) = cell {
                *day &= at.as_f64().fract() == 0.0;
            }
        }
    }
    days_only
}

/// Returns a cell as text. A number that has lost digits shows so, as it would in a file that Excel saved.
fn shown(cell: &Data, day: bool) -> String {
    match cell {
        Data::String(text) => text.trim().to_owned(),
        Data::Float(number) => number_text(*number),
        Data::Int(number) => number_text(*number as f64),
        Data::Bool(yes) => yes.to_string(),
        Data::DateTime(at) => time(at, day),
        Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
        Data::Error(_) | Data::Empty => String::new(),
    }
}

fn number_text(number: f64) -> String {
    if number.abs() < DIGITS_LOST { number.to_string() } else { format!("{number:.14E}").replace('E', "E+") }
}

fn time(at: &ExcelDateTime, day: bool) -> String {
    // A time of day alone, or a length of time, is a number like others.
    if !at.is_datetime() || at.as_f64() < 1.0 {
        return number_text(at.as_f64());
    }
    let (year, month, date, hour, minute, second, milli) = at.to_ymd_hms_milli();
    let text = format!("{year:04}-{month:02}-{date:02}");
    if day {
        return text;
    }
    let fraction = if milli == 0 { String::new() } else { format!(".{milli:03}") };
    format!("{text}T{hour:02}:{minute:02}:{second:02}{fraction}")
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use rust_xlsxwriter::{ExcelDateTime as Written, Format, Workbook};

    use super::*;

    /// Writes a sheet of every kind of cell.
    fn book() -> Vec<u8> {
        let mut book = Workbook::new();
        book.add_worksheet().set_name("empty").expect("a name");
        let sheet = book.add_worksheet().set_name("评价").expect("a name");
        let (day, time) = (Format::new().set_num_format("yyyy-mm-dd"), Format::new().set_num_format("yyyy/m/d h:mm"));
        let at = |day: u8, hour: u16| {
            Written::from_ymd(2025, 11, day).and_then(|at| at.and_hms(hour, 30, 5.0)).expect("a time")
        };
        sheet
            .write(1, 1, "id")
            .expect("a cell")
            .write(1, 2, "day")
            .expect("a cell")
            .write(1, 3, "time")
            .expect("a cell");
        sheet.write(2, 1, "1234567890123456789").expect("a cell");
        sheet.write_with_format(2, 2, Written::from_ymd(2025, 11, 2).expect("a day"), &day).expect("a cell");
        sheet.write_with_format(2, 3, at(2, 9), &time).expect("a cell");
        sheet.write(3, 1, 1_234_567_890_123_456_789_f64).expect("a cell");
        sheet.write_with_format(3, 2, Written::from_ymd(2025, 11, 3).expect("a day"), &day).expect("a cell");
        sheet.write_with_format(3, 3, Written::from_ymd(2025, 11, 3).expect("a day"), &time).expect("a cell");
        sheet
            .write(5, 1, 123_456_789_012_345_f64)
            .expect("a cell")
            .write(5, 2, 4.5)
            .expect("a cell")
            .write(5, 3, true)
            .expect("a cell");
        book.save_to_buffer().expect("a book")
    }

    /// Makes the book one of a Macintosh, whose days begin in 1904.
    fn from_1904(book: Vec<u8>) -> Vec<u8> {
        let mut old = zip::ZipArchive::new(Cursor::new(book)).expect("an archive");
        let mut new = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for index in 0..old.len() {
            let mut file = old.by_index(index).expect("a file");
            let name = file.name().expect("a name").into_owned();
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).expect("its bytes");
            if name == "xl/workbook.xml" {
                bytes = String::from_utf8(bytes)
                    .expect("text")
                    .replace("<workbookPr ", "<workbookPr date1904=\"1\" ")
                    .into_bytes();
            }
            new.start_file(name, zip::write::SimpleFileOptions::default()).expect("a file");
            new.write_all(&bytes).expect("written");
        }
        new.finish().expect("an archive").into_inner()
    }

    #[test]
    fn cells_show_what_they_are() {
        let (name, grid) = read(book(), None).expect("a sheet");
        assert_eq!(name, "评价");
        assert!(grid.notes[0].ends_with("--sheet names another: empty"), "{:?}", grid.notes);
        let rows: Vec<(usize, Vec<&str>)> =
            grid.rows.iter().map(|(number, cells)| (*number, cells.iter().map(String::as_str).collect())).collect();
        assert_eq!(
            rows,
            [
                (2, vec!["", "id", "day", "time"]),
                (3, vec!["", "1234567890123456789", "2025-11-02", "2025-11-02T09:30:05"]),
                (4, vec!["", "1.23456789012346E+18", "2025-11-03", "2025-11-03T00:00:00"]),
                (5, vec!["", "", "", ""]),
                (6, vec!["", "123456789012345", "4.5", "true"]),
            ]
        );
    }

    #[test]
    fn days_are_counted_from_1904_where_the_book_says_so() {
        let (_, grid) = read(from_1904(book()), Some("评价")).expect("a sheet");
        // The same numbers, 1462 days later.
        assert_eq!(grid.rows[1].1[2], "2029-11-03");
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        for (bytes, sheet, words) in [
            (b"PK\x03\x04 torn".to_vec(), None, "cannot be read"),
            (book(), Some("评论"), "it has no sheet \"评论\"; it has: empty, 评价"),
        ] {
            let error = read(bytes, sheet).expect_err(words).to_string();
            assert!(error.contains(words), "{error}");
        }
    }
}
