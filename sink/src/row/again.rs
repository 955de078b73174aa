//! A feedback as ingest wrote it, made of its row, so that a newer enricher can read it again.

use hearken_schemas::envelope::Origin;
use hearken_schemas::feedback::{Answer, Feedback, Rating, Turn};
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error, StrDeserializer};

use super::FeedbackRow;

/// From so many significant digits on, a number may have had more when it was sent.
const DIGITS_EXACT: usize = 7;

/// A feedback that is to be enriched again.
#[derive(Debug, Clone, PartialEq)]
pub struct Again {
    /// What ingest wrote; numbers with more digits than a row keeps come rounded.
    pub feedback: Feedback,
    /// The raw record it stems from.
    pub origin: Origin,
    /// What the customer said, as the sum that the row has of it: rounded numbers would give another.
    pub content_crc: u32,
}

/// Why a row cannot be enriched again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAgain {
    /// Words that the customer said are no longer in the row.
    #[error("retention or an erasure has emptied its words")]
    Emptied,
    /// A column holds what no release of ingest writes.
    #[error("column {0} holds what ingest does not write")]
    Strange(&'static str),
}

impl FeedbackRow {
    /// Returns the feedback that the row was made of.
    ///
    /// # Errors
    /// `Emptied` where the words are not the ones that were sent, so that enriching them would forget what was known;
    /// `Strange` where a column cannot be read.
    pub fn again(self) -> Result<Again, NotAgain> {
        let (content_crc, is_rounded) = (self.content_crc, self.may_be_rounded());
        let origin = Origin {
            topic: self.src_topic.clone(),
            partition: self.src_partition,
            offset: self.src_offset,
            timestamp_ms: self.received_at,
            crc: self.crc,
        };
        let feedback = self.feedback()?;
        let is_whole = crate::content::of_feedback(&feedback) == content_crc;
        if is_whole || (is_rounded && !feedback.text.is_empty()) {
            Ok(Again { feedback, origin, content_crc })
        } else {
            Err(NotAgain::Emptied)
        }
    }

    /// Tells whether a number of it has as many digits as a row can keep, so that it may have had more.
    fn may_be_rounded(&self) -> bool {
        let answers = self.answers_value.iter().chain(&self.answers_scale_max).flatten();
        let digits = |number: &f32| {
            let text = number.to_string();
            text.trim_start_matches(['-', '0', '.']).chars().filter(char::is_ascii_digit).count()
        };
        answers.chain(&self.rating_value).chain(&self.rating_scale_max).any(|number| digits(number) >= DIGITS_EXACT)
    }

    fn feedback(self) -> Result<Feedback, NotAgain> {
        let (turns, answers) = (self.turns()?, self.answers()?);
        let rating = self.rating_value.zip(self.rating_scale_max);
        Ok(Feedback {
            feedback_id: self.feedback_id.into(),
            revision: self.revision,
            channel: named(&self.channel, "channel")?,
            source: self.source,
            source_id: self.source_id,
            occurred_at: time(self.occurred_at, "occurred_at")?,
            time_precision: named(&self.time_precision, "time_precision")?,
            received_at: time(self.received_at, "received_at")?,
            customer_id: self.customer_id,
            id_namespace: some(self.id_namespace),
            customer_masked: self.customer_masked,
            author_key: self.author_key,
            // The enricher says nothing else of an account that the catalog gives a brand.
            own_account: self.origin == "own_account",
            agent_key: self.agent_key,
            brand: some(self.brand),
            product_id: self.product_id,
            order_id: self.order_id,
            store_id: self.store_id,
            campaign: self.campaign,
            touchpoint: self.touchpoint,
            journey_stage: named(&self.journey_stage, "journey_stage")?,
            region: self.region,
            parent_id: self.parent_id,
            language_hint: self.language_hint,
            title: self.title,
            text: self.text,
            rating: rating.map(|(value, scale_max)| Rating { value: number(value), scale_max: number(scale_max) }),
            likes: self.likes,
            reposts: self.reposts,
            url: self.url,
            turns,
            resolved: self.resolved,
            survey_id: self.survey_id,
            survey_kind: self.survey_kind.map(|kind| named(&kind, "survey_kind")).transpose()?,
            sent_at: self.sent_at.map(|at| time(at, "sent_at")).transpose()?,
            case_id: self.case_id,
            answers,
            redactions: self.redactions,
            attributes: self.attributes,
        })
    }

    fn turns(&self) -> Result<Vec<Turn>, NotAgain> {
        let turns = self.turns_at.iter().zip(&self.turns_role).zip(&self.turns_text);
        let turn = |((at, role), text): ((&Option<i64>, &String), &String)| {
            let at = at.map(|at| time(at, "turns.at")).transpose()?;
            Ok(Turn { at, role: named(role, "turns.role")?, text: text.clone() })
        };
        turns.map(turn).collect()
    }

    fn answers(&self) -> Result<Vec<Answer>, NotAgain> {
        let answer = |nth: usize| {
            let direction = self.answers_direction.get(nth).cloned().flatten();
            Ok(Answer {
                question_id: self.answers_question_id.get(nth).cloned().unwrap_or_default(),
                kind: named(&self.answers_kind[nth], "answers.kind")?,
                feature: self.answers_feature.get(nth).cloned().flatten(),
                value: self.answers_value.get(nth).copied().flatten().map(number),
                scale_max: self.answers_scale_max.get(nth).copied().flatten().map(number),
                direction: direction.map(|direction| named(&direction, "answers.direction")).transpose()?,
                text: self.answers_text.get(nth).cloned().flatten(),
            })
        };
        (0..self.answers_kind.len()).map(answer).collect()
    }
}

/// Reads a name as it is written in JSON and in tables.
fn named<'de, T: Deserialize<'de>>(name: &'de str, column: &'static str) -> Result<T, NotAgain> {
    let name: StrDeserializer<'de, Error> = name.into_deserializer();
    T::deserialize(name).map_err(|_| NotAgain::Strange(column))
}

fn time(ms: i64, column: &'static str) -> Result<Timestamp, NotAgain> {
    Timestamp::from_millisecond(ms).map_err(|_| NotAgain::Strange(column))
}

/// Returns the number that a row keeps as the number that was sent: 4.7 and not 4.699999809.
fn number(kept: f32) -> f64 {
    kept.to_string().parse().unwrap_or_else(|_| f64::from(kept))
}

/// Empty is how a row says that there is none.
fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use hearken_schemas::enrichment::{Authenticity, Enriched, Enrichment};
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::row::At;

    fn enriched(feedback: Feedback, enricher_version: u16) -> Enriched {
        let own = feedback.own_account;
        let enrichment = Enrichment {
            enricher_version,
            language: "und".to_owned(),
            language_confidence: 0.0,
            sentiment: None,
            keywords: Vec::new(),
            aspects: Vec::new(),
            intents: Vec::new(),
            effort: None,
            simhash: None,
            origin: if own { Authenticity::OwnAccount } else { Authenticity::Genuine },
        };
        Enriched { feedback, enrichment }
    }

    fn row(feedback: Feedback, enricher_version: u16) -> FeedbackRow {
        let src = Origin { timestamp_ms: feedback.received_at.as_millisecond(), ..origin() };
        let at = At { topic: "enriched".to_owned(), partition: 1, offset: 5 };
        FeedbackRow::new(enriched(feedback, enricher_version), 9, &src, &at)
    }

    fn origin() -> Origin {
        Origin { topic: "raw".to_owned(), partition: 2, offset: 7, timestamp_ms: 0, crc: 0xabcd }
    }

    /// Any feedback, with numbers of few digits or of many.
    fn feedback() -> impl Strategy<Value = Feedback> {
        let text = || prop_oneof![Just(String::new()), "[a-z好 ]{1,12}"];
        let maybe = || proptest::option::of("[a-zA-Z0-9]{1,6}");
        let number = || {
            (0u32..1000, prop_oneof![Just(1.0), Just(10.0), Just(3.0)])
                .prop_map(|(count, parts)| f64::from(count) / parts)
        };
        let time =
            || (0i64..4_000_000_000_000).prop_map(|ms| Timestamp::from_millisecond(ms).expect("a time").to_string());
        let who = (maybe(), maybe(), maybe(), maybe(), any::<bool>(), any::<bool>());
        let said = (text(), proptest::option::of(text()), proptest::option::of((number(), number())), 0u64..1 << 47);
        let turns = proptest::collection::vec(
            (proptest::option::of(time()), prop_oneof!["customer", "agent", "bot"], text()),
            0..3,
        );
        let kinds = prop_oneof!["nps", "csat", "ces", "choice", "text", "kano_functional"];
        let directions = proptest::option::of(prop_oneof!["agree", "ease", "effort"]);
        let answer = (
            kinds,
            maybe(),
            proptest::option::of(number()),
            proptest::option::of(number()),
            directions,
            proptest::option::of(text()),
        );
        let answers = proptest::collection::vec(answer, 0..3);
        let rest = (
            time(),
            time(),
            proptest::option::of(time()),
            proptest::option::of(any::<bool>()),
            proptest::option::of(any::<u64>()),
            maybe(),
            maybe(),
        );
        let attributes = proptest::collection::btree_map("[a-z]{1,4}", text(), 0..3);
        (who, said, turns, answers, rest, attributes).prop_map(|(who, said, turns, answers, rest, attributes)| {
            let (customer_id, namespace, brand, author, customer_masked, own_account) = who;
            let (text, title, rating, revision) = said;
            let (occurred_at, received_at, sent_at, resolved, likes, url, touchpoint) = rest;
            let turns: Vec<_> = turns.into_iter().map(|(at, role, text)| json!({ "at": at, "role": role, "text": text })).collect();
            let answers: Vec<_> = answers.into_iter().map(|(kind, feature, value, scale_max, direction, text)| {
                json!({ "question_id": "q", "kind": kind, "feature": feature, "value": value, "scale_max": scale_max,
                        "direction": direction, "text": text })
            }).collect();
            let attributes: BTreeMap<String, String> = attributes;
            let rating = rating.map(|(value, scale_max)| json!({ "value": value, "scale_max": scale_max }));
            let json = json!({
                "feedback_id": "94396113-91d4-5631-a18b-ff09970f03b6", "revision": revision, "channel": "survey",
                "source": "s", "source_id": "1", "occurred_at": occurred_at, "time_precision": "day",
                "received_at": received_at, "journey_stage": "use", "redactions": 3, "customer_id": customer_id,
                "id_namespace": namespace, "brand": brand, "author_key": author, "agent_key": author, "customer_masked": customer_masked,
                "own_account": own_account, "text": text, "title": title, "rating": rating, "turns": turns, "answers": answers,
                "sent_at": sent_at, "resolved": resolved, "likes": likes, "reposts": likes, "url": url, "touchpoint": touchpoint,
                "product_id": url, "order_id": brand, "store_id": url, "campaign": touchpoint, "region": brand, "parent_id": url,
                "language_hint": touchpoint, "survey_id": url, "survey_kind": "transactional", "case_id": url, "attributes": attributes,
            });
            serde_json::from_value(json).expect("a feedback")
        })
    }

    proptest! {
        #[test]
        fn a_row_read_again_is_the_same_row_but_for_the_enrichment(said in feedback()) {
            let old = row(said, 3);
            match old.clone().again() {
                Ok(again) => {
                    let mut new = row(again.feedback, 4);
                    new.content_crc = again.content_crc;
                    let expected = FeedbackRow { version: old.version + 1, enricher_version: 4, ..old };
                    prop_assert_eq!(again.origin.crc, expected.crc);
                    prop_assert_eq!(new, expected);
                }
                // Without a word there is nothing to enrich, and no telling a rounded number from words that are gone.
                Err(why) => prop_assert!(why == NotAgain::Emptied && old.text.is_empty() && old.may_be_rounded(), "{why}"),
            }
        }
    }

    fn plain(text: &str, rating: f64) -> FeedbackRow {
        let json = json!({
            "feedback_id": "94396113-91d4-5631-a18b-ff09970f03b6", "revision": 1, "channel": "review", "source": "s", "source_id": "1",
            "occurred_at": "2026-01-01T00:00:00Z", "time_precision": "second", "received_at": "2026-01-01T00:00:00Z",
            "journey_stage": "unmapped", "redactions": 0, "text": text, "title": "So so", "rating": { "value": rating, "scale_max": 5 },
        });
        row(serde_json::from_value(json).expect("a feedback"), 3)
    }

    #[test]
    fn words_that_are_gone_are_not_enriched_to_nothing() {
        let row = plain("Broke on the first day.", 4.7);
        assert_eq!(row.clone().again().map(|again| again.feedback.rating.map(|rating| rating.value)), Ok(Some(4.7)));
        let emptied = FeedbackRow { text: String::new(), ..row.clone() };
        let untitled = FeedbackRow { title: None, ..row.clone() };
        let rounded = FeedbackRow { text: String::new(), ..plain("Broke on the first day.", 14.0 / 3.0) };
        for row in [emptied, untitled, rounded] {
            assert_eq!(row.again(), Err(NotAgain::Emptied));
        }
        let strange = FeedbackRow { channel: "pigeon".to_owned(), ..row };
        assert_eq!(strange.again(), Err(NotAgain::Strange("channel")));
    }

    #[test]
    fn a_number_with_more_digits_than_a_row_keeps_does_not_change_the_sum() {
        let row = plain("Broke on the first day.", 14.0 / 3.0);
        let again = row.clone().again().expect("the words are there");
        assert_ne!(crate::content::of_feedback(&again.feedback), row.content_crc, "the number is rounded");
        assert_eq!(again.content_crc, row.content_crc);
    }
}
