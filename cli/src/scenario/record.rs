//! One good record: the message it is sent as, and its edits.

use fastrand::Rng;
use hearken_schemas::envelope::{Headers, header, put};
use hearken_schemas::feedback::{Channel, Role};
use hearken_schemas::topics;
use jiff::{Timestamp, tz::Offset};
use serde_json::{Map, Value, json};

use super::world::{Source, Voice, pick};
use super::{Kind, RawMessage};

/// One good record, kept as fields so that it can be sent again, edited or damaged.
#[derive(Debug, Clone)]
pub(super) struct Record {
    pub(super) channel: Channel,
    pub(super) key: String,
    pub(super) source: &'static Source,
    pub(super) source_id: String,
    pub(super) revision: u64,
    pub(super) sent_at: Timestamp,
    pub(super) voice: &'static Voice,
    pub(super) body: Map<String, Value>,
}

impl Record {
    /// Returns the message; the same record always gives the same bytes.
    pub(super) fn message(&self, kind: Kind) -> RawMessage {
        let topic = topic(self.channel);
        let mut headers = Headers::new();
        put(&mut headers, header::SPEC, "1.0");
        put(&mut headers, header::ID, &format!("{}.{}", self.source_id, self.revision));
        put(&mut headers, header::SOURCE, &self.source.name);
        put(&mut headers, header::TYPE, topic);
        put(&mut headers, header::TIME, &self.sent_at.to_string());
        let value = Value::Object(self.body.clone()).to_string().into_bytes();
        let feedback_ref = Some((self.channel, self.source.name.clone(), self.source_id.clone()));
        RawMessage { topic, key: self.key.clone(), value, headers, feedback_ref, kind }
    }

    /// Returns the record as its customer leaves it after adding a sentence: a higher revision, a changed text.
    pub(super) fn edited(&self, rng: &mut Rng, at: Timestamp) -> Self {
        let mut edited = Self { revision: self.revision + 1, sent_at: at, ..self.clone() };
        let addition = pick(rng, &self.voice.additions);
        match edited.body.get_mut("turns") {
            Some(Value::Array(turns)) => turns.push(turn(at, self.source, Role::Customer, addition)),
            Some(_) | None => {
                let text = self.body.get("text").and_then(Value::as_str).unwrap_or_default();
                edited.body.insert("text".to_owned(), format!("{text} {addition}").trim_start().into());
            }
        }
        edited.body.insert("revision".to_owned(), edited.revision.into());
        edited.body.insert("updated_at".to_owned(), time(at, self.source));
        edited
    }
}

/// Returns the topic of a channel.
fn topic(channel: Channel) -> &'static str {
    match channel {
        Channel::Review => topics::RAW_REVIEWS,
        Channel::Chat => topics::RAW_CHATS,
        Channel::Social => topics::RAW_SOCIAL,
    }
}

/// Writes one turn of a chat.
pub(super) fn turn(at: Timestamp, source: &Source, role: Role, text: &str) -> Value {
    json!({"at": time(at, source), "role": role.as_str(), "text": text})
}

/// Writes a time as the source does, to the millisecond.
pub(super) fn time(at: Timestamp, source: &Source) -> Value {
    let milliseconds = at.as_millisecond();
    let Some(hours) = source.offset_hours else { return milliseconds.into() };
    let at = Timestamp::from_millisecond(milliseconds).unwrap_or(at);
    if hours == 0 { at.to_string().into() } else { at.display_with_offset(Offset::constant(hours)).to_string().into() }
}
