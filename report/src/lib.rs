//! From rows of the views to one HTML page: `page(&report, language)`.
//!
//! The page stands alone: its style sheet and its pictures are in it, it needs no network and no script, and it can be printed.
//! Numbers come from the views as they are; nothing is computed here but sums for headings and places in pictures.
//!
//! Layout: [`Report`] and its [`rows`] are what a caller fills; `section` has a file a section of the page, `chart` one a kind of picture,
//! `words` every sentence in both languages, `names` what ids are called, `html` the elements everything is made of.
//!
//! Invariants:
//! - Every text goes through `html`, which escapes it; there is no other way into the page. The case page of `alert` is made of it too.
//! - What is not measured is said in words or with a dash, and is never 0.
//! - Nothing here reads a clock, a file or the network, and no row makes it panic.

mod chart;
mod cover;
pub mod html;
pub mod language;
mod names;
pub mod rows;
mod section;
mod words;

use html::element;
pub use language::Language;
pub use rows::Report;
use section::{Page, SECTIONS};

/// The style sheet.
const STYLE: &str = include_str!("style.css");

/// Nothing may be loaded from anywhere, whatever the page says.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// Returns the page.
pub fn page(report: &Report, language: Language) -> String {
    let words = language.words();
    let page = Page { report, language, words };
    let sections: Vec<_> = SECTIONS.iter().map(|section| section(&page)).collect();
    let contents = cover::contents(&page, &sections);
    let head = element("head")
        .child(element("meta").with("charset", "utf-8"))
        .child(element("meta").with("http-equiv", "Content-Security-Policy").with("content", POLICY))
        .child(element("meta").with("name", "viewport").with("content", "width=device-width, initial-scale=1"))
        .child(element("meta").with("name", "color-scheme").with("content", "light dark"))
        .child(element("title").text(words.title))
        .child(element("style").sheet(STYLE));
    let main = element("main")
        .child(section::brief(&page))
        .children(sections.into_iter().map(|section| section.write(words)))
        .child(section::notes(&page));
    let body = element("body").child(cover::cover(&page)).child(contents).child(main);
    format!("<!DOCTYPE html>\n{}\n", element("html").with("lang", language.tag()).child(head).child(body))
}
