//! Who the customer is, what else of him is open, and what he lived through.

use hearken_report::html::{Element, element};
use hearken_report::language::{NOTHING, count};

use super::sight::{Happening, OtherCase, Sight};
use super::top::{said_in, short};
use super::words_said::folded;
use super::{bdi, filled, section};

/// How many happenings are shown before somebody asks for the others.
const HAPPENINGS: usize = 6;
/// How many characters of a happening are shown.
const LETTERS: usize = 160;

impl Sight {
    /// Shows who it is about, and where it happened.
    pub(super) fn customer(&self) -> Element {
        let (phrases, case, language) = (self.phrases(), &self.case, self.reader.language);
        let mut facts: Vec<(&str, String)> = Vec::new();
        if let Some(key) = &case.customer_key {
            facts.push((phrases.customer_key, key.clone()));
        }
        if let Some(standing) = &self.standing {
            let money = |revenue: f64| language.money(revenue, &standing.currency);
            facts.push((phrases.tier, language.name(&standing.tier).to_owned()));
            facts.push((phrases.revenue, standing.revenue.map_or(NOTHING.to_owned(), money)));
            facts.push((phrases.orders, count(i64::try_from(standing.orders).unwrap_or(i64::MAX))));
            facts.push((phrases.last_order, standing.last_order_at.map_or(NOTHING.to_owned(), |at| self.moment(at))));
            facts.push((phrases.segment, standing.segment.clone()));
            facts.push((phrases.region, standing.region.clone()));
        }
        facts.push((phrases.brand, case.brand.clone()));
        facts.push((phrases.store, case.store_id.clone()));
        facts.push((phrases.product, case.product_id.clone()));
        facts.push((phrases.touchpoint, case.touchpoint.clone()));
        facts.push((phrases.topic, self.topic()));
        let known = facts.into_iter().filter(|(_, value)| !value.is_empty());
        let rows = known.map(|(name, value)| {
            element("div").child(element("dt").text(name)).child(element("dd").child(bdi(&value)))
        });
        section("customer", phrases.customer).child(element("dl").children(rows))
    }

    fn topic(&self) -> String {
        let names = [&self.case.category, &self.case.topic].into_iter().filter(|id| !id.is_empty());
        names.map(|id| self.reader.language.name(id)).collect::<Vec<_>>().join(" · ")
    }

    /// Shows what else of the customer is open; nothing where nothing is.
    pub(super) fn others(&self) -> Option<Element> {
        let begun = section("others", self.phrases().others);
        match &self.others {
            None => Some(begun.child(self.unread())),
            Some(others) if others.is_empty() => None,
            Some(others) => {
                Some(begun.child(element("ul").class("rows").children(others.iter().map(|other| self.other(other)))))
            }
        }
    }

    fn other(&self, other: &OtherCase) -> Element {
        let title = said_in(&other.title, self.reader.language);
        let title = if title.is_empty() { short(other.case_id) } else { title.to_owned() };
        let title = match &other.token {
            // A token beside this page's own: relative, so that a path in front of it stays.
            Some(token) => element("a").class("tap").with("href", token).text(title),
            None => element("span").text(title),
        };
        let due = filled(
            self.phrases().other_line,
            &[("state", self.state(&other.state)), ("who", &other.owner), ("due", &self.moment(other.due_at))],
        );
        element("li").child(title).child(element("span").class("small").text(due))
    }

    /// Shows the customer's life, newest first.
    pub(super) fn timeline(&self) -> Element {
        let phrases = self.phrases();
        let begun = section("timeline", phrases.timeline);
        let Some(timeline) = &self.timeline else { return begun.child(self.unread()) };
        if timeline.is_empty() {
            return begun.child(element("p").class("small").text(phrases.no_timeline));
        }
        let mut rows: Vec<Element> = timeline.iter().map(|happening| self.happening(happening)).collect();
        let others = rows.split_off(rows.len().min(HAPPENINGS));
        let label = filled(phrases.more, &[("number", &others.len().to_string())]);
        let list = |rows: Vec<Element>| element("ol").class("rows").children(rows);
        let others = (!others.is_empty()).then(|| folded(&label, [list(others)]));
        begun.child(list(rows)).children(others)
    }

    fn happening(&self, happening: &Happening) -> Element {
        let (phrases, language) = (self.phrases(), self.reader.language);
        let kind = match happening.kind.as_str() {
            "feedback" => phrases.kind_feedback,
            "survey" => phrases.kind_survey,
            "order" => phrases.kind_order,
            "visit" => phrases.kind_visit,
            "profile" => phrases.kind_profile,
            "alert" => phrases.kind_alert,
            "case" => phrases.kind_case,
            other => other,
        };
        let is_case = happening.kind == "case";
        let title = if is_case { self.event_name(&happening.title) } else { language.name(&happening.title) };
        let head = element("span")
            .class("name")
            .text(kind)
            .child(element("span").text(if title.is_empty() { "" } else { " · " }).child(bdi(title)));
        let tone = match happening.sentiment.as_str() {
            "negative" => "chip bad",
            "positive" => "chip good",
            _ => "chip",
        };
        let judged = (!happening.sentiment.is_empty())
            .then(|| element("span").class(tone).text(language.name(&happening.sentiment)));
        let detail = cut(&happening.detail, LETTERS);
        let detail = (!detail.is_empty()).then(|| element("p").class("clip").with("dir", "auto").text(detail));
        let small = element("span").class("small").child(self.time(happening.at));
        element("li").child(head).children(judged).child(small).children(detail)
    }
}

/// Returns the first letters of a text, and an ellipsis where it goes on.
fn cut(text: &str, letters: usize) -> String {
    match text.char_indices().nth(letters) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}
