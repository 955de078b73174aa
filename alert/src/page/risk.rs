//! How likely the customer is to leave, and why: each reason leads to the words that caused it.

use hearken_report::html::{Element, element};
use hearken_report::language::plain;

use super::sight::{Reason, Risk, Sight};
use super::words_said::folded;
use super::{filled, section};

/// How many reasons are shown before somebody asks for the others.
const REASONS: usize = 5;

impl Sight {
    /// Shows the risk; nothing where the customer is unknown.
    pub(super) fn risk_section(&self) -> Option<Element> {
        let phrases = self.phrases();
        let begun = section("risk", phrases.risk);
        let Some(risk) = &self.risk else { return Some(begun.child(self.unread())) };
        let risk = risk.as_ref()?;
        let score = element("p")
            .class("score")
            .child(element("b").text(plain(f64::from(risk.score), 0)))
            .text(phrases.of_hundred);
        if risk.reasons.is_empty() {
            return Some(begun.child(score).child(element("p").class("small").text(phrases.no_reasons)));
        }
        let mut reasons: Vec<Element> = risk.reasons.iter().map(|reason| self.reason(risk, reason)).collect();
        let others = reasons.split_off(reasons.len().min(REASONS));
        let list = |items: Vec<Element>| element("ul").class("reasons").children(items);
        let label = filled(phrases.more, &[("number", &others.len().to_string())]);
        let others = (!others.is_empty()).then(|| folded(&label, [list(others)]));
        let deciding = self.said.as_ref().and_then(Option::as_ref).map(|said| said.feedback_id);
        let beside = risk.said.values().filter(|said| Some(said.feedback_id) != deciding);
        let beside: Vec<Element> = beside.map(|said| self.words_beside(said)).collect();
        let heading = (!beside.is_empty()).then(|| element("h3").text(phrases.words_beside));
        let about = element("p").class("small").text(phrases.risk_about);
        Some(begun.child(score).child(about).child(list(reasons)).children(others).children(heading).children(beside))
    }

    fn reason(&self, risk: &Risk, reason: &Reason) -> Element {
        let language = self.reader.language;
        let name = element("span").class("name").text(language.name(&reason.reason));
        let points = element("span").class("points").text(plain(f64::from(reason.contribution), 0));
        let when = reason.at.map(|at| self.moment(at));
        let signal = (!reason.signal.is_empty()).then(|| language.name(&reason.signal).to_owned());
        let small: Vec<String> = signal.into_iter().chain(when).collect();
        let inside = [name, points, bar(reason.contribution), element("span").class("small").text(small.join(" · "))];
        match self.place_of(risk, reason) {
            Some(place) => element("li").child(element("a").class("reason").with("href", place).children(inside)),
            None => element("li").child(element("div").class("reason").children(inside)),
        }
    }

    /// Returns where on the page a reason's words are.
    fn place_of(&self, risk: &Risk, reason: &Reason) -> Option<String> {
        let id = reason.feedback_id?;
        let deciding = self.said.as_ref().and_then(Option::as_ref).is_some_and(|said| said.feedback_id == id);
        if deciding {
            return Some("#words".to_owned());
        }
        risk.said.contains_key(&id).then(|| format!("#w-{id}"))
    }
}

/// Draws a part of hundred as a bar; what takes from the score points the other way.
fn bar(contribution: f32) -> Element {
    let width = if contribution.is_finite() { contribution.abs().clamp(0.0, 100.0) } else { 0.0 };
    let fill = element("rect").class(if contribution < 0.0 { "fill less" } else { "fill" });
    let fill = fill.with("width", format!("{width:.1}")).with("height", "6").with("rx", "1");
    let ground = element("rect").class("ground").with("width", "100").with("height", "6").with("rx", "1");
    element("svg")
        .with("viewBox", "0 0 100 6")
        .with("preserveAspectRatio", "none")
        .with("aria-hidden", "true")
        .with("focusable", "false")
        .child(ground)
        .child(fill)
}
