//! Sessions: what `SET`, `USE` and `CREATE TEMPORARY TABLE` leave for the next statement of the same `session_id`.
//!
//! Most clients name a session with every request and never leave anything in it. So a session is only a name until a
//! statement changes something; from then on it holds a connection of the engine.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::request::SessionRequest;
use crate::chdb::EngineError;
use crate::engine::EngineConnection;

const SESSION_NOT_FOUND: u32 = 372;
const SESSION_IS_LOCKED: u32 = 373;
const TOO_MANY_SESSIONS: u32 = 202;
/// Sessions at a time; each may hold a connection.
const SESSIONS_MAX: usize = 256;

/// A session belongs to the user who began it.
type Key = (String, String);

enum State {
    /// A statement runs in it.
    Busy,
    /// It waits for the next one until then.
    Idle { connection: Option<EngineConnection>, until: Instant },
}

/// Every session of the server.
#[derive(Clone, Default)]
pub struct Sessions(Arc<Mutex<HashMap<Key, State>>>);

/// A session while a statement runs in it. Dropping it ends the session.
pub struct OpenSession {
    sessions: Sessions,
    key: Key,
    timeout: Duration,
    /// What earlier statements left, where they left anything.
    pub connection: Option<EngineConnection>,
}

impl Sessions {
    /// Opens the session that a request names, or begins it.
    ///
    /// # Errors
    /// Where a statement runs in it already, or it must exist and does not.
    pub fn open(&self, user: &str, asked: &SessionRequest) -> Result<OpenSession, EngineError> {
        let now = Instant::now();
        let mut sessions = self.lock();
        sessions.retain(|_, state| match state {
            State::Busy => true,
            State::Idle { until, .. } => *until > now,
        });
        let key = (user.to_owned(), asked.id.clone());
        let connection = match sessions.remove(&key) {
            Some(State::Idle { connection, .. }) => connection,
            Some(State::Busy) => {
                sessions.insert(key, State::Busy);
                let text = format!("Session {} is locked by a concurrent client", asked.id);
                return Err(EngineError::new(SESSION_IS_LOCKED, "SESSION_IS_LOCKED", &text));
            }
            None if asked.must_exist => {
                let text = format!("Session {} not found", asked.id);
                return Err(EngineError::new(SESSION_NOT_FOUND, "SESSION_NOT_FOUND", &text));
            }
            None if sessions.len() >= SESSIONS_MAX => {
                let text = format!("Too many sessions. Maximum: {SESSIONS_MAX}");
                return Err(EngineError::new(TOO_MANY_SESSIONS, "TOO_MANY_SIMULTANEOUS_QUERIES", &text));
            }
            None => None,
        };
        sessions.insert(key.clone(), State::Busy);
        Ok(OpenSession { sessions: self.clone(), key, timeout: asked.timeout, connection })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, State>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OpenSession {
    /// Lets the session wait for its next statement.
    pub fn keep(mut self) {
        let state = State::Idle { connection: self.connection.take(), until: Instant::now() + self.timeout };
        self.sessions.lock().insert(self.key.clone(), state);
    }
}

impl Drop for OpenSession {
    fn drop(&mut self) {
        let mut sessions = self.sessions.lock();
        if matches!(sessions.get(&self.key), Some(State::Busy)) {
            sessions.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCKED: Option<u32> = Some(SESSION_IS_LOCKED);

    fn session(id: &str, seconds: u64, must_exist: bool) -> SessionRequest {
        SessionRequest { id: id.to_owned(), timeout: Duration::from_secs(seconds), must_exist, close: false }
    }

    #[test]
    fn a_session_has_one_owner_and_one_statement_at_a_time() {
        let sessions = Sessions::default();
        let refused = |user: &str, asked: &SessionRequest| sessions.open(user, asked).err().map(|error| error.code);
        let of_ana = sessions.open("ana", &session("s", 60, false)).expect("nobody has it");
        assert_eq!(refused("ana", &session("s", 60, false)), LOCKED);
        assert_eq!(refused("ana", &session("s", 60, true)), LOCKED);
        assert_eq!(refused("bob", &session("s", 60, true)), Some(SESSION_NOT_FOUND), "it is Ana's");
        of_ana.keep();
        sessions.open("ana", &session("s", 0, true)).expect("it waits").keep();
        assert_eq!(refused("ana", &session("s", 60, true)), Some(SESSION_NOT_FOUND), "it waited 0 seconds");
        drop(sessions.open("ana", &session("s", 60, false)).expect("begun anew"));
        assert_eq!(refused("ana", &session("s", 60, true)), Some(SESSION_NOT_FOUND), "it was dropped");
    }

    #[test]
    fn there_are_not_more_sessions_than_allowed() {
        let sessions = Sessions::default();
        for number in 0..SESSIONS_MAX {
            sessions.open("ana", &session(&number.to_string(), 60, false)).expect("there is room").keep();
        }
        let refused = sessions.open("ana", &session("one more", 60, false)).err().map(|error| error.code);
        assert_eq!(refused, Some(TOO_MANY_SESSIONS));
        sessions.open("ana", &session("7", 60, true)).expect("known ones go on").keep();
    }
}
