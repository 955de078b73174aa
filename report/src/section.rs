//! The page's sections, in their order: each a function from the report to its part of the page.

mod actions;
mod brands;
mod brief;
mod channels;
mod drivers;
mod incidents;
mod indicators;
mod journey;
mod kano;
mod keywords;
mod notes;
mod quotes;
mod risk;
mod scores;
mod sentiment;
mod table;
mod topics;

pub(crate) use brief::brief;
pub(crate) use notes::notes;

use crate::html::{Element, element};
use crate::language::{Language, NOTHING, percent, signed};
use crate::rows::Report;
use crate::words::Words;

/// All sections but the brief and the notes.
pub(crate) const SECTIONS: [for<'a> fn(&Page<'a>) -> Section; 14] = [
    scores::scores,
    sentiment::sentiment,
    journey::journey,
    indicators::indicators,
    topics::topics,
    channels::channels,
    drivers::drivers,
    kano::kano,
    keywords::keywords,
    incidents::incidents,
    brands::brands,
    risk::risk,
    risk::after,
    actions::actions,
];

/// What every section is told.
pub(crate) struct Page<'a> {
    pub(crate) report: &'a Report,
    pub(crate) language: Language,
    pub(crate) words: &'static Words,
}

/// A section before it is written.
pub(crate) struct Section {
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    lead: &'static str,
    /// The views its numbers are from.
    views: &'static str,
    body: Vec<Element>,
}

impl Section {
    /// Begins a section: its anchor, its title, what it says in a sentence, and the views its numbers are from.
    fn new(id: &'static str, [title, lead]: [&'static str; 2], views: &'static str) -> Self {
        Self { id, title, lead, views, body: Vec::new() }
    }

    fn with(mut self, parts: impl IntoIterator<Item = Element>) -> Self {
        self.body.extend(parts);
        self
    }

    /// Says in a sentence that there is nothing to show, where nothing was added.
    fn or_empty(mut self, sentence: &'static str) -> Self {
        if self.body.is_empty() {
            self.body.push(element("p").class("empty").text(sentence));
        }
        self
    }

    /// Writes the section.
    pub(crate) fn write(self, words: &Words) -> Element {
        let views = self.views.split(' ').map(|view| element("code").text(view));
        let notes = element("a").with("href", format!("#note-{}", self.id)).text(words.what_it_means);
        let source =
            element("p").class("source").text(words.source).text(" ").children(spaced(views)).text(" · ").child(notes);
        let head = element("h2").text(self.title);
        let lead = element("p").class("lead").text(self.lead);
        element("section").with("id", self.id).child(head).child(lead).children(self.body).child(source)
    }
}

/// Puts a blank before every element but the first.
fn spaced(elements: impl Iterator<Item = Element>) -> impl Iterator<Item = Element> {
    elements.enumerate().flat_map(|(index, one)| {
        let blank = (index > 0).then(|| element("span").text(" "));
        blank.into_iter().chain([one])
    })
}

/// What a score is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    /// −100 … 100.
    Points,
    /// 0 … 1, written in percent.
    Share,
    /// −1 … 1.
    Net,
}

impl Unit {
    fn of(metric: &str) -> Self {
        match metric {
            "nps" => Self::Points,
            "csat" | "ces" | "share" => Self::Share,
            _ => Self::Net,
        }
    }

    fn axis(self) -> (f64, f64) {
        match self {
            Self::Points => (-100.0, 100.0),
            Self::Share => (0.0, 1.0),
            Self::Net => (-1.0, 1.0),
        }
    }

    fn write(self, value: f64) -> String {
        match self {
            Self::Points => signed(value, 1),
            Self::Share => percent(value),
            Self::Net => signed(value, 2),
        }
    }

    /// Writes a difference, which of shares is in percentage points.
    fn change(self, change: f64, words: &Words) -> String {
        let unit = if self == Self::Share { words.percentage_points } else { "" };
        format!("{}{unit}", self.bare_change(change))
    }

    /// Writes a difference without its unit.
    fn bare_change(self, change: f64) -> String {
        match self {
            Self::Points => signed(change, 1),
            Self::Share => signed(change * 100.0, 1),
            Self::Net => signed(change, 2),
        }
    }

    /// Tells which colour an interval has: good or bad where it leaves 0 out, else neither. A share is neither.
    fn tone(self, low: Option<f64>, high: Option<f64>) -> &'static str {
        match (self, low, high) {
            (Self::Points | Self::Net, Some(low), _) if low > 0.0 => "positive",
            (Self::Points | Self::Net, _, Some(high)) if high < 0.0 => "negative",
            (Self::Points | Self::Net | Self::Share, _, _) => "accent",
        }
    }
}

/// Writes a value, or a dash where there is none.
fn or_dash(value: Option<f64>, write: impl Fn(f64) -> String) -> String {
    value.map_or(NOTHING.to_owned(), write)
}

/// Writes an interval; nothing where an end is missing.
fn interval(low: Option<f64>, high: Option<f64>, write: impl Fn(f64) -> String) -> Option<String> {
    Some(format!("{} … {}", write(low?), write(high?)))
}

/// Lays values over the blanks of a sentence: `{n}`.
pub(crate) fn fill(sentence: &str, values: &[(&str, &str)]) -> String {
    let mut rest = sentence;
    let mut filled = String::new();
    // One pass, so that a value that looks like a blank stays what it is.
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            filled.push('{');
            rest = after;
            continue;
        };
        let value = values.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        filled.push_str(value.unwrap_or(NOTHING));
        rest = after;
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_filled_once() {
        assert_eq!(fill("{a} of {b}.", &[("a", "{b}"), ("b", "3")]), "{b} of 3.");
        assert_eq!(fill("{unknown} {", &[]), "– {");
    }
}
