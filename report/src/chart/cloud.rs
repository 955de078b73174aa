//! The cloud of keywords: the more often, the larger; no word over another.

use super::place::{Board, Room, spiral};
use super::text::{clip, width as wide};
use super::{px, svg};
use crate::html::{Element, element};

/// A word of the cloud.
#[derive(Debug, Clone)]
pub(crate) struct Term {
    pub(crate) text: String,
    pub(crate) n: f64,
    /// The colour's class.
    pub(crate) class: &'static str,
    /// What is said of it under the pointer.
    pub(crate) title: String,
}

/// Bold letters are wider.
const BOLD: f64 = 1.06;

/// Draws the cloud; terms that find no room are left out, the smallest first.
pub(crate) fn cloud(terms: &[Term], width: f64) -> Element {
    let (height, largest) = if width > 600.0 { (380.0, 52.0) } else { (400.0, 34.0) };
    let mut board = Board::new(Room { x: 0.0, y: 0.0, width, height });
    let most = terms.iter().map(|term| term.n).fold(0.0, f64::max);
    let mut placed = Vec::new();
    for term in terms {
        let part = if most > 0.0 { (term.n / most).clamp(0.0, 1.0).sqrt() } else { 0.0 };
        let size = (12.0 + (largest - 12.0) * part).round();
        let text = clip(&term.text, size * BOLD, width * 0.9);
        let room = (wide(&text, size * BOLD) + size * 0.3, size * 1.28);
        let places = spiral((width / 2.0, height / 2.0), room, height / width, width * 0.75);
        if let Some(room) = board.first_free(places) {
            placed.push((term, text, size, room));
        }
    }
    let top = placed.iter().map(|(.., room)| room.y).fold(height, f64::min);
    let bottom = placed.iter().map(|(.., room)| room.y + room.height).fold(0.0, f64::max);
    let (top, height) = if placed.is_empty() { (0.0, 1.0) } else { (top, bottom - top) };
    placed.iter().fold(svg(width, height).class("cloud"), |drawn, (term, text, size, room)| {
        let (x, y) = room.middle();
        let word = element("text").class(term.class).with("x", px(x)).with("y", px(y - top + size * 0.36));
        let word = word.with("text-anchor", "middle").with("style", format!("font-size:{}px", px(*size)));
        drawn.child(word.child(element("title").text(&term.title)).text(text))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_stands_in_the_middle_and_all_that_fit_are_there() {
        let terms: Vec<Term> = (0..60)
            .map(|index| Term {
                text: format!("word{index}"),
                n: 100.0 / (f64::from(index) + 1.0),
                class: "neutral",
                title: String::new(),
            })
            .collect();
        let drawn = cloud(&terms, 960.0).to_string();
        assert_eq!(drawn.matches("<text").count(), 60);
        assert!(drawn.contains("x=\"480\"") && drawn.contains("font-size:52px"), "{drawn}");
        assert!(cloud(&[], 340.0).to_string().contains("viewBox=\"0 0 340 1\""));
    }
}
