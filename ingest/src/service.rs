//! Ingest as a service: the shell around [`Normalizer`].

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use hearken_runtime::config::Reader;
use hearken_runtime::kafka::consumer::Work;
use hearken_runtime::kafka::erasures::Follower;
use hearken_runtime::outcome::{Message, Outcome};
use hearken_runtime::record::Record;
use hearken_runtime::service::{Service, Shell};
use hearken_runtime::stage::Transform;
use hearken_schemas::catalog::{Catalog, Lookup};
use hearken_schemas::dead_letter::{Rejection, Stage};
use hearken_schemas::envelope::{self, Envelope};
use hearken_schemas::erasure::{Erasures, Named};
use hearken_schemas::topics;
use serde::Serialize;

use crate::pseudonym::{Pseudonyms, SECRET_BYTES_MIN};
use crate::{Normalized, Normalizer, Settings};

/// The service `hearken-ingest`.
pub struct Ingest {
    normalizer: Normalizer,
    erasures: Follower,
    /// The list that the next record is judged by.
    list: Mutex<Arc<Erasures>>,
}

impl Service for Ingest {
    const NAME: &'static str = "ingest";
    const INPUTS: &'static [&'static str] = &topics::RAW;
    const OUTPUTS: &'static [&'static str] = &[topics::NORMALIZED, topics::OPERATIONS, topics::DEAD_LETTERS];
    type Settings = Settings;

    fn settings(reader: &mut Reader) -> Settings {
        Settings { catalog: catalog(reader), pseudonyms: pseudonyms(reader) }
    }

    async fn start(settings: Settings, shell: Shell) -> Result<Arc<dyn Work>> {
        let erasures = Follower::start(&shell.kafka).await?;
        let list = Mutex::new(erasures.newest(0).await?);
        Ok(shell.transform(Self { normalizer: Normalizer::new(settings), erasures, list }))
    }
}

impl Transform for Ingest {
    const STAGE: Stage = Stage::Ingest;

    async fn ready(&self) -> Result<()> {
        let newest = self.erasures.newest(0).await?;
        *lock(&self.list) = newest;
        Ok(())
    }

    fn apply(&self, record: &Record, now_ms: i64) -> Outcome {
        let judged = self.normalized(record, now_ms);
        let named = match &judged {
            Ok((named, _)) => named,
            Err((named, _)) => named,
        };
        let list = Arc::clone(&lock(&self.list));
        if list.erases(named, list.end()) {
            return Outcome::Erase;
        }
        match judged {
            Ok((_, message)) => Outcome::Emit(message),
            Err((named, rejection)) => Outcome::Reject(rejection.naming(named.subjects)),
        }
    }
}

impl Ingest {
    /// Returns what becomes of a record, and in either case whom it names.
    fn normalized(&self, record: &Record, now_ms: i64) -> Result<(Named, Message), (Named, Rejection)> {
        let (key, value) = (record.key.as_deref(), record.value.as_deref());
        let received_ms = first_received_ms(record);
        let normalized = envelope::check_type(&record.headers, &record.topic)
            .and_then(|()| self.normalizer.normalize(&record.topic, record.timestamp_ms, key, value));
        let normalized = normalized.map_err(|rejection| {
            let subjects = self.normalizer.subjects_of_unread(key, value);
            (Named { subjects, at_ms: received_ms, only_deletes: false }, rejection)
        })?;
        let named = normalized.named();
        let named = Named { at_ms: named.at_ms.min(received_ms), ..named };
        Ok(match normalized {
            Normalized::Feedback(feedback) => {
                (named, message(topics::NORMALIZED, feedback.feedback_id.to_string(), record, now_ms, feedback))
            }
            Normalized::Operation(operation) => {
                (named, message(topics::OPERATIONS, operation.entity_id().to_string(), record, now_ms, operation))
            }
        })
    }
}

/// Returns when a record reached Kafka first: what is sent again says when that was.
fn first_received_ms(record: &Record) -> i64 {
    let first = envelope::text(&record.headers, envelope::header::REPLAY_TIME).and_then(|time| time.parse().ok());
    first.map_or(record.timestamp_ms, |first: i64| first.min(record.timestamp_ms))
}

fn lock(list: &Mutex<Arc<Erasures>>) -> MutexGuard<'_, Arc<Erasures>> {
    list.lock().unwrap_or_else(PoisonError::into_inner)
}

fn message<T: Serialize>(kind: &'static str, id: String, record: &Record, now_ms: i64, data: T) -> Message {
    Message::of(Envelope {
        id,
        source: "hearken/ingest",
        kind,
        time_ms: now_ms,
        origin: record.origin(),
        trace: envelope::text(&record.headers, envelope::header::TRACE).map(str::to_owned),
        data,
    })
}

/// Reads the file `ingest.catalog` names; without one, no source has defaults.
fn catalog(reader: &mut Reader) -> Lookup {
    const KEY: &str = "ingest.catalog";
    let Some(path) = reader.optional(KEY) else { return Lookup::new(Catalog::default()) };
    let catalog = std::fs::read_to_string(&path)
        .map_err(|error| error.to_string())
        .and_then(|toml| Catalog::parse(&toml).map_err(|errors| errors.to_string()));
    catalog.map(Lookup::new).unwrap_or_else(|errors| {
        errors.lines().for_each(|error| reader.error(KEY, &format!("{path}: {error}")));
        Lookup::new(Catalog::default())
    })
}

fn pseudonyms(reader: &mut Reader) -> Pseudonyms {
    const KEY: &str = "ingest.pseudonym_key";
    let secret = reader.secret(KEY);
    let how = "make one with `openssl rand -hex 32`, keep it secret, and never change it: authors would get new keys";
    match secret.expose().len() {
        0 => reader.error(KEY, &format!("is required (or set HEARKEN_INGEST__PSEUDONYM_KEY); {how}")),
        1..SECRET_BYTES_MIN => reader.error(KEY, &format!("is shorter than {SECRET_BYTES_MIN} bytes; {how}")),
        _ => {}
    }
    Pseudonyms::new(secret.expose().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(toml: &str) -> Vec<String> {
        let mut reader = Reader::from_text(toml);
        Ingest::settings(&mut reader);
        reader.finish().map_or_else(|errors| errors.0, |()| Vec::new())
    }

    #[test]
    fn a_secret_is_all_that_is_needed() {
        assert_eq!(errors("ingest.pseudonym_key = '0123456789abcdef'"), Vec::<String>::new());
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let errors = errors("ingest.pseudonym_key = 'short'\ningest.catalog = '/no/such/catalog.toml'");
        assert_eq!(errors.len(), 2, "{errors:?}");
        assert!(errors[0].starts_with("ingest.catalog: /no/such/catalog.toml: "), "{errors:?}");
        assert!(errors[1].contains("shorter than 16 bytes") && errors[1].contains("openssl rand"), "{errors:?}");
        assert!(!errors[1].contains("'short'"), "the secret is quoted: {errors:?}");
        assert!(self::errors("")[0].contains("HEARKEN_INGEST__PSEUDONYM_KEY"));
    }

    #[test]
    fn a_catalog_is_read_whole_or_every_error_is_named() {
        let local = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/local/catalog.toml");
        let key = "ingest.pseudonym_key = '0123456789abcdef'";
        assert_eq!(errors(&format!("{key}\ningest.catalog = '{local}'")), Vec::<String>::new());
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        let errors = errors(&format!("{key}\ningest.catalog = '{manifest}'"));
        assert!(!errors.is_empty() && errors.iter().all(|error| error.starts_with("ingest.catalog: ")), "{errors:?}");
    }
}
