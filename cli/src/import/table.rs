//! A table as every kind of file gives it: columns by name, and rows that a mapping can read.

use serde_json::{Map, Value};

use super::unreadable;

/// What a file holds.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// What it is, in words: "a spreadsheet, sheet Sheet1".
    pub(super) what: String,
    /// The sheet of a spreadsheet.
    pub(super) sheet: Option<String>,
    pub(super) columns: Vec<String>,
    /// Each row with its number in the file.
    pub(super) rows: Vec<(usize, Row)>,
    /// What was odd about reading it.
    pub(super) notes: Vec<String>,
}

/// One row.
#[derive(Debug, PartialEq)]
pub(super) enum Row {
    /// Its cells, in the order of the columns; blank where nothing stands.
    Cells(Vec<String>),
    /// A line of JSON, and a message where it is none.
    Line(String),
}

impl Table {
    /// Makes a table of JSON lines; its columns are the paths to single values in the first lines.
    pub(super) fn of_lines(text: &str, looked_at: usize) -> Self {
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let rows: Vec<(usize, Row)> =
            lines.map(|(index, line)| (index + 1, Row::Line(line.trim().to_owned()))).collect();
        let mut columns = Vec::new();
        let mut table = Self { what: "JSON lines".to_owned(), rows, ..Self::default() };
        for (_, line) in table.lines().take(looked_at) {
            if let Ok(line) = line {
                collect("", &line, &mut columns);
            }
        }
        table.columns = columns;
        table
    }

    /// Returns each row as a mapping reads it, or what is wrong with it.
    pub(super) fn lines(&self) -> impl Iterator<Item = (usize, Result<Value, String>)> {
        self.rows.iter().map(|(number, row)| (*number, self.line(row)))
    }

    fn line(&self, row: &Row) -> Result<Value, String> {
        match row {
            Row::Line(line) => serde_json::from_str(line).map_err(|error| unreadable(line.as_bytes(), &error)),
            Row::Cells(cells) => {
                if cells.iter().skip(self.columns.len()).any(|cell| !cell.is_empty()) {
                    let (found, known) = (cells.len(), self.columns.len());
                    return Err(format!(
                        "{found} cells where the header has {known}: is a delimiter or a quotation mark wrong in it?"
                    ));
                }
                let filled = self.columns.iter().zip(cells).filter(|(_, cell)| !cell.is_empty());
                let fields: Map<String, Value> =
                    filled.map(|(name, cell)| (name.clone(), cell.clone().into())).collect();
                Ok(fields.into())
            }
        }
    }
}

fn collect(path: &str, value: &Value, columns: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                collect(&path, value, columns);
            }
        }
        Value::Null => {}
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            if !path.is_empty() && !columns.iter().any(|known| known == path) {
                columns.push(path.to_owned());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lines_of_json_have_the_paths_of_their_values_as_columns() {
        let table = Table::of_lines(
            "{\"a\": {\"b\": 1, \"c\": null}, \"d\": []}\n\n{\"a\": 12345678901234567890\n{\"e\": \"x\"}",
            10,
        );
        assert_eq!(table.columns, ["a.b", "d", "e"]);
        let lines: Vec<_> = table.lines().collect();
        assert_eq!((lines[0].0, lines[1].0, &lines[2]), (1, 3, &(4, Ok(json!({ "e": "x" })))));
        assert!(lines[1].1.as_ref().is_err_and(|words| words.starts_with("not JSON at column")), "{lines:?}");
    }

    #[test]
    fn a_row_that_is_wider_than_its_header_is_refused() {
        let cells = |cells: &[&str]| Row::Cells(cells.iter().map(|cell| (*cell).to_owned()).collect());
        let rows = vec![(2, cells(&["1"])), (3, cells(&["1", "2", ""])), (4, cells(&["1", "2", "3"]))];
        let table = Table { columns: vec!["a".to_owned(), "b.c".to_owned()], rows, ..Table::default() };
        let lines: Vec<_> = table.lines().map(|(_, line)| line).collect();
        assert_eq!(lines[..2], [Ok(json!({ "a": "1" })), Ok(json!({ "a": "1", "b.c": "2" }))]);
        assert!(lines[2].as_ref().is_err_and(|words| words.starts_with("3 cells where the header has 2")));
    }
}
