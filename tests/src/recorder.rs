//! Sends what channels say, and writes down what Kafka acknowledged.

use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hearken_audit::{At, Entry, Ledger, crc32};
use hearken_runtime::kafka::Connection;
use hearken_runtime::kafka::feed::Feed;
use hearken_runtime::outcome::Message;

/// How long Kafka may take to acknowledge the last records.
const FLUSH: Duration = Duration::from_secs(90);

/// What is known of a record before Kafka has answered.
struct Sent {
    topic: &'static str,
    id: String,
    crc: u32,
}

/// What Kafka said so far.
struct Answers {
    ledger: BufWriter<File>,
    failures: Vec<String>,
}

/// The one producer of raw records in a test, with its ledger: a line for each acknowledged produce, and no other line.
pub struct Recorder {
    feed: Feed<Sent>,
    answers: Arc<Mutex<Answers>>,
    path: PathBuf,
}

impl Recorder {
    /// Connects, and begins a ledger at `path`.
    pub fn new(kafka: &Connection, path: &Path) -> Self {
        let ledger = BufWriter::new(File::create(path).expect("the ledger's file"));
        let answers = Arc::new(Mutex::new(Answers { ledger, failures: Vec::new() }));
        let written = Arc::clone(&answers);
        let feed = Feed::new(kafka, move |sent: Sent, answer| {
            let mut answers = written.lock().unwrap_or_else(PoisonError::into_inner);
            match answer {
                Ok((partition, offset)) => {
                    let at = At { topic: sent.topic.to_owned(), partition: partition.into(), offset };
                    let line = Entry { at, id: sent.id, crc: sent.crc }.line();
                    writeln!(answers.ledger, "{line}").expect("the ledger takes every line");
                }
                Err(error) => answers.failures.push(format!("{}: {error}", sent.id)),
            }
        });
        Self { feed: feed.expect("a producer"), answers, path: path.to_owned() }
    }

    /// Hands a record over; `id` is what its channel calls it.
    pub fn send(&self, message: &Message, id: &str) {
        let crc = crc32(message.value.as_deref().unwrap_or_default());
        let sent = Sent { topic: message.topic, id: id.to_owned(), crc };
        self.feed.send(message, sent).expect("a record that can be sent");
    }

    /// Waits until Kafka has answered everything, and reads the ledger.
    ///
    /// # Panics
    /// Where a produce was not acknowledged: nobody can say then what became of it.
    pub fn ledger(&self) -> Ledger {
        self.feed.flush(FLUSH).expect("Kafka acknowledges");
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(answers.failures.is_empty(), "not acknowledged: {:?}", answers.failures);
        answers.ledger.flush().expect("the ledger takes every line");
        let file = File::open(&self.path).expect("the ledger's file");
        Ledger::read(BufReader::new(file)).expect("a ledger that is complete")
    }

    /// Sends one record and returns where Kafka put it.
    pub fn put(&self, message: &Message, id: &str) -> At {
        self.send(message, id);
        let entries = self.ledger().entries;
        let last = entries.into_iter().rfind(|entry| entry.id == id);
        last.expect("what was acknowledged is in the ledger").at
    }
}
