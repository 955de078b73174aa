//! The page's head: whose report it is, of which window, on how much it rests.

use crate::html::{Element, element};
use crate::language::{count, percent, signed};
use crate::rows::Totals;
use crate::section::{Page, Section, fill};

/// Returns the head of the page.
pub(crate) fn cover(page: &Page) -> Element {
    let words = page.words;
    let brands = &page.report.brands;
    let whose = if brands.is_empty() { words.no_brands.to_owned() } else { page.language.list(brands) };
    element("header")
        .child(element("p").class("kicker").text(words.title))
        .child(element("h1").text(whose))
        .child(element("p").class("window").text(window(page)))
        .child(element("p").class("made").text(made(page)))
        .child(figures(page))
}

/// Returns the links to the sections.
pub(crate) fn contents(page: &Page, sections: &[Section]) -> Element {
    let link = |id: &str, title: &str| element("a").with("href", format!("#{id}")).text(title);
    let links = sections.iter().map(|section| link(section.id, section.title));
    element("nav").with("aria-label", page.words.contents).children(links).child(link("notes", page.words.notes_title))
}

fn window(page: &Page) -> String {
    let window = &page.report.window;
    let days = window.from.duration_until(window.until).as_hours() / 24;
    let last = window.until.yesterday().unwrap_or(window.until);
    let values = [
        ("from", page.language.date(window.from)),
        ("until", page.language.date(last)),
        ("days", count(days)),
        ("zone", window.time_zone.clone()),
    ];
    let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
    fill(page.words.window_line, &values)
}

fn made(page: &Page) -> String {
    let window = &page.report.window;
    let newest = window.newest_at.map_or(page.words.nobody_yet.to_owned(), |at| page.language.moment(at));
    fill(page.words.generated, &[("at", &page.language.moment(window.generated_at)), ("newest", &newest)])
}

/// Returns the numbers that all others rest on.
fn figures(page: &Page) -> Element {
    let words = page.words;
    let none = Totals::default();
    let totals = page.report.totals.as_ref().unwrap_or(&none);
    let all = totals.n + totals.excluded;
    let part =
        |number: i64, of: i64| if of > 0 { percent(number as f64 / of as f64) } else { words.not_measured.to_owned() };
    let net = totals.net.map_or(words.not_measured.to_owned(), |net| signed(net, 2));
    let between =
        totals.net_low.zip(totals.net_high).map(|(low, high)| format!("{} … {} · ", signed(low, 2), signed(high, 2)));
    let judged = fill(words.judged_hint, &[("n", &count(totals.judged))]);
    let figures = [
        (words.feedback, count(totals.n), fill(words.before_hint, &[("n", &count(totals.previous_n))])),
        (words.net_sentiment, net, format!("{}{judged}", between.unwrap_or_default())),
        (words.known, part(totals.known, totals.n), words.known_hint.to_owned()),
        (
            words.excluded,
            format!("{} · {}", count(totals.excluded), part(totals.excluded, all)),
            words.excluded_hint.to_owned(),
        ),
    ];
    let figures = figures.map(|(name, number, hint)| {
        let number = element("b").text(number);
        element("div").child(element("span").text(name)).child(number).child(element("small").text(hint))
    });
    element("div").class("figures").children(figures)
}
