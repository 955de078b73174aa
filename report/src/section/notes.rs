//! What each number means.

use super::Page;
use crate::html::{Element, element};

/// Returns the notes: the rules that hold for all numbers, then a note a section.
pub(crate) fn notes(page: &Page) -> Element {
    let words = page.words;
    let rules = element("ul").children(words.rules.iter().map(|rule| element("li").text(rule)));
    let notes = words.notes.iter().flat_map(|(section, title, note)| {
        let name = element("dt").with("id", format!("note-{section}")).text(title);
        [name, element("dd").text(note)]
    });
    element("section")
        .with("id", "notes")
        .child(element("h2").text(words.notes_title))
        .child(rules)
        .child(element("dl").children(notes))
        .child(element("p").class("source").text(words.docs))
}
