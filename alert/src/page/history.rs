//! What happened to the case, and how long the link is good.

use hearken_report::html::{Element, element};

use super::sight::{Event, Sight};
use super::{bdi, filled, section};
use crate::case::Amount;

impl Sight {
    /// Shows the case's events, newest first.
    pub(super) fn history(&self) -> Element {
        let rows = self.history.iter().rev().map(|event| self.event(event));
        section("history", self.phrases().history).child(element("ol").class("rows").children(rows))
    }

    fn event(&self, event: &Event) -> Element {
        let phrases = self.phrases();
        let actor = if event.actor == "hearken" || event.actor.is_empty() { "Hearken" } else { &event.actor };
        let money =
            event.amount.as_ref().map(|amount| format!(" {} {}", decimals(amount, &event.currency), event.currency));
        let head = element("span")
            .class("name")
            .text(self.event_name(&event.kind))
            .children(money.map(|money| element("span").text(money)));
        let to = (!event.owner.is_empty() && matches!(event.kind.as_str(), "handed_over" | "opened"))
            .then(|| element("span").text(phrases.arrow).child(bdi(&event.owner)));
        let small = element("span").class("small").child(bdi(actor)).text(" · ").child(self.time(event.at));
        let note = (!event.note.is_empty()).then(|| element("p").class("clip").with("dir", "auto").text(&event.note));
        element("li").child(head).children(to).child(small).children(note)
    }

    /// Returns what a kind of event is called.
    pub(super) fn event_name<'a>(&self, kind: &'a str) -> &'a str {
        let phrases = self.phrases();
        match kind {
            "opened" => phrases.event_opened,
            "alerted" => phrases.event_alerted,
            "acknowledged" => phrases.event_acknowledged,
            "contacted" => phrases.event_contacted,
            "resolved" => phrases.event_resolved,
            "closed" => phrases.event_closed,
            "reopened" => phrases.event_reopened,
            "handed_over" => phrases.event_handed_over,
            "noted" => phrases.event_noted,
            "compensated" => phrases.event_compensated,
            "not_a_customer" => phrases.not_a_customer,
            "wrong_reason" => phrases.wrong_reason,
            "reminded" => phrases.event_reminded,
            "escalated" => phrases.event_escalated,
            "survey_requested" => phrases.event_survey,
            "survey_withheld" => phrases.event_no_survey,
            other => other,
        }
    }

    /// Says whose link it is and how long it is good.
    pub(super) fn foot(&self) -> Element {
        let said = filled(
            self.phrases().foot,
            &[("who", &self.reader.person.whole()), ("until", &self.moment(self.expires_at))],
        );
        element("footer").text(said)
    }
}

/// Writes an amount with its two decimals, which a database leaves out where they are nothing.
fn decimals(amount: &str, currency: &str) -> String {
    Amount::read(amount, currency).map_or_else(|_| amount.to_owned(), |amount| amount.to_string())
}
