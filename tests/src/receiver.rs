//! Where webhooks arrive: it writes down every call, and answers as badly as it is told.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufReader, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::program::POLL;
use crate::proxy::Door;
use crate::proxy::message::Message;

/// Longer than any sender waits.
const HANG: Duration = Duration::from_secs(60);

/// How a receiver answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// 200.
    Good,
    /// This status.
    Status(u16),
    /// 429, and to come again after so many seconds.
    Later(u64),
    /// Nothing for a minute.
    Hang,
    /// It takes the call, and the connection ends without a word.
    Cut,
}

/// One call that arrived whole.
#[derive(Debug, Clone)]
pub struct Call {
    /// The path it came to.
    pub path: String,
    /// `webhook-id`.
    pub id: String,
    /// What it says.
    pub body: Value,
    /// When it was whole.
    pub at: SystemTime,
    /// How it was answered.
    pub answer: Answer,
}

struct State {
    answer: Answer,
    calls: Vec<Call>,
}

/// A receiver on a free port. Dropped, it takes no more calls.
pub struct Receiver {
    door: Door,
    state: Arc<Mutex<State>>,
}

impl Receiver {
    /// Opens a receiver that answers well.
    ///
    /// # Panics
    /// Where no port is free.
    pub fn open() -> Self {
        let state = Arc::new(Mutex::new(State { answer: Answer::Good, calls: Vec::new() }));
        let shared = Arc::clone(&state);
        Self { door: Door::open(move |stream| serve(&stream, &shared)), state }
    }

    /// Returns the URL that leads here.
    pub fn url(&self) -> String {
        format!("http://{}/hook", self.door.address)
    }

    /// Answers every later call like this.
    pub fn answer(&self, answer: Answer) {
        lock(&self.state).answer = answer;
    }

    /// Returns every call so far, in order.
    pub fn calls(&self) -> Vec<Call> {
        lock(&self.state).calls.clone()
    }

    /// Returns the ids that were answered well, each with how often.
    pub fn taken(&self) -> BTreeMap<String, usize> {
        let mut taken = BTreeMap::new();
        for call in self.calls().into_iter().filter(|call| call.answer == Answer::Good) {
            *taken.entry(call.id).or_default() += 1;
        }
        taken
    }

    /// Returns every id that ever came.
    pub fn ids(&self) -> BTreeSet<String> {
        self.calls().into_iter().map(|call| call.id).collect()
    }
}

fn serve(stream: &TcpStream, state: &Mutex<State>) {
    let mut reader = BufReader::new(stream);
    while let Ok(Some(message)) = Message::read(&mut reader, false) {
        let answer = note(&message, state);
        let text = match answer {
            Answer::Good => "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok".to_owned(),
            Answer::Status(status) => format!("HTTP/1.1 {status} No\r\ncontent-length: 0\r\n\r\n"),
            Answer::Later(seconds) => {
                format!("HTTP/1.1 429 Later\r\nretry-after: {seconds}\r\ncontent-length: 0\r\n\r\n")
            }
            Answer::Hang => return hang(state),
            Answer::Cut => return,
        };
        let mut out = stream;
        if out.write_all(text.as_bytes()).is_err() {
            return;
        }
    }
}

/// Writes the call down and returns how it is to be answered.
fn note(message: &Message, state: &Mutex<State>) -> Answer {
    let mut state = lock(state);
    let (path, id) = (message.target(), message.header("webhook-id").unwrap_or_default());
    let body = serde_json::from_slice(&message.body).unwrap_or(Value::Null);
    let answer = state.answer;
    state.calls.push(Call { path, id, body, at: SystemTime::now(), answer });
    answer
}

/// Holds the connection until the sender must have given up, or hanging is over.
fn hang(state: &Mutex<State>) {
    let begun = SystemTime::now();
    while lock(state).answer == Answer::Hang && begun.elapsed().is_ok_and(|elapsed| elapsed < HANG) {
        thread::sleep(POLL);
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
