//! Tables that become cards on a phone: each cell carries the name of its column.

use crate::html::{Element, element};

/// A column's name and how its cells stand.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Column {
    /// Words.
    Words(&'static str),
    /// Numbers, to the right.
    Number(&'static str),
    /// A strip, which takes the room that is left.
    Strip(&'static str),
}

impl Column {
    fn name(self) -> &'static str {
        match self {
            Self::Words(name) | Self::Number(name) | Self::Strip(name) => name,
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Words(_) => "words",
            Self::Number(_) => "number",
            Self::Strip(_) => "wide",
        }
    }
}

/// Returns a table; the first cell of a row names it.
pub(crate) fn table(columns: &[Column], rows: impl IntoIterator<Item = Vec<Element>>) -> Element {
    let head =
        columns.iter().map(|column| element("th").with("scope", "col").class(column.class()).text(column.name()));
    let rows = rows.into_iter().map(|cells| {
        let cells = cells.into_iter().zip(columns).enumerate().map(|(index, (inside, column))| {
            let cell = if index == 0 { element("th").with("scope", "row") } else { element("td") };
            let cell = cell.class(column.class());
            let cell =
                if index == 0 || column.name().is_empty() { cell } else { cell.with("data-label", column.name()) };
            cell.child(inside)
        });
        element("tr").children(cells)
    });
    let body = element("tbody").children(rows);
    element("table").child(element("thead").child(element("tr").children(head))).child(body)
}

/// Returns words as they stand in a cell.
pub(crate) fn plain(text: impl AsRef<str>) -> Element {
    element("span").text(text)
}

/// Returns words with smaller ones below.
pub(crate) fn with_note(text: impl AsRef<str>, note: impl AsRef<str>) -> Element {
    let note = note.as_ref();
    let small = (!note.is_empty()).then(|| element("small").text(note));
    element("span").child(element("span").text(text)).children(small)
}

/// Returns a value in large letters with its interval below.
pub(crate) fn value(text: impl AsRef<str>, interval: Option<String>) -> Element {
    let small = interval.map(|interval| element("small").text(interval));
    element("span").child(element("b").text(text)).children(small)
}

/// Returns a mark: a word in a coloured box.
pub(crate) fn badge(class: &str, text: impl AsRef<str>) -> Element {
    element("span").class(&format!("badge {class}")).text(text)
}
