//! The tree of indicators with targets, gaps and coverage.

use std::collections::BTreeSet;

use super::table::{Column, plain, table, value};
use super::{Page, Section, or_dash};
use crate::chart::strip;
use crate::html::{Element, element};
use crate::language::{count, percent, plain as number, signed};
use crate::rows::Indicator;

/// Returns the section.
pub(crate) fn indicators(page: &Page) -> Section {
    let words = page.words;
    let walked = walk(&page.report.indicators);
    let columns = [
        Column::Words(words.indicator),
        Column::Number(words.weight),
        Column::Number(words.actual),
        Column::Number(words.target),
        Column::Number(words.gap),
        Column::Strip(words.score_of_hundred),
        Column::Number(words.coverage),
        Column::Number("n"),
    ];
    let rows = walked.iter().map(|(depth, node)| row(page, *depth, node));
    let tree = (!walked.is_empty()).then(|| table(&columns, rows));
    Section::new("indicators", words.indicators, "v_indicators").with(tree).or_empty(words.indicators_empty)
}

fn row(page: &Page, depth: usize, node: &Indicator) -> Vec<Element> {
    let words = page.words;
    let write = |value: f64| match node.unit.as_str() {
        "share" | "%" => percent(value),
        "net" => signed(value, 2),
        _ => number(value, 1),
    };
    let gap = match node.gap {
        None => plain(crate::language::NOTHING),
        Some(gap) => {
            let written = match node.unit.as_str() {
                "share" | "%" => format!("{}{}", signed(gap * 100.0, 1), words.percentage_points),
                "net" => signed(gap, 2),
                _ => signed(gap, 1),
            };
            element("b").class(if gap < 0.0 { "negative" } else { "positive" }).text(written)
        }
    };
    let shown = strip::Interval { axis: (0.0, 100.0), value: node.score, ..strip::Interval::default() };
    let name = if node.name.is_empty() { &node.id } else { &node.name };
    let actual = node.actual.map_or(words.not_measured.to_owned(), write);
    vec![
        element("span").class(["depth-0", "depth-1", "depth-2", "depth-3"][depth.min(3)]).text(name),
        plain(or_dash(node.weight, percent)),
        value(actual, None),
        plain(or_dash(node.target, write)),
        gap,
        strip::interval(&shown, "accent"),
        plain(or_dash(node.coverage, percent)),
        plain(count(node.n)),
    ]
}

/// Returns the nodes as a tree is read: each before what is below it. What hangs on nothing that is there stands on top.
fn walk(nodes: &[Indicator]) -> Vec<(usize, &Indicator)> {
    let known: BTreeSet<&str> = nodes.iter().map(|node| node.id.as_str()).collect();
    let tops = nodes.iter().filter(|node| !known.contains(node.parent.as_str()) || node.parent == node.id);
    let mut open: Vec<(usize, &Indicator)> = tops.map(|node| (0, node)).collect();
    open.reverse();
    let (mut walked, mut seen) = (Vec::new(), BTreeSet::new());
    while let Some((depth, node)) = open.pop() {
        if seen.insert(node.id.as_str()) {
            walked.push((depth, node));
            let below = nodes.iter().filter(|child| child.parent == node.id).map(|child| (depth + 1, child));
            open.extend(below.collect::<Vec<_>>().into_iter().rev());
        }
    }
    // A circle has no top; what is in one is shown all the same.
    walked.extend(nodes.iter().filter(|node| !seen.contains(node.id.as_str())).map(|node| (0, node)));
    walked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_read_from_the_top_and_a_circle_is_no_end() {
        let check = |nodes: &[(&str, &str)], expected: &[(usize, &str)]| {
            let node = |(id, parent): &(&str, &str)| Indicator {
                id: (*id).to_owned(),
                parent: (*parent).to_owned(),
                ..Indicator::default()
            };
            let nodes: Vec<Indicator> = nodes.iter().map(node).collect();
            let walked: Vec<(usize, &str)> =
                walk(&nodes).into_iter().map(|(depth, node)| (depth, node.id.as_str())).collect();
            assert_eq!(walked, expected);
        };
        check(&[("all", ""), ("b", "all"), ("c", "b"), ("d", "all")], &[(0, "all"), (1, "b"), (2, "c"), (1, "d")]);
        check(&[("a", "gone")], &[(0, "a")]);
        check(&[("a", "b"), ("b", "a")], &[(0, "a"), (0, "b")]);
        check(&[("a", "a")], &[(0, "a")]);
        check(&[], &[]);
    }
}
