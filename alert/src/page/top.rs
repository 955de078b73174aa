//! What is seen first: what became of the last tap, what it is about, and how much time is left.

use hearken_report::html::{Element, element};
use hearken_report::language::Language;
use jiff::Timestamp;

use super::form::Problem;
use super::moment::{Deadline, duration};
use super::sight::{Person, Sight};
use super::{bdi, filled};
use crate::case::NOTE_CHARS_MAX;
use crate::facts::Words;

/// Returns these words in this language; the other where one is missing.
pub(super) fn said_in(words: &Words, language: Language) -> &str {
    let (first, second) = match language {
        Language::Chinese => (&words.zh, &words.en),
        Language::English => (&words.en, &words.zh),
    };
    if first.is_empty() { second } else { first }
}

/// Returns what people see of a case's id.
pub(super) fn short(case_id: uuid::Uuid) -> String {
    case_id.simple().to_string().chars().take(8).collect()
}

/// Returns the link to the page in the other language.
pub(super) fn other_language(language: Language) -> Element {
    let (tag, lang, name) = match language {
        Language::Chinese => ("en", "en", "English"),
        Language::English => ("zh", "zh-Hans", "中文"),
    };
    element("a").class("tap").with("href", format!("?lang={tag}")).with("lang", lang).with("hreflang", lang).text(name)
}

impl Person {
    /// Returns the name and the department.
    pub(super) fn whole(&self) -> String {
        let name = if self.name.is_empty() { &self.id } else { &self.name };
        if self.department.is_empty() { name.clone() } else { format!("{name} · {}", self.department) }
    }
}

impl Sight {
    /// Returns the page's title.
    pub(super) fn title(&self) -> String {
        let title = said_in(&self.rule.title, self.reader.language);
        format!("{} · {}", if title.is_empty() { &self.case.rule } else { title }, self.state(&self.case.state))
    }

    /// Writes the bar above everything.
    pub(super) fn bar(&self) -> Element {
        let case = filled(self.phrases().case_number, &[("case", &short(self.case.case_id))]);
        element("header").class("bar").child(element("span").text(case)).child(other_language(self.reader.language))
    }

    /// Says what became of the last form, what stands against it, or who answers now.
    pub(super) fn outcome(&self) -> Vec<Element> {
        let phrases = self.phrases();
        let mut lines = Vec::new();
        if let Some((problem, _)) = &self.problem {
            lines.push(element("p").class("line bad").with("role", "alert").text(self.trouble(*problem)));
        }
        let done = self.done.and_then(|id| self.history.iter().find(|event| event.event_id == id));
        if let Some(event) = done {
            let said =
                filled(phrases.done, &[("what", self.event_name(&event.kind)), ("when", &self.moment(event.at))]);
            lines.push(element("p").class("line good").with("role", "status").text(said));
        }
        if !self.may_act() {
            let said = filled(phrases.read_only, &[("who", &self.answers.whole())]);
            lines.push(element("p").class("line note").with("role", "status").text(said));
        }
        lines
    }

    fn trouble(&self, problem: Problem) -> String {
        let phrases = self.phrases();
        match problem {
            Problem::NoForm => phrases.trouble_form.to_owned(),
            Problem::EmptyNote => phrases.trouble_note.to_owned(),
            Problem::LongNote => filled(phrases.trouble_long, &[("most", &NOTE_CHARS_MAX.to_string())]),
            Problem::Amount => phrases.trouble_amount.to_owned(),
            Problem::Currency => phrases.trouble_currency.to_owned(),
            Problem::NeedsReason => phrases.trouble_closing.to_owned(),
            Problem::NobodyChosen => phrases.trouble_nobody.to_owned(),
            Problem::NotPermitted => filled(phrases.trouble_state, &[("state", self.state(&self.case.state))]),
            Problem::NotYours => filled(phrases.trouble_yours, &[("who", &self.answers.whole())]),
        }
    }

    /// Says what it is about and why it is here.
    pub(super) fn what(&self) -> Element {
        let (phrases, case, language) = (self.phrases(), &self.case, self.reader.language);
        let title = said_in(&self.rule.title, language);
        let mut chips = vec![chip(&format!("state {}", class(&case.state)), self.state(&case.state))];
        if case.urgent {
            chips.push(chip("bad", phrases.urgent));
        }
        chips.push(chip(
            if matches!(case.severity.as_str(), "critical" | "high") { "bad" } else { "" },
            self.severity(),
        ));
        if case.not_a_customer {
            chips.push(chip("", phrases.not_a_customer));
        }
        if case.wrong_reason {
            chips.push(chip("", phrases.wrong_reason));
        }
        let why = said_in(&self.rule.why, language);
        element("div")
            .class("what")
            .child(element("p").class("chips").children(chips))
            .child(element("h1").text(if title.is_empty() { &case.rule } else { title }))
            .children((!why.is_empty()).then(|| element("p").class("why").text(why)))
            .child(self.whom())
    }

    fn whom(&self) -> Element {
        let (phrases, case) = (self.phrases(), &self.case);
        let who = match (&case.customer_key, case.subject_kind.as_str()) {
            (Some(key), _) => element("p").text(phrases.customer_is).child(bdi(key)),
            (None, "author") => {
                element("p").text(phrases.author_is).child(bdi(&case.subject.chars().take(12).collect::<String>()))
            }
            (None, "feedback") => element("p").text(phrases.nobody_known),
            (None, _) => element("p").child(bdi(&case.subject)),
        };
        let tier = (case.customer_key.is_some())
            .then(|| element("span").text(format!(" · {}", self.reader.language.name(&case.tier))));
        who.class("whom").children(tier)
    }

    /// Shows both clocks.
    pub(super) fn clocks(&self) -> Element {
        let (phrases, case) = (self.phrases(), &self.case);
        let own = self.clock(phrases.clock_own, Some(case.due_at), "");
        let reason = if case.time_precision == "day" { phrases.no_promise_day } else { phrases.no_promise };
        let promise = self.clock(phrases.clock_customer, case.customer_due_at, reason);
        let zone = self.reader.zone.iana_name().unwrap_or("UTC");
        let about = element("p")
            .class("small")
            .text(filled(phrases.clocks_about, &[("who", &self.answers.whole()), ("zone", zone)]));
        element("section").class("clocks").with("aria-label", phrases.clocks).child(own).child(promise).child(about)
    }

    fn clock(&self, name: &str, due_at: Option<Timestamp>, without: &str) -> Element {
        let head = element("span").class("name").text(name);
        let Some(due_at) = due_at else {
            return element("div").class("clock").child(head).child(element("span").class("small").text(without));
        };
        let (phrases, language) = (self.phrases(), self.reader.language);
        let deadline = Deadline::of(due_at, self.case.first_response_at, self.now);
        let (stands, sentence) = match deadline {
            Deadline::Kept => (phrases.kept.to_owned(), phrases.answered_at),
            Deadline::Late(by) => (filled(phrases.late, &[("by", &duration(by, language))]), phrases.answered_at),
            Deadline::Left(by) => (filled(phrases.left, &[("by", &duration(by, language))]), phrases.due_at),
            Deadline::Overdue(by) => (filled(phrases.overdue, &[("by", &duration(by, language))]), phrases.was_due_at),
        };
        let shown = match deadline {
            Deadline::Kept | Deadline::Late(_) => self.case.first_response_at.unwrap_or(due_at),
            Deadline::Left(_) | Deadline::Overdue(_) => due_at,
        };
        let tone = if deadline.is_broken() { "clock bad" } else { "clock" };
        let when = element("span").class("small").text(sentence).child(self.time(shown));
        element("div").class(tone).child(head).child(element("b").text(stands)).child(when)
    }

    /// Returns what a state is called.
    pub(super) fn state<'a>(&self, state: &'a str) -> &'a str {
        let phrases = self.phrases();
        match state {
            "open" => phrases.state_open,
            "acknowledged" => phrases.state_acknowledged,
            "contacted" => phrases.state_contacted,
            "resolved" => phrases.state_resolved,
            "closed" => phrases.state_closed,
            other => other,
        }
    }

    fn severity(&self) -> &str {
        let phrases = self.phrases();
        match self.case.severity.as_str() {
            "low" => phrases.severity_low,
            "medium" => phrases.severity_medium,
            "high" => phrases.severity_high,
            "critical" => phrases.severity_critical,
            other => other,
        }
    }
}

fn chip(tone: &str, text: &str) -> Element {
    element("span").class(format!("chip {tone}").trim_end()).text(text)
}

/// Returns a state's class of the style sheet; a state nobody knows has none.
fn class(state: &str) -> &'static str {
    match state {
        "open" => "open",
        "closed" => "closed",
        _ => "under-way",
    }
}
