//! Sending dead letters again, each once, however often it is run and wherever it is interrupted.
//!
//! Every record that is sent names the one it replays, so the raw topics themselves say what was sent before.
//! [`Known`] judges and is pure; [`replay`] reads the topics and sends.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Result, bail};
use hearken_runtime::kafka::Connection;
use hearken_runtime::kafka::admin;
use hearken_runtime::kafka::feed::Feed;
use hearken_runtime::kafka::inspect::offsets_since;
use hearken_runtime::kafka::scan::scan_parts;
use hearken_runtime::outcome::Message;
use hearken_runtime::record::Record;
use hearken_schemas::dead_letter::{DeadLetter, Reason, Stage, header};
use hearken_schemas::envelope::header::{REPLAY_OF, REPLAY_TIME};
use hearken_schemas::envelope::{self, Headers, Origin, put};
use hearken_schemas::topics;

/// How long the brokers may take with the last records; longer than the producer itself tries.
const FLUSH: Duration = Duration::from_secs(90);

/// Which dead letters are wanted.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    pub(super) reason: Option<String>,
    pub(super) topic: Option<String>,
    pub(super) dry_run: bool,
}

impl Wanted {
    /// Returns the raw topic a dead letter goes back to; only ingest's stand for a whole raw record.
    fn target(&self, letter: &DeadLetter) -> Option<&'static str> {
        let topic = topics::RAW.into_iter().find(|topic| *topic == letter.at.topic)?;
        // What was erased has no value to be sent again.
        let is_letter = letter.rejection.reason != Reason::Erased;
        let reason =
            is_letter && self.reason.as_deref().is_none_or(|reason| reason == letter.rejection.reason.as_str());
        let wanted = self.topic.as_deref().is_none_or(|wanted| wanted == topic);
        (letter.stage == Stage::Ingest && reason && wanted).then_some(topic)
    }
}

/// How many records were sent, and how many were not and why.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) sent: u64,
    pub(super) before: u64,
    pub(super) replaced: u64,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.before > 0 {
            write!(f, "; {} not, because they were before", self.before)?;
        }
        if self.replaced > 0 {
            write!(f, "; {} not, because a newer record has their key", self.replaced)?;
        }
        Ok(())
    }
}

/// What becomes of a dead letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Send,
    /// Its record was sent again, by this run or an earlier one.
    Before,
    /// Kafka keeps the last record of a key: sent again, this one would drive out what is newer.
    Replaced,
    /// The same record was given up twice, and this run has judged it.
    Twice,
}

/// What stands on the topics.
#[derive(Debug, Default)]
struct Known {
    replayed: HashSet<String>,
    /// The last offset of each key, on topics that keep only that.
    newest: HashMap<(String, i32, Vec<u8>), i64>,
    judged: HashSet<String>,
}

impl Known {
    /// Notes which record another one replays, if it does, whether it succeeded then or became a dead letter again.
    fn note(&mut self, record: &Record) {
        self.replayed.extend(envelope::text(&record.headers, REPLAY_OF).map(str::to_owned));
    }

    /// Notes a record of a topic that keeps the last one of each key.
    fn note_key(&mut self, record: &Record) {
        let key = (record.topic.to_string(), record.partition, record.key.clone().unwrap_or_default());
        let newest = self.newest.entry(key).or_insert(record.offset);
        *newest = record.offset.max(*newest);
    }

    fn judge(&mut self, at: &Origin, key: Option<&[u8]>) -> Verdict {
        let place = coordinates(at);
        let key = (at.topic.clone(), at.partition, key.unwrap_or_default().to_vec());
        if !self.judged.insert(place.clone()) {
            Verdict::Twice
        } else if self.replayed.contains(&place) {
            Verdict::Before
        } else if self.newest.get(&key).is_some_and(|newest| *newest > at.offset) {
            Verdict::Replaced
        } else {
            Verdict::Send
        }
    }
}

fn coordinates(Origin { topic, partition, offset, .. }: &Origin) -> String {
    format!("{topic}:{partition}:{offset}")
}

/// Sends what is wanted and was not sent before, and waits for the brokers' answers.
///
/// # Errors
/// Where Kafka does not answer or did not take everything; another run sends the rest.
pub(super) fn replay(kafka: &Connection, wanted: &Wanted) -> Result<Counts> {
    // Both passes over the dead letters end where the topic ends now, so that what comes back meanwhile is not sent.
    let parts = admin::offsets(kafka, None, topics::DEAD_LETTERS)?;
    let mut known = Known::default();
    let mut since_ms: HashMap<&'static str, i64> = HashMap::new();
    scan_parts(kafka, topics::DEAD_LETTERS, &parts, |record| {
        known.note(&record);
        if let Some(letter) = DeadLetter::from_headers(&record.headers)
            && let Some(topic) = wanted.target(&letter)
        {
            // A channel's clock may be ahead of ours.
            let first_ms = letter.at.timestamp_ms.min(record.timestamp_ms);
            since_ms.entry(topic).and_modify(|since_ms| *since_ms = first_ms.min(*since_ms)).or_insert(first_ms);
        }
        Ok(())
    })?;
    for (topic, since_ms) in since_ms {
        let compacted = topics::find(topic).is_some_and(|topic| topic.compacted);
        scan_parts(kafka, topic, &offsets_since(kafka, topic, since_ms)?, |record| {
            known.note(&record);
            if compacted {
                known.note_key(&record);
            }
            Ok(())
        })?;
    }
    let outbox = Outbox::new(kafka)?;
    let mut counts = Counts::default();
    scan_parts(kafka, topics::DEAD_LETTERS, &parts, |record| {
        let Some(letter) = DeadLetter::from_headers(&record.headers) else { return Ok(()) };
        let Some(topic) = wanted.target(&letter) else { return Ok(()) };
        match known.judge(&letter.at, record.key.as_deref()) {
            Verdict::Send => {
                counts.sent += 1;
                if !wanted.dry_run {
                    outbox.send(&original(record, &letter.at, topic));
                }
            }
            Verdict::Before => counts.before += 1,
            Verdict::Replaced => counts.replaced += 1,
            Verdict::Twice => {}
        }
        Ok(())
    })?;
    outbox.close(counts.sent)?;
    Ok(counts)
}

/// Sends, and keeps what failed: how many, and the first reason.
struct Outbox {
    feed: Feed<()>,
    failed: Arc<Mutex<(u64, Option<String>)>>,
}

impl Outbox {
    fn new(kafka: &Connection) -> Result<Self> {
        let failed = Arc::<Mutex<(u64, Option<String>)>>::default();
        let failures = Arc::clone(&failed);
        let note = move |(), answer: Result<_, String>| {
            if let Err(reason) = answer {
                note_failure(&failures, reason);
            }
        };
        Ok(Self { feed: Feed::new(kafka, note)?, failed })
    }

    fn send(&self, message: &Message) {
        if let Err(error) = self.feed.send(message, ()) {
            note_failure(&self.failed, format!("{error:#}"));
        }
    }

    fn close(self, sent: u64) -> Result<()> {
        let flushed = self.feed.flush(FLUSH);
        let (count, reason) = self.failed.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match reason {
            None => flushed,
            Some(reason) => bail!(
                "{count} of {sent} dead letters were not taken by Kafka ({reason}); run the replay again: it sends \
                 only what is not there yet"
            ),
        }
    }
}

fn note_failure(failed: &Mutex<(u64, Option<String>)>, reason: String) {
    let mut failed = failed.lock().unwrap_or_else(PoisonError::into_inner);
    failed.0 += 1;
    failed.1.get_or_insert(reason);
}

/// Returns the message as the channel sent it, without what the dead letter added, and naming the record it replays.
fn original(record: Record, at: &Origin, topic: &'static str) -> Message {
    let added =
        |name: &str| name.starts_with(header::PREFIX) || [Origin::HEADER, REPLAY_OF, REPLAY_TIME].contains(&name);
    let before = envelope::text(&record.headers, REPLAY_TIME).and_then(|time| time.parse::<i64>().ok());
    let first_ms = before.map_or(at.timestamp_ms, |before| before.min(at.timestamp_ms));
    let mut headers: Headers = record.headers.into_iter().filter(|(name, _)| !added(name)).collect();
    put(&mut headers, REPLAY_OF, &coordinates(at));
    // Sent again it is received anew, and must not outlive an erasure that came between.
    put(&mut headers, REPLAY_TIME, &first_ms.to_string());
    Message { topic, partition: None, key: record.key, value: record.value, headers }
}

#[cfg(test)]
mod tests {
    use hearken_runtime::outcome::dead_letter;
    use hearken_schemas::dead_letter::Rejection;

    use super::*;

    /// A raw topic: the offset of each record is its place in the list.
    #[derive(Default)]
    struct Raw(Vec<Record>);

    impl Raw {
        fn add(&mut self, key: &str, headers: Headers) {
            let mut record = Record::new(topics::RAW[0], 0, self.0.len() as i64);
            (record.key, record.headers) = (Some(key.into()), headers);
            self.0.push(record);
        }

        /// Gives records up, as ingest does.
        fn given_up(&self, offsets: impl IntoIterator<Item = usize>) -> Vec<Record> {
            let letter = |offset: usize| {
                let rejection = Rejection::new(Reason::NotJson, "not JSON");
                let mut letter = Record::new(topics::DEAD_LETTERS, 0, offset as i64);
                letter.key.clone_from(&self.0[offset].key);
                letter.headers = dead_letter(Stage::Ingest, &self.0[offset], rejection).headers;
                letter
            };
            offsets.into_iter().map(letter).collect()
        }

        /// Judges these dead letters, the topic being compacted or not, and adds at most `sent_max` of what is to be sent.
        fn replay(&mut self, letters: Vec<Record>, compacted: bool, sent_max: usize) -> Vec<Verdict> {
            let mut known = Known::default();
            letters.iter().chain(&self.0).for_each(|record| known.note(record));
            if compacted {
                self.0.iter().for_each(|record| known.note_key(record));
            }
            let (mut verdicts, mut sent) = (Vec::new(), 0);
            for letter in letters {
                let at = DeadLetter::from_headers(&letter.headers).expect("a dead letter").at;
                let verdict = known.judge(&at, letter.key.as_deref());
                if verdict == Verdict::Send && sent < sent_max {
                    sent += 1;
                    let message = original(letter, &at, topics::RAW[0]);
                    self.add("k", message.headers);
                }
                verdicts.push(verdict);
            }
            verdicts
        }
    }

    fn channel() -> Headers {
        vec![("traceparent".to_owned(), b"00-abc".to_vec())]
    }

    #[test]
    fn what_was_sent_is_not_sent_again_wherever_it_is_by_now() {
        use Verdict::{Before, Send, Twice};
        let mut raw = Raw::default();
        (0..3).for_each(|_| raw.add("k", channel()));
        let letters = |raw: &Raw| raw.given_up(0..3);
        let dead = letters(&raw);
        assert_eq!(raw.replay(dead, false, 2), [Send, Send, Send], "interrupted after two");
        // Nothing has come back yet, or all of it succeeded: the raw topic knows.
        let dead = letters(&raw);
        assert_eq!(raw.replay(dead, false, 9), [Before, Before, Send]);
        // One came back as a dead letter of its own, and one letter stands twice.
        let dead = raw.given_up([0, 1, 2, 3, 3]);
        assert_eq!(raw.replay(dead, false, 9), [Before, Before, Before, Send, Twice]);
        let last = &raw.0.last().expect("it was sent").headers;
        let expected = [
            ("traceparent", "00-abc".to_owned()),
            (REPLAY_OF, format!("{}:0:3", topics::RAW[0])),
            (REPLAY_TIME, "0".to_owned()),
        ];
        assert_eq!(last.len(), expected.len(), "{last:?}");
        for (name, value) in expected {
            assert_eq!(envelope::text(last, name), Some(value.as_str()));
        }
    }

    #[test]
    fn a_dead_letter_still_counts_where_the_raw_topic_has_forgotten_the_replay() {
        let mut raw = Raw::default();
        raw.add("k", channel());
        let first = raw.given_up([0]);
        raw.replay(first, false, 9);
        let letters = raw.given_up([0, 1]);
        raw.0.clear();
        assert_eq!(raw.replay(letters, false, 9), [Verdict::Before, Verdict::Send]);
    }

    #[test]
    fn a_newer_record_of_the_key_is_never_driven_out() {
        for (keys, compacted, expected) in [
            (["a", "b"], true, Verdict::Send),
            (["a", "a"], true, Verdict::Replaced),
            (["a", "a"], false, Verdict::Send),
        ] {
            let mut raw = Raw::default();
            keys.iter().for_each(|key| raw.add(key, channel()));
            let letters = raw.given_up([0]);
            assert_eq!(raw.replay(letters, compacted, 9), [expected], "{keys:?}, compacted {compacted}");
        }
    }

    #[test]
    fn what_was_not_sent_is_counted_by_its_reason() {
        let counts = Counts { sent: 1, before: 2, replaced: 3 };
        assert_eq!(
            counts.to_string(),
            "; 2 not, because they were before; 3 not, because a newer record has their key"
        );
        assert_eq!(Counts::default().to_string(), "");
    }
}
