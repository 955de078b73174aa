//! What an owner should know first: sentences made of what the sections below show.

use super::{Page, Unit, fill};
use crate::html::{Element, element};
use crate::language::{count, percent};
use crate::rows::{Driver, Score, Topic};

/// How many changes of scores are told.
const CHANGES: usize = 3;

/// Returns the brief; sentences that nothing speaks for are left out.
pub(crate) fn brief(page: &Page) -> Element {
    let words = page.words;
    let mut lines = changes(page);
    lines.extend(blamed(page));
    lines.extend(driver(page));
    lines.extend(incidents(page));
    lines.extend(money(page));
    lines.extend(actions(page));
    let body = if lines.is_empty() {
        element("p").class("empty").text(words.brief_empty)
    } else {
        element("ul").class("brief").children(lines)
    };
    element("section").with("id", "brief").child(element("h2").text(words.brief)).child(body)
}

impl Page<'_> {
    /// Writes a name as it stands within a sentence; abbreviations keep their capitals.
    fn in_sentence(&self, name: &str) -> String {
        let mut letters = name.chars();
        match (letters.next(), letters.as_str()) {
            (Some(first), rest) if rest.starts_with(|second: char| second.is_lowercase()) => {
                first.to_lowercase().chain(rest.chars()).collect()
            }
            (_, _) => name.to_owned(),
        }
    }
}

fn line(anchor: &str, sentence: String) -> Element {
    element("li").child(element("a").with("href", format!("#{anchor}")).text(sentence))
}

/// Tells the changes that are significant, the surest first.
fn changes(page: &Page) -> Vec<Element> {
    let words = page.words;
    let sure = |score: &Score| {
        let half = (score.change_high? - score.change_low?) / 2.0;
        Some(score.change?.abs() / half.max(f64::MIN_POSITIVE))
    };
    let mut changed: Vec<&Score> = page.report.scores.iter().filter(|score| score.significant == Some(true)).collect();
    changed.sort_by(|a, b| sure(b).unwrap_or(0.0).total_cmp(&sure(a).unwrap_or(0.0)));
    let tell = |score: &&Score| {
        let unit = Unit::of(&score.metric);
        let (change, value) = (score.change?, score.value?);
        let size = unit.change(change.abs(), words);
        let sentence = if change < 0.0 { words.brief_fell } else { words.brief_rose };
        let kind = page.survey_kind(&score.survey_kind);
        let metric = page.in_sentence(page.language.name(&score.metric));
        let metric = if kind.is_empty() {
            metric.to_owned()
        } else {
            fill(words.metric_of_kind, &[("metric", &metric), ("kind", kind)])
        };
        let values = [
            ("brand", score.brand.as_str()),
            ("metric", &metric),
            ("change", size.trim_start_matches('+')),
            ("value", &unit.write(value)),
        ];
        Some(line("scores", fill(sentence, &values)))
    };
    changed.iter().filter_map(tell).take(CHANGES).collect()
}

fn blamed(page: &Page) -> Option<Element> {
    let worst: &Topic =
        page.report.topics.iter().max_by_key(|topic| (topic.negative, std::cmp::Reverse(&topic.topic)))?;
    let values = [
        ("topic", page.language.name(&worst.topic)),
        ("negative", &count(worst.negative)),
        ("n", &count(worst.mentions)),
    ];
    (worst.negative > 0).then(|| line("topics", fill(page.words.brief_blamed, &values)))
}

fn driver(page: &Page) -> Option<Element> {
    let weight = |driver: &&Driver| driver.share.unwrap_or(0.0);
    let improve =
        page.report.drivers.iter().filter(|driver| driver.quadrant == "improve" && driver.significant == Some(true));
    let first = improve.max_by(|a, b| weight(a).total_cmp(&weight(b)))?;
    let values = [
        ("driver", page.language.name(&first.driver)),
        ("brand", first.brand.as_str()),
        ("metric", page.language.name(&first.metric)),
        ("share", &percent(first.share?)),
    ];
    Some(line("drivers", fill(page.words.brief_driver, &values)))
}

fn incidents(page: &Page) -> Option<Element> {
    let incidents = &page.report.incidents;
    let open = incidents.iter().filter(|incident| incident.closed_at.is_none()).count() as i64;
    let bursts = page.report.bursts.iter().filter(|burst| burst.suspected_coordinated).count() as i64;
    let values = [("all", &*count(incidents.len() as i64)), ("open", &count(open)), ("bursts", &count(bursts))];
    (!incidents.is_empty() || bursts > 0).then(|| line("incidents", fill(page.words.brief_incidents, &values)))
}

fn money(page: &Page) -> Option<Element> {
    let exposed = &page.report.exposed;
    let customers: i64 = exposed.iter().map(|row| row.customers).sum();
    let known: Vec<f64> = exposed.iter().filter_map(|row| row.revenue).collect();
    let currency = exposed.first()?.currency.as_str();
    let values = [("amount", page.language.money(known.iter().sum(), currency)), ("n", count(customers))];
    let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
    (!known.is_empty()).then(|| line("risk", fill(page.words.brief_risk, &values)))
}

fn actions(page: &Page) -> Option<Element> {
    let with = |verdict: &str| page.report.actions.iter().filter(|action| action.verdict == verdict).count() as i64;
    let values = [("better", &*count(with("better"))), ("all", &count(page.report.actions.len() as i64))];
    (!page.report.actions.is_empty()).then(|| line("actions", fill(page.words.brief_actions, &values)))
}
