//! What a reader may do: forms that work without a script.

use hearken_report::html::{Element, element};

use super::form::{Button, DEPARTMENT, Entered};
use super::section;
use super::sight::{Access, Person, Sight};
use super::words_said::folded;
use crate::case::NOTE_CHARS_MAX;

/// The form that most buttons belong to, wherever on the page they are.
const FORM: &str = "deed";

impl Sight {
    /// Shows the forms; nothing where the reader may only look.
    pub(super) fn deeds(&self) -> Option<Element> {
        let Access::Act { offered, nonce, owners, departments } = &self.access else { return None };
        let phrases = self.phrases();
        let has = |button: Button| offered.contains(&button);
        let buttons = offered.iter().filter(|button| !matches!(button, Button::Compensate | Button::HandOver));
        let needs_reason = has(Button::Close) && self.case.state != "resolved";
        let note = self.problem.as_ref().map_or("", |(_, entered)| entered.note.as_str());
        let main = form(nonce)
            .with("id", FORM)
            .child(element("label").with("for", "note").text(phrases.note_label))
            .child(note_field("note", note))
            .children(needs_reason.then(|| element("p").class("small").text(phrases.close_needs)))
            .child(element("div").class("buttons").children(buttons.map(|button| self.button(*button))));
        let money = has(Button::Compensate).then(|| self.money(nonce));
        let over = has(Button::HandOver).then(|| self.hand_over(nonce, owners, departments));
        Some(section("do", phrases.deeds).child(main).children(money).children(over))
    }

    /// Shows the next step where a thumb is.
    pub(super) fn thumb(&self) -> Option<Element> {
        let Access::Act { offered, .. } = &self.access else { return None };
        let next = self.next().filter(|next| offered.contains(next))?;
        let more = element("a").class("button").with("href", "#do").text(self.phrases().more_deeds);
        let next = self.button(next).with("form", FORM);
        Some(element("div").class("thumb").child(more).child(next))
    }

    /// Returns what comes next of a case that goes well; nothing of a state nobody knows.
    fn next(&self) -> Option<Button> {
        Some(match self.case.state.as_str() {
            "open" => Button::Acknowledge,
            "acknowledged" => Button::Contact,
            "contacted" => Button::Resolve,
            "resolved" => Button::Close,
            "closed" => Button::Reopen,
            _ => return None,
        })
    }

    fn button(&self, button: Button) -> Element {
        let tone = match button {
            _ if self.next() == Some(button) => "button main",
            Button::NotACustomer | Button::WrongReason => "button quiet",
            Button::Acknowledge
            | Button::Contact
            | Button::Resolve
            | Button::Close
            | Button::Reopen
            | Button::Note
            | Button::Compensate
            | Button::HandOver => "button",
        };
        element("button")
            .class(tone)
            .with("type", "submit")
            .with("name", "do")
            .with("value", button.as_str())
            .text(self.button_name(button))
    }

    fn button_name(&self, button: Button) -> &'static str {
        let phrases = self.phrases();
        match button {
            Button::Acknowledge => phrases.do_acknowledge,
            Button::Contact => phrases.do_contact,
            Button::Resolve => phrases.do_resolve,
            Button::Close => phrases.do_close,
            Button::Reopen => phrases.do_reopen,
            Button::Note => phrases.do_note,
            Button::Compensate => phrases.do_compensate,
            Button::HandOver => phrases.do_hand_over,
            Button::NotACustomer => phrases.not_a_customer,
            Button::WrongReason => phrases.wrong_reason,
        }
    }

    fn money(&self, nonce: &str) -> Element {
        let phrases = self.phrases();
        let known =
            self.standing.as_ref().map(|standing| standing.currency.as_str()).filter(|currency| !currency.is_empty());
        let typed = self.typed();
        let currency = if typed.currency.is_empty() { known.unwrap_or("CNY") } else { &typed.currency };
        let amount = field("amount").with("inputmode", "decimal").with("value", &typed.amount).flag("required", true);
        let currency = field("currency")
            .with("maxlength", 3)
            .with("autocapitalize", "characters")
            .with("value", currency)
            .flag("required", true);
        let pair = element("div")
            .class("pair")
            .child(element("div").child(element("label").with("for", "amount").text(phrases.amount)).child(amount))
            .child(
                element("div").child(element("label").with("for", "currency").text(phrases.currency)).child(currency),
            );
        let note = element("label").with("for", "money-note").text(phrases.money_note);
        let form = form(nonce)
            .child(pair)
            .child(note)
            .child(note_field("money-note", ""))
            .child(self.button(Button::Compensate));
        folded(phrases.compensation, [form]).flag("open", !typed.amount.is_empty())
    }

    fn hand_over(&self, nonce: &str, owners: &[Person], departments: &[String]) -> Element {
        let phrases = self.phrases();
        let option = |value: &str, name: &str| element("option").with("value", value).text(name);
        let people = owners.iter().map(|person| option(&person.id, &person.whole()));
        let places = departments.iter().map(|department| option(&format!("{DEPARTMENT}{department}"), department));
        let groups = [(phrases.people, people.collect::<Vec<_>>()), (phrases.departments, places.collect())];
        let groups = groups.into_iter().filter(|(_, options)| !options.is_empty());
        let groups = groups.map(|(name, options)| element("optgroup").with("label", name).children(options));
        let nobody = option("", phrases.choose).flag("selected", true);
        let select =
            element("select").with("id", "to").with("name", "to").flag("required", true).child(nobody).children(groups);
        let label = element("label").with("for", "to").text(phrases.hand_over_to);
        let note = element("label").with("for", "over-note").text(phrases.over_note);
        let form = form(nonce)
            .child(label)
            .child(select)
            .child(note)
            .child(note_field("over-note", ""))
            .child(self.button(Button::HandOver));
        folded(phrases.hand_over, [form])
    }

    fn typed(&self) -> Entered {
        self.problem.as_ref().map(|(_, entered)| entered.clone()).unwrap_or_default()
    }
}

/// Begins a form; without an action it goes to the page's own address.
fn form(nonce: &str) -> Element {
    let hidden = element("input").with("type", "hidden").with("name", "nonce").with("value", nonce);
    element("form").with("method", "post").with("accept-charset", "utf-8").child(hidden)
}

fn field(name: &'static str) -> Element {
    element("input").with("type", "text").with("id", name).with("name", name).with("autocomplete", "off")
}

fn note_field(id: &'static str, text: &str) -> Element {
    element("textarea").with("id", id).with("name", "note").with("rows", 3).with("maxlength", NOTE_CHARS_MAX).text(text)
}
