//! What actions changed.

use super::table::{Column, badge, table, value, with_note};
use super::{Page, Section, fill, interval, or_dash};
use crate::chart::strip;
use crate::language::{count, signed};
use crate::rows::Action;

/// Returns the section.
pub(crate) fn actions(page: &Page) -> Section {
    let words = page.words;
    let columns = [
        Column::Words(words.what),
        Column::Number(words.before_after),
        Column::Number(words.others_before_after),
        Column::Number(words.effect),
        Column::Strip(words.interval),
        Column::Words(words.verdict),
    ];
    let rows = page.report.actions.iter().map(|action: &Action| {
        let net = |net: Option<f64>| or_dash(net, |net| signed(net, 2));
        let pair = |before, after| format!("{} → {}", net(before), net(after));
        let counts = format!("n = {} / {}", count(action.before_n), count(action.after_n));
        let shown = strip::Interval {
            axis: (-1.0, 1.0),
            value: action.effect,
            low: action.effect_low,
            high: action.effect_high,
            mark: None,
        };
        let tone = match action.verdict.as_str() {
            "better" => "positive",
            "worse" => "negative",
            _ => "quiet",
        };
        let started = page.language.day(action.started);
        let since = fill(words.since, &[("day", &started), ("owner", &action.owner), ("scope", &action.scope)]);
        vec![
            with_note(&action.what, since),
            with_note(pair(action.before_net, action.after_net), counts),
            with_note(pair(action.other_before_net, action.other_after_net), ""),
            value(net(action.effect), interval(action.effect_low, action.effect_high, |end| signed(end, 2))),
            strip::interval(&shown, if tone == "quiet" { "hollow" } else { tone }),
            badge(tone, page.language.name(&action.verdict)),
        ]
    });
    let listed = (!page.report.actions.is_empty()).then(|| table(&columns, rows));
    Section::new("actions", words.actions, "v_action_effect").with(listed).or_empty(words.actions_empty)
}
