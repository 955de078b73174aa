//! An act before it is judged: what the request says, read once, and the event it becomes.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::Case;
use crate::case::{Action, Actor, Amount, Note, Refused, State};
use crate::row::{At, CaseEventRow};

/// What a request says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Draft {
    pub(super) note: Note,
    amount: Option<Amount>,
    /// Who has to answer from then on, and that one's department; empty where the owner stays.
    owner: String,
    department: String,
}

impl Draft {
    /// Reads an action and its note; `department` is that of a hand-over's target.
    pub(super) fn read(action: &Action, note: &str, department: Option<&str>) -> Result<Self, Refused> {
        let draft = Self { note: Note::read(note)?, ..Self::default() };
        match action {
            Action::Compensate { amount, currency } => {
                Ok(Self { amount: Some(Amount::read(amount, currency)?), ..draft })
            }
            Action::HandOver { to } => {
                Ok(Self { owner: to.clone(), department: department.unwrap_or_default().to_owned(), ..draft })
            }
            Action::Acknowledge
            | Action::Contact
            | Action::Resolve
            | Action::Close
            | Action::Reopen
            | Action::Note
            | Action::NotACustomer
            | Action::WrongReason => Ok(draft),
        }
    }

    /// Tells whether an event is what this would have become.
    pub(super) fn became(&self, event: &CaseEventRow) -> bool {
        event.note == self.note.as_str()
            && event.amount == self.amount.as_ref().map(ToString::to_string)
            && event.currency == self.currency()
            && event.owner == self.owner
    }

    /// Tells whether it gives the case to whom it belongs already.
    pub(super) fn changes_nothing(&self, case: &Case) -> bool {
        !self.owner.is_empty() && self.owner == case.owner
    }

    /// Returns the event, later than everything that happened to the case so far: the clocks of two machines may differ.
    pub(super) fn event(
        self,
        id: Uuid,
        doing: (&Action, &Actor),
        case: &Case,
        after: (Option<State>, Timestamp),
    ) -> CaseEventRow {
        let ((action, actor), (next, now)) = (doing, after);
        let later = case.last_event_at.0.saturating_add(SignedDuration::from_millis(1)).unwrap_or(now);
        CaseEventRow {
            event_id: id,
            case_id: case.case_id,
            at: At(now.max(later)),
            kind: action.kind().to_owned(),
            state: next.map(State::as_str).unwrap_or_default().to_owned(),
            actor: actor.id.clone(),
            by_human: true,
            alert_id: None,
            note: self.note.as_str().to_owned(),
            currency: self.currency().to_owned(),
            amount: self.amount.map(|amount| amount.to_string()),
            owner: self.owner,
            department: self.department,
            step: String::new(),
            detail: BTreeMap::new(),
        }
    }

    fn currency(&self) -> &'static str {
        self.amount.as_ref().map(Amount::currency).unwrap_or_default()
    }
}
