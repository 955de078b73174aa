//! Whom a case was given to learns of it, once, whichever way it was given: page, API or command line of any replica.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use uuid::Uuid;

use super::Sweeper;
use crate::escalation::Watched;
use crate::facts::{Notice, NoticeKind};
use crate::notice::messages;
use crate::row::At;

/// How far back hand-overs are looked for. Messages are kept longer, so nobody is told again because the first time is forgotten.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How much further back their messages are: the clock of the replica that took the act may be ahead.
const CLOCKS: SignedDuration = SignedDuration::from_hours(24);
/// The most characters of a note that a message carries.
const NOTE_CHARS_MAX: usize = 200;

/// The newest hand-over of each case.
const GIVEN: &str =
    "SELECT case_id, argMax(event_id, (at, event_id)) AS newest, argMax(owner, (at, event_id)) AS given_to,
    argMax(actor, (at, event_id)) AS given_by, argMax(note, (at, event_id)) AS said
FROM case_events WHERE kind = 'handed_over' AND at > {since:DateTime64(3, 'UTC')} GROUP BY case_id";

const KNOWN: &str =
    "SELECT DISTINCT message_id FROM messages WHERE kind = 'hand_over' AND created_at > {since:DateTime64(3, 'UTC')}";

#[derive(Deserialize)]
struct Given {
    case_id: Uuid,
    newest: Uuid,
    given_to: String,
    given_by: String,
    said: String,
}

#[derive(Deserialize)]
struct Named {
    message_id: Uuid,
}

impl Sweeper {
    /// Tells the new owners of open cases; returns whether anybody was told.
    ///
    /// Nobody is told of what he took himself, nor of what is another's again since.
    pub(super) async fn hand_overs(&self, cases: &[Watched], now: Timestamp) -> Result<bool> {
        let since = now.saturating_sub(LOOK_BACK).unwrap_or(now);
        let given: Vec<Given> =
            self.store.rows(GIVEN, &[("since", &At(since).to_string())]).await.context("reading hand-overs")?;
        if given.is_empty() {
            return Ok(false);
        }
        let open: BTreeMap<Uuid, &Watched> = cases.iter().map(|case| (case.case_id, case)).collect();
        let mut told = Vec::new();
        for given in given.iter().filter(|given| given.given_by != given.given_to) {
            let case = open.get(&given.case_id).filter(|case| case.owner == given.given_to);
            let (Some(case), Some(owner)) = (case, self.directory.owner(&given.given_to)) else { continue };
            told.extend(messages(NoticeKind::HandOver, &self.given(case, given), owner, At(now)));
        }
        if told.is_empty() {
            return Ok(false);
        }
        let since = At(since.saturating_sub(CLOCKS).unwrap_or(since)).to_string();
        let known: Vec<Named> =
            self.store.rows(KNOWN, &[("since", &since)]).await.context("reading what was told of hand-overs")?;
        told.retain(|row| !known.iter().any(|known| known.message_id == row.message_id));
        self.write(&told, &[]).await?;
        Ok(!told.is_empty())
    }

    fn given(&self, case: &Watched, given: &Given) -> Notice {
        let note: String = given.said.chars().take(NOTE_CHARS_MAX).collect();
        let figures = [("handed_over_by", given.given_by.clone()), ("note", note)];
        let figures = figures.into_iter().filter(|(_, text)| !text.is_empty());
        Notice {
            kind: NoticeKind::HandOver,
            // Each hand-over is another message, also of a case that comes back to whom it was given before.
            step: given.newest.to_string(),
            figures: figures.map(|(name, text)| (name.to_owned(), text)).collect(),
            ..self.of_case(case)
        }
    }
}
