//! Strips without words, which stretch with the cell they stand in: intervals, parts of a whole, spans of time.

use super::px;
use crate::html::{Element, element};

/// A strip: 100 % wide, that many pixels high.
fn strip(class: &str, height: f64) -> Element {
    element("svg").class(class).with("height", px(height)).with("width", "100%").with("aria-hidden", "true")
}

/// Returns where a value lies between the ends, in percent.
fn part(value: f64, (low, high): (f64, f64)) -> f64 {
    let part = (value - low) / (high - low);
    if part.is_finite() { (part * 100.0).clamp(0.0, 100.0) } else { 0.0 }
}

fn percent(value: f64) -> String {
    format!("{}%", px(value))
}

fn across(class: &str, from: f64, to: f64, y: f64) -> Element {
    let line = element("line").class(class).with("x1", percent(from)).with("x2", percent(to));
    line.with("y1", px(y)).with("y2", px(y))
}

fn upright(class: &str, x: f64, top: f64, bottom: f64) -> Element {
    let line = element("line").class(class).with("x1", percent(x)).with("x2", percent(x));
    line.with("y1", px(top)).with("y2", px(bottom))
}

/// A value with its interval on an axis; a second value, such as a target or the one before, is a mark.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Interval {
    pub(crate) axis: (f64, f64),
    pub(crate) value: Option<f64>,
    pub(crate) low: Option<f64>,
    pub(crate) high: Option<f64>,
    pub(crate) mark: Option<f64>,
}

/// Draws a value with its interval: the axis, 0 where it is inside, the interval as a line and the value as a dot.
pub(crate) fn interval(shown: &Interval, class: &str) -> Element {
    let at = |value: f64| part(value, shown.axis);
    let mut drawn = strip("strip", 18.0).child(across("axis", 0.0, 100.0, 9.0));
    if shown.axis.0 < 0.0 && shown.axis.1 > 0.0 {
        drawn = drawn.child(upright("zero", at(0.0), 2.0, 16.0));
    }
    if let Some(mark) = shown.mark {
        drawn = drawn.child(upright("mark", at(mark), 3.0, 15.0));
    }
    let Some(value) = shown.value else { return drawn };
    if let (Some(low), Some(high)) = (shown.low, shown.high) {
        drawn = drawn.child(across(&format!("whisker {class}"), at(low), at(high), 9.0));
    }
    let dot = element("circle").class(&format!("dot {class}")).with("cx", percent(at(value)));
    drawn.child(dot.with("cy", "9").with("r", "4.5"))
}

/// Draws the parts of a whole one after the other; `of` is what the full width stands for.
pub(crate) fn parts(parts: &[(&str, i64)], of: i64) -> Element {
    let mut start = 0.0;
    let mut drawn = strip("strip bar", 12.0);
    for (class, number) in parts {
        let width = part(*number as f64, (0.0, of as f64)).min(100.0 - start);
        let rect = element("rect").class(class).with("x", percent(start)).with("width", percent(width));
        drawn = drawn.child(rect.with("y", "0").with("height", "12"));
        start += width;
    }
    drawn
}

/// Draws a span of time as a bar on the window's line; no shorter than can be seen.
pub(crate) fn span(from: f64, to: f64, class: &str) -> Element {
    let (from, to) = (part(from, (0.0, 1.0)), part(to, (0.0, 1.0)));
    let width = (to - from).max(1.5);
    let start = from.min(100.0 - width);
    let bar = element("rect").class(class).with("x", percent(start)).with("width", percent(width));
    let bar = bar.with("y", "2").with("height", "10").with("rx", "2");
    strip("strip", 14.0).child(across("axis", 0.0, 100.0, 7.0)).child(bar)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strips_stay_within_their_ends() {
        let shown =
            Interval { axis: (-1.0, 1.0), value: Some(0.5), low: Some(-3.0), high: Some(9.0), mark: Some(f64::NAN) };
        let drawn = interval(&shown, "positive").to_string();
        assert!(drawn.contains("cx=\"75%\"") && drawn.contains("x1=\"0%\" x2=\"100%\""), "{drawn}");
        let none = interval(&Interval { value: None, ..shown }, "").to_string();
        assert!(!none.contains("circle"), "what is not measured has no dot: {none}");
        let whole = parts(&[("negative", 30), ("positive", 90)], 100).to_string();
        assert!(whole.contains("width=\"30%\"") && whole.contains("x=\"30%\" width=\"70%\""), "{whole}");
        assert!(parts(&[("negative", 1)], 0).to_string().contains("width=\"0%\""));
        assert!(span(1.0, 1.0, "open").to_string().contains("x=\"98.5%\""));
    }
}
