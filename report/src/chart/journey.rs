//! The journey as a curve: how customers feel from stage to stage. Wide screens only; the table has it all.

use super::scale::{Scale, extent, marks};
use super::text::clip;
use super::{LETTERS, line, px, svg, words};
use crate::html::{Element, element};
use crate::language::signed;

/// A stage of the picture.
#[derive(Debug, Clone)]
pub(crate) struct Stop {
    pub(crate) name: String,
    /// The value with its interval; nothing where nothing is measured.
    pub(crate) net: Option<(f64, f64, f64)>,
    pub(crate) n: i64,
    /// Written under the name.
    pub(crate) below: String,
}

/// Draws the stages from left to right; `unmeasured` stands where a stage has no value.
pub(crate) fn journey(stops: &[Stop], unmeasured: &str, width: f64) -> Element {
    let (left, right, top, bottom) = (46.0, width - 8.0, 24.0, 210.0);
    let x = Scale::new((0.0, stops.len() as f64), (left, right));
    let ends = extent(stops.iter().filter_map(|stop| stop.net).flat_map(|net| [net.1, net.2, 0.0]), (-1.0, 1.0));
    let y = Scale::new(ends, (bottom, top));
    let middle = |index: usize| x.at(index as f64 + 0.5);
    let mut drawn = svg(width, bottom + 48.0);
    for mark in marks(ends, 4.0) {
        let class = if mark.abs() < 1e-9 { "zero" } else { "grid" };
        drawn = drawn.child(line(class, (left, y.at(mark)), (right, y.at(mark))));
        drawn = drawn.child(words("number", "end", (left - 7.0, y.at(mark) + 4.0), &signed(mark, 1)));
    }
    let measured: Vec<(usize, f64)> =
        stops.iter().enumerate().filter_map(|(index, stop)| Some((index, stop.net?.0))).collect();
    for pair in measured.windows(2) {
        let [(from, start), (to, end)] = pair else { continue };
        let class = if to - from == 1 { "curve" } else { "curve gap" };
        drawn = drawn.child(line(class, (middle(*from), y.at(*start)), (middle(*to), y.at(*end))));
    }
    let most = stops.iter().map(|stop| stop.n).max().unwrap_or(0).max(1) as f64;
    for (index, stop) in stops.iter().enumerate() {
        let at = middle(index);
        let room = x.at(1.0) - x.at(0.0) - 8.0;
        drawn = drawn.child(words("stage", "middle", (at, bottom + 22.0), &clip(&stop.name, LETTERS + 1.0, room)));
        drawn = drawn.child(words("number", "middle", (at, bottom + 40.0), &clip(&stop.below, LETTERS, room)));
        drawn = match stop.net {
            None => drawn.child(words("corner", "middle", (at, y.at(0.0) - 8.0), &clip(unmeasured, LETTERS, room))),
            Some((net, low, high)) => {
                let class = match (low > 0.0, high < 0.0) {
                    (true, _) => "positive",
                    (_, true) => "negative",
                    (false, false) => "accent",
                };
                let radius = 5.0 + 11.0 * (stop.n.max(0) as f64 / most).sqrt();
                let dot = element("circle").class(&format!("dot {class}")).with("cx", px(at)).with("cy", px(y.at(net)));
                let label = (y.at(net) - radius).min(y.at(high)) - 7.0;
                drawn
                    .child(line(&format!("whisker {class}"), (at, y.at(low)), (at, y.at(high))))
                    .child(dot.with("r", px(radius)))
                    .child(words("value", "middle", (at, label.max(12.0)), &signed(net, 2)))
            }
        };
    }
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_without_a_value_says_so_and_has_no_dot() {
        let stop = |net: Option<(f64, f64, f64)>| Stop { name: "use".to_owned(), net, n: 3, below: String::new() };
        let measured = stop(Some((-0.2, -0.4, 0.0)));
        let drawn = journey(&[measured.clone(), stop(None), measured], "not measured", 960.0).to_string();
        assert_eq!((drawn.matches("<circle").count(), drawn.matches("not measured").count()), (2, 1));
        assert!(drawn.contains("curve gap"), "the line over what is not measured is another: {drawn}");
    }
}
