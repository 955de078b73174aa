//! Where webhooks arrive: it writes down every call, and answers as badly as it is told.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufReader, Read, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime};

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::Value;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::authority::Signed;
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
    scheme: &'static str,
    state: Arc<Mutex<State>>,
}

impl Receiver {
    /// Opens a receiver that answers well.
    ///
    /// # Panics
    /// Where no port is free.
    pub fn open() -> Self {
        Self::open_with(None)
    }

    /// Opens a receiver behind TLS, with this certificate.
    ///
    /// # Panics
    /// Where no port is free, or the files hold no certificate and key.
    pub fn open_tls(signed: &Signed) -> Self {
        let chain = vec![CertificateDer::from_pem_file(&signed.certificate).expect("a certificate")];
        let key = PrivateKeyDer::from_pem_file(&signed.key).expect("a key");
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|config| config.with_no_client_auth().with_single_cert(chain, key));
        Self::open_with(Some(Arc::new(config.expect("a certificate and its key"))))
    }

    fn open_with(tls: Option<Arc<ServerConfig>>) -> Self {
        let state = Arc::new(Mutex::new(State { answer: Answer::Good, calls: Vec::new() }));
        let (shared, scheme) = (Arc::clone(&state), if tls.is_some() { "https" } else { "http" });
        let door = Door::open(move |stream| match &tls {
            None => serve(stream, &shared),
            Some(tls) => {
                let connection = ServerConnection::new(Arc::clone(tls)).expect("a configuration that was looked at");
                serve(StreamOwned::new(connection, stream), &shared);
            }
        });
        Self { door, scheme, state }
    }

    /// Returns the URL that leads here.
    pub fn url(&self) -> String {
        format!("{}://{}/hook", self.scheme, self.door.address)
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

fn serve(stream: impl Read + Write, state: &Mutex<State>) {
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
        let out = reader.get_mut();
        if out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_err() {
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
