//! How a text feels: a trained model decides where there is one, the cues alone elsewhere.

use hearken_schemas::enrichment::{Sentiment, SentimentLabel};

use crate::model::{Letters, Model};
use crate::sentiment::Reading;

/// Under this strength of the model's score a text whose clauses disagree is mixed.
const MIXED_BELOW: f64 = 0.3;
/// Under this strength a model that cues contradict is unsure, and from this strength on, cues are clear: three of them.
const UNSURE_BELOW: f64 = 0.35;
const CLEAR_CUES: f64 = 0.6;
/// Of texts that have words and no cue in a language without a model, about so many take no side.
const NO_CUE_CONFIDENCE: f64 = 0.4;

/// What is known of a text's language.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Knowledge<'m> {
    /// The model that was trained for it.
    pub(crate) model: Option<&'m Model>,
    /// Whether its cues are known.
    pub(crate) has_lexicon: bool,
}

/// Judges a text; `letters` are nothing where it has no words, and then feeling emoji alone speak.
///
/// Nothing is said where there is nothing to judge, or nothing to judge it by.
pub(crate) fn judge(reading: &Reading, letters: Option<&Letters>, knowledge: Knowledge<'_>) -> Option<Sentiment> {
    let by_cues = reading.sentiment();
    let sentiment = match (letters, knowledge) {
        (Some(letters), Knowledge { model: Some(model), .. }) => {
            let found = model.sentiment(model.ask(letters, reading.clue()));
            match by_cues {
                Some(cues) if cues.label == SentimentLabel::Mixed && found.score.abs() < MIXED_BELOW => {
                    Sentiment { label: cues.label, confidence: cues.confidence, ..found }
                }
                Some(cues) if is_overruled(found, cues) => cues,
                Some(_) | None => found,
            }
        }
        (Some(_), Knowledge { model: None, has_lexicon: true }) => {
            let silent = Sentiment { label: SentimentLabel::Neutral, score: 0.0, confidence: NO_CUE_CONFIDENCE };
            by_cues.unwrap_or(silent)
        }
        (Some(_), Knowledge { model: None, has_lexicon: false }) | (None, _) => by_cues?,
    };
    let Sentiment { label, score, confidence } = sentiment;
    Some(Sentiment { label, score: round(score), confidence: round(confidence) })
}

/// Tells whether clear cues know better: a model that was trained on films hardly knows the words for a parcel.
fn is_overruled(found: Sentiment, cues: Sentiment) -> bool {
    found.score.abs() < UNSURE_BELOW && cues.score.abs() >= CLEAR_CUES && found.score * cues.score <= 0.0
}

/// Four digits, so that a number is the same on every machine; and never −0.
fn round(number: f64) -> f64 {
    (number * 1e4).round() / 1e4 + 0.0
}
