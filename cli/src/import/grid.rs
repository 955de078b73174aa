//! A grid of cells as a table: which row is the header, what its columns are called.

use std::collections::BTreeSet;

use super::table::{Row, Table};
use super::words;

/// How many rows may stand above the header.
const ABOVE_MAX: usize = 10;

/// The cells of a file, each row with the number that a spreadsheet shows; a cell is text, blank where it is empty.
#[derive(Debug, Default)]
pub(super) struct Grid {
    pub(super) rows: Vec<(usize, Vec<String>)>,
    /// What was odd about reading it.
    pub(super) notes: Vec<String>,
}

impl Grid {
    /// Finds the header and makes the rows below it the table's.
    pub(super) fn table(mut self) -> Table {
        self.rows.retain(|(_, cells)| cells.iter().any(|cell| !cell.is_empty()));
        let mut notes = self.notes;
        let header = header(&self.rows);
        if header > 0 {
            notes.push(format!("the header is row {}; what stands above it is left out", self.rows[header].0));
        }
        let mut rows = self.rows.into_iter().skip(header);
        let columns = rows.next().map(|(_, cells)| named(&cells)).unwrap_or_default();
        let rows = rows.map(|(number, cells)| (number, Row::Cells(cells))).collect();
        Table { columns, rows, notes, ..Table::default() }
    }
}

/// Returns the first row that speaks of known fields as much as any, or else the first that is half as wide as the widest.
fn header(rows: &[(usize, Vec<String>)]) -> usize {
    let top = &rows[..rows.len().min(ABOVE_MAX)];
    let filled = |cells: &[String]| cells.iter().filter(|cell| !cell.is_empty()).count();
    let known = |cells: &[String]| cells.iter().filter(|cell| words::is_header(cell)).count();
    let most = top.iter().map(|(_, cells)| known(cells)).max().unwrap_or(0);
    let widest = top.iter().map(|(_, cells)| filled(cells)).max().unwrap_or(0);
    let found = if most > 0 {
        top.iter().position(|(_, cells)| known(cells) == most)
    } else {
        top.iter().position(|(_, cells)| filled(cells) * 2 >= widest)
    };
    found.unwrap_or(0)
}

/// Gives every column a name of its own: its header, its letter where that is empty, a number where it was there before.
fn named(headers: &[String]) -> Vec<String> {
    let mut taken: BTreeSet<String> = ["#line", super::CONTENT].map(str::to_owned).into();
    let name = |(index, header): (usize, &String)| {
        let words: Vec<&str> = header.split_whitespace().collect();
        let plain = if words.is_empty() { format!("column {}", letters(index)) } else { words.join(" ") };
        let numbered = (2..).map(|number| format!("{plain} ({number})"));
        let name = std::iter::once(plain.clone()).chain(numbered).find(|name| !taken.contains(name)).unwrap_or(plain);
        taken.insert(name.clone());
        name
    };
    headers.iter().enumerate().map(name).collect()
}

/// Returns a column's letters, as a spreadsheet shows them.
fn letters(index: usize) -> String {
    let last = char::from(b'A' + (index % 26) as u8);
    match index / 26 {
        0 => last.to_string(),
        more => format!("{}{last}", letters(more - 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &[&[&str]]) -> Table {
        let rows = rows
            .iter()
            .enumerate()
            .map(|(index, cells)| (index + 1, cells.iter().map(|cell| (*cell).to_owned()).collect()));
        Grid { rows: rows.collect(), notes: Vec::new() }.table()
    }

    #[test]
    fn the_header_is_found_below_titles() {
        for (rows, columns, first) in [
            (&[&["评价内容", "评分"][..], &["好", "5"]][..], &["评价内容", "评分"][..], 2),
            (&[&["2025年评价导出"], &[""], &["评价内容", "评分"], &["好", "5"]], &["评价内容", "评分"], 4),
            (&[&["Export", ""], &["q1", "q2"], &["1", "2"]], &["Export", "column B"], 2),
            (&[&["a"], &["q1", "q2", "q3"], &["1", "2", "3"]], &["q1", "q2", "q3"], 3),
            (
                &[&["评价", "", "评价", "#line"], &["好", "1", "2", "3"]],
                &["评价", "column B", "评价 (2)", "#line (2)"],
                2,
            ),
            (&[&["review\n text", "rating"], &["好", "5"]], &["review text", "rating"], 2),
        ] {
            let table = table(rows);
            assert_eq!(
                (table.columns.as_slice(), table.rows.first().map(|(number, _)| *number)),
                (columns.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>().as_slice(), Some(first)),
                "{rows:?}"
            );
        }
        assert_eq!(table(&[]).columns, Vec::<String>::new());
        assert_eq!([0, 25, 26, 51, 52, 701, 702].map(letters), ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]);
    }
}
