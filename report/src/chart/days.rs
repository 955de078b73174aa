//! Sentiment by day above the day's volume.

use super::scale::{Scale, extent, marks};
use super::text::width as wide;
use super::{LETTERS, line, px, rect, svg, words};
use crate::html::{Element, element};
use crate::language::{count, signed};

/// A day of the picture.
#[derive(Debug, Clone, Default)]
pub(crate) struct DayMark {
    pub(crate) name: String,
    pub(crate) positive: i64,
    pub(crate) negative: i64,
    /// Neither, or both.
    pub(crate) other: i64,
    /// The value with its interval; nothing where nobody spoke.
    pub(crate) net: Option<(f64, f64, f64)>,
    /// What began on this day.
    pub(crate) note: Option<String>,
}

const LEFT: f64 = 46.0;
const SPLIT: f64 = 22.0;

/// Draws the days of a window, one after the other.
pub(crate) fn days(days: &[DayMark], width: f64) -> Element {
    let (upper, lower) = if width > 600.0 { (180.0, 90.0) } else { (150.0, 80.0) };
    let (top, right) = (18.0, width - 8.0);
    let (middle, bottom) = (top + upper + SPLIT, top + upper + SPLIT + lower);
    let x = Scale::new((0.0, days.len() as f64), (LEFT, right));
    let ends = extent(days.iter().filter_map(|day| day.net).flat_map(|net| [net.1, net.2, 0.0]), (-1.0, 1.0));
    let y = Scale::new(ends, (top + upper, top));
    let most = days.iter().map(|day| day.positive + day.negative + day.other).max().unwrap_or(0).max(1);
    let volume = Scale::new((0.0, most as f64), (bottom, middle));
    let mut drawn = svg(width, bottom + 24.0);
    for mark in marks(ends, 4.0) {
        let class = if mark.abs() < 1e-9 { "zero" } else { "grid" };
        drawn = drawn.child(line(class, (LEFT, y.at(mark)), (right, y.at(mark))));
        drawn = drawn.child(words("number", "end", (LEFT - 7.0, y.at(mark) + 4.0), &signed(mark, 1)));
    }
    for mark in marks((0.0, most as f64), 2.0).into_iter().filter(|mark| mark.fract() == 0.0) {
        drawn = drawn.child(line("grid", (LEFT, volume.at(mark)), (right, volume.at(mark))));
        drawn = drawn.child(words("number", "end", (LEFT - 7.0, volume.at(mark) + 4.0), &count(mark as i64)));
    }
    drawn = names(drawn, days, &x, bottom);
    drawn = curve(notes(bars(drawn, days, &x, &volume), days, &x, (top, bottom)), days, &x, &y);
    drawn
}

/// Writes as many of the days' names as have room.
fn names(drawn: Element, days: &[DayMark], x: &Scale, bottom: f64) -> Element {
    let step = x.at(1.0) - x.at(0.0);
    let widest = days.iter().map(|day| wide(&day.name, LETTERS)).fold(0.0, f64::max) + 14.0;
    let every = (widest / step.max(0.1)).ceil().max(1.0) as usize;
    let right = x.at(days.len() as f64);
    days.iter().enumerate().step_by(every).fold(drawn, |drawn, (index, day)| {
        let at = x.at(index as f64 + 0.5);
        let half = wide(&day.name, LETTERS) / 2.0;
        let drawn = drawn.child(line("tick", (at, bottom), (at, bottom + 4.0)));
        if at + half > right + 8.0 {
            drawn
        } else {
            drawn.child(words("number", "middle", (at, bottom + 18.0), &day.name))
        }
    })
}

/// Draws the volume, good above bad.
fn bars(mut drawn: Element, days: &[DayMark], x: &Scale, volume: &Scale) -> Element {
    let step = x.at(1.0) - x.at(0.0);
    let (width, inset) = (step * 0.76, step * 0.12);
    for (index, day) in days.iter().enumerate() {
        let mut below = 0;
        for (class, number) in [("negative", day.negative), ("neutral", day.other), ("positive", day.positive)] {
            let (from, to) = (volume.at(below as f64), volume.at((below + number) as f64));
            below += number;
            if number > 0 {
                let at = (x.at(index as f64) + inset, to);
                drawn = drawn.child(rect(&format!("fill {class}"), at, (width, from - to)));
            }
        }
    }
    drawn
}

/// Draws what began on a day as a dashed line with its name.
fn notes(drawn: Element, days: &[DayMark], x: &Scale, (top, bottom): (f64, f64)) -> Element {
    days.iter().enumerate().fold(drawn, |drawn, (index, day)| {
        let Some(note) = &day.note else { return drawn };
        let at = x.at(index as f64);
        let anchor = if at > x.at(days.len() as f64 / 2.0) { "end" } else { "start" };
        let drawn = drawn.child(line("cut", (at, top), (at, bottom)));
        drawn.child(words("corner", anchor, (at + if anchor == "end" { -4.0 } else { 4.0 }, top - 5.0), note))
    })
}

/// Draws the value as a line in the band of its interval; days without a value part them.
fn curve(mut drawn: Element, days: &[DayMark], x: &Scale, y: &Scale) -> Element {
    let points: Vec<Option<[f64; 4]>> = days
        .iter()
        .enumerate()
        .map(|(index, day)| {
            day.net.map(|(net, low, high)| [x.at(index as f64 + 0.5), y.at(net), y.at(low), y.at(high)])
        })
        .collect();
    for run in points.split(Option::is_none) {
        let run: Vec<[f64; 4]> = run.iter().flatten().copied().collect();
        if run.len() > 1 {
            let up = run.iter().map(|[x, _, _, high]| (*x, *high));
            let back = run.iter().rev().map(|[x, _, low, _]| (*x, *low));
            drawn = drawn.child(element("polygon").class("band").with("points", path(up.chain(back))));
            let ridge = run.iter().map(|[x, net, ..]| (*x, *net));
            drawn = drawn.child(element("polyline").class("curve").with("points", path(ridge)));
        } else {
            for [x, _, low, high] in &run {
                drawn = drawn.child(line("whisker", (*x, *low), (*x, *high)));
            }
        }
        for [x, net, ..] in &run {
            drawn =
                drawn.child(element("circle").class("knot").with("cx", px(*x)).with("cy", px(*net)).with("r", "2.5"));
        }
    }
    drawn
}

fn path(points: impl Iterator<Item = (f64, f64)>) -> String {
    let points: Vec<String> = points.map(|(x, y)| format!("{},{}", px(x), px(y))).collect();
    points.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_without_a_value_parts_the_line() {
        let spoken = DayMark {
            name: "1 Nov".to_owned(),
            positive: 3,
            negative: 1,
            other: 2,
            net: Some((0.3, 0.1, 0.5)),
            note: None,
        };
        let silent = DayMark { name: "2 Nov".to_owned(), ..DayMark::default() };
        let drawn = days(&[spoken.clone(), spoken.clone(), silent, spoken.clone()], 960.0).to_string();
        assert_eq!(drawn.matches("<polyline").count(), 1, "two days make a line, one alone a dot");
        assert_eq!(drawn.matches("class=\"knot\"").count(), 3);
        assert_eq!(drawn.matches("fill positive").count(), 3, "a day nobody spoke on has no bar");
        assert!(days(&[], 340.0).to_string().contains("<svg"));
    }
}
