//! The same topic across channels.

use super::{Page, Section};
use crate::html::{Element, element};
use crate::language::{NOTHING, count, signed};
use crate::rows::ChannelCell;

/// How many topics a brand's table has.
const TOPICS: usize = 10;

/// Returns the section.
pub(crate) fn channels(page: &Page) -> Section {
    let words = page.words;
    let mut brands: Vec<&str> = page.report.channels.iter().map(|cell| cell.brand.as_str()).collect();
    brands.sort_unstable();
    brands.dedup();
    let matrices = brands.into_iter().map(|brand| {
        let cells: Vec<&ChannelCell> = page.report.channels.iter().filter(|cell| cell.brand == brand).collect();
        element("div").child(element("h3").text(page.language.brand(brand))).child(matrix(page, &cells))
    });
    Section::new("channels", words.channels, "v_channel_gap").with(matrices).or_empty(words.channels_empty)
}

/// Returns a table of topics by channels, coloured by net sentiment; a ring marks a channel that differs from the others.
fn matrix(page: &Page, cells: &[&ChannelCell]) -> Element {
    let mut channels: Vec<&str> = cells.iter().map(|cell| cell.channel.as_str()).collect();
    channels.sort_unstable();
    channels.dedup();
    let mut topics: Vec<(&str, i64)> = Vec::new();
    for cell in cells {
        match topics.iter_mut().find(|(topic, _)| *topic == cell.topic) {
            Some((_, mentions)) => *mentions += cell.mentions,
            None => topics.push((&cell.topic, cell.mentions)),
        }
    }
    topics.sort_by_key(|(topic, mentions)| (std::cmp::Reverse(*mentions), *topic));
    topics.truncate(TOPICS);
    let head = channels.iter().map(|channel| element("th").with("scope", "col").text(page.language.name(channel)));
    let head = element("tr").child(element("th").with("scope", "col").text(page.words.topic)).children(head);
    let rows = topics.iter().map(|(topic, _)| {
        let of = |channel: &&str| cells.iter().find(|cell| cell.topic == *topic && cell.channel == *channel).copied();
        let squares = channels.iter().map(|channel| square(page, of(channel)));
        element("tr").child(element("th").with("scope", "row").text(page.language.name(topic))).children(squares)
    });
    let body = element("tbody").children(rows);
    element("table").class("matrix").child(element("thead").child(head)).child(body)
}

fn square(page: &Page, cell: Option<&ChannelCell>) -> Element {
    let Some((cell, net)) = cell.and_then(|cell| Some((cell, cell.net?))) else {
        return element("td").class("heat none").text(NOTHING);
    };
    let differs = cell.significant == Some(true);
    let title = cell.gap.map_or(String::new(), |gap| format!("{} {}", page.words.against_the_others, signed(gap, 2)));
    let mut inside = element("span").text(signed(net, 2));
    if differs {
        inside = inside.class("ring");
    }
    let note = element("small").text(format!("n = {}", count(cell.mentions)));
    element("td").class(heat(net)).with("title", title).child(inside).child(note)
}

/// Returns the shade of a net sentiment, in seven steps.
fn heat(net: f64) -> &'static str {
    match net {
        net if net <= -0.6 => "heat bad-3",
        net if net <= -0.3 => "heat bad-2",
        net if net <= -0.1 => "heat bad-1",
        net if net < 0.1 => "heat even",
        net if net < 0.3 => "heat good-1",
        net if net < 0.6 => "heat good-2",
        _ => "heat good-3",
    }
}
