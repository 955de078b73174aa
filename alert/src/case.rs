//! What may happen to a case: which action is permitted in which state, what follows, and what is said where it is not.

mod actor;
mod amount;
mod note;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use self::actor::{Actor, Forbidden, Role};
pub use self::amount::Amount;
pub use self::note::{NOTE_CHARS_MAX, Note};

/// Where a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nobody has taken it on.
    Open,
    /// Somebody has.
    Acknowledged,
    /// The customer was spoken to.
    Contacted,
    /// What was wrong is put right.
    Resolved,
    /// It is over.
    Closed,
}

impl State {
    /// Every state, in the order of a case that goes well.
    pub const ALL: [Self; 5] = [Self::Open, Self::Acknowledged, Self::Contacted, Self::Resolved, Self::Closed];

    /// Returns its name in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Acknowledged => "acknowledged",
            Self::Contacted => "contacted",
            Self::Resolved => "resolved",
            Self::Closed => "closed",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for State {
    type Err = Refused;

    fn from_str(name: &str) -> Result<Self, Refused> {
        Self::ALL.into_iter().find(|state| state.as_str() == name).ok_or_else(|| Refused::UnknownState(name.to_owned()))
    }
}

/// What somebody does to a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Takes it on.
    Acknowledge,
    /// Has spoken to the customer; takes it on where nobody had.
    Contact,
    /// Has put right what was wrong.
    Resolve,
    /// Ends it.
    Close,
    /// Begins again.
    Reopen,
    /// Gives it to somebody else.
    HandOver {
        /// The owner's id in the directory of responders.
        to: String,
    },
    /// Writes something down.
    Note,
    /// Notes what making it good costs.
    Compensate {
        /// Decimal digits such as `12.50`.
        amount: String,
        /// ISO 4217, such as EUR.
        currency: String,
    },
    /// Ends it, because whoever spoke is no customer.
    NotACustomer,
    /// Says that the rule should not have fired.
    WrongReason,
}

impl Action {
    /// Every action's name as a request spells it, with the event it becomes.
    pub const NAMES: [(&'static str, &'static str); 10] = [
        ("acknowledge", "acknowledged"),
        ("contact", "contacted"),
        ("resolve", "resolved"),
        ("close", "closed"),
        ("reopen", "reopened"),
        ("hand_over", "handed_over"),
        ("note", "noted"),
        ("compensate", "compensated"),
        ("not_a_customer", "not_a_customer"),
        ("wrong_reason", "wrong_reason"),
    ];

    /// Returns the kind of the event it becomes.
    pub fn kind(&self) -> &'static str {
        self.names().1
    }

    /// Returns its name as a request spells it.
    pub fn name(&self) -> &'static str {
        self.names().0
    }

    fn names(&self) -> (&'static str, &'static str) {
        let position = match self {
            Self::Acknowledge => 0,
            Self::Contact => 1,
            Self::Resolve => 2,
            Self::Close => 3,
            Self::Reopen => 4,
            Self::HandOver { .. } => 5,
            Self::Note => 6,
            Self::Compensate { .. } => 7,
            Self::NotACustomer => 8,
            Self::WrongReason => 9,
        };
        Self::NAMES[position]
    }
}

/// Why an action is not permitted, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is over.
    #[error("the case is closed; reopen it first, or write a note")]
    Closed,
    /// It stands there or further on already.
    #[error("the case is {0} already; {next}", next = .0.what_next())]
    Already(State),
    /// It never ended.
    #[error("the case is {0}, so there is nothing to reopen; only a resolved or closed case can be reopened")]
    NothingToReopen(State),
    /// It would end without a word.
    #[error("the case is {0}, not resolved; resolve it first, or say in a note why it is closed as it is")]
    CloseNeedsNote(State),
    /// A note without words.
    #[error("the note is empty; write what is to be remembered")]
    NoteEmpty,
    /// A note that is too long.
    #[error("the note has {0} characters; shorten it to {NOTE_CHARS_MAX}")]
    NoteTooLong(usize),
    /// What it costs is no amount.
    #[error(
        "{0:?} is no amount; write digits with at most two decimal places, such as 12.50, from 0 to 9999999999999999.99"
    )]
    NoAmount(String),
    /// A currency nobody knows.
    #[error("{0:?} is no currency; write its three letters by ISO 4217, such as EUR or CNY")]
    NoCurrency(String),
    /// A state nobody knows.
    #[error("{0:?} is no state; a case is open, acknowledged, contacted, resolved or closed")]
    UnknownState(String),
}

impl Refused {
    /// Tells whether the case's state is the reason; otherwise the request itself is.
    pub fn is_of_state(&self) -> bool {
        match self {
            Self::Closed | Self::Already(_) | Self::NothingToReopen(_) | Self::CloseNeedsNote(_) => true,
            Self::NoteEmpty
            | Self::NoteTooLong(_)
            | Self::NoAmount(_)
            | Self::NoCurrency(_)
            | Self::UnknownState(_) => false,
        }
    }
}

impl State {
    fn what_next(self) -> &'static str {
        match self {
            Self::Open => "acknowledge it, or contact the customer",
            Self::Acknowledged => "contact the customer next",
            Self::Contacted => "resolve it next",
            Self::Resolved => "close it, or reopen it where it is not right",
            Self::Closed => "reopen it first, or write a note",
        }
    }
}

/// Returns the state that follows, or none where the action leaves the state as it is.
///
/// A hand-over's target is not looked up here: who there is, the directory of responders knows.
///
/// # Errors
/// Where the action is not permitted in this state, or is incomplete; the words say what to do.
pub fn permitted(state: State, action: &Action, note: &Note) -> Result<Option<State>, Refused> {
    if state == State::Closed && !matches!(action, Action::Note | Action::Reopen | Action::Close) {
        return Err(Refused::Closed);
    }
    match action {
        Action::Acknowledge if state == State::Open => Ok(Some(State::Acknowledged)),
        Action::Acknowledge => Err(Refused::Already(state)),
        Action::Contact if state < State::Contacted => Ok(Some(State::Contacted)),
        // Speaking to the customer once more is worth writing down, and undoes nothing.
        Action::Contact => Ok(None),
        Action::Resolve if state < State::Resolved => Ok(Some(State::Resolved)),
        Action::Resolve => Err(Refused::Already(state)),
        Action::Close => close(state, note),
        Action::Reopen if state >= State::Resolved => Ok(Some(State::Open)),
        Action::Reopen => Err(Refused::NothingToReopen(state)),
        Action::Note if note.is_empty() => Err(Refused::NoteEmpty),
        Action::Compensate { amount, currency } => Amount::read(amount, currency).map(|_| None),
        Action::NotACustomer => Ok(Some(State::Closed)),
        Action::HandOver { .. } | Action::Note | Action::WrongReason => Ok(None),
    }
}

fn close(state: State, note: &Note) -> Result<Option<State>, Refused> {
    match state {
        State::Closed => Err(Refused::Already(state)),
        State::Resolved => Ok(Some(State::Closed)),
        State::Open | State::Acknowledged | State::Contacted if note.is_empty() => Err(Refused::CloseNeedsNote(state)),
        State::Open | State::Acknowledged | State::Contacted => Ok(Some(State::Closed)),
    }
}

#[cfg(test)]
mod tests;
