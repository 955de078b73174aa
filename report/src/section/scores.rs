//! Scores with their intervals, and how they changed.

use super::table::{Column, badge, plain, table, value, with_note};
use super::{Page, Section, Unit, fill, interval, or_dash};
use crate::chart::strip;
use crate::html::{Element, element};
use crate::language::count;
use crate::rows::{Responses, Score};

/// Returns the section.
pub(crate) fn scores(page: &Page) -> Section {
    let words = page.words;
    let mut brands: Vec<&str> = page.report.scores.iter().map(|score| score.brand.as_str()).collect();
    brands.dedup();
    let tables = brands.into_iter().map(|brand| {
        let scores = page.report.scores.iter().filter(|score| score.brand == brand);
        element("div").child(element("h3").text(page.language.brand(brand))).child(of_brand(page, scores))
    });
    let answered = (!page.report.responses.is_empty()).then(|| responses(page));
    Section::new("scores", words.scores, "v_score_changes v_survey_responses")
        .with(tables)
        .or_empty(words.scores_empty)
        .with(answered)
}

fn of_brand<'a>(page: &Page, scores: impl Iterator<Item = &'a Score>) -> Element {
    let words = page.words;
    let columns = [
        Column::Words(words.score),
        Column::Number(words.value),
        Column::Strip(words.interval),
        Column::Number(words.answers),
        Column::Number(words.change),
    ];
    table(
        &columns,
        scores.map(|score| {
            let unit = Unit::of(&score.metric);
            let shown = strip::Interval {
                axis: unit.axis(),
                value: score.value,
                low: score.low,
                high: score.high,
                mark: score.previous,
            };
            let value_text = if score.n == 0 {
                words.not_measured.to_owned()
            } else {
                or_dash(score.value, |value| unit.write(value))
            };
            vec![
                with_note(page.language.name(&score.metric), page.kind_and_scale(score)),
                value(value_text, interval(score.low, score.high, |end| unit.write(end))),
                strip::interval(&shown, unit.tone(score.low, score.high)),
                plain(count(score.n)),
                change(page, score),
            ]
        }),
    )
}

/// Writes a change: flagged with an arrow only where it is significant.
fn change(page: &Page, score: &Score) -> Element {
    let (words, unit) = (page.words, Unit::of(&score.metric));
    let Some(change) = score.change else { return element("span").class("quiet").text(words.nothing_before) };
    let written = unit.change(change, words);
    let between = interval(score.change_low, score.change_high, |end| unit.bare_change(end)).unwrap_or_default();
    let small = element("small").text(between);
    match score.significant {
        Some(true) => {
            let (class, arrow) = if change < 0.0 { ("negative", "▼ ") } else { ("positive", "▲ ") };
            element("span").child(badge(class, format!("{arrow}{written}"))).child(small)
        }
        Some(false) | None => {
            element("span").class("quiet").text(written).child(small).child(element("small").text(words.not_clear))
        }
    }
}

fn responses(page: &Page) -> Element {
    let words = page.words;
    let lines = page.report.responses.iter().map(|row: &Responses| {
        let values = [("survey", row.survey_id.as_str()), ("brand", row.brand.as_str()), ("n", &count(row.answered))];
        element("li").text(fill(words.response_line, &values))
    });
    let head = element("p").class("facts").text(words.responses);
    element("div").child(head).child(element("ul").class("facts").children(lines))
}

impl Page<'_> {
    /// Names a kind of survey; a relationship is also a category of aspects.
    pub(super) fn survey_kind<'a>(&self, kind: &'a str) -> &'a str {
        match kind {
            "relationship" => self.language.name("relationship survey"),
            "transactional" => self.language.name("transactional survey"),
            other => other,
        }
    }

    /// Writes the kind of the survey and its scale, as far as there are any.
    fn kind_and_scale(&self, score: &Score) -> String {
        let kind = self.survey_kind(&score.survey_kind);
        let scale =
            if score.scale.is_empty() { String::new() } else { fill(self.words.on_scale, &[("scale", &score.scale)]) };
        let parts: Vec<&str> = [kind, &scale].into_iter().filter(|part| !part.is_empty()).collect();
        self.language.list(&parts)
    }
}
