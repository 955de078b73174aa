//! Answers to the retailer's two surveys: one after each delivery, one a quarter about the relationship.

use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::template::Mood;
use super::time::{between, written};
use super::world::Source;

/// What the quarterly survey asks a pair of questions about, and how customers usually answer with and without it:
/// 1 like, 2 must-be, 3 neutral, 4 live with, 5 dislike.
const FEATURES: [(&str, [u8; 2]); 3] = [("gift-wrap", [1, 3]), ("tracking", [2, 5]), ("late-pickup", [1, 5])];

/// What a survey is about and who asks.
pub(super) struct Asked<'a> {
    pub(super) source: &'a Source,
    pub(super) at: Timestamp,
    pub(super) mood: Mood,
    /// The open answer, already in words; half of the people leave it empty.
    pub(super) text: Option<String>,
    /// Whether it follows a delivery.
    pub(super) transactional: bool,
}

/// Writes a response.
pub(super) fn answer(rng: &mut Rng, asked: &Asked<'_>, body: &mut Map<String, Value>) {
    let wait = between(rng, SignedDuration::from_mins(4), SignedDuration::from_hours(22));
    let (id, kind) =
        if asked.transactional { ("post-purchase", "transactional") } else { ("relationship-q4", "relationship") };
    body.insert("survey_id".to_owned(), id.into());
    body.insert("survey_kind".to_owned(), kind.into());
    body.insert("sent_at".to_owned(), written(asked.at - wait, asked.source));
    let mut answers =
        vec![json!({"question_id": "recommend", "kind": "nps", "value": nps(rng, asked.mood), "scale_max": 10})];
    if asked.transactional {
        let scaled = |rng: &mut Rng, max: u8| scaled(rng, asked.mood, max);
        answers.push(json!({"question_id": "satisfied", "kind": "csat", "value": scaled(rng, 5), "scale_max": 5}));
        answers.push(json!({"question_id": "easy", "kind": "ces", "value": scaled(rng, 7), "scale_max": 7, "direction": "agree"}));
    } else if rng.u32(..3) == 0 {
        answers.extend(kano(rng));
    }
    if let Some(text) = &asked.text {
        answers.push(json!({"question_id": "why", "kind": "text", "text": text}));
    }
    body.insert("answers".to_owned(), answers.into());
}

/// Draws how likely somebody in that mood recommends the retailer.
fn nps(rng: &mut Rng, mood: Mood) -> u8 {
    match mood {
        Mood::Positive => rng.u8(8..=10).max(rng.u8(8..=10)),
        Mood::Neutral => rng.u8(6..=8),
        Mood::Mixed => rng.u8(5..=8),
        Mood::Negative => rng.u8(0..=5),
    }
}

/// Draws what somebody in that mood gives on a scale from 1.
fn scaled(rng: &mut Rng, mood: Mood, max: u8) -> u8 {
    match mood {
        Mood::Positive => rng.u8(max - 1..=max),
        Mood::Neutral | Mood::Mixed => rng.u8(max / 2..=max - 1),
        Mood::Negative => rng.u8(1..=max / 2),
    }
}

/// Draws a pair of answers on one feature, usually the usual one.
fn kano(rng: &mut Rng) -> [Value; 2] {
    let (feature, usual) = FEATURES[rng.usize(..FEATURES.len())];
    let mut one = |index: usize, kind: &str| {
        let value = if rng.u32(..4) == 0 { rng.u8(1..=5) } else { usual[index] };
        json!({"question_id": format!("{feature}-{kind}"), "kind": kind, "feature": feature, "value": value, "scale_max": 5})
    };
    [one(0, "kano_functional"), one(1, "kano_dysfunctional")]
}
