//! The directory of responders says whose turn it is.

use super::{Duty, Turn};
use crate::facts::{Facts, Notice, NoticeKind};
use crate::notice::messages;
use crate::responders::{Directory, Routed};
use crate::row::{At, MessageRow};

impl Duty for Directory {
    fn turn(&self, facts: &Facts) -> Turn {
        let Routed { owner, by } = self.route(facts);
        let due = self.due(facts, owner);
        Turn {
            owner: owner.id.clone(),
            department: owner.department.clone(),
            routed_by: by.to_owned(),
            customer_due_at: due.customer_due_at,
            due_at: due.due_at,
        }
    }

    fn told(&self, notice: &Notice, owner: &str, at: At) -> Vec<MessageRow> {
        // Whoever had the case may have left the directory since.
        let owner = self.owner(owner).unwrap_or_else(|| self.default_owner());
        messages(NoticeKind::Alert, notice, owner, at)
    }
}
