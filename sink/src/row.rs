//! The rows of the three tables the sink writes.

use std::collections::BTreeMap;

use hearken_schemas::dead_letter::DeadLetter;
use hearken_schemas::enrichment::Enriched;
use hearken_schemas::envelope::Origin;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Coordinates of a record.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct At {
    /// Topic name.
    pub topic: String,
    /// Partition number.
    pub partition: i32,
    /// Offset in the partition.
    pub offset: i64,
}

impl From<&Origin> for At {
    fn from(origin: &Origin) -> Self {
        Self { topic: origin.topic.clone(), partition: origin.partition, offset: origin.offset }
    }
}

/// One row of `feedback`; times in milliseconds since the epoch, fields in the table's order and under its names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the table's column comments say what each field is")]
pub struct FeedbackRow {
    pub feedback_id: Uuid,
    pub version: u64,
    pub sign: i8,
    pub arrival: u8,
    pub channel: String,
    pub source: String,
    pub source_id: String,
    pub revision: u64,
    pub occurred_at: i64,
    pub received_at: i64,
    pub enriched_at: i64,
    pub customer_id: Option<String>,
    pub brand: String,
    pub product_id: Option<String>,
    pub order_id: Option<String>,
    pub store_id: Option<String>,
    pub campaign: Option<String>,
    pub touchpoint: Option<String>,
    pub journey_stage: String,
    pub region: Option<String>,
    pub parent_id: Option<String>,
    pub language_hint: Option<String>,
    pub title: Option<String>,
    pub text: String,
    pub rating_value: Option<f32>,
    pub rating_scale_max: Option<f32>,
    pub likes: Option<u64>,
    pub reposts: Option<u64>,
    #[serde(rename = "turns.at")]
    pub turns_at: Vec<Option<i64>>,
    #[serde(rename = "turns.role")]
    pub turns_role: Vec<String>,
    #[serde(rename = "turns.text")]
    pub turns_text: Vec<String>,
    pub resolved: Option<bool>,
    pub redactions: u32,
    pub attributes: BTreeMap<String, String>,
    pub language: String,
    pub language_confidence: f32,
    pub sentiment: String,
    pub sentiment_score: f32,
    pub sentiment_confidence: f32,
    #[serde(rename = "keywords.term")]
    pub keywords_term: Vec<String>,
    #[serde(rename = "keywords.stem")]
    pub keywords_stem: Vec<String>,
    #[serde(rename = "keywords.score")]
    pub keywords_score: Vec<f32>,
    pub enricher_version: u16,
    pub src_topic: String,
    pub src_partition: i32,
    pub src_offset: i64,
    pub in_topic: String,
    pub in_partition: i32,
    pub in_offset: i64,
    pub crc: u32,
}

impl FeedbackRow {
    /// Returns the row of an enriched feedback, `sign` 1 and not yet an arrival: that is for the judgement to say.
    pub fn new(enriched: Enriched, enriched_at_ms: i64, src: &Origin, at: &At) -> Self {
        let version = enriched.version();
        let Enriched { feedback, enrichment } = enriched;
        Self {
            feedback_id: feedback.feedback_id.uuid(),
            version,
            sign: 1,
            arrival: 0,
            channel: feedback.channel.as_str().to_owned(),
            source: feedback.source,
            source_id: feedback.source_id,
            revision: feedback.revision,
            occurred_at: feedback.occurred_at.as_millisecond(),
            received_at: feedback.received_at.as_millisecond(),
            enriched_at: enriched_at_ms,
            customer_id: feedback.customer_id,
            brand: feedback.brand.unwrap_or_default(),
            product_id: feedback.product_id,
            order_id: feedback.order_id,
            store_id: feedback.store_id,
            campaign: feedback.campaign,
            touchpoint: feedback.touchpoint,
            journey_stage: feedback.journey_stage.as_str().to_owned(),
            region: feedback.region,
            parent_id: feedback.parent_id,
            language_hint: feedback.language_hint,
            title: feedback.title,
            text: feedback.text,
            rating_value: feedback.rating.map(|rating| rating.value as f32),
            rating_scale_max: feedback.rating.map(|rating| rating.scale_max as f32),
            likes: feedback.likes,
            reposts: feedback.reposts,
            turns_at: feedback.turns.iter().map(|turn| turn.at.map(|at| at.as_millisecond())).collect(),
            turns_role: feedback.turns.iter().map(|turn| turn.role.as_str().to_owned()).collect(),
            turns_text: feedback.turns.into_iter().map(|turn| turn.text).collect(),
            resolved: feedback.resolved,
            redactions: feedback.redactions,
            attributes: feedback.attributes,
            language: enrichment.language,
            language_confidence: enrichment.language_confidence as f32,
            sentiment: enrichment.sentiment.label.as_str().to_owned(),
            sentiment_score: enrichment.sentiment.score as f32,
            sentiment_confidence: enrichment.sentiment.confidence as f32,
            keywords_term: enrichment.keywords.iter().map(|keyword| keyword.term.clone()).collect(),
            keywords_score: enrichment.keywords.iter().map(|keyword| keyword.score as f32).collect(),
            keywords_stem: enrichment.keywords.into_iter().map(|keyword| keyword.stem).collect(),
            enricher_version: enrichment.enricher_version,
            src_topic: src.topic.clone(),
            src_partition: src.partition,
            src_offset: src.offset,
            in_topic: at.topic.clone(),
            in_partition: at.partition,
            in_offset: at.offset,
            crc: src.crc,
        }
    }

    /// Returns the copy that takes this state back, written by the record at `at`.
    pub fn taken_back(&self, at: &At) -> Self {
        let (in_topic, in_partition, in_offset) = (at.topic.clone(), at.partition, at.offset);
        Self { sign: -1, arrival: 0, in_topic, in_partition, in_offset, ..self.clone() }
    }

    /// Returns the raw record's coordinates.
    pub fn src(&self) -> At {
        At { topic: self.src_topic.clone(), partition: self.src_partition, offset: self.src_offset }
    }

    /// Returns the coordinates of the sink's input.
    pub fn input(&self) -> At {
        At { topic: self.in_topic.clone(), partition: self.in_partition, offset: self.in_offset }
    }

    /// Returns the bytes it takes in memory, about.
    pub fn bytes(&self) -> usize {
        let turns: usize = self.turns_text.iter().map(|text| text.len() + 64).sum();
        let terms: usize = self.keywords_term.iter().chain(&self.keywords_stem).map(|text| text.len() + 24).sum();
        let attributes: usize = self.attributes.iter().map(|(key, value)| key.len() + value.len() + 48).sum();
        self.text.len() + self.source_id.len() + turns + terms + attributes + 1_024
    }
}

/// One row of `outcomes`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the table's column comments say what each field is")]
pub struct OutcomeRow {
    pub kind: &'static str,
    pub feedback_id: Uuid,
    pub version: u64,
    pub received_at: i64,
    pub src: At,
    pub input: At,
    pub crc: u32,
}

/// One row of `dead_letters`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the table's column comments say what each field is")]
pub struct DeadLetterRow {
    pub stage: &'static str,
    pub reason: &'static str,
    pub detail: String,
    pub at: At,
    pub received_at: i64,
    pub src: At,
    pub input: At,
    pub crc: u32,
    pub size_bytes: u64,
    pub excerpt: String,
}

/// The longest detail that is stored, in characters.
const DETAIL_CHARS_MAX: usize = 500;

/// The longest excerpt that is stored, in characters.
const EXCERPT_CHARS_MAX: usize = 200;

impl DeadLetterRow {
    /// Returns the row of a dead letter found at `input`. It cannot fail: what is too long is shortened.
    pub fn new(letter: &DeadLetter, value: &[u8], input: At) -> Self {
        let nowhere = At { topic: String::new(), partition: -1, offset: -1 };
        Self {
            stage: letter.stage.as_str(),
            reason: letter.rejection.reason.as_str(),
            detail: letter.rejection.detail.chars().take(DETAIL_CHARS_MAX).collect(),
            at: At::from(&letter.at),
            received_at: letter.at.timestamp_ms,
            src: letter.src.as_ref().map_or(nowhere, At::from),
            input,
            crc: letter.src.as_ref().unwrap_or(&letter.at).crc,
            size_bytes: value.len() as u64,
            excerpt: hearken_schemas::redact::excerpt(value, EXCERPT_CHARS_MAX),
        }
    }
}
