//! One good record: the message it is sent as, its edits, and what is appended to it.

use fastrand::Rng;
use hearken_schemas::envelope::{Headers, header, put};
use hearken_schemas::feedback::{Channel, Role};
use hearken_schemas::topics;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::time::written;
use super::world::{Source, Voice, pick};
use super::{Kind, RawMessage};

/// One good record, kept as fields so that it can be sent again, edited or damaged.
#[derive(Debug, Clone)]
pub(super) struct Record {
    pub(super) topic: &'static str,
    pub(super) key: String,
    /// Unique among all records of the stream.
    pub(super) id: String,
    pub(super) revision: u64,
    pub(super) sent_at: Timestamp,
    /// Where it comes from; orders, visits and profiles come from nowhere that customers speak.
    pub(super) origin: Option<Origin>,
    pub(super) body: Map<String, Value>,
}

/// Where a feedback comes from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin {
    pub(super) channel: Channel,
    pub(super) source: &'static Source,
    pub(super) voice: &'static Voice,
}

impl Record {
    /// Returns the record of an order, a visit or a profile.
    pub(super) fn operation(topic: &'static str, key: String, at: Timestamp, body: Map<String, Value>) -> Self {
        let id = format!("{key}-{}", at.as_millisecond());
        Self { topic, key, id, revision: 0, sent_at: at, origin: None, body }
    }

    /// Returns the message; the same record always gives the same bytes.
    pub(super) fn message(&self, kind: Kind) -> RawMessage {
        let source = self.body.get("source").and_then(Value::as_str).unwrap_or_default();
        let mut headers = Headers::new();
        put(&mut headers, header::SPEC, "1.0");
        put(&mut headers, header::ID, &format!("{}.{}", self.id, self.revision));
        put(&mut headers, header::SOURCE, source);
        put(&mut headers, header::TYPE, self.topic);
        put(&mut headers, header::TIME, &self.sent_at.to_string());
        let value = Value::Object(self.body.clone()).to_string().into_bytes();
        let feedback_ref = self.origin.map(|origin| (origin.channel, origin.source.name.clone(), self.id.clone()));
        RawMessage { topic: self.topic, key: self.key.clone(), value, headers, feedback_ref, kind }
    }

    /// Returns the record as its customer leaves it after adding a sentence: newer, with a changed text.
    ///
    /// A review says both which revision it is and when, a post the first, a chat the second. Nobody edits a survey or an order.
    pub(super) fn edited(&self, rng: &mut Rng, at: Timestamp) -> Option<Self> {
        let Origin { channel, source, .. } = self.origin?;
        if at.as_millisecond() <= self.sent_at.as_millisecond() || channel == Channel::Survey {
            return None;
        }
        let mut edited = Self { revision: self.revision + 1, sent_at: at, ..self.reworded(rng, at)? };
        if channel != Channel::Chat {
            edited.body.insert("revision".to_owned(), edited.revision.into());
        }
        if channel != Channel::Social {
            edited.body.insert("updated_at".to_owned(), written(at, source));
        }
        Some(edited)
    }

    /// Returns the record with a sentence more and nothing that tells it from the one before.
    pub(super) fn reworded(&self, rng: &mut Rng, at: Timestamp) -> Option<Self> {
        let Origin { channel, source, voice } = self.origin?;
        let addition = pick(rng, &voice.additions);
        let mut reworded = self.clone();
        match channel {
            Channel::Chat => match reworded.body.get_mut("turns") {
                Some(Value::Array(turns)) => turns.push(turn(at, source, Role::Customer, addition)),
                Some(_) | None => return None,
            },
            Channel::Review | Channel::Social => {
                let text = self.body.get("text").and_then(Value::as_str).unwrap_or_default();
                reworded.body.insert("text".to_owned(), format!("{text} {addition}").trim_start().into());
            }
            Channel::Survey => return None,
        }
        Some(reworded)
    }

    /// Returns what the customer of a review says of it later: a feedback of its own that names the review.
    pub(super) fn appended(&self, rng: &mut Rng, at: Timestamp, id: String) -> Option<Self> {
        let Origin { source, voice, .. } = self.origin.filter(|origin| origin.channel == Channel::Review)?;
        let mut body = self.body.clone();
        for name in ["rating", "title", "likes", "media", "revision", "updated_at"] {
            body.remove(name);
        }
        body.insert("parent_id".to_owned(), self.id.as_str().into());
        body.insert("source_id".to_owned(), id.as_str().into());
        body.insert("occurred_at".to_owned(), written(at, source));
        body.insert("text".to_owned(), pick(rng, &voice.additions).as_str().into());
        Some(Self { id, revision: 0, sent_at: at, body, ..self.clone() })
    }
}

/// Returns the topic of a channel.
pub(super) fn topic(channel: Channel) -> &'static str {
    match channel {
        Channel::Review => topics::RAW_REVIEWS,
        Channel::Chat => topics::RAW_CHATS,
        Channel::Social => topics::RAW_SOCIAL,
        Channel::Survey => topics::RAW_SURVEYS,
    }
}

/// Writes one turn of a chat.
pub(super) fn turn(at: Timestamp, source: &Source, role: Role, text: &str) -> Value {
    json!({"at": written(at, source), "role": role.as_str(), "text": text})
}
