//! The desk: reads cases, and does to them what people ask for, once.
//!
//! Shell of [`crate::case`]. Acts on one case take turns within a replica; each is judged on the newest state, written down in the
//! audit log, then written as one event whose id follows from case, action, actor and the request's key.

mod alert;
mod case;
mod draft;
mod filter;

use std::sync::Arc;

use anyhow::{Context, Result};
use hearken_schemas::id::event_id;
use jiff::Timestamp;
use tokio::sync::{Mutex, MutexGuard};
use uuid::Uuid;

pub use self::alert::{Alert, AlertCursor, AlertFilter};
pub use self::case::{Case, Words};
use self::draft::Draft;
use self::filter::PRIORITY;
pub use self::filter::{Cursor, Filter, LIMIT_MAX, Scope};
use crate::audit::{Audit, Witness, nonce};
use crate::case::permitted;
pub use crate::case::{Action, Actor, Forbidden, Note, Refused, Role, State};
use crate::responders::Directory;
use crate::row::CaseEventRow;
use crate::store::Store;

/// Acts on cases of one such share take turns.
const TURNS: usize = 64;
/// The columns of an event of the table, each row once by its id; the view has no actor, which is personal. A decimal is text, so that no reader makes a binary fraction of it.
const EVENT: &str = "* REPLACE (toString(amount) AS amount)";
/// The words of the alert's span in the newest state of its feedback. Read from the table by channel and id, because the view of the
/// newest states reads all ids that have newer ones.
const WORDS: &str = "\
    WITH (SELECT (max(span_start), max(span_end)) FROM alerts WHERE alert_id = {alert:UUID}) AS span \
    SELECT feedback_id, \
        if(span.2 > span.1, substringUTF8(text, span.1 + 1, toInt64(span.2) - span.1), leftUTF8(text, 200)) AS quote, \
        span.1 AS span_start, span.2 AS span_end, language \
    FROM feedback WHERE channel = {channel:String} AND feedback_id = {feedback:UUID} AND sign = 1 \
    ORDER BY version DESC LIMIT 1";
/// How an act is answered.
const CREATED: u16 = 201;

/// Something somebody does to a case.
#[derive(Debug, Clone)]
pub struct Act {
    /// The case.
    pub case_id: Uuid,
    /// Who does it.
    pub actor: Actor,
    /// The same as the audit log has it.
    pub witness: Witness,
    /// What he does.
    pub action: Action,
    /// What he writes down beside it.
    pub note: String,
    /// What makes a repeated request the same; empty where nothing does.
    pub key: String,
    /// What he believes the case to be.
    pub expected: Option<Expected>,
}

/// What a caller believes a case to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// In this state.
    State(State),
    /// As [`Case::version`] said.
    Version(String),
}

impl Expected {
    fn holds(&self, case: &Case) -> bool {
        match self {
            Self::State(state) => *state == case.state,
            Self::Version(version) => *version == case.version(),
        }
    }
}

/// What an act led to.
#[derive(Debug, Clone, PartialEq)]
pub struct Acted {
    /// What was written.
    pub event: CaseEventRow,
    /// The case as it stands now.
    pub case: Case,
    /// Whether it had been done before, under the same key.
    pub is_repeat: bool,
}

/// Why an act did not happen.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// He may not.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// It is not permitted as the case stands.
    #[error("{refused}")]
    NotNow {
        /// Why.
        refused: Refused,
        /// The case as it stands.
        case: Box<Case>,
    },
    /// The case is not what the caller believed.
    #[error("the case has changed meanwhile: it is {state} now; look at it again, then decide", state = .0.state)]
    Changed(Box<Case>),
    /// The request is incomplete or wrong in itself.
    #[error(transparent)]
    Invalid(Refused),
    /// Nobody of this name.
    #[error("{0:?} is nobody in the directory of responders; GET /api/v1/owners lists who there is")]
    UnknownOwner(String),
    /// He has it already.
    #[error("{0:?} has the case already; hand it over to somebody else, or leave it")]
    SameOwner(String),
    /// The key was another request's.
    #[error("this Idempotency-Key was used for another request about this case; take a new key for a new request")]
    KeyReused,
    /// ClickHouse did not take or give something.
    #[error("the database did not answer in time, so nothing is certain; try again with the same Idempotency-Key")]
    Unavailable(#[source] anyhow::Error),
    /// It cannot be written down, so it is not done.
    #[error("the audit log cannot be written now, so nothing was done; try again in a minute")]
    Unaudited(#[source] anyhow::Error),
}

impl DeskError {
    /// Returns the HTTP status that says it: 422 of a request that is wrong in itself, 409 of one that does not fit what is known.
    pub fn status(&self) -> u16 {
        match self {
            Self::Forbidden(Forbidden::Unseen) => 404,
            Self::Forbidden(Forbidden::ReadsOnly) => 403,
            Self::NotNow { .. } | Self::Changed(_) | Self::UnknownOwner(_) | Self::SameOwner(_) | Self::KeyReused => {
                409
            }
            Self::Invalid(_) => 422,
            Self::Unavailable(_) | Self::Unaudited(_) => 503,
        }
    }

    /// Returns one word for the audit log.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Forbidden(Forbidden::Unseen) => "unseen",
            Self::Forbidden(Forbidden::ReadsOnly) => "reads_only",
            Self::NotNow { .. } => "not_now",
            Self::Changed(_) => "changed",
            Self::Invalid(_) => "invalid",
            Self::UnknownOwner(_) => "unknown_owner",
            Self::SameOwner(_) => "same_owner",
            Self::KeyReused => "key_reused",
            Self::Unavailable(_) => "unavailable",
            Self::Unaudited(_) => "unaudited",
        }
    }

    /// Returns the case as it stands, where that is the reason.
    pub fn case(&self) -> Option<&Case> {
        match self {
            Self::NotNow { case, .. } | Self::Changed(case) => Some(case),
            Self::Forbidden(_)
            | Self::Invalid(_)
            | Self::UnknownOwner(_)
            | Self::SameOwner(_)
            | Self::KeyReused
            | Self::Unavailable(_)
            | Self::Unaudited(_) => None,
        }
    }
}

/// Cases, and what is done to them.
pub struct Desk {
    store: Store,
    audit: Audit,
    directory: Arc<Directory>,
    turns: [Mutex<()>; TURNS],
}

impl Desk {
    /// Reads and writes through `store`; a hand-over goes to somebody in `directory`.
    pub fn new(store: Store, audit: Audit, directory: Arc<Directory>) -> Self {
        Self { store, audit, directory, turns: std::array::from_fn(|_| Mutex::new(())) }
    }

    /// Returns a case.
    ///
    /// # Errors
    /// Where ClickHouse does not answer.
    pub async fn case(&self, id: Uuid) -> Result<Option<Case>> {
        let sql = format!("SELECT {} FROM v_cases WHERE case_id = {{id:UUID}}", columns());
        Ok(self.store.rows(&sql, &[("id", &id.to_string())]).await?.pop())
    }

    /// Returns cases, those worth looking at first before others: by priority, then by when they are due.
    ///
    /// # Errors
    /// Where ClickHouse does not answer.
    pub async fn cases(&self, filter: &Filter) -> Result<Vec<Case>> {
        let conditions = filter.conditions();
        let view = if filter.is_open == Some(true) { "v_open_cases" } else { "v_cases" };
        let sql = format!(
            "SELECT {} FROM {view} WHERE {} ORDER BY priority DESC, due_at, case_id LIMIT {}",
            columns(),
            conditions.text(),
            filter.rows()
        );
        self.store.rows(&sql, &conditions.parameters()).await
    }

    /// Returns what happened to a case, in order.
    ///
    /// # Errors
    /// Where ClickHouse does not answer.
    pub async fn events(&self, id: Uuid) -> Result<Vec<CaseEventRow>> {
        let sql = format!(
            "SELECT {EVENT} FROM case_events WHERE case_id = {{id:UUID}} ORDER BY at, event_id LIMIT 1 BY event_id"
        );
        self.store.rows(&sql, &[("id", &id.to_string())]).await
    }

    /// Returns alerts, the newest first.
    ///
    /// # Errors
    /// Where ClickHouse does not answer.
    pub async fn alerts(&self, filter: &AlertFilter) -> Result<Vec<Alert>> {
        let conditions = filter.conditions();
        let sql = format!(
            "SELECT * FROM v_alerts WHERE {} ORDER BY alert_at DESC, alert_id LIMIT {}",
            conditions.text(),
            filter.rows()
        );
        self.store.rows(&sql, &conditions.parameters()).await
    }

    /// Returns the words that decided: those that the alert points to, else how the feedback begins; none where a case has no
    /// feedback, or where it is no longer kept.
    ///
    /// # Errors
    /// Where ClickHouse does not answer.
    pub async fn words(&self, case: &Case) -> Result<Option<Words>> {
        let Some(feedback) = case.feedback_id else { return Ok(None) };
        let (feedback, alert) = (feedback.to_string(), case.alert_id.to_string());
        let parameters = [("feedback", feedback.as_str()), ("alert", &alert), ("channel", &case.channel)];
        Ok(self.store.rows(WORDS, &parameters).await?.pop())
    }

    /// Returns what others need to read beside it, and to say what they refused.
    pub(crate) fn parts(&self) -> (Arc<Directory>, Audit) {
        (Arc::clone(&self.directory), self.audit.clone())
    }

    /// Does something to a case, once however often the request is repeated under its key, and says how the case stands then.
    /// Every act and every refusal gets its row in the audit log.
    ///
    /// # Errors
    /// Why it did not happen, in words that say what to do.
    pub async fn act(&self, act: &Act) -> Result<Acted, DeskError> {
        let acted = self.judge_and_write(act).await;
        if let Err(error) = &acted {
            let kind = act.action.kind();
            self.audit.note(act.witness.row(kind, Some(act.case_id), error.status(), error.reason()));
        }
        acted
    }

    async fn judge_and_write(&self, act: &Act) -> Result<Acted, DeskError> {
        let draft = self.read(act)?;
        let key = if act.key.is_empty() { nonce() } else { act.key.to_owned() };
        let id = event_id(act.case_id, act.action.kind(), &[&act.actor.id, &key]);
        let _turn = self.turn(act.case_id).await;
        if let Some(event) = self.event(act.case_id, id).await.map_err(DeskError::Unavailable)? {
            // Before the judgement: whoever has handed a case over may not see it any more, and his request was right.
            let is_same = draft.became(&event);
            let case = self.present(act.case_id).await?;
            return if is_same { Ok(Acted { event, case, is_repeat: true }) } else { Err(DeskError::KeyReused) };
        }
        let case = self.changeable(act).await?;
        let next = judge(act, &draft, &case)?;
        let event = draft.event(id, (&act.action, &act.actor), &case, (next, Timestamp::now()));
        let row = act.witness.row(act.action.kind(), Some(act.case_id), CREATED, "");
        self.audit.write(&row).await.map_err(DeskError::Unaudited)?;
        let written = self.store.insert(std::slice::from_ref(&event), &format!("desk:{id}")).await;
        written.map_err(DeskError::Unavailable)?;
        Ok(Acted { event, case: self.present(act.case_id).await?, is_repeat: false })
    }

    fn read(&self, act: &Act) -> Result<Draft, DeskError> {
        let owner = match &act.action {
            Action::HandOver { to } => {
                Some(self.directory.owner(to).ok_or_else(|| DeskError::UnknownOwner(to.chars().take(100).collect()))?)
            }
            Action::Acknowledge
            | Action::Contact
            | Action::Resolve
            | Action::Close
            | Action::Reopen
            | Action::Note
            | Action::Compensate { .. }
            | Action::NotACustomer
            | Action::WrongReason => None,
        };
        Draft::read(&act.action, &act.note, owner.map(|owner| owner.department.as_str())).map_err(DeskError::Invalid)
    }

    /// Returns the case where the actor may change it.
    async fn changeable(&self, act: &Act) -> Result<Case, DeskError> {
        let case = self.case(act.case_id).await.map_err(DeskError::Unavailable)?.ok_or(Forbidden::Unseen)?;
        act.actor.may_change(&case.owner, &case.department)?;
        Ok(case)
    }

    async fn event(&self, case_id: Uuid, id: Uuid) -> Result<Option<CaseEventRow>> {
        let sql = format!(
            "SELECT {EVENT} FROM case_events WHERE case_id = {{case_id:UUID}} AND event_id = {{id:UUID}} ORDER BY at LIMIT 1"
        );
        Ok(self.store.rows(&sql, &[("case_id", &case_id.to_string()), ("id", &id.to_string())]).await?.pop())
    }

    async fn present(&self, id: Uuid) -> Result<Case, DeskError> {
        let case = self.case(id).await.and_then(|case| case.context("the case is gone"));
        case.map_err(DeskError::Unavailable)
    }

    async fn turn(&self, case_id: Uuid) -> MutexGuard<'_, ()> {
        // An id is a hash, so any byte of it spreads the cases.
        let share = usize::from(case_id.as_bytes()[15]) % TURNS;
        self.turns[share].lock().await
    }
}

/// Judges an act on the case as it stands, and returns the state that follows.
fn judge(act: &Act, draft: &Draft, case: &Case) -> Result<Option<State>, DeskError> {
    if act.expected.as_ref().is_some_and(|expected| !expected.holds(case)) {
        return Err(DeskError::Changed(Box::new(case.clone())));
    }
    let next = permitted(case.state, &act.action, &draft.note).map_err(|refused| {
        if refused.is_of_state() {
            DeskError::NotNow { refused, case: Box::new(case.clone()) }
        } else {
            DeskError::Invalid(refused)
        }
    })?;
    if draft.changes_nothing(case) { Err(DeskError::SameOwner(case.owner.clone())) } else { Ok(next) }
}

/// Returns the columns of a case.
fn columns() -> String {
    format!("* REPLACE (toString(cost) AS cost), {PRIORITY} AS priority")
}
