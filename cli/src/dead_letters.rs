//! Looking at dead letters, and sending them again.

use std::collections::HashSet;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use hearken_runtime::kafka::admin;
use hearken_runtime::kafka::feed::Feed;
use hearken_runtime::kafka::scan::scan_parts;
use hearken_runtime::outcome::Message;
use hearken_runtime::record::Record;
use hearken_schemas::dead_letter::{DeadLetter, Stage, header};
use hearken_schemas::envelope::{self, Headers, Origin, put};
use hearken_schemas::topics;

use crate::Endpoints;
use crate::sql::pretty;
use crate::store::{Store, quoted};

/// The header by which a replayed record names the one it replays; it survives into the next dead letter.
const REPLAY_OF: &str = "ce_replayof";

/// How long a broker may take to answer at all.
const PROBE: Duration = Duration::from_secs(10);

/// Arguments of `hearken dead-letters`.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Show them, newest first
    List {
        /// Only this reason code
        #[arg(long)]
        reason: Option<String>,
        /// At most this many
        #[arg(long, default_value_t = 20)]
        limit: u32,
        #[command(flatten)]
        endpoints: Endpoints,
    },
    /// Send the original bytes of those that ingest gave up to their raw topic again, as new records
    ///
    /// A record that fails again comes back as a dead letter of its own, and from then on only that one is sent: a dead letter whose
    /// record was sent again and came back is skipped. Wait until the records of one replay have come back before the next.
    Replay {
        /// Only this reason code
        #[arg(long)]
        reason: Option<String>,
        /// Only this raw topic
        #[arg(long)]
        topic: Option<String>,
        /// Count them and send nothing
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        endpoints: Endpoints,
    },
}

/// Runs `hearken dead-letters`.
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    match arguments.action {
        Action::List { reason, limit, endpoints } => list(reason, limit, &endpoints).await?,
        Action::Replay { reason, topic, dry_run, endpoints } => {
            let wanted = Wanted { reason, topic, dry_run };
            let sent = tokio::task::spawn_blocking(move || {
                admin::wait(&endpoints.brokers, PROBE)?;
                replay(&endpoints.brokers, &wanted)
            });
            let sent = sent.await??;
            println!("{sent} dead letters {}", if dry_run { "would be sent again" } else { "sent again" });
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(reason: Option<String>, limit: u32, endpoints: &Endpoints) -> Result<()> {
    let only = reason.map_or("1".to_owned(), |reason| format!("reason = {}", quoted(&reason)));
    let sql = format!(
        "SELECT received_at, stage, reason, detail, concat(at_topic, '[', toString(at_partition), ']@', toString(at_offset)) AS record, \
         size_bytes, excerpt FROM dead_letters WHERE {only} ORDER BY received_at DESC, at_offset DESC LIMIT {limit}"
    );
    print!("{}", pretty(&Store::new(endpoints), &sql).await?);
    Ok(())
}

struct Wanted {
    reason: Option<String>,
    topic: Option<String>,
    dry_run: bool,
}

impl Wanted {
    /// Returns the raw topic a dead letter goes back to; only ingest's stand for a whole raw record.
    fn target(&self, letter: &DeadLetter) -> Option<&'static str> {
        let topic = topics::RAW.into_iter().find(|topic| *topic == letter.at.topic)?;
        let reason = self.reason.as_deref().is_none_or(|reason| reason == letter.rejection.reason.as_str());
        let wanted = self.topic.as_deref().is_none_or(|wanted| wanted == topic);
        (letter.stage == Stage::Ingest && reason && wanted).then_some(topic)
    }
}

/// The records that need not be sent again: what was before, and what this replay has sent.
#[derive(Default)]
struct Settled(HashSet<String>);

impl Settled {
    /// Notes the record that a dead letter replays, if it does.
    fn note(&mut self, letter: &Record) {
        self.0.extend(envelope::text(&letter.headers, REPLAY_OF).map(str::to_owned));
    }

    /// Tells whether the record that was given up there is still to be sent, once.
    fn claim(&mut self, at: &Origin) -> bool {
        self.0.insert(coordinates(at))
    }
}

fn coordinates(Origin { topic, partition, offset, .. }: &Origin) -> String {
    format!("{topic}:{partition}:{offset}")
}

fn replay(brokers: &str, wanted: &Wanted) -> Result<u64> {
    // Both passes end where the topic ends now, so that what comes back meanwhile is not sent again.
    let parts = admin::offsets(brokers, None, topics::DEAD_LETTERS)?;
    let mut settled = Settled::default();
    scan_parts(brokers, topics::DEAD_LETTERS, &parts, |record| {
        settled.note(&record);
        Ok(())
    })?;
    let failed = Arc::new(AtomicU64::new(0));
    let failures = Arc::clone(&failed);
    let feed: Feed<()> = Feed::new(brokers, move |(), answer| {
        failures.fetch_add(u64::from(answer.is_err()), Relaxed);
    })?;
    let mut sent = 0;
    scan_parts(brokers, topics::DEAD_LETTERS, &parts, |record| {
        let Some(letter) = DeadLetter::from_headers(&record.headers) else { return Ok(()) };
        let Some(topic) = wanted.target(&letter).filter(|_| settled.claim(&letter.at)) else { return Ok(()) };
        sent += 1;
        if wanted.dry_run { Ok(()) } else { feed.send(&original(record, &letter.at, topic), ()) }
    })?;
    feed.flush(Duration::from_secs(60))?;
    match failed.load(Relaxed) {
        0 => Ok(sent),
        failed => bail!("{failed} of {sent} dead letters were not acknowledged by Kafka; run the replay again"),
    }
}

/// Returns the message as the channel sent it, without what the dead letter added, and naming the record it replays.
fn original(record: Record, at: &Origin, topic: &'static str) -> Message {
    let added = |name: &str| name.starts_with(header::PREFIX) || [Origin::HEADER, REPLAY_OF].contains(&name);
    let mut headers: Headers = record.headers.into_iter().filter(|(name, _)| !added(name)).collect();
    put(&mut headers, REPLAY_OF, &coordinates(at));
    Message { topic, partition: None, key: record.key, value: record.value, headers }
}

#[cfg(test)]
mod tests {
    use hearken_runtime::outcome::dead_letter;
    use hearken_schemas::dead_letter::{Reason, Rejection};

    use super::*;

    /// Gives up everything that stands on a raw topic, as ingest does: its offset is its place in the list.
    fn given_up(raw: &[Headers]) -> Vec<Record> {
        let letter = |(offset, headers): (usize, &Headers)| {
            let mut record = Record::new(topics::RAW[0], 0, offset as i64);
            record.headers.clone_from(headers);
            let rejection = Rejection::new(Reason::NotJson, "not JSON");
            let mut letter = Record::new(topics::DEAD_LETTERS, 0, offset as i64);
            letter.headers = dead_letter(Stage::Ingest, &record, rejection).headers;
            letter
        };
        raw.iter().enumerate().map(letter).collect()
    }

    /// Returns the headers of what one replay sends.
    fn replayed(letters: Vec<Record>) -> Vec<Headers> {
        let mut settled = Settled::default();
        letters.iter().for_each(|letter| settled.note(letter));
        let again = letters.into_iter().filter_map(|letter| {
            let at = DeadLetter::from_headers(&letter.headers).expect("a dead letter").at;
            settled.claim(&at).then(|| original(letter, &at, topics::RAW[0]).headers)
        });
        again.collect()
    }

    #[test]
    fn what_fails_again_and_again_is_sent_once_a_replay() {
        let channel = vec![("traceparent".to_owned(), b"00-abc".to_vec())];
        let mut raw = vec![channel.clone(), channel];
        for round in 0..4 {
            let sent = replayed(given_up(&raw));
            assert_eq!(sent.len(), 2, "round {round}");
            for (headers, of) in sent.iter().zip(raw.len() - 2..) {
                let expected =
                    [("traceparent", "00-abc".to_owned()), (REPLAY_OF, format!("{}:0:{of}", topics::RAW[0]))];
                assert_eq!(headers.len(), expected.len(), "{headers:?}");
                for (name, value) in expected {
                    assert_eq!(envelope::text(headers, name), Some(value.as_str()), "round {round}");
                }
            }
            raw.extend(sent);
        }
    }

    #[test]
    fn a_dead_letter_that_stands_twice_is_sent_once() {
        let twice = (0..2).flat_map(|_| given_up(&[Headers::new()])).collect();
        assert_eq!(replayed(twice).len(), 1);
    }
}
