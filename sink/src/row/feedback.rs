//! Rows of `feedback`.

use std::collections::BTreeMap;

use hearken_schemas::enrichment::{Aspect, Enriched, Enrichment, Intent, Keyword, Simhash};
use hearken_schemas::envelope::Origin;
use hearken_schemas::feedback::{Answer, Turn};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{At, Input, Lineage, map_bytes};

/// One row of `feedback`; times in milliseconds since the epoch, fields in the table's order and under its names.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
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
    pub time_precision: String,
    pub received_at: i64,
    pub enriched_at: i64,
    pub customer_id: Option<String>,
    pub id_namespace: String,
    pub customer_masked: bool,
    pub author_key: Option<String>,
    pub agent_key: Option<String>,
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
    pub url: Option<String>,
    #[serde(rename = "turns.at")]
    pub turns_at: Vec<Option<i64>>,
    #[serde(rename = "turns.role")]
    pub turns_role: Vec<String>,
    #[serde(rename = "turns.text")]
    pub turns_text: Vec<String>,
    pub resolved: Option<bool>,
    pub survey_id: Option<String>,
    pub survey_kind: Option<String>,
    pub sent_at: Option<i64>,
    pub case_id: Option<String>,
    #[serde(rename = "answers.question_id")]
    pub answers_question_id: Vec<String>,
    #[serde(rename = "answers.kind")]
    pub answers_kind: Vec<String>,
    #[serde(rename = "answers.feature")]
    pub answers_feature: Vec<Option<String>>,
    #[serde(rename = "answers.value")]
    pub answers_value: Vec<Option<f32>>,
    #[serde(rename = "answers.scale_max")]
    pub answers_scale_max: Vec<Option<f32>>,
    #[serde(rename = "answers.direction")]
    pub answers_direction: Vec<Option<String>>,
    #[serde(rename = "answers.text")]
    pub answers_text: Vec<Option<String>>,
    pub redactions: u32,
    pub attributes: BTreeMap<String, String>,
    pub language: String,
    pub language_confidence: f32,
    pub sentiment: Option<String>,
    pub sentiment_score: Option<f32>,
    pub sentiment_confidence: Option<f32>,
    #[serde(rename = "keywords.term")]
    pub keywords_term: Vec<String>,
    #[serde(rename = "keywords.stem")]
    pub keywords_stem: Vec<String>,
    #[serde(rename = "keywords.score")]
    pub keywords_score: Vec<f32>,
    #[serde(rename = "aspects.category")]
    pub aspects_category: Vec<String>,
    #[serde(rename = "aspects.topic")]
    pub aspects_topic: Vec<String>,
    #[serde(rename = "aspects.touchpoint")]
    pub aspects_touchpoint: Vec<Option<String>>,
    #[serde(rename = "aspects.polarity")]
    pub aspects_polarity: Vec<String>,
    #[serde(rename = "aspects.score")]
    pub aspects_score: Vec<f32>,
    #[serde(rename = "aspects.start")]
    pub aspects_start: Vec<u32>,
    #[serde(rename = "aspects.end")]
    pub aspects_end: Vec<u32>,
    #[serde(rename = "intents.kind")]
    pub intents_kind: Vec<String>,
    #[serde(rename = "intents.confidence")]
    pub intents_confidence: Vec<f32>,
    #[serde(rename = "intents.start")]
    pub intents_start: Vec<u32>,
    #[serde(rename = "intents.end")]
    pub intents_end: Vec<u32>,
    pub effort: Option<String>,
    pub origin: String,
    pub simhash: Option<u64>,
    pub enricher_version: u16,
    pub src_topic: String,
    pub src_partition: i32,
    pub src_offset: i64,
    pub in_topic: String,
    pub in_partition: i32,
    pub in_offset: i64,
    pub in_epoch: u32,
    pub crc: u32,
    pub content_crc: u32,
}

impl FeedbackRow {
    /// Returns the row of an enriched feedback, `sign` 1 and not yet an arrival: that is for the judgement to say.
    pub fn new(enriched: Enriched, enriched_at_ms: i64, src: &Origin, at: &At) -> Self {
        let version = enriched.version();
        let content_crc = crate::content::of_feedback(&enriched.feedback);
        let Enriched { feedback, enrichment } = enriched;
        let mut row = Self {
            feedback_id: feedback.feedback_id.uuid(),
            version,
            sign: 1,
            channel: feedback.channel.as_str().to_owned(),
            source: feedback.source,
            source_id: feedback.source_id,
            revision: feedback.revision,
            occurred_at: feedback.occurred_at.as_millisecond(),
            time_precision: feedback.time_precision.as_str().to_owned(),
            received_at: feedback.received_at.as_millisecond(),
            enriched_at: enriched_at_ms,
            customer_id: feedback.customer_id,
            id_namespace: feedback.id_namespace.unwrap_or_default(),
            customer_masked: feedback.customer_masked,
            author_key: feedback.author_key,
            agent_key: feedback.agent_key,
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
            url: feedback.url,
            resolved: feedback.resolved,
            survey_id: feedback.survey_id,
            survey_kind: feedback.survey_kind.map(|kind| kind.as_str().to_owned()),
            sent_at: feedback.sent_at.map(|at| at.as_millisecond()),
            case_id: feedback.case_id,
            redactions: feedback.redactions,
            attributes: feedback.attributes,
            src_topic: src.topic.clone(),
            src_partition: src.partition,
            src_offset: src.offset,
            in_topic: at.topic.clone(),
            in_partition: at.partition,
            in_offset: at.offset,
            crc: src.crc,
            content_crc,
            ..Self::default()
        };
        row.take_turns(feedback.turns);
        row.take_answers(feedback.answers);
        row.take_enrichment(enrichment);
        row
    }

    fn take_turns(&mut self, turns: Vec<Turn>) {
        self.turns_at = turns.iter().map(|turn| turn.at.map(|at| at.as_millisecond())).collect();
        self.turns_role = turns.iter().map(|turn| turn.role.as_str().to_owned()).collect();
        self.turns_text = turns.into_iter().map(|turn| turn.text).collect();
    }

    fn take_answers(&mut self, answers: Vec<Answer>) {
        for Answer { question_id, kind, feature, value, scale_max, direction, text } in answers {
            self.answers_question_id.push(question_id);
            self.answers_kind.push(kind.as_str().to_owned());
            self.answers_feature.push(feature);
            self.answers_value.push(value.map(|value| value as f32));
            self.answers_scale_max.push(scale_max.map(|scale_max| scale_max as f32));
            self.answers_direction.push(direction.map(|direction| direction.as_str().to_owned()));
            self.answers_text.push(text);
        }
    }

    fn take_enrichment(&mut self, enrichment: Enrichment) {
        let Enrichment { enricher_version, language, language_confidence, sentiment, keywords, .. } = enrichment;
        let Enrichment { aspects, intents, effort, origin, simhash, .. } = enrichment;
        self.enricher_version = enricher_version;
        self.language = language;
        self.language_confidence = language_confidence as f32;
        self.sentiment = sentiment.map(|sentiment| sentiment.label.as_str().to_owned());
        self.sentiment_score = sentiment.map(|sentiment| sentiment.score as f32);
        self.sentiment_confidence = sentiment.map(|sentiment| sentiment.confidence as f32);
        self.effort = effort.map(|effort| effort.as_str().to_owned());
        self.simhash = simhash.map(|Simhash(bits)| bits);
        self.origin = origin.as_str().to_owned();
        for Keyword { term, stem, score } in keywords {
            self.keywords_term.push(term);
            self.keywords_stem.push(stem);
            self.keywords_score.push(score as f32);
        }
        for Aspect { category, topic, touchpoint, polarity, score, start, end } in aspects {
            self.aspects_category.push(category);
            self.aspects_topic.push(topic);
            self.aspects_touchpoint.push(touchpoint);
            self.aspects_polarity.push(polarity.as_str().to_owned());
            self.aspects_score.push(score as f32);
            self.aspects_start.push(start);
            self.aspects_end.push(end);
        }
        for Intent { kind, confidence, start, end } in intents {
            self.intents_kind.push(kind.as_str().to_owned());
            self.intents_confidence.push(confidence as f32);
            self.intents_start.push(start);
            self.intents_end.push(end);
        }
    }

    /// Returns the copy that takes this state back, written by the record `input`.
    pub fn taken_back(&self, input: Input) -> Self {
        let Input { at: At { topic, partition, offset }, epoch } = input;
        let (in_topic, in_partition, in_offset, in_epoch) = (topic, partition, offset, epoch);
        Self { sign: -1, arrival: 0, in_topic, in_partition, in_offset, in_epoch, ..self.clone() }
    }

    /// Returns where it came from.
    pub fn lineage(&self) -> Lineage {
        Lineage {
            src: At { topic: self.src_topic.clone(), partition: self.src_partition, offset: self.src_offset },
            input: Input {
                at: At { topic: self.in_topic.clone(), partition: self.in_partition, offset: self.in_offset },
                epoch: self.in_epoch,
            },
            crc: self.crc,
        }
    }

    /// Returns the bytes it takes in memory, about.
    pub fn bytes(&self) -> usize {
        let turns: usize = self.turns_text.iter().map(|text| text.len() + 64).sum();
        let terms: usize = self.keywords_term.iter().chain(&self.keywords_stem).map(|text| text.len() + 24).sum();
        let answers: usize = self.answers_text.iter().flatten().map(String::len).sum();
        let lists = self.answers_kind.len() * 160 + self.aspects_topic.len() * 128 + self.intents_kind.len() * 48;
        size_of::<Self>() + self.text.len() + turns + terms + answers + lists + map_bytes(&self.attributes)
    }
}
