//! What customers speak of, with their own words.

use super::table::{Column, badge, plain, table, value, with_note};
use super::{Page, Section, Unit, fill, interval, or_dash};
use crate::chart::strip;
use crate::html::{Element, element};
use crate::language::{count, signed};
use crate::rows::{Impact, Topic};

/// How many topics have quotes, and how many are in the table.
const QUOTED: usize = 8;
const LISTED: usize = 15;

/// How many topics the impact on the score is shown of.
const IMPACTS: usize = 8;

/// Returns the section.
pub(crate) fn topics(page: &Page) -> Section {
    let words = page.words;
    let topics = &page.report.topics;
    let listed = (!topics.is_empty()).then(|| of_topics(page, topics));
    let quoted = quotes(page);
    let impacts = (!page.report.impacts.is_empty()).then(|| of_impacts(page));
    Section::new("topics", words.topics, "v_quotes v_impact")
        .with(listed)
        .or_empty(words.topics_empty)
        .with(quoted)
        .with(impacts)
}

fn of_topics(page: &Page, topics: &[Topic]) -> Element {
    let words = page.words;
    let most = topics.iter().map(|topic| topic.mentions).max().unwrap_or(0);
    let columns = [
        Column::Words(words.topic),
        Column::Strip(words.negative_neutral_positive),
        Column::Number(words.mentions),
        Column::Number(words.net),
        Column::Number(words.change),
    ];
    table(
        &columns,
        topics.iter().take(LISTED).map(|topic| {
            let neutral = (topic.mentions - topic.negative - topic.positive).max(0);
            let parts =
                [("fill negative", topic.negative), ("fill neutral", neutral), ("fill positive", topic.positive)];
            let before = fill(words.before, &[("n", &count(topic.previous_mentions))]);
            vec![
                with_note(page.language.name(&topic.topic), page.language.name(&topic.category)),
                strip::parts(&parts, most),
                with_note(count(topic.mentions), before),
                value(
                    or_dash(topic.net, |net| signed(net, 2)),
                    interval(topic.net_low, topic.net_high, |end| signed(end, 2)),
                ),
                page.net_change(topic.change, topic.significant),
            ]
        }),
    )
}

impl Page<'_> {
    /// Writes a change of net sentiment, with an arrow only where it is significant.
    fn net_change(&self, change: Option<f64>, significant: Option<bool>) -> Element {
        let Some(change) = change else { return element("span").class("quiet").text(self.words.nothing_before) };
        let written = Unit::Net.change(change, self.words);
        match significant {
            Some(true) if change < 0.0 => badge("negative", format!("▼ {written}")),
            Some(true) => badge("positive", format!("▲ {written}")),
            Some(false) | None => element("span").class("quiet").text(written),
        }
    }
}

/// Shows the words of the topics that are blamed most, then of those that are praised most.
fn quotes(page: &Page) -> Vec<Element> {
    let words = page.words;
    let has_quotes = |topic: &&Topic| {
        page.report.quotes.iter().any(|quote| quote.topic == topic.topic && quote.category == topic.category)
    };
    let mut blamed: Vec<&Topic> = page.report.topics.iter().filter(has_quotes).collect();
    blamed.sort_by_key(|topic| std::cmp::Reverse(topic.negative));
    blamed.truncate(QUOTED);
    let cards: Vec<Element> = blamed.into_iter().map(|topic| card(page, topic)).collect();
    if cards.is_empty() {
        return Vec::new();
    }
    vec![element("h3").text(words.in_their_words), element("div").class("cards").children(cards)]
}

fn card(page: &Page, topic: &Topic) -> Element {
    let (negative, mentions) = (count(topic.negative), count(topic.mentions));
    let says = fill(page.words.blame_line, &[("negative", &negative), ("n", &mentions)]);
    let head = element("h4").text(page.language.name(&topic.topic)).child(element("small").text(says));
    let quotes =
        page.report.quotes.iter().filter(|quote| quote.topic == topic.topic && quote.category == topic.category);
    element("article").class("card").child(head).children(quotes.map(|quote| page.quote(quote)))
}

fn of_impacts(page: &Page) -> Element {
    let words = page.words;
    let strength = |impact: &&Impact| impact.impact.map_or(0.0, f64::abs);
    let mut impacts: Vec<&Impact> = page.report.impacts.iter().filter(|impact| impact.impact.is_some()).collect();
    impacts.sort_by(|a, b| strength(b).total_cmp(&strength(a)));
    impacts.truncate(IMPACTS);
    let most = impacts.iter().map(strength).fold(0.1, f64::max) * 1.05;
    let columns = [
        Column::Words(words.topic),
        Column::Number(words.impact),
        Column::Strip(""),
        Column::Number(words.nps_with_and_without),
        Column::Number(words.answers),
    ];
    let rows = impacts.into_iter().map(|impact| {
        let shown = strip::Interval { axis: (-most, most), value: impact.impact, ..strip::Interval::default() };
        let both = format!(
            "{} / {}",
            or_dash(impact.nps, |nps| signed(nps, 1)),
            or_dash(impact.nps_without, |nps| signed(nps, 1))
        );
        let kind = page.survey_kind(&impact.survey_kind);
        vec![
            with_note(page.language.name(&impact.topic), page.language.list(&[impact.brand.as_str(), kind])),
            value(or_dash(impact.impact, |impact| signed(impact, 1)), None),
            strip::interval(&shown, Unit::Points.tone(impact.impact, impact.impact)),
            plain(both),
            plain(format!("{} / {}", count(impact.theme_answers), count(impact.answers))),
        ]
    });
    let head = element("h3").text(words.impact_title);
    element("div").child(head).child(element("p").class("hint").text(words.impact_hint)).child(table(&columns, rows))
}
