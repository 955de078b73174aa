//! The journey by its seven stages.

use super::table::{Column, plain, table, value};
use super::{Page, Section, Unit, fill, interval};
use crate::chart::journey::{Stop, journey as curve};
use crate::chart::{WIDE, strip};
use crate::html::{Element, element};
use crate::language::{count, percent};
use crate::rows::Stage;

/// The stages in the order customers go through them.
const STAGES: [&str; 7] = ["awareness", "discovery", "interest", "consideration", "action", "use", "advocacy"];

/// Returns the section.
pub(crate) fn journey(page: &Page) -> Section {
    let words = page.words;
    let any = page.report.stages.iter().any(|stage| stage.n > 0 || stage.visits > 0);
    let mut stages: Vec<Stage> = STAGES
        .iter()
        .map(|name| {
            let found = page.report.stages.iter().find(|stage| stage.stage == *name);
            found.cloned().unwrap_or_else(|| Stage { stage: (*name).to_owned(), ..Stage::default() })
        })
        .collect();
    let parts = any.then(|| [picture(page, &stages)]).into_iter().flatten();
    let parts: Vec<Element> = parts.collect();
    stages.extend(page.report.stages.iter().filter(|stage| !STAGES.contains(&stage.stage.as_str())).cloned());
    let rows = any.then(|| of_stages(page, &stages));
    Section::new("journey", words.journey, "v_journey v_coverage")
        .with(parts)
        .with(rows)
        .or_empty(words.journey_empty)
        .with(unmeasured(page))
}

fn picture(page: &Page, stages: &[Stage]) -> Element {
    let stops: Vec<Stop> = stages
        .iter()
        .map(|stage| Stop {
            name: page.language.name(&stage.stage).to_owned(),
            net: stage.net.zip(stage.net_low.zip(stage.net_high)).map(|(net, (low, high))| (net, low, high)),
            n: stage.judged,
            below: if stage.n > 0 { format!("n = {}", count(stage.n)) } else { String::new() },
        })
        .collect();
    let drawn = curve(&stops, page.words.not_measured, WIDE);
    let drawn = drawn.with("role", "img").with("aria-label", page.words.journey[0]);
    element("div").class("picture").child(element("div").class("wide").child(drawn))
}

fn of_stages(page: &Page, stages: &[Stage]) -> Element {
    let words = page.words;
    let columns = [
        Column::Words(words.stage),
        Column::Number(words.net_sentiment),
        Column::Strip(words.interval),
        Column::Number(words.mentions),
        Column::Number(words.visits),
        Column::Number(words.bounce),
        Column::Number(words.conversion),
    ];
    table(
        &columns,
        stages.iter().map(|stage| {
            let shown = strip::Interval {
                axis: (-1.0, 1.0),
                value: stage.net,
                low: stage.net_low,
                high: stage.net_high,
                mark: None,
            };
            let share = |share: Option<f64>, low, high| {
                share.map_or_else(
                    || plain(crate::language::NOTHING),
                    |share| value(percent(share), interval(low, high, percent)),
                )
            };
            let net = stage.net.map_or(words.not_measured.to_owned(), |net| Unit::Net.write(net));
            vec![
                plain(page.language.name(&stage.stage)),
                value(net, interval(stage.net_low, stage.net_high, |end| Unit::Net.write(end))),
                strip::interval(&shown, Unit::Net.tone(stage.net_low, stage.net_high)),
                plain(count(stage.n)),
                plain(if stage.visits > 0 { count(stage.visits) } else { crate::language::NOTHING.to_owned() }),
                share(stage.bounce_rate, stage.bounce_low, stage.bounce_high),
                share(stage.conversion, stage.conversion_low, stage.conversion_high),
            ]
        }),
    )
}

/// Names the touchpoints that nothing is measured at.
fn unmeasured(page: &Page) -> Option<Element> {
    let coverage = &page.report.coverage;
    let silent: Vec<&str> =
        coverage.iter().filter(|point| !point.measured).map(|point| point.touchpoint.as_str()).collect();
    let (measured, all) = (count((coverage.len() - silent.len()) as i64), count(coverage.len() as i64));
    let values = [("measured", measured.as_str()), ("all", &all), ("names", &page.language.list(&silent))];
    let sentence = if silent.is_empty() { page.words.all_measured } else { page.words.some_unmeasured };
    (!coverage.is_empty()).then(|| element("p").class("facts").text(fill(sentence, &values)))
}
