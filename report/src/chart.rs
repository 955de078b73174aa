//! Pictures, each a pure function from numbers to an SVG element.
//!
//! Layout: `scale` maps values to pixels, `text` guesses how wide words are, `place` finds room for labels; a file a kind of picture.
//! Pictures with words in them are drawn twice, for wide and for narrow screens, because words that shrink cannot be read
//! ([`responsive`]); strips without words stretch by themselves. Colours are classes of the style sheet.

pub(crate) mod cloud;
pub(crate) mod days;
pub(crate) mod journey;
pub(crate) mod place;
pub(crate) mod scale;
pub(crate) mod scatter;
pub(crate) mod strip;
pub(crate) mod text;

use crate::html::{Element, element};

/// The widths in pixels that pictures are drawn for.
pub(crate) const WIDE: f64 = 960.0;
pub(crate) const NARROW: f64 = 340.0;

/// The size of letters in pictures.
pub(crate) const LETTERS: f64 = 12.0;

/// Draws a picture for wide and for narrow screens; the style sheet shows one.
pub(crate) fn responsive(label: &str, draw: impl Fn(f64) -> Element) -> Element {
    let figure = |class: &str, width: f64| {
        element("div").class(class).child(draw(width).with("role", "img").with("aria-label", label))
    };
    element("div").class("picture").child(figure("wide", WIDE)).child(figure("narrow", NARROW))
}

/// Begins a picture of that size.
pub(crate) fn svg(width: f64, height: f64) -> Element {
    element("svg").with("viewBox", format!("0 0 {} {}", px(width), px(height)))
}

/// Writes a coordinate; what is no number is 0, so that no row can break a picture.
pub(crate) fn px(value: f64) -> String {
    if !value.is_finite() {
        return "0".to_owned();
    }
    let tenths = (value * 10.0).round() / 10.0;
    // No −0.
    format!("{}", if tenths == 0.0 { 0.0 } else { tenths })
}

/// Draws a line.
pub(crate) fn line(class: &str, from: (f64, f64), to: (f64, f64)) -> Element {
    let ends = [("x1", from.0), ("y1", from.1), ("x2", to.0), ("y2", to.1)];
    ends.into_iter().fold(element("line").class(class), |line, (name, value)| line.with(name, px(value)))
}

/// Draws a rectangle.
pub(crate) fn rect(class: &str, at: (f64, f64), size: (f64, f64)) -> Element {
    let sides = [("x", at.0), ("y", at.1), ("width", size.0.max(0.0)), ("height", size.1.max(0.0))];
    sides.into_iter().fold(element("rect").class(class), |rect, (name, value)| rect.with(name, px(value)))
}

/// Writes words; `anchor` is `start`, `middle` or `end`.
pub(crate) fn words(class: &str, anchor: &str, at: (f64, f64), text: &str) -> Element {
    let place = element("text").class(class).with("x", px(at.0)).with("y", px(at.1));
    place.with("text-anchor", anchor).text(text)
}
