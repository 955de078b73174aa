//! What was not as usual: incidents and bursts.

use jiff::civil::DateTime;

use super::table::{Column, badge, plain, table, with_note};
use super::{Page, Section, fill, or_dash};
use crate::chart::strip;
use crate::html::{Element, element};
use crate::language::{count, plain as number};
use crate::rows::{Burst, Incident};

/// How many incidents are listed that are open, and how many that are over.
const OPEN: usize = 6;
const OVER: usize = 8;

/// How many bursts are listed.
const BURSTS: usize = 6;

/// Returns the section.
pub(crate) fn incidents(page: &Page) -> Section {
    let words = page.words;
    let incidents = &page.report.incidents;
    let shown = chosen(incidents);
    let listed = (!incidents.is_empty()).then(|| of_incidents(page, &shown));
    let more = (incidents.len() > shown.len()).then(|| {
        let values = [("shown", count(shown.len() as i64)), ("all", count(incidents.len() as i64))];
        let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
        element("p").class("hint").text(fill(words.only_some, &values))
    });
    let bursts = (!page.report.bursts.is_empty()).then(|| of_bursts(page));
    Section::new("incidents", words.incidents, "v_incidents v_bursts")
        .with(listed)
        .with(more)
        .or_empty(words.incidents_empty)
        .with(bursts)
}

/// Returns the open ones that are farthest from the usual, then the last that are over.
fn chosen(incidents: &[Incident]) -> Vec<&Incident> {
    let z = |incident: &Incident| incident.peak_z.map_or(0.0, f64::abs);
    let mut open: Vec<&Incident> = incidents.iter().filter(|incident| incident.closed_at.is_none()).collect();
    open.sort_by(|a, b| z(b).total_cmp(&z(a)));
    let over = incidents.iter().filter(|incident| incident.closed_at.is_some());
    open.into_iter().take(OPEN).chain(over.take(OVER)).collect()
}

fn of_incidents(page: &Page, shown: &[&Incident]) -> Element {
    let words = page.words;
    let columns = [
        Column::Words(words.what),
        Column::Words(words.when),
        Column::Strip(words.in_the_window),
        Column::Number(words.peak),
        Column::Words(words.sample),
    ];
    table(
        &columns,
        shown.iter().map(|incident| {
            let (from, until) =
                (page.part(incident.opened_at), incident.closed_at.map_or(1.0, |closed| page.part(closed)));
            let class = if incident.closed_at.is_none() { "fill negative" } else { "fill neutral" };
            let peak = format!("z = {}", or_dash(incident.peak_z, |z| number(z, if z.abs() < 10.0 { 1 } else { 0 })));
            vec![
                with_note(title(page, incident), place(page, incident)),
                when(page, incident),
                strip::span(from, until, class),
                with_note(or_dash(incident.peak_x, |x| number(x, 0)), peak),
                page.saying(&incident.sample, ""),
            ]
        }),
    )
}

/// Says what the incident is about.
fn title(page: &Page, incident: &Incident) -> String {
    let kind = page.language.name(&incident.kind);
    if incident.topic.is_empty() { kind.to_owned() } else { page.language.name(&incident.topic).to_owned() }
}

fn place(page: &Page, incident: &Incident) -> String {
    let channel = page.language.name(&incident.channel);
    let parts: Vec<&str> = [incident.brand.as_str(), channel].into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(" · ")
}

fn when(page: &Page, incident: &Incident) -> Element {
    let opened = page.language.moment(incident.opened_at);
    match incident.closed_at {
        Some(closed) => {
            with_note(opened, fill(page.words.until, &[("at", &page.language.moment(closed))])).class("when")
        }
        None => element("span")
            .class("when")
            .child(plain(opened))
            .child(element("small").child(badge("negative", page.words.still_open))),
    }
}

fn of_bursts(page: &Page) -> Element {
    let words = page.words;
    let columns = [
        Column::Words(words.when),
        Column::Number(words.posts),
        Column::Number(words.accounts),
        Column::Words(words.judgement),
        Column::Words(words.sample),
    ];
    let rows = page.report.bursts.iter().take(BURSTS).map(|burst: &Burst| {
        let channel = page.language.name(&burst.channel);
        let verdict = if burst.suspected_coordinated {
            badge("negative", words.coordinated)
        } else {
            badge("quiet", words.not_coordinated)
        };
        let when = page.language.moment(burst.first_at);
        vec![
            with_note(when, [burst.brand.as_str(), channel].join(" · ")).class("when"),
            plain(count(burst.posts)),
            plain(count(burst.authors)),
            verdict,
            page.saying(&burst.sample, ""),
        ]
    });
    element("div")
        .child(element("h3").text(words.bursts))
        .child(element("p").class("hint").text(words.bursts_hint))
        .child(table(&columns, rows))
}

impl Page<'_> {
    /// Returns where in the window a moment lies: 0 … 1.
    fn part(&self, at: DateTime) -> f64 {
        let window = &self.report.window;
        let start = window.from.to_datetime(jiff::civil::Time::midnight());
        let end = window.until.to_datetime(jiff::civil::Time::midnight());
        let seconds = |from: DateTime, to: DateTime| from.duration_until(to).as_secs_f64();
        let whole = seconds(start, end);
        if whole > 0.0 { (seconds(start, at) / whole).clamp(0.0, 1.0) } else { 0.0 }
    }
}
