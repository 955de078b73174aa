//! Own brands against competitors.

use super::table::{Column, badge, plain, table, value};
use super::{Page, Section, interval, or_dash};
use crate::chart::strip;
use crate::html::element;
use crate::language::{count, percent, signed};

/// Returns the section.
pub(crate) fn brands(page: &Page) -> Section {
    let words = page.words;
    let voices = &page.report.voices;
    let most = voices.iter().map(|voice| voice.n).max().unwrap_or(0);
    let columns = [
        Column::Words(words.brand),
        Column::Number(words.share_of_voice),
        Column::Strip(words.mentions),
        Column::Number(words.net_sentiment),
        Column::Strip(words.interval),
        Column::Number(words.rating),
    ];
    let rows = voices.iter().map(|voice| {
        let shown = strip::Interval {
            axis: (-1.0, 1.0),
            value: voice.net,
            low: voice.net_low,
            high: voice.net_high,
            mark: None,
        };
        let whose = if voice.own { badge("accent", words.own) } else { badge("quiet", words.competitor) };
        let class = if voice.own { "fill accent" } else { "fill neutral" };
        let tone = if voice.own { "accent" } else { "hollow" };
        vec![
            element("span").text(&voice.brand).text(" ").child(whose),
            value(or_dash(voice.share, percent), Some(format!("n = {}", count(voice.n)))),
            strip::parts(&[(class, voice.n)], most),
            value(
                voice.net.map_or(words.not_measured.to_owned(), |net| signed(net, 2)),
                interval(voice.net_low, voice.net_high, |end| signed(end, 2)),
            ),
            strip::interval(&shown, tone),
            plain(or_dash(voice.rating, percent)),
        ]
    });
    let listed = (!voices.is_empty()).then(|| table(&columns, rows));
    Section::new("brands", words.brands, "v_share_of_voice v_brand_comparison")
        .with(listed)
        .or_empty(words.brands_empty)
}
