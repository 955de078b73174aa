//! What the page's forms ask for, and what is wrong with what was sent.

use std::fmt::Write;

use uuid::Uuid;

/// The longest note, in characters.
pub const NOTE_LETTERS_MAX: usize = 4_000;
/// The most digits before the point of an amount: what `case_events.amount` holds.
const DIGITS_MAX: usize = 15;

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

/// Why a form changed nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// The form was not one of the page's.
    NoForm,
    /// A note without words.
    EmptyNote,
    /// A note that is longer than [`NOTE_LETTERS_MAX`].
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
pub fn read(fields: &[(String, String)]) -> Result<Asked, (Problem, Entered)> {
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
        Err(problem) => Err((problem, entered)),
    }
}

fn checked(button: Button, entered: &Entered) -> Result<Asked, Problem> {
    let mut entered = entered.clone();
    if entered.nonce.is_empty() || entered.nonce.len() > 64 {
        return Err(Problem::NoForm);
    }
    if entered.note.chars().count() > NOTE_LETTERS_MAX {
        return Err(Problem::LongNote);
    }
    match button {
        Button::Note if entered.note.is_empty() => return Err(Problem::EmptyNote),
        Button::HandOver if entered.to.is_empty() => return Err(Problem::NobodyChosen),
        Button::Compensate => {
            entered.amount = amount(&entered.amount).ok_or(Problem::Amount)?;
            entered.currency = currency(&entered.currency).ok_or(Problem::Currency)?;
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

/// Reads an amount above 0 with at most two decimals; a Chinese keyboard writes digits in full width.
fn amount(typed: &str) -> Option<String> {
    let typed: String = typed.chars().map(narrow).collect();
    let (whole, part) = typed.split_once('.').unwrap_or((&typed, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || !is_digits(part) || part.len() > 2 {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    let is_nothing = whole.is_empty() && part.bytes().all(|byte| byte == b'0');
    if is_nothing || whole.len() > DIGITS_MAX {
        return None;
    }
    let whole = if whole.is_empty() { "0" } else { whole };
    Some(format!("{whole}.{part:0<2}"))
}

/// Reads three letters of ISO 4217.
fn currency(typed: &str) -> Option<String> {
    let typed: String = typed.chars().map(narrow).collect::<String>().to_ascii_uppercase();
    (typed.len() == 3 && typed.bytes().all(|byte| byte.is_ascii_uppercase())).then_some(typed)
}

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
        read(&fields).map_err(|(problem, _)| problem)
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
        check(&[("do", "close"), ("note", &"字".repeat(NOTE_LETTERS_MAX + 1))], Problem::LongNote);
        check(&[("do", "hand_over"), ("to", " ")], Problem::NobodyChosen);
        check(&[("do", "compensate"), ("amount", "a lot"), ("currency", "CNY")], Problem::Amount);
        check(&[("do", "compensate"), ("amount", "5"), ("currency", "¥")], Problem::Currency);
    }

    #[test]
    fn amounts_are_digits_with_two_decimals_at_most() {
        let check = |typed: &str, expected: Option<&str>| assert_eq!(amount(typed).as_deref(), expected, "{typed}");
        check("50", Some("50.00"));
        check("0.5", Some("0.50"));
        check("007.10", Some("7.10"));
        check("１２．５０", Some("12.50"));
        check("12。5", Some("12.50"));
        check("999999999999999.99", Some("999999999999999.99"));
        for wrong in
            ["", "0", "0.00", "-5", "+5", "1e3", "1,50", "1.555", ".5", "5.", "1 000", "NaN", "9999999999999999"]
        {
            check(wrong, None);
        }
    }

    #[test]
    fn currencies_are_three_letters() {
        let check = |typed: &str, expected: Option<&str>| assert_eq!(currency(typed).as_deref(), expected, "{typed}");
        check("cny", Some("CNY"));
        check("ＵＳＤ", Some("USD"));
        for wrong in ["", "EURO", "12A", "元", "¥¥¥"] {
            check(wrong, None);
        }
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
        let (problem, entered) = read(&fields).expect_err("no amount");
        assert_eq!((problem, entered.amount.as_str(), entered.note.as_str()), (Problem::Amount, "viel", "a\nb"));
    }
}
