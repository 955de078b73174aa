//! Revenue at risk with customers' last words, and whether customers who spoke bought again.

use super::table::{Column, plain, table, value, with_note};
use super::{Page, Section, fill, interval, or_dash};
use crate::chart::strip;
use crate::html::{Element, element};
use crate::language::{count, percent};

/// How many customers are named.
const LISTED: usize = 12;

/// Returns the section on revenue at risk.
pub(crate) fn risk(page: &Page) -> Section {
    let words = page.words;
    let reasons = (!page.report.exposed.is_empty()).then(|| by_reason(page));
    let customers = (!page.report.at_risk.is_empty()).then(|| by_customer(page));
    Section::new("risk", words.risk, "v_revenue_at_risk").with(reasons).with(customers).or_empty(words.risk_empty)
}

/// Returns the section on what became of customers who spoke.
pub(crate) fn after(page: &Page) -> Section {
    let words = page.words;
    let retained = (!page.report.retention.is_empty()).then(|| retention(page));
    let silent = (!page.report.last_words.is_empty()).then(|| last_words(page));
    Section::new("after", words.after, "v_retention v_last_words")
        .with(retained)
        .or_empty(words.after_empty)
        .with(silent)
}

fn by_reason(page: &Page) -> Element {
    let words = page.words;
    let most = page.report.exposed.iter().filter_map(|row| row.revenue).fold(0.0, f64::max);
    let columns = [
        Column::Words(words.reason),
        Column::Number(words.exposed),
        Column::Strip(""),
        Column::Number(words.customers),
    ];
    let rows = page.report.exposed.iter().map(|row| {
        let missing = fill(words.without_rate, &[("n", &count(row.unconverted_orders))]);
        let part = row.revenue.unwrap_or(0.0).max(0.0);
        vec![
            plain(page.language.name(&row.reason)),
            with_note(
                page.amount(row.revenue, &row.currency),
                if row.unconverted_orders > 0 { missing } else { String::new() },
            ),
            strip::parts(&[("fill negative", part as i64)], most as i64),
            plain(count(row.customers)),
        ]
    });
    table(&columns, rows)
}

fn by_customer(page: &Page) -> Element {
    let words = page.words;
    let columns = [
        Column::Words(words.customer),
        Column::Number(words.revenue),
        Column::Words(words.reason),
        Column::Words(words.owner),
        Column::Words(words.said),
    ];
    let rows = page.report.at_risk.iter().take(LISTED).map(|row| {
        let place = if row.store.is_empty() { String::new() } else { row.store.clone() };
        vec![
            with_note(&row.customer, page.language.name(&row.tier)),
            value(page.amount(row.revenue, &row.currency), None),
            with_note(page.language.name(&row.reason), row.day.map_or(String::new(), |day| page.language.day(day))),
            with_note(if row.owner.is_empty() { words.nobody } else { &row.owner }, place),
            page.saying(&row.quote, &row.language),
        ]
    });
    element("div").child(element("h3").text(words.who_first)).child(table(&columns, rows))
}

fn retention(page: &Page) -> Element {
    let words = page.words;
    let columns = [
        Column::Words(words.they_sounded),
        Column::Number(words.stayed),
        Column::Strip(words.interval),
        Column::Number(words.stayed_left_unknown),
        Column::Number(words.customers),
        Column::Number(words.known_share),
    ];
    let rows = page.report.retention.iter().map(|row| {
        let shown = strip::Interval {
            axis: (0.0, 1.0),
            value: row.retention,
            low: row.retention_low,
            high: row.retention_high,
            mark: None,
        };
        vec![
            with_note(page.language.name(&row.sentiment_group), &row.brand),
            value(or_dash(row.retention, percent), interval(row.retention_low, row.retention_high, percent)),
            strip::interval(&shown, "accent"),
            plain(format!("{} / {} / {}", count(row.retained), count(row.left), count(row.unknown))),
            plain(count(row.customers)),
            plain(or_dash(row.known_share, percent)),
        ]
    });
    table(&columns, rows)
}

fn last_words(page: &Page) -> Element {
    let words = page.words;
    let quotes = page.report.last_words.iter().take(LISTED).map(|row| {
        let text = element("p").with("dir", "auto").text(&row.quote);
        let text = if row.language.is_empty() { text } else { text.with("lang", &row.language) };
        let mut from = vec![row.customer.clone()];
        from.extend(row.day.map(|day| page.language.day(day)));
        if !row.topic.is_empty() {
            from.push(page.language.name(&row.topic).to_owned());
        }
        from.extend(row.last_order.map(|day| fill(words.last_order, &[("day", &page.language.day(day))])));
        let from = element("footer").text(from.join(" · "));
        element("blockquote").class("quote negative").child(text).child(from)
    });
    let head = element("h3").text(words.last_words);
    element("div")
        .child(head)
        .child(element("p").class("hint").text(words.last_words_hint))
        .child(element("div").class("cards").children(quotes))
}

impl Page<'_> {
    /// Writes an amount, or that no rate is known.
    pub(super) fn amount(&self, amount: Option<f64>, currency: &str) -> String {
        amount.map_or(self.words.no_rate.to_owned(), |amount| self.language.money(amount, currency))
    }
}
