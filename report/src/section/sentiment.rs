//! Sentiment by day with the day's volume.

use super::{Page, Section, fill};
use crate::chart::days::{DayMark, days};
use crate::chart::responsive;
use crate::html::{Element, element};
use crate::rows::Day;

/// A window longer than this is not drawn day by day.
const DAYS_MAX: usize = 400;

/// Returns the section.
pub(crate) fn sentiment(page: &Page) -> Section {
    let words = page.words;
    let spoken = page.report.days.iter().any(|day| day.n > 0);
    let marks = page.days();
    let picture = spoken.then(|| {
        element("figure").child(responsive(words.sentiment[0], |width| days(&marks, width))).child(legend(page))
    });
    Section::new("sentiment", words.sentiment, "v_net_sentiment").with(picture).or_empty(words.sentiment_empty)
}

fn legend(page: &Page) -> Element {
    let words = page.words;
    let keys = [("positive", words.positive), ("neutral", words.neutral_or_mixed), ("negative", words.negative)];
    let keys = keys.map(|(class, name)| element("span").child(element("i").class(class)).text(name));
    let band = element("span").child(element("i").class("band")).text(words.net_with_band);
    element("figcaption").class("legend").child(band).children(keys)
}

impl Page<'_> {
    /// Returns every day of the window, those on which nobody spoke too.
    fn days(&self) -> Vec<DayMark> {
        let window = &self.report.window;
        let days = window.from.series(jiff::Span::new().days(1)).take(DAYS_MAX).take_while(|day| *day < window.until);
        let begun = self.report.models.iter().skip(1);
        let mut marks: Vec<(jiff::civil::Date, DayMark)> =
            days.map(|day| (day, DayMark { name: self.language.day(day), ..DayMark::default() })).collect();
        for row in &self.report.days {
            if let Some((_, mark)) = marks.iter_mut().find(|(day, _)| *day == row.day) {
                *mark = DayMark { name: std::mem::take(&mut mark.name), ..of(row) };
            }
        }
        for model in begun {
            if let Some((_, mark)) = marks.iter_mut().find(|(day, _)| *day == model.first_day) {
                mark.note = Some(fill(self.words.model_begins, &[("version", &model.version.to_string())]));
            }
        }
        marks.into_iter().map(|(_, mark)| mark).collect()
    }
}

fn of(row: &Day) -> DayMark {
    let other = (row.judged - row.positive - row.negative).max(0);
    let net = row.net.filter(|_| row.judged > 0);
    let net = net.zip(row.net_low.zip(row.net_high)).map(|(net, (low, high))| (net, low, high));
    DayMark { positive: row.positive.max(0), negative: row.negative.max(0), other, net, ..DayMark::default() }
}
