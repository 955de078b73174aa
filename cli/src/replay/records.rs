//! From the lines of one file to its records: names for those that have none, conversations put together.

use std::collections::HashMap;
use std::fmt;

use serde_json::Value;

use super::content::ContentNames;
use super::kind::Kind;
use super::mapping::Mapping;
use super::record::{RawRecord, Unsent, already_raw};

/// Where in the file a record stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// The line, or a conversation's first one.
    pub(crate) line: usize,
    /// The conversation, where turns were grouped.
    pub(crate) conversation: Option<String>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.conversation {
            None => write!(f, "line {}", self.line),
            Some(conversation) => write!(f, "line {} (conversation {conversation})", self.line),
        }
    }
}

/// Makes records of lines, in order, and holds the turns of conversations until the end.
pub(crate) struct Records<'a> {
    kind: Kind,
    mapping: Option<&'a Mapping>,
    sessions: Sessions,
    names: Option<ContentNames>,
}

impl<'a> Records<'a> {
    /// Begins a file; without a mapping its lines are raw records already.
    pub(crate) fn new(kind: Kind, mapping: Option<&'a Mapping>) -> Self {
        let names = mapping.filter(|mapping| mapping.names_by_content()).map(|_| ContentNames::default());
        Self { kind, mapping, sessions: Sessions::default(), names }
    }

    /// Takes a line, read and as it stood; nothing is returned for a turn, which is held.
    pub(crate) fn take(&mut self, number: usize, mut line: Value, bytes: &[u8]) -> Option<Result<RawRecord, Unsent>> {
        let Some(mapping) = self.mapping else { return Some(already_raw(self.kind, &line, bytes)) };
        if let Some(names) = &mut self.names {
            names.put(&mut line);
        }
        match mapping.session(&line).filter(|_| self.kind == Kind::Chats) {
            Some(Ok(session)) => {
                self.sessions.add(session, number, line);
                None
            }
            Some(Err(problem)) => Some(Err(problem)),
            None => Some(mapping.record(self.kind, &line, number)),
        }
    }

    /// Returns the conversations, in the order in which they began.
    pub(crate) fn conversations(self) -> impl Iterator<Item = (Place, Result<RawRecord, Unsent>)> {
        let sessions = self.mapping.map(|mapping| (mapping, self.sessions));
        sessions.into_iter().flat_map(|(mapping, sessions)| {
            sessions.in_order().map(move |((_, id), line, turns)| {
                let record = mapping.chat(&id, &turns);
                (Place { line, conversation: Some(id) }, record)
            })
        })
    }
}

/// Source and id of a conversation.
type Session = (String, String);

/// Turns by conversation, in the order in which the conversations began. They may be interleaved, so all are held.
#[derive(Default)]
struct Sessions {
    order: Vec<(Session, usize)>,
    turns: HashMap<Session, Vec<Value>>,
}

impl Sessions {
    fn add(&mut self, session: Session, line: usize, turn: Value) {
        if !self.turns.contains_key(&session) {
            self.order.push((session.clone(), line));
        }
        self.turns.entry(session).or_default().push(turn);
    }

    fn in_order(mut self) -> impl Iterator<Item = (Session, usize, Vec<Value>)> {
        self.order.into_iter().filter_map(move |(session, line)| {
            let turns = self.turns.remove(&session)?;
            Some((session, line, turns))
        })
    }
}
