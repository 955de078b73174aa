//! The cloud of keywords, and what is new in it.

use super::{Page, Section, fill};
use crate::chart::cloud::{Term, cloud};
use crate::chart::responsive;
use crate::html::{Element, element};
use crate::language::{count, percent, signed};
use crate::rows::Trend;

/// Beyond this net sentiment a word has its colour.
const COLOURED: f64 = 0.15;

/// How many words a trend shows.
const SHOWN: usize = 8;

/// Returns the section.
pub(crate) fn keywords(page: &Page) -> Section {
    let words = page.words;
    let terms: Vec<Term> = page
        .report
        .words
        .iter()
        .map(|word| Term {
            text: word.term.clone(),
            n: word.n as f64,
            class: match word.net {
                Some(net) if net > COLOURED => "positive",
                Some(net) if net < -COLOURED => "negative",
                Some(_) | None => "neutral",
            },
            title: format!(
                "{}: n = {}{}",
                word.term,
                count(word.n),
                word.net.map_or(String::new(), |net| format!(", {}", signed(net, 2)))
            ),
        })
        .collect();
    let picture = (!terms.is_empty()).then(|| {
        let legend = element("figcaption").class("legend").text(words.cloud_legend);
        element("figure").child(responsive(words.keywords[0], |width| cloud(&terms, width))).child(legend)
    });
    let trends: Vec<Element> =
        ["new", "rising", "falling", "gone"].into_iter().filter_map(|trend| column(page, trend)).collect();
    let trends = (!trends.is_empty()).then(|| element("div").class("columns").children(trends));
    Section::new("keywords", words.keywords, "v_word_cloud v_keyword_trends")
        .with(picture)
        .with(trends)
        .or_empty(words.keywords_empty)
}

fn column(page: &Page, trend: &str) -> Option<Element> {
    let rows: Vec<&Trend> = page.report.trends.iter().filter(|row| row.trend == trend).take(SHOWN).collect();
    let lines = rows.iter().map(|row| {
        let share = |share: Option<f64>| share.map_or("–".to_owned(), percent);
        let values = [
            ("before", share(row.previous_share)),
            ("now", share(row.share)),
            ("n", count(row.n)),
            ("previous", count(row.previous_n)),
        ];
        let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
        let whose = if page.report.brands.len() > 1 { format!(" {}", row.brand) } else { String::new() };
        let small = element("small").text(fill(page.words.trend_line, &values)).text(whose);
        element("li").child(element("b").text(&row.term)).text(" ").child(small)
    });
    let head = element("h4").text(page.language.name(trend));
    (!rows.is_empty()).then(|| element("div").child(head).child(element("ul").children(lines)))
}
