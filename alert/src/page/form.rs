//! What the page's forms ask for, and what is wrong with what was sent.

use std::fmt::Write;

use uuid::Uuid;

use crate::case::{Action, Amount, NOTE_CHARS_MAX, Note, Refused, State, permitted};

/// What a department's name begins with where a case is handed to it and not to a person.
pub const DEPARTMENT: &str = "department:";

/// A button of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "their names are what they do")]
pub enum Button {
    Acknowledge,
    Contact,
    Resolve,
    Close,
    Reopen,
    Note,
    Compensate,
    HandOver,
    NotACustomer,
    WrongReason,
}

impl Button {
    /// Every button, in the order of the page.
    pub const ALL: [Self; 10] = [
        Self::Acknowledge,
        Self::Contact,
        Self::Resolve,
        Self::Close,
        Self::Reopen,
        Self::Note,
        Self::Compensate,
        Self::HandOver,
        Self::NotACustomer,
        Self::WrongReason,
    ];

    /// Returns its name in a form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Acknowledge => "acknowledge",
            Self::Contact => "contact",
            Self::Resolve => "resolve",
            Self::Close => "close",
            Self::Reopen => "reopen",
            Self::Note => "note",
            Self::Compensate => "compensate",
            Self::HandOver => "hand_over",
            Self::NotACustomer => "not_a_customer",
            Self::WrongReason => "wrong_reason",
        }
    }
}

/// Returns the buttons that a case in this state has: those whose action is permitted, once a note is written where one is needed.
pub fn offered(state: State) -> Vec<Button> {
    let Ok(note) = Note::read("why") else { return Vec::new() };
    let is_offered = |button: &Button| permitted(state, &button.example(), &note).is_ok();
    Button::ALL.into_iter().filter(is_offered).collect()
}

/// What was typed into a form, kept so that nobody types it twice.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entered {
    /// The note, without blanks around it.
    pub note: String,
    /// The amount as it was typed.
    pub amount: String,
    /// The currency as it was typed.
    pub currency: String,
    /// The owner or department.
    pub to: String,
    /// The form's nonce.
    pub nonce: String,
}

/// A form that makes sense.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Which button was pressed.
    pub button: Button,
    /// What was entered; the amount and currency as the table has them.
    pub entered: Entered,
}

impl Asked {
    /// Returns the action that the form asks for; who it is handed to is a person's id by now.
    pub fn action(&self) -> Action {
        let Entered { amount, currency, to, .. } = &self.entered;
        self.button.action(amount, currency, to)
    }
}

impl Button {
    fn example(self) -> Action {
        self.action("1", "EUR", "somebody")
    }

    fn action(self, amount: &str, currency: &str, to: &str) -> Action {
        match self {
            Self::Acknowledge => Action::Acknowledge,
            Self::Contact => Action::Contact,
            Self::Resolve => Action::Resolve,
            Self::Close => Action::Close,
            Self::Reopen => Action::Reopen,
            Self::Note => Action::Note,
            Self::Compensate => Action::Compensate { amount: amount.to_owned(), currency: currency.to_owned() },
            Self::HandOver => Action::HandOver { to: to.to_owned() },
            Self::NotACustomer => Action::NotACustomer,
            Self::WrongReason => Action::WrongReason,
        }
    }
}

impl Problem {
    /// Returns what to say of what the case's own rules refused.
    pub fn of(refused: Refused) -> Self {
        match refused {
            Refused::Closed | Refused::Already(_) | Refused::NothingToReopen(_) => Self::NotPermitted,
            Refused::CloseNeedsNote(_) => Self::NeedsReason,
            Refused::NoteEmpty => Self::EmptyNote,
            Refused::NoteTooLong(_) => Self::LongNote,
            Refused::NoAmount(_) => Self::Amount,
            Refused::NoCurrency(_) => Self::Currency,
            Refused::UnknownState(_) => Self::NoForm,
        }
    }
}

/// Why a form changed nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// The form was not one of the page's.
    NoForm,
    /// A note without words.
    EmptyNote,
    /// A note that is longer than [`NOTE_CHARS_MAX`].
    LongNote,
    /// No amount of money.
    Amount,
    /// No currency.
    Currency,
    /// A case that is not resolved is closed without a word.
    NeedsReason,
    /// Nobody was chosen, or somebody the directory does not know.
    NobodyChosen,
    /// The case changed meanwhile, so this cannot be done to it any more.
    NotPermitted,
    /// Somebody else answers now.
    NotYours,
}

/// Reads a form's fields; of a field sent twice the last counts.
///
/// # Errors
/// What is wrong with it, and what was entered all the same.
pub fn read(fields: &[(String, String)]) -> Result<Asked, Box<(Problem, Entered)>> {
    let field = |name: &str| fields.iter().rfind(|(known, _)| known == name).map_or("", |(_, value)| value.trim());
    let entered = Entered {
        note: field("note").replace("\r\n", "\n"),
        amount: field("amount").to_owned(),
        currency: field("currency").to_owned(),
        to: field("to").to_owned(),
        nonce: field("nonce").to_owned(),
    };
    let button = Button::ALL.into_iter().find(|button| button.as_str() == field("do"));
    match button.ok_or(Problem::NoForm).and_then(|button| checked(button, &entered)) {
        Ok(asked) => Ok(asked),
        Err(problem) => Err(Box::new((problem, entered))),
    }
}

fn checked(button: Button, entered: &Entered) -> Result<Asked, Problem> {
    let mut entered = entered.clone();
    if entered.nonce.is_empty() || entered.nonce.len() > 64 {
        return Err(Problem::NoForm);
    }
    if entered.note.chars().count() > NOTE_CHARS_MAX {
        return Err(Problem::LongNote);
    }
    match button {
        Button::Note if entered.note.is_empty() => return Err(Problem::EmptyNote),
        Button::HandOver if entered.to.is_empty() => return Err(Problem::NobodyChosen),
        Button::Compensate => {
            let narrowed = |typed: &str| typed.chars().map(narrow).collect::<String>();
            let amount = Amount::read(&narrowed(&entered.amount), &narrowed(&entered.currency)).map_err(Problem::of)?;
            (entered.amount, entered.currency) = (amount.to_string(), amount.currency().to_owned());
        }
        Button::Acknowledge
        | Button::Contact
        | Button::Resolve
        | Button::Close
        | Button::Reopen
        | Button::Note
        | Button::HandOver
        | Button::NotACustomer
        | Button::WrongReason => {}
    }
    Ok(Asked { button, entered })
}

/// Makes digits and signs of a Chinese keyboard plain.
fn narrow(character: char) -> char {
    match character {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(character) - 0xfee0).unwrap_or(character),
        '。' => '.',
        _ => character,
    }
}

/// Returns the key that makes the same form sent twice one event, and another form another event, even where a browser's "back" gave both
/// the same nonce.
pub fn key(asked: &Asked) -> String {
    let Entered { note, amount, currency, to, nonce } = &asked.entered;
    let mut name = String::new();
    for part in [asked.button.as_str(), nonce, note, amount, currency, to] {
        // The lengths keep ("a", "bc") and ("ab", "c") apart.
        let _ = write!(name, "{}:{part};", part.len());
    }
    Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(fields: &[(&str, &str)]) -> Result<Asked, Problem> {
        let with_nonce = [("nonce", "n1")].iter().chain(fields);
        let fields: Vec<_> = with_nonce.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        read(&fields).map_err(|refused| refused.0)
    }

    #[test]
    fn every_button_is_read_by_its_name() {
        for button in Button::ALL {
            let asked =
                sent(&[("do", button.as_str()), ("note", "x"), ("amount", "5"), ("currency", "CNY"), ("to", "li.lei")]);
            assert_eq!(asked.map(|asked| asked.button), Ok(button));
        }
    }

    #[test]
    fn what_is_wrong_is_told_apart() {
        let check = |fields: &[(&str, &str)], expected: Problem| assert_eq!(sent(fields), Err(expected), "{fields:?}");
        check(&[], Problem::NoForm);
        check(&[("do", "explode")], Problem::NoForm);
        check(&[("do", "close"), ("nonce", "")], Problem::NoForm);
        check(&[("do", "close"), ("nonce", &"n".repeat(65))], Problem::NoForm);
        check(&[("do", "note"), ("note", " \r\n ")], Problem::EmptyNote);
        check(&[("do", "close"), ("note", &"字".repeat(NOTE_CHARS_MAX + 1))], Problem::LongNote);
        check(&[("do", "hand_over"), ("to", " ")], Problem::NobodyChosen);
        check(&[("do", "compensate"), ("amount", "a lot"), ("currency", "CNY")], Problem::Amount);
        check(&[("do", "compensate"), ("amount", "5"), ("currency", "¥")], Problem::Currency);
    }

    #[test]
    fn money_is_written_as_the_table_has_it() {
        let check = |amount: &str, currency: &str, expected: Result<(&str, &str), Problem>| {
            let asked = sent(&[("do", "compensate"), ("amount", amount), ("currency", currency)]);
            let entered = asked.map(|asked| (asked.entered.amount, asked.entered.currency));
            let expected = expected.map(|(amount, currency)| (amount.to_owned(), currency.to_owned()));
            assert_eq!(entered, expected, "{amount} {currency}");
        };
        check("50", "cny", Ok(("50.00", "CNY")));
        check("１２．５０", "ＵＳＤ", Ok(("12.50", "USD")));
        check("12。5", "EUR", Ok(("12.50", "EUR")));
        check("1,50", "EUR", Err(Problem::Amount));
        check("", "EUR", Err(Problem::Amount));
        check("5", "元", Err(Problem::Currency));
        check("5", "", Err(Problem::Currency));
    }

    #[test]
    fn a_state_offers_what_may_be_done_in_it() {
        let check = |state: State, expected: &[&str]| {
            let offered: Vec<&str> = offered(state).into_iter().map(Button::as_str).collect();
            assert_eq!(offered, expected, "{state}");
        };
        let beside = ["note", "compensate", "hand_over", "not_a_customer", "wrong_reason"];
        let with = |first: &[&'static str]| first.iter().copied().chain(beside).collect::<Vec<_>>();
        check(State::Open, &with(&["acknowledge", "contact", "resolve", "close"]));
        check(State::Acknowledged, &with(&["contact", "resolve", "close"]));
        check(State::Contacted, &with(&["contact", "resolve", "close"]));
        check(State::Resolved, &with(&["contact", "close", "reopen"]));
        check(State::Closed, &["reopen", "note"]);
    }

    #[test]
    fn the_same_form_has_the_same_key_and_another_has_another() {
        let asked = |note: &str, nonce: &str| {
            let entered = Entered { note: note.to_owned(), nonce: nonce.to_owned(), ..Entered::default() };
            key(&Asked { button: Button::Note, entered })
        };
        assert_eq!(asked("called", "n1"), asked("called", "n1"));
        for other in [asked("called again", "n1"), asked("called", "n2"), asked("", "n1called")] {
            assert_ne!(asked("called", "n1"), other);
        }
    }

    #[test]
    fn what_was_entered_comes_back_with_what_is_wrong() {
        let fields = [("do", "compensate"), ("nonce", "n"), ("amount", "viel"), ("note", " a\r\nb ")];
        let fields: Vec<_> = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let (problem, entered) = *read(&fields).expect_err("no amount");
        assert_eq!((problem, entered.amount.as_str(), entered.note.as_str()), (Problem::Amount, "viel", "a\nb"));
    }
}
