//! The case page: from what was read to HTML, for a phone first. It needs no script and loads nothing.
//!
//! Layout: `sight` is what a caller fills, `form` reads what the forms send, `notice` has the pages that show no case; `top`, `words_said`,
//! `deed`, `customer`, `risk` and `history` write a part of the page each, `advice` suggests what to do; `phrases` has every sentence in both
//! languages. Invariants: whatever a customer, a colleague or the directory wrote goes through `report`'s elements, which escape it; nothing
//! here reads a clock; a missing part is said to be missing and never makes another part vanish.

mod advice;
mod customer;
mod deed;
pub mod form;
mod history;
mod marked;
mod moment;
pub mod notice;
mod phrases;
mod risk;
pub mod sight;
mod top;
mod words_said;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hearken_report::html::{Element, element};
use hearken_report::language::Language;
use sha2::{Digest, Sha256};

use phrases::Phrases;
use sight::{Access, Sight};

/// The style sheet.
const STYLE: &str = include_str!("page/style.css");

/// Returns the headers of every page: nothing is loaded, framed, cached, indexed or told to others, and forms go nowhere else.
pub fn headers() -> [(&'static str, String); 8] {
    let style = STANDARD.encode(Sha256::digest(STYLE));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{style}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    );
    [
        ("content-security-policy", policy),
        ("content-type", "text/html; charset=utf-8".to_owned()),
        ("cache-control", "no-store".to_owned()),
        ("referrer-policy", "no-referrer".to_owned()),
        ("x-content-type-options", "nosniff".to_owned()),
        ("x-frame-options", "DENY".to_owned()),
        ("x-robots-tag", "noindex, nofollow".to_owned()),
        ("permissions-policy", "camera=(), geolocation=(), microphone=()".to_owned()),
    ]
}

/// Returns the page of a case.
pub fn write(sight: &Sight) -> String {
    let main = element("main")
        .with("id", "top")
        .children(sight.outcome())
        .child(sight.what())
        .child(sight.clocks())
        .child(sight.words_said())
        .children(sight.advice())
        .children(sight.deeds())
        .child(sight.customer())
        .children(sight.risk_section())
        .children(sight.others())
        .child(sight.timeline())
        .child(sight.history());
    let body = element("body").child(sight.bar()).child(main).child(sight.foot()).children(sight.thumb());
    document(&sight.title(), sight.reader.language, body)
}

/// Wraps a body so that a browser on a phone shows it.
fn document(title: &str, language: Language, body: Element) -> String {
    let head = element("head")
        .child(element("meta").with("charset", "utf-8"))
        .child(element("meta").with("name", "viewport").with("content", "width=device-width, initial-scale=1"))
        .child(element("meta").with("name", "color-scheme").with("content", "light dark"))
        .child(element("meta").with("name", "robots").with("content", "noindex"))
        // A phone must not make links of what looks like a number to call.
        .child(element("meta").with("name", "format-detection").with("content", "telephone=no"))
        .child(element("title").text(title))
        .child(element("style").sheet(STYLE));
    format!("<!DOCTYPE html>\n{}\n", element("html").with("lang", language.tag()).child(head).child(body))
}

/// Begins a section with its heading.
fn section(id: &'static str, heading: &str) -> Element {
    let title = format!("{id}-title");
    element("section")
        .with("id", id)
        .with("aria-labelledby", &title)
        .child(element("h2").with("id", &title).text(heading))
}

/// Fills the blanks of a sentence: `{name}`.
fn filled(sentence: &str, values: &[(&str, &str)]) -> String {
    let mut written = String::with_capacity(sentence.len());
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once('{') {
        written.push_str(before);
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        written.push_str(values.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value));
        rest = after;
    }
    written.push_str(rest);
    written
}

/// Wraps what somebody wrote, so that it runs in its own direction and turns nothing around it.
fn bdi(text: &str) -> Element {
    element("bdi").text(text)
}

impl Sight {
    fn phrases(&self) -> &'static Phrases {
        phrases::of(self.reader.language)
    }

    fn may_act(&self) -> bool {
        matches!(self.access, Access::Act { .. })
    }
}
